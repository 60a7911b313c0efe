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
use super::{reprice, schema};
use crate::error::StoreError;
use crate::layout::Layout;
use crate::log::ReadAhead;

/// Events per transaction for who has all the time: the larger, the fewer pages are written twice.
const EVENTS_AT_ONCE: usize = 32_768;
/// Events read at once, while those before are indexed.
const EVENTS_READ: usize = 2_048;
/// Events per transaction for who has a budget: about two milliseconds, because a flush of the log may come meanwhile.
const EVENTS_IN_BUDGET: usize = 512;
/// Bytes of log that take much longer to read than a thread takes to start.
const WORTH_A_THREAD: u64 = 1 << 20;
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
    let mut days = days.as_slice();
    let mut lines = None;
    loop {
        days = skip_known(connection, days)?;
        if days.is_empty() {
            break;
        }
        if until.is_some_and(|until| Instant::now() >= until) {
            return Ok(progress);
        }
        let step = step(connection, names, prices, days, &mut lines, until.is_some());
        if step.is_err() {
            names.clear();
        }
        let step = step?;
        days = &days[step.finished..];
        progress.added += step.added;
        progress.read += step.read;
        if let Some(watch) = &mut watch {
            reading.done += step.bytes;
            watch(reading);
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
    /// Whether all that was read had its days marked as stale.
    marked: bool,
}

fn cursor(connection: &Connection, day: Day) -> rusqlite::Result<Option<Cursor>> {
    connection
        .prepare_cached("SELECT offset, head, unreadable, marked IS offset FROM log_file WHERE day = ?1")?
        .query_row([day.0], |row| {
            Ok(Cursor {
                offset: row.get::<_, i64>(0)? as u64,
                head: row.get(1)?,
                unreadable: row.get::<_, i64>(2)? as u64,
                marked: row.get(3)?,
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

/// `days` without those at the beginning of which there is nothing to read.
fn skip_known<'a>(
    connection: &Connection,
    days: &'a [(Day, PathBuf)],
) -> Result<&'a [(Day, PathBuf)], StoreError> {
    let mut days = days;
    while let [(day, path), rest @ ..] = days {
        if has_news(connection, *day, path)? {
            break;
        }
        days = rest;
    }
    Ok(days)
}

#[derive(Default)]
struct Step {
    /// Events that were new.
    added: u64,
    read: u64,
    bytes: u64,
    /// Days that were read to their end, or had nothing to read.
    finished: usize,
}

/// Reads the next events of `days` in one transaction, cursors and rows together. `lines` go on from the step before,
/// unless another process was here in between.
fn step(
    connection: &mut Connection,
    names: &mut Names,
    prices: &mut Prices,
    days: &[(Day, PathBuf)],
    lines: &mut Option<ReadAhead>,
    in_budget: bool,
) -> Result<Step, StoreError> {
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    names.check(schema::made(&transaction)?);
    let most = if in_budget { EVENTS_IN_BUDGET } else { EVENTS_AT_ONCE };
    let mut step = Step::default();
    let mut batch = Batch::new(&transaction, names, prices);
    while step.read < most as u64 {
        let rest = skip_known(&transaction, &days[step.finished..])?;
        step.finished = days.len() - rest.len();
        let Some((day, path)) = rest.first() else { break };
        let io = |error| StoreError::io(path)(error);
        let from = begin(&transaction, *day, path)?;
        let mut reading = match lines.take().filter(|lines| lines.place() == Some((path, from.offset))) {
            Some(lines) => lines,
            None => read_from(&transaction, rest, from.offset, in_budget)?,
        };
        let chunk = reading.next_chunk().map_err(io)?;
        *lines = Some(reading);
        for event in &chunk.records {
            batch.apply(event)?;
        }
        transaction
            .prepare_cached(
                "INSERT INTO log_file (day, offset, head, unreadable, marked) VALUES (?1, ?2, ?3, ?4, ?5)
                 ON CONFLICT (day) DO UPDATE SET offset = ?2, head = ?3, unreadable = ?4, marked = ?5",
            )?
            .execute((
                day.0,
                chunk.end as i64,
                from.head,
                (from.unreadable + chunk.unreadable) as i64,
                from.marked.then_some(chunk.end as i64),
            ))?;
        step.read += chunk.records.len() as u64;
        step.bytes += chunk.end.saturating_sub(from.offset);
        step.finished += usize::from(chunk.at_end);
        if in_budget {
            break;
        }
    }
    step.added = batch.finish()?;
    transaction.commit()?;
    Ok(step)
}

/// Where to go on in a file, as its head is now.
fn begin(connection: &Connection, day: Day, path: &Path) -> Result<Cursor, StoreError> {
    let head = head_of(path, HEAD_BYTES as u64).map_err(StoreError::io(path))?;
    let length = std::fs::metadata(path).map_err(StoreError::io(path))?.len();
    // A file that is shorter than what was read of it, or begins otherwise, is another file: read it all. What was
    // in the index from the old one stays; what is in both is the same fact.
    let same = |cursor: &Cursor| cursor.offset <= length && (cursor.offset == 0 || cursor.head == head);
    let known = cursor(connection, day)?;
    let marked = known.is_none_or(|known| known.marked);
    let from = known.filter(same).unwrap_or(Cursor { offset: 0, head, unreadable: 0, marked });
    Ok(Cursor { head, ..from })
}

/// Reads `days`, the first of them from `offset`; who has no budget reads on into those that follow.
fn read_from(
    connection: &Connection,
    days: &[(Day, PathBuf)],
    offset: u64,
    in_budget: bool,
) -> Result<ReadAhead, StoreError> {
    let mut files: Vec<(PathBuf, u64)> = Vec::new();
    for (day, path) in days.iter().take(if in_budget { 1 } else { days.len() }) {
        if files.is_empty() {
            files.push((path.clone(), offset));
        } else if has_news(connection, *day, path)? {
            files.push((path.clone(), begin(connection, *day, path)?.offset));
        }
    }
    let length = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let bytes: u64 = files.iter().map(|(path, from)| length(path).saturating_sub(*from)).sum();
    let most = if in_budget { EVENTS_IN_BUDGET } else { EVENTS_READ };
    Ok(ReadAhead::new(files, most, !in_budget && bytes > WORTH_A_THREAD))
}

fn head_of(path: &Path, bytes: u64) -> io::Result<i64> {
    let mut head = Vec::new();
    File::open(path)?.take(bytes).read_to_end(&mut head)?;
    // Less than a whole head may still grow: only its first line's beginning is sure to stay.
    head.truncate(HEAD_BYTES.min(head.len()));
    Ok(Key::new("log head").text(&String::from_utf8_lossy(&head)).narrow() as i64)
}
