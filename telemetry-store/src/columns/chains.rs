//! Chains of runs: a chat whose history was compressed goes on as another run that says which one it continues.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension as _, Row};

/// How a chain ended: as its last run did.
pub(super) struct Chain {
    pub outcome: String,
    /// An interned name.
    pub reason: Option<i64>,
    /// Nanoseconds since the epoch.
    pub end: Option<i64>,
}

/// A run as a link. Links are in the order of time, and of their ids (hashes) where that is the same: the order must not
/// depend on which was read first.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Link {
    start: i64,
    key: Vec<u8>,
    run: i64,
}

fn link(row: &Row<'_>) -> rusqlite::Result<Link> {
    Ok(Link { run: row.get(0)?, start: row.get(1)?, key: row.get(2)? })
}

/// The chain whose first run is `run`; `None` when it continues another. A run that began nowhere is no run yet, and
/// what continues it is a first one.
pub(super) fn beginning_with(connection: &Connection, run: i64) -> rusqlite::Result<Option<Chain>> {
    if !is_first(connection, run)? {
        return Ok(None);
    }
    let mut after = connection.prepare_cached(
        "SELECT id, start_ns, key FROM run INDEXED BY run_by_continues
         WHERE continues = ?1 AND continues IS NOT NULL AND start_ns IS NOT NULL",
    )?;
    let mut seen = HashSet::from([run]);
    let (mut open, mut last) = (vec![run], None);
    while let Some(run) = open.pop() {
        for next in after.query_map([run], link)? {
            let next = next?;
            if seen.insert(next.run) {
                open.push(next.run);
                last = last.max(Some(next));
            }
        }
    }
    let last = last.map_or(run, |link| link.run);
    connection
        .prepare_cached("SELECT outcome, reason, end_ns FROM run WHERE id = ?1")?
        .query_row([last], |row| {
            Ok(Some(Chain { outcome: row.get(0)?, reason: row.get(1)?, end: row.get(2)? }))
        })
}

fn is_first(connection: &Connection, run: i64) -> rusqlite::Result<bool> {
    let mut seen = HashSet::from([run]);
    let mut at = run;
    while let Some(before) = continued_by(connection, at)? {
        if !seen.insert(before.run) {
            // They continue each other in a circle, which has a first one only by its time.
            return first_of_circle(connection, before).map(|first| first == run);
        }
        at = before.run;
    }
    Ok(at == run)
}

fn first_of_circle(connection: &Connection, entry: Link) -> rusqlite::Result<i64> {
    let around = entry.run;
    let mut first = entry;
    let mut at = around;
    while let Some(before) = continued_by(connection, at)?.filter(|before| before.run != around) {
        at = before.run;
        first = first.min(before);
    }
    Ok(first.run)
}

/// The run that `run` continues.
fn continued_by(connection: &Connection, run: i64) -> rusqlite::Result<Option<Link>> {
    connection
        .prepare_cached(
            "SELECT before.id, before.start_ns, before.key FROM run JOIN run AS before ON before.id = run.continues
             WHERE run.id = ?1 AND before.start_ns IS NOT NULL",
        )?
        .query_row([run], link)
        .optional()
}
