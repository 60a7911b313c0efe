//! An index that is up to date, for commands that ask.

use std::io;

use telemetry_store::StoreError;
use telemetry_store::index::{self, Index, Patience};
use telemetry_store::layout::Layout;

use crate::commands::Streams;
use crate::failure::{self, Failure};
use crate::progress::Progress;

/// Opens the index and brings it up to date: what other processes logged is read, and the runs of processes that are
/// gone are closed. Where the index cannot be used the answers come from the log alone, by way of memory, which is said;
/// a home without a log is left untouched.
pub(crate) fn open(layout: &Layout, streams: &mut Streams<'_>) -> Result<Index, Failure> {
    for folder in [layout.root().to_owned(), layout.log()] {
        match folder.metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Failure::not_a_folder(folder)),
            Err(_) => return Ok(Index::in_memory(layout.clone())?),
        }
    }
    match open_file(layout, streams) {
        Ok(index) => Ok(index),
        Err(StoreError::Busy) => Err(StoreError::Busy.into()),
        Err(error) => {
            if error.is_damage() && rebuild(layout, streams).is_ok() {
                return Ok(open_file(layout, streams)?);
            }
            say_that_it_cannot_be_used(layout, &error, streams)?;
            Ok(up_to_date(Index::in_memory(layout.clone())?, streams)?)
        }
    }
}

fn open_file(layout: &Layout, streams: &mut Streams<'_>) -> Result<Index, StoreError> {
    up_to_date(Index::open(layout.clone(), Patience::Person)?, streams)
}

fn up_to_date(mut index: Index, streams: &mut Streams<'_>) -> Result<Index, StoreError> {
    let mut progress = Progress::of("reading the log", streams);
    index.catch_up_to_the_end(&mut |reading| progress.is_at(reading.done, reading.total))?;
    // A log that cannot be written now can still be read.
    if index.close_lost().unwrap_or(0) > 0 {
        index.catch_up(None)?;
    }
    Ok(index)
}

/// Makes the index anew.
pub(crate) fn rebuild(layout: &Layout, streams: &mut Streams<'_>) -> Result<index::Progress, StoreError> {
    let mut progress = Progress::of("reading the log", streams);
    Index::rebuild(layout, &mut |reading| progress.is_at(reading.done, reading.total))
}

fn say_that_it_cannot_be_used(
    layout: &Layout,
    error: &StoreError,
    streams: &mut Streams<'_>,
) -> io::Result<()> {
    let reason = match error {
        StoreError::Io { source, .. } => failure::reason(source),
        StoreError::Database(source) => source.to_string(),
        error => error.to_string(),
    };
    let path = layout.database();
    writeln!(
        streams.err,
        "telemetry: the index at {} cannot be used ({reason}); answering from the log",
        path.display()
    )
}
