//! An index that is up to date, for commands that ask.

use std::io;

use telemetry_store::StoreError;
use telemetry_store::index::{Index, Patience};
use telemetry_store::layout::Layout;

use crate::commands::Streams;
use crate::failure::{self, Failure};

/// Opens the index and brings it up to date: what other processes logged is read, and the runs of processes that are
/// gone are closed. Where the index cannot be used the answers come from the log alone, by way of memory; a home
/// without a log is left untouched.
pub(crate) fn open(layout: &Layout) -> Result<Index, Failure> {
    open_or_fall_back(layout, |_| Ok(()))
}

/// As [`open`], for who shows the answers: says where they come from when it is not the index.
pub(crate) fn open_saying(layout: &Layout, streams: &mut Streams<'_>) -> Result<Index, Failure> {
    open_or_fall_back(layout, |error| {
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
    })
}

fn open_or_fall_back(
    layout: &Layout,
    falls_back: impl FnOnce(&StoreError) -> io::Result<()>,
) -> Result<Index, Failure> {
    for folder in [layout.root().to_owned(), layout.log()] {
        match folder.metadata() {
            Ok(metadata) if metadata.is_dir() => {}
            Ok(_) => return Err(Failure::not_a_folder(folder)),
            Err(_) => return Ok(Index::in_memory(layout.clone())?),
        }
    }
    match open_file(layout) {
        Ok(index) => Ok(index),
        Err(StoreError::Busy) => Err(StoreError::Busy.into()),
        Err(error) => {
            if error.is_damage() && Index::rebuild(layout).is_ok() {
                return Ok(open_file(layout)?);
            }
            falls_back(&error)?;
            Ok(up_to_date(Index::in_memory(layout.clone())?)?)
        }
    }
}

fn open_file(layout: &Layout) -> Result<Index, StoreError> {
    up_to_date(Index::open(layout.clone(), Patience::Person)?)
}

fn up_to_date(mut index: Index) -> Result<Index, StoreError> {
    index.catch_up(None)?;
    // A log that cannot be written now can still be read.
    if index.close_lost().unwrap_or(0) > 0 {
        index.catch_up(None)?;
    }
    Ok(index)
}
