//! An index that is up to date, for commands that ask.

use std::io;

use telemetry_core::time::UnixNanos;
use telemetry_store::StoreError;
use telemetry_store::index::{self, Index, Patience};

use crate::failure::{self, Failure};
use crate::home::Home;
use crate::progress::Progress;
use crate::span;
use crate::streams::Streams;

/// Opens the index and brings it up to date: what other processes logged is read, and the runs of processes that are
/// gone are closed; what budgets have crossed is recorded. Where the index cannot be used the answers come from the log alone, by way of memory, which is said;
/// a home without a log is left untouched.
pub(crate) fn open(home: &Home, streams: &mut Streams<'_>) -> Result<Index, Failure> {
    let layout = &home.layout;
    for folder in [layout.root().to_owned(), layout.log()] {
        match folder.metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Failure::not_a_folder(folder)),
            Err(_) => return Ok(in_memory(home)?),
        }
    }
    match open_file(home, streams) {
        Ok(index) => Ok(index),
        Err(StoreError::Busy) => Err(StoreError::Busy.into()),
        Err(error) => {
            if error.is_damage() && rebuild(home, streams).is_ok() {
                return Ok(open_file(home, streams)?);
            }
            say_that_it_cannot_be_used(home, &error, streams)?;
            Ok(up_to_date(in_memory(home)?, streams)?)
        }
    }
}

fn open_file(home: &Home, streams: &mut Streams<'_>) -> Result<Index, StoreError> {
    let index = Index::open(home.layout.clone(), Patience::Person)?;
    let mut index = up_to_date(index.priced_by(home.prices()), streams)?;
    // What cannot be recorded now is recorded by whoever asks next, and nobody asked for it.
    if home.settings.local()
        && let Ok(zone) = span::zone(None, &home.settings)
    {
        let _ = index.note_crossings(home.settings.budgets(), &zone, UnixNanos::now());
    }
    Ok(index)
}

fn in_memory(home: &Home) -> Result<Index, StoreError> {
    Ok(Index::in_memory(home.layout.clone())?.priced_by(home.prices()))
}

fn up_to_date(mut index: Index, streams: &mut Streams<'_>) -> Result<Index, StoreError> {
    let mut progress = Progress::of("reading the log", streams);
    index.catch_up_to_the_end(&mut |reading| progress.is_at(reading))?;
    // A log that cannot be written now can still be read.
    if index.close_lost().unwrap_or(0) > 0 {
        index.catch_up(None)?;
    }
    Ok(index)
}

/// Makes the index anew.
pub(crate) fn rebuild(home: &Home, streams: &mut Streams<'_>) -> Result<index::Progress, StoreError> {
    let mut progress = Progress::of("reading the log", streams);
    Index::rebuild(&home.layout, home.prices(), &mut |reading| progress.is_at(reading))
}

fn say_that_it_cannot_be_used(home: &Home, error: &StoreError, streams: &mut Streams<'_>) -> io::Result<()> {
    let reason = match error {
        StoreError::Io { source, .. } => failure::reason(source),
        StoreError::Database(source) => source.to_string(),
        error => error.to_string(),
    };
    let path = home.layout.database();
    writeln!(
        streams.err,
        "telemetry: the index at {} cannot be used ({reason}); answering from the log",
        path.display()
    )
}
