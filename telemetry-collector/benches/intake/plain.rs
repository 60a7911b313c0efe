//! What a database is held against: each batch inserted with one statement into a table without an index, and nothing else.

use rusqlite::{Connection, params_from_iter, types::Value};
use telemetry_collector::intake::Recorded;

const COLUMNS: usize = 8;

/// A file with the same settings as ours.
pub struct PlainFile {
    connection: Connection,
}

impl PlainFile {
    pub fn new(path: &std::path::Path) -> rusqlite::Result<Self> {
        let connection = Connection::open(path)?;
        connection.execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 4000;
             CREATE TABLE events (ts_ns INTEGER, id INTEGER, run BLOB, process BLOB, about BLOB, kind TEXT, host TEXT, line TEXT);",
        )?;
        Ok(PlainFile { connection })
    }

    pub fn keep(&self, batch: &[Recorded]) -> rusqlite::Result<()> {
        let row = format!("({})", ["?"; COLUMNS].join(","));
        let rows = vec![row.as_str(); batch.len()].join(",");
        let id = |id: u128| Value::Blob(id.to_be_bytes().to_vec());
        let values = batch.iter().flat_map(|recorded| {
            let event = &recorded.event;
            [
                Value::from(event.ts.0),
                (event.id.0 as i64).into(),
                event.run.map(|run| id(run.0)).into(),
                recorded.process().map(|process| id(process.0)).into(),
                recorded.about().map(|run| id(run.0)).into(),
                event.body.kind().to_owned().into(),
                recorded.host.clone().into(),
                recorded.line.clone().into(),
            ]
        });
        self.connection
            .prepare_cached(&format!("INSERT INTO events VALUES {rows}"))?
            .execute(params_from_iter(values))
            .map(drop)
    }
}
