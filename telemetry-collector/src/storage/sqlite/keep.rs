//! Events, kept as they came.

use std::collections::BTreeSet;

use rusqlite::Connection;

use super::{ids, schema};
use crate::intake::Recorded;
use crate::storage::StorageError;
use crate::storage::note::{Note, notes};

/// An event as a row, with what has to be settled when it is new.
pub(super) struct EventRow {
    ts_ns: i64,
    id: i64,
    run: Option<[u8; 16]>,
    process: Option<[u8; 16]>,
    about: Option<[u8; 16]>,
    kind: String,
    host: String,
    line: String,
    notes: Vec<Note>,
}

impl EventRow {
    pub fn of(recorded: &Recorded) -> Self {
        let event = &recorded.event;
        EventRow {
            ts_ns: event.ts.0,
            id: event.id.0 as i64,
            run: event.run.map(ids::run),
            process: recorded.process().map(ids::process),
            about: recorded.about().map(ids::run),
            kind: event.body.kind().to_owned(),
            host: recorded.host.clone(),
            line: recorded.line.clone(),
            notes: notes(recorded).collect(),
        }
    }
}

/// Keeps events, and notes what they concern. Says of each whether it is new.
pub(super) fn keep(connection: &Connection, events: &[EventRow]) -> Result<Vec<bool>, StorageError> {
    let mut insert = connection.prepare_cached(
        "INSERT INTO events (ts_ns, id, run, process, about, kind, host, line)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8) ON CONFLICT DO NOTHING",
    )?;
    let mut concerned = BTreeSet::new();
    let mut are_new = Vec::with_capacity(events.len());
    for event in events {
        let EventRow { ts_ns, id, run, process, about, kind, host, line, notes } = event;
        let is_new = insert.execute((ts_ns, id, run, process, about, kind, host, line))? == 1;
        if is_new {
            concerned.extend(notes);
        }
        are_new.push(is_new);
    }
    for note in concerned {
        leave(connection, note)?;
    }
    schema::add(connection, "events", are_new.iter().filter(|is_new| **is_new).count() as i64)?;
    Ok(are_new)
}

/// Leaves a note; on one that is there, another mark.
pub(super) fn leave(connection: &Connection, note: Note) -> rusqlite::Result<()> {
    let (sql, id) = match note {
        Note::Run(run) => (
            "INSERT INTO unsettled (run) VALUES (?1) ON CONFLICT (run) DO UPDATE SET mark = excluded.mark",
            ids::run(run),
        ),
        Note::Process(process) => (
            "INSERT INTO unsettled (process) VALUES (?1) ON CONFLICT (process) DO UPDATE SET mark = excluded.mark",
            ids::process(process),
        ),
    };
    connection.prepare_cached(sql)?.execute([id]).map(drop)
}
