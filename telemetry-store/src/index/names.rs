//! Interned names: the same text is one row, and one look-up per process.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _};
use telemetry_core::ids::{ProcessId, RunId};

/// Caches are begun again past this many entries; they only save look-ups.
const MAX_CACHED: usize = 65_536;

/// Row ids by what they stand for. Valid for tables made once; rolled back transactions clear it.
#[derive(Default)]
pub(super) struct Names {
    made: Option<i64>,
    texts: HashMap<Box<str>, i64>,
    runs: HashMap<RunId, i64>,
    processes: HashMap<ProcessId, i64>,
}

impl Names {
    pub(super) fn clear(&mut self) {
        *self = Names::default();
    }

    /// Forgets everything if the tables were made anew since.
    pub(super) fn check(&mut self, made: i64) {
        if self.made.replace(made) != Some(made) {
            *self = Names { made: Some(made), ..Names::default() };
        }
    }

    pub(super) fn text(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.texts.get(text) {
            return Ok(id);
        }
        let found = connection
            .prepare_cached("SELECT id FROM name WHERE text = ?1")?
            .query_row([text], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => connection.prepare_cached("INSERT INTO name (text) VALUES (?1)")?.insert([text])?,
        };
        if self.texts.len() >= MAX_CACHED {
            self.texts.clear();
        }
        self.texts.insert(text.into(), id);
        Ok(id)
    }

    /// The row of a run; a run that was only heard of gets one that later events fill.
    pub(super) fn run(&mut self, connection: &Connection, run: RunId) -> rusqlite::Result<i64> {
        if let Some(&id) = self.runs.get(&run) {
            return Ok(id);
        }
        let key = run.0.to_be_bytes();
        let found = connection
            .prepare_cached("SELECT id FROM run WHERE key = ?1")?
            .query_row([&key[..]], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => connection.prepare_cached("INSERT INTO run (key) VALUES (?1)")?.insert([&key[..]])?,
        };
        if self.runs.len() >= MAX_CACHED {
            self.runs.clear();
        }
        self.runs.insert(run, id);
        Ok(id)
    }

    /// The row of a process.
    pub(super) fn process(&mut self, connection: &Connection, process: ProcessId) -> rusqlite::Result<i64> {
        if let Some(&id) = self.processes.get(&process) {
            return Ok(id);
        }
        let key = process.0.to_be_bytes();
        let found = connection
            .prepare_cached("SELECT id FROM process WHERE key = ?1")?
            .query_row([&key[..]], |row| row.get(0))
            .optional()?;
        let id = match found {
            Some(id) => id,
            None => connection.prepare_cached("INSERT INTO process (key) VALUES (?1)")?.insert([&key[..]])?,
        };
        if self.processes.len() >= MAX_CACHED {
            self.processes.clear();
        }
        self.processes.insert(process, id);
        Ok(id)
    }
}
