//! Runs and rollups, made of events.
//!
//! What takes long, reading events and working out what they come to, is done beside the writer, on what was committed. Under the
//! write lock the marks of the notes tell whether that still holds: a note that is gone was settled by another collector, one with
//! another mark says that more has come, and then that run is worked out again, under the lock.

use std::collections::BTreeMap;

use rusqlite::Connection;
use telemetry_core::ids::ProcessId;

use super::units::{self, Noted};
use super::{ids, keep, rollups, run_rows, schema};
use crate::rollup::{Cells, Hour};
use crate::settle::Derive;
use crate::storage::correction::{Correction, correct};
use crate::storage::note::Note;
use crate::storage::{Derived, Settled, StorageError, losses};

/// The row of the table `meta` that has the first hour of which there are events.
pub(super) const FORGOTTEN: &str = "forgotten_before_hour";

/// The first hour of which there are events: of those before there are none any more.
pub(super) fn forgotten(connection: &Connection) -> Result<Hour, StorageError> {
    let hour = schema::get(connection, FORGOTTEN)?.and_then(|hour| hour.parse().ok());
    Ok(Hour(hour.unwrap_or(i32::MIN)))
}

/// What was worked out beside the writer.
pub(super) struct Prepared {
    noted: Vec<Noted>,
    derived: Vec<Derived>,
}

/// Whether there are notes of processes.
pub(super) fn has_processes(connection: &Connection) -> Result<bool, StorageError> {
    let sql = "SELECT EXISTS (SELECT 1 FROM unsettled WHERE process IS NOT NULL)";
    Ok(connection.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// Makes notes of all their runs of the notes of at most so many processes, and keeps what those say they lost.
pub(super) fn spread_processes(connection: &Connection, most: usize) -> Result<(), StorageError> {
    let mut select = connection.prepare_cached(
        "DELETE FROM unsettled WHERE seq IN (
             SELECT seq FROM unsettled WHERE process IS NOT NULL ORDER BY seq LIMIT ?1) RETURNING process",
    )?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let processes: Vec<ProcessId> =
        select.query_map([most], |row| row.get(0).map(ids::process_of))?.collect::<Result<_, _>>()?;
    for process in processes {
        keep_losses(connection, process)?;
        let mut runs = connection.prepare_cached(
            "SELECT run FROM events WHERE process = ?1 AND run IS NOT NULL UNION SELECT run FROM runs WHERE process = ?1",
        )?;
        for run in runs.query_map([ids::process(process)], ids::first_run)? {
            keep::leave(connection, Note::Run(run?))?;
        }
    }
    Ok(())
}

/// Keeps what a process says it lost. Its days may be forgotten one by one, so the largest that was ever known stays.
fn keep_losses(connection: &Connection, process: ProcessId) -> Result<(), StorageError> {
    let mut select = connection.prepare_cached(
        "SELECT line, host FROM events WHERE process = ?1 AND kind = 'stats' ORDER BY ts_ns, id",
    )?;
    let mut rows = select.query([ids::process(process)])?;
    let (mut said, mut host) = (Vec::new(), None);
    while let Some(row) = rows.next()? {
        said.extend(units::event(row)?);
        host = host.or(Some(row.get::<_, String>(1)?));
    }
    let Some(host) = host else { return Ok(()) };
    let dropped = i64::try_from(losses::dropped(&said)).unwrap_or(i64::MAX);
    connection
        .prepare_cached(
            "INSERT INTO processes (process, host, dropped) VALUES (?1, ?2, ?3)
             ON CONFLICT (process) DO UPDATE SET dropped = max(dropped, excluded.dropped)",
        )?
        .execute((ids::process(process), host, dropped))?;
    Ok(())
}

/// Works out what the oldest notes are of.
pub(super) fn prepare(
    connection: &Connection,
    most: usize,
    deriver: &dyn Derive,
) -> Result<Prepared, StorageError> {
    let (noted, units) = units::oldest(connection, most)?;
    let derived = if units.is_empty() { Vec::new() } else { deriver.derive(&units)? };
    Ok(Prepared { noted, derived })
}

/// Writes what was worked out, under the lock.
pub(super) fn apply(
    connection: &Connection,
    prepared: Prepared,
    deriver: &dyn Derive,
) -> Result<Settled, StorageError> {
    let mut derived: BTreeMap<_, _> =
        prepared.derived.into_iter().map(|derived| (derived.run, derived)).collect();
    let (mut settled, mut outdated) = (Vec::new(), Vec::new());
    for noted in prepared.noted {
        match units::note_of(connection, noted.run)? {
            Some(now) if now == noted => settled.push(now),
            Some(now) => {
                derived.remove(&noted.run);
                outdated.extend(units::unit(connection, noted.run)?);
                settled.push(now);
            }
            None => drop(derived.remove(&noted.run)),
        }
    }
    if !outdated.is_empty() {
        let again = deriver.derive(&outdated)?;
        derived.extend(again.into_iter().map(|derived| (derived.run, derived)));
    }

    let forgotten = forgotten(connection)?;
    let mut change = Cells::default();
    for now in derived.into_values() {
        let Correction { kept, change: of_run } =
            correct(run_rows::kept(connection, now.run)?, now, forgotten);
        run_rows::keep(connection, kept)?;
        change.add(&of_run);
    }
    rollups::add(connection, &change)?;
    let mut done = connection.prepare_cached("DELETE FROM unsettled WHERE seq = ?1")?;
    for noted in &settled {
        done.execute([noted.seq])?;
    }
    let complete = connection
        .prepare_cached("SELECT NOT EXISTS (SELECT 1 FROM unsettled)")?
        .query_row([], |row| row.get(0))?;
    Ok(Settled { runs: settled.len() as u64, reports: 0, complete })
}
