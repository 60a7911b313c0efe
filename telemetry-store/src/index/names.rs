//! Interned names: the same text is one row, and one look-up per process.

use std::hash::Hash;

use rusqlite::{Connection, OptionalExtension as _, Params};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::name::Name;

use super::Map;
use super::apply::Statements;
use super::price::Pricing;

/// Caches are begun again past this many entries; they only save look-ups.
const MAX_CACHED: usize = 65_536;

/// Row ids by what they stand for. Valid for tables made once; rolled back transactions clear it.
#[derive(Default)]
pub(super) struct Names {
    made: Option<i64>,
    texts: Map<Box<str>, i64>,
    endpoints: Map<[Option<Name>; 5], i64>,
    pricings: Map<Pricing, i64>,
    runs: Map<RunId, i64>,
    processes: Map<ProcessId, i64>,
    last_run: Option<i64>,
    last_process: Option<i64>,
}

impl Names {
    pub(super) fn clear(&mut self) {
        *self = Names::default();
    }

    /// Begins a batch: forgets everything if the tables were made anew since, what has become too much to remember, and
    /// the highest numbers of rows, since another process may have added some. Never within a batch: the rows it has
    /// numbered and not written yet are known here only.
    pub(super) fn check(&mut self, made: i64) {
        if self.made.replace(made) != Some(made) {
            *self = Names { made: Some(made), ..Names::default() };
        }
        (self.last_run, self.last_process) = (None, None);
        clear_if_full(&mut self.texts);
        clear_if_full(&mut self.endpoints);
        clear_if_full(&mut self.pricings);
        clear_if_full(&mut self.runs);
        clear_if_full(&mut self.processes);
    }

    pub(super) fn text(&mut self, connection: &Connection, text: &str) -> rusqlite::Result<i64> {
        if let Some(&id) = self.texts.get(text) {
            return Ok(id);
        }
        let (find, add) = ("SELECT id FROM name WHERE text = ?1", "INSERT INTO name (text) VALUES (?1)");
        let id = find_or_add(connection, find, add, [text])?;
        self.texts.insert(text.into(), id);
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
        self.endpoints.insert(key, id);
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
        self.pricings.insert(pricing, id);
        Ok(id)
    }

    /// The row of a run, and whether it is a new one, which the batch is to write.
    pub(super) fn run(
        &mut self,
        statements: &mut Statements<'_>,
        run: RunId,
    ) -> rusqlite::Result<(i64, bool)> {
        let (find, highest) = ("SELECT id FROM run WHERE key = ?1", "SELECT coalesce(max(id), 0) FROM run");
        let key = { run.0 }.to_be_bytes();
        find_or_number(statements, &mut self.runs, &mut self.last_run, find, highest, run, key)
    }

    /// The row of a process, and whether it is a new one, which the batch is to write.
    pub(super) fn process(
        &mut self,
        statements: &mut Statements<'_>,
        process: ProcessId,
    ) -> rusqlite::Result<(i64, bool)> {
        let (find, highest) =
            ("SELECT id FROM process WHERE key = ?1", "SELECT coalesce(max(id), 0) FROM process");
        let key = { process.0 }.to_be_bytes();
        find_or_number(statements, &mut self.processes, &mut self.last_process, find, highest, process, key)
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

/// The row of `key`: a known one, the one `find` finds, or the next after `last`.
fn find_or_number<K: Eq + Hash>(
    statements: &mut Statements<'_>,
    known: &mut Map<K, i64>,
    last: &mut Option<i64>,
    find: &'static str,
    highest: &'static str,
    key: K,
    bytes: [u8; 16],
) -> rusqlite::Result<(i64, bool)> {
    if let Some(&id) = known.get(&key) {
        return Ok((id, false));
    }
    let found = statements.get(find)?.query_row([bytes], |row| row.get(0)).optional()?;
    let (id, new) = match (found, *last) {
        (Some(id), _) => (id, false),
        (None, Some(last)) => (last + 1, true),
        (None, None) => (statements.get(highest)?.query_row([], |row| row.get::<_, i64>(0))? + 1, true),
    };
    if new {
        *last = Some(id);
    }
    known.insert(key, id);
    Ok((id, new))
}

fn clear_if_full<K, V>(cache: &mut Map<K, V>) {
    if cache.len() >= MAX_CACHED {
        cache.clear();
    }
}
