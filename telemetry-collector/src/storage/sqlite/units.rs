//! What is known of the runs of which something is new.

use rusqlite::{Connection, OptionalExtension as _};
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;

use super::ids;
use crate::storage::{StorageError, Unit};

/// Where a step of settling stops taking runs: so many events are worked out in about the time of a commit or two.
const MOST_EVENTS: usize = 20_000;

/// A run of which something is new, by its note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Noted {
    pub seq: i64,
    pub mark: i64,
    pub run: RunId,
}

/// The runs whose notes are the oldest, `most` of them or those of so many events, with all that is known of each.
pub(super) fn oldest(connection: &Connection, most: usize) -> Result<(Vec<Noted>, Vec<Unit>), StorageError> {
    let mut notes = connection
        .prepare_cached("SELECT seq, mark, run FROM unsettled WHERE run IS NOT NULL ORDER BY seq LIMIT ?1")?;
    let mut rows = notes.query([i64::try_from(most).unwrap_or(i64::MAX)])?;
    let (mut noted, mut units, mut events) = (Vec::new(), Vec::new(), 0);
    while events < MOST_EVENTS
        && let Some(row) = rows.next()?
    {
        let run = ids::run_of(row.get(2)?);
        noted.push(Noted { seq: row.get(0)?, mark: row.get(1)?, run });
        if let Some(unit) = unit(connection, run)? {
            events += unit.events.len();
            units.push(unit);
        }
    }
    Ok((noted, units))
}

/// A run's note as it is now.
pub(super) fn note_of(connection: &Connection, run: RunId) -> Result<Option<Noted>, StorageError> {
    let noted = connection
        .prepare_cached("SELECT seq, mark FROM unsettled WHERE run = ?1")?
        .query_row([ids::run(run)], |row| Ok(Noted { seq: row.get(0)?, mark: row.get(1)?, run }))
        .optional()?;
    Ok(noted)
}

/// All that is known of a run; `None` when nothing is any more.
pub(super) fn unit(connection: &Connection, run: RunId) -> Result<Option<Unit>, StorageError> {
    // The three kinds exclude each other: what is of a process has no run.
    let mut select = connection.prepare_cached(
        "SELECT line, host, run IS ?1, ts_ns, id FROM events WHERE run = ?1
         UNION ALL SELECT line, host, 0, ts_ns, id FROM events WHERE about = ?1 AND run IS NOT ?1
         UNION ALL SELECT line, host, 0, ts_ns, id FROM events WHERE run IS NULL AND process IN (
             SELECT process FROM events WHERE run = ?1 AND process IS NOT NULL
             UNION SELECT process FROM runs WHERE run = ?1 AND process IS NOT NULL)
         ORDER BY ts_ns, id",
    )?;
    let mut rows = select.query([ids::run(run)])?;
    let (mut events, mut own_host, mut other_host) = (Vec::new(), None, None);
    while let Some(row) = rows.next()? {
        let host = if row.get(2)? { &mut own_host } else { &mut other_host };
        if host.is_none() {
            *host = Some(row.get::<_, String>(1)?);
        }
        events.extend(event(row)?);
    }
    Ok(own_host.or(other_host).map(|host| Unit { run, host, events }))
}

/// The event of a row that begins with its line. One that cannot be read is left out: it was checked when it was taken in, so a
/// newer version has kept it, and it must not hold up all others.
pub(super) fn event(row: &rusqlite::Row<'_>) -> Result<Option<Event>, StorageError> {
    Ok(codec::decode(row.get_ref(0)?.as_bytes().unwrap_or_default()).ok())
}
