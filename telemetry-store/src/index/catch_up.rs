//! From the log to the index, from where the last one stopped.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::Instant;

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};
use telemetry_core::cost::Prices;
use telemetry_core::ids::Key;
use telemetry_core::time::Day;

use super::apply::Batch;
use super::names::Names;
use super::{reprice, schema, verdicts};
use crate::error::StoreError;
use crate::layout::Layout;
use crate::log::ReadAhead;

/// Events per transaction for who has all the time: the larger, the fewer pages are written twice.
const EVENTS_AT_ONCE: usize = 16_384;
/// Events per transaction for who has a budget: about two milliseconds, because a flush of the log may come meanwhile.
const EVENTS_IN_BUDGET: usize = 512;
/// Bytes of log that take longer to read than a thread takes to start.
const WORTH_A_THREAD: u64 = 4 << 20;
/// The first bytes by which a file is known again.
const HEAD_BYTES: usize = 64;

/// How far the work on an index is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reading {
    /// What is being done.
    pub work: Work,
    /// What was done of it, in the work's unit.
    pub done: u64,
    /// What there was to do when it began.
    pub total: u64,
}

/// A kind of work on an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// The log is read: counted in bytes.
    Log,
    /// Calls that are in the index are priced: counted in calls.
    Prices,
}

/// Hears of every step, of which there are several a second.
pub type Watch<'a> = &'a mut dyn FnMut(Reading);

/// What a catch-up did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Progress {
    /// Events that were not in the index before.
    pub added: u64,
    /// Events read, duplicates included.
    pub read: u64,
    /// Whether the end of the log was reached.
    pub complete: bool,
}

pub(super) fn catch_up(
    layout: &Layout,
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    until: Option<Instant>,
    mut watch: Option<Watch<'_>>,
) -> Result<Progress, StoreError> {
    let mut progress = Progress::default();
    let days = layout.days().map_err(StoreError::io(layout.log()))?;
    // Only for who looks: it asks after every day there is.
    let mut reading = match watch {
        Some(_) => Reading { work: Work::Log, done: 0, total: unread(connection, &days)? },
        None => Reading { work: Work::Log, done: 0, total: 0 },
    };
    for (day, path) in days {
        let mut lines = None;
        loop {
            if !has_news(connection, day, &path)? {
                break;
            }
            if until.is_some_and(|until| Instant::now() >= until) {
                return Ok(progress);
            }
            let step = step(connection, names, prices, day, &path, &mut lines, until.is_some());
            if step.is_err() {
                names.clear();
            }
            let step = step?;
            progress.added += step.added;
            progress.read += step.read;
            if let Some(watch) = &mut watch {
                reading.done += step.bytes;
                watch(reading);
            }
            if step.at_end {
                break;
            }
        }
    }
    progress.complete = reprice::complete(connection, names, prices, until, watch)?;
    Ok(progress)
}

/// The bytes of the log that are not in the index, by the lengths of the files.
fn unread(connection: &Connection, days: &[(Day, PathBuf)]) -> Result<u64, StoreError> {
    let mut bytes = 0;
    for (day, path) in days {
        let length = std::fs::metadata(path).map_or(0, |metadata| metadata.len());
        bytes += length.saturating_sub(cursor(connection, *day)?.map_or(0, |cursor| cursor.offset));
    }
    Ok(bytes)
}

#[derive(Clone, Copy)]
struct Cursor {
    offset: u64,
    head: i64,
    unreadable: u64,
}

fn cursor(connection: &Connection, day: Day) -> rusqlite::Result<Option<Cursor>> {
    connection
        .prepare_cached("SELECT offset, head, unreadable FROM log_file WHERE day = ?1")?
        .query_row([day.0], |row| {
            Ok(Cursor {
                offset: row.get::<_, i64>(0)? as u64,
                head: row.get(1)?,
                unreadable: row.get::<_, i64>(2)? as u64,
            })
        })
        .optional()
}

/// Whether the file is longer or shorter than what was read of it: a look without a lock.
fn has_news(connection: &Connection, day: Day, path: &Path) -> Result<bool, StoreError> {
    let length = match std::fs::metadata(path) {
        Ok(metadata) => metadata.len(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        Err(error) => return Err(StoreError::io(path)(error)),
    };
    Ok(cursor(connection, day)?.map_or(length > 0, |cursor| cursor.offset != length))
}

struct Step {
    /// Events that were new.
    added: u64,
    read: u64,
    bytes: u64,
    at_end: bool,
}

/// Reads the next events of one file in one transaction, cursor and rows together. `lines` go on from the step before,
/// unless another process was here in between.
fn step(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    day: Day,
    path: &Path,
    lines: &mut Option<ReadAhead>,
    in_budget: bool,
) -> Result<Step, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    names.check(schema::made(&transaction)?);
    let io = |error| StoreError::io(path)(error);
    let known = cursor(&transaction, day)?;
    let head = head_of(path, HEAD_BYTES as u64).map_err(io)?;
    let length = std::fs::metadata(path).map_err(io)?.len();
    // A file that is shorter than what was read of it, or begins otherwise, is another file: read it all. What was
    // in the index from the old one stays; what is in both is the same fact.
    let same = |cursor: &Cursor| cursor.offset <= length && (cursor.offset == 0 || cursor.head == head);
    let from = known.filter(same).unwrap_or(Cursor { offset: 0, head, unreadable: 0 });
    let mut reading = match lines.take().filter(|lines| lines.offset() == from.offset) {
        Some(lines) => lines,
        None => {
            let most = if in_budget { EVENTS_IN_BUDGET } else { EVENTS_AT_ONCE };
            let ahead = !in_budget && length.saturating_sub(from.offset) > WORTH_A_THREAD;
            ReadAhead::open(path, from.offset, most, ahead).map_err(io)?
        }
    };
    let chunk = reading.next_chunk().map_err(io)?;
    *lines = Some(reading);

    let mut batch = Batch::new(&transaction, names, prices);
    for event in &chunk.records {
        batch.apply(event)?;
    }
    let (added, touched) = batch.finish()?;
    verdicts::derive(&transaction, names, &touched)?;
    transaction
        .prepare_cached(
            "INSERT INTO log_file (day, offset, head, unreadable) VALUES (?1, ?2, ?3, ?4)
             ON CONFLICT (day) DO UPDATE SET offset = ?2, head = ?3, unreadable = ?4",
        )?
        .execute((day.0, chunk.end as i64, head, (from.unreadable + chunk.unreadable) as i64))?;
    transaction.commit()?;
    let bytes = chunk.end.saturating_sub(from.offset);
    Ok(Step { added, read: chunk.records.len() as u64, bytes, at_end: chunk.at_end })
}

fn head_of(path: &Path, bytes: u64) -> io::Result<i64> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    // Less than a whole head may still grow: only its first line's beginning is sure to stay.
    head.truncate(HEAD_BYTES.min(head.len()));
    Ok(Key::new("log head").text(&String::from_utf8_lossy(&head)).narrow() as i64)
}
