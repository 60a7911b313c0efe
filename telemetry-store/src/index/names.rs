//! Interned names: the same text is one row, and one look-up per process.

use std::collections::HashMap;
use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension as _, Params};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::name::Name;

use super::price::Pricing;

/// Caches are begun again past this many entries; they only save look-ups.
const MAX_CACHED: usize = 65_536;

/// Row ids by what they stand for. Valid for tables made once; rolled back transactions clear it.
#[derive(Default)]
pub(super) struct Names {
    made: Option<i64>,
    texts: HashMap<Box<str>, i64>,
    endpoints: HashMap<[Option<Name>; 5], i64>,
    pricings: HashMap<Pricing, i64>,
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
        let (find, add) = ("SELECT id FROM name WHERE text = ?1", "INSERT INTO name (text) VALUES (?1)");
        let id = find_or_add(connection, find, add, [text])?;
        remember(&mut self.texts, text.into(), id);
        Ok(id)
    }

    /// The row of an endpoint: model, model that answered, provider, base URL and protocol.
    pub(super) fn endpoint(
        &mut self,
        connection: &Connection,
        words: [Option<&Name>; 5],
    ) -> rusqlite::Result<i64> {
        let key = words.map(Option::<&Name>::cloned);
        if let Some(&id) = self.endpoints.get(&key) {
            return Ok(id);
        }
        let mut ids = [None; 5];
        for (id, word) in ids.iter_mut().zip(words) {
            *id = word.map(|word| self.text(connection, word)).transpose()?;
        }
        let find = "SELECT id FROM endpoint WHERE model IS ?1 AND response_model IS ?2 AND provider IS ?3
                    AND base_url IS ?4 AND api_mode IS ?5";
        let add = "INSERT INTO endpoint (model, response_model, provider, base_url, api_mode)
                   VALUES (?1, ?2, ?3, ?4, ?5)";
        let id = find_or_add(connection, find, add, ids)?;
        remember(&mut self.endpoints, key, id);
        Ok(id)
    }

    /// The row of what calls have in common in their prices.
    pub(super) fn pricing(&mut self, connection: &Connection, pricing: Pricing) -> rusqlite::Result<i64> {
        if let Some(&id) = self.pricings.get(&pricing) {
            return Ok(id);
        }
        let tier = pricing.service_tier.as_ref();
        let tier = tier.map(|tier| self.text(connection, tier)).transpose()?;
        let id = pricing.row(connection, tier)?;
        remember(&mut self.pricings, pricing, id);
        Ok(id)
    }

    /// The row of a run; a run that was only heard of gets one that later events fill.
    pub(super) fn run(&mut self, connection: &Connection, run: RunId) -> rusqlite::Result<i64> {
        if let Some(&id) = self.runs.get(&run) {
            return Ok(id);
        }
        let (find, add) = ("SELECT id FROM run WHERE key = ?1", "INSERT INTO run (key) VALUES (?1)");
        let id = find_or_add(connection, find, add, [{ run.0 }.to_be_bytes()])?;
        remember(&mut self.runs, run, id);
        Ok(id)
    }

    /// The row of a process.
    pub(super) fn process(&mut self, connection: &Connection, process: ProcessId) -> rusqlite::Result<i64> {
        if let Some(&id) = self.processes.get(&process) {
            return Ok(id);
        }
        let (find, add) = ("SELECT id FROM process WHERE key = ?1", "INSERT INTO process (key) VALUES (?1)");
        let id = find_or_add(connection, find, add, [{ process.0 }.to_be_bytes()])?;
        remember(&mut self.processes, process, id);
        Ok(id)
    }
}

/// The row `find` finds by `key`, else the one `add` makes of it.
fn find_or_add(
    connection: &Connection,
    find: &str,
    add: &str,
    key: impl Params + Clone,
) -> rusqlite::Result<i64> {
    let found = connection.prepare_cached(find)?.query_row(key.clone(), |row| row.get(0)).optional()?;
    match found {
        Some(id) => Ok(id),
        None => connection.prepare_cached(add)?.insert(key),
    }
}

fn remember<K: Eq + Hash>(cache: &mut HashMap<K, i64>, key: K, id: i64) {
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
    cache.insert(key, id);
}
