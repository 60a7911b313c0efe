//! What model calls cost, and their tokens.

use rusqlite::{Connection, Row};
use telemetry_core::time::UnixNanos;

use super::Period;

/// Whose calls.
#[derive(Debug, Clone, Copy, Default)]
pub struct Of<'a> {
    /// Only those that asked for this model.
    pub model: Option<&'a str>,
    /// Only those of runs on this platform, in the host's word.
    pub platform: Option<&'a str>,
}

/// What was spent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spend {
    /// Billionths of a dollar, of calls whose cost is known.
    pub nanos: i64,
    /// Calls without a known price, which are not in `nanos`.
    pub unpriced_calls: u64,
    /// Input, cache reads and writes, and output.
    pub tokens: i64,
    /// Calls whose provider did not say, which are not in `tokens`.
    pub unmetered_calls: u64,
}

impl Spend {
    fn add(&mut self, call: &Self) {
        self.nanos = self.nanos.saturating_add(call.nanos);
        self.unpriced_calls += call.unpriced_calls;
        self.tokens = self.tokens.saturating_add(call.tokens);
        self.unmetered_calls += call.unmetered_calls;
    }
}

/// The calls of a period as a table: what each cost, or that it is not known, its tokens, or that they are not. By way of
/// their runs, because those that were heard of since the period began are few, and calls lie by run.
const CALLS: &str = "
    SELECT m.ts_ns, m.span,
           coalesce(m.amount_nanos, 0) AS nanos,
           m.amount_nanos IS NULL AS unpriced,
           coalesce(m.input_tokens, 0) + coalesce(m.cache_read_tokens, 0) + coalesce(m.cache_write_tokens, 0)
               + coalesce(m.output_tokens, 0) AS tokens,
           m.input_tokens IS NULL AS unmetered
    FROM run CROSS JOIN model_call AS m ON m.run = run.id
    WHERE run.last_ns >= ?1 AND m.ts_ns >= ?1 AND m.ts_ns < ?2
      AND (?3 IS NULL OR m.endpoint IN (SELECT endpoint.id FROM endpoint JOIN name ON name.id = endpoint.model
                                        WHERE name.text = ?3))
      AND (?4 IS NULL OR run.platform = (SELECT id FROM name WHERE text = ?4))";

/// What was spent by the calls that were answered in `period`.
///
/// # Errors
/// When the index cannot be read.
pub fn spend(connection: &Connection, period: Period, of: Of<'_>) -> rusqlite::Result<Spend> {
    let sql = format!(
        "SELECT coalesce(sum(nanos), 0), coalesce(sum(unpriced), 0), coalesce(sum(tokens), 0), coalesce(sum(unmetered), 0)
         FROM ({CALLS})"
    );
    connection.prepare_cached(&sql)?.query_row((period.start.0, period.end.0, of.model, of.platform), read)
}

/// Calls `each` with the moment of each answer in `period`, in their order, and with what was spent up to and with it,
/// until it says stop (`false`).
pub(super) fn each_call(
    connection: &Connection,
    period: Period,
    of: Of<'_>,
    mut each: impl FnMut(UnixNanos, Spend) -> bool,
) -> rusqlite::Result<()> {
    let sql = format!("SELECT nanos, unpriced, tokens, unmetered, ts_ns FROM ({CALLS}) ORDER BY ts_ns, span");
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query((period.start.0, period.end.0, of.model, of.platform))?;
    let mut spent = Spend::default();
    while let Some(row) = rows.next()? {
        spent.add(&read(row)?);
        if !each(UnixNanos(row.get(4)?), spent) {
            break;
        }
    }
    Ok(())
}

fn read(row: &Row<'_>) -> rusqlite::Result<Spend> {
    Ok(Spend {
        nanos: row.get(0)?,
        unpriced_calls: row.get::<_, i64>(1)?.unsigned_abs(),
        tokens: row.get(2)?,
        unmetered_calls: row.get::<_, i64>(3)?.unsigned_abs(),
    })
}
