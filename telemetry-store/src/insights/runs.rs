//! The list of runs.

use rusqlite::{Connection, Params, Row};
use serde::Serialize;

use super::{Tokens, Window, moment, ms};
use crate::error::StoreError;

/// Money spent. `usd` is `None` when a price is missing: never zero.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Cost {
    /// US dollars.
    pub usd: Option<f64>,
    /// `unknown` until calls are priced.
    pub status: &'static str,
}

impl Cost {
    /// Nothing is known about the price.
    pub const UNKNOWN: Cost = Cost { usd: None, status: "unknown" };
}

/// One run in a list.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunSummary {
    /// The run's id, 32 hex digits.
    pub run_id: String,
    /// The host's id of the session.
    pub session_id: Option<String>,
    /// The run that delegated to this one.
    pub parent_run_id: Option<String>,
    /// The run this one continues under a new session id.
    pub continues_run_id: Option<String>,
    /// The host.
    pub host: Option<String>,
    /// The host's word for the surface.
    pub platform: Option<String>,
    /// The surface in our list.
    pub entrypoint: Option<String>,
    /// The host's configuration profile.
    pub profile: Option<String>,
    /// The model the session began with.
    pub model: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; `None` while it runs.
    pub ended_at: Option<String>,
    /// From start to end; `None` while it runs.
    pub duration_ms: Option<f64>,
    /// How it ended.
    pub outcome: String,
    /// Why: the host's word where it gave one.
    pub reason: Option<String>,
    /// Turns.
    pub turns: i64,
    /// Model calls that were answered.
    pub model_calls: i64,
    /// Requests to a provider that failed.
    pub failed_attempts: i64,
    /// Tool calls.
    pub tool_calls: i64,
    /// Model calls that were never answered.
    pub errors: i64,
    /// Tokens of its own model calls, without its subagents'.
    pub tokens: Tokens,
    /// The cost of its own model calls.
    pub cost: Cost,
}

const COLUMNS: &str = "SELECT run_id, session_id, parent_run_id, continues_run_id, host, platform, entrypoint,
    profile_id, model, start_ns, end_ns, outcome, reason, turn_count, model_call_count, failed_attempt_count,
    tool_call_count, error_count, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens
    FROM tel_runs";

fn summary(row: &Row<'_>) -> rusqlite::Result<RunSummary> {
    let (start, end): (i64, Option<i64>) = (row.get(9)?, row.get(10)?);
    Ok(RunSummary {
        run_id: row.get(0)?,
        session_id: row.get(1)?,
        parent_run_id: row.get(2)?,
        continues_run_id: row.get(3)?,
        host: row.get(4)?,
        platform: row.get(5)?,
        entrypoint: row.get(6)?,
        profile: row.get(7)?,
        model: row.get(8)?,
        started_at: moment(start),
        ended_at: end.map(moment),
        duration_ms: end.map(|end| ms((end - start).max(0))),
        outcome: row.get(11)?,
        reason: row.get(12)?,
        turns: row.get(13)?,
        model_calls: row.get(14)?,
        failed_attempts: row.get(15)?,
        tool_calls: row.get(16)?,
        errors: row.get(17)?,
        tokens: Tokens {
            input: row.get(18)?,
            output: row.get(19)?,
            cache_read: row.get(20)?,
            cache_write: row.get(21)?,
            reasoning: row.get(22)?,
        },
        cost: Cost::UNKNOWN,
    })
}

/// The runs `condition` (SQL over `tel_runs`) holds for, oldest first.
fn select(
    connection: &Connection,
    condition: &str,
    values: impl Params,
) -> Result<Vec<RunSummary>, StoreError> {
    let mut statement =
        connection.prepare_cached(&format!("{COLUMNS} WHERE {condition} ORDER BY start_ns, run_id"))?;
    let found = statement.query_map(values, summary)?.collect::<Result<_, _>>()?;
    Ok(found)
}

/// The runs that began in `window`, oldest first.
///
/// # Errors
/// When the index cannot be read.
pub fn runs(connection: &Connection, window: Window) -> Result<Vec<RunSummary>, StoreError> {
    select(connection, "start_ns >= ?1 AND start_ns < ?2", window.bounds())
}

/// The runs that `wanted` may mean, oldest first: the beginning of a run id, or a session id.
///
/// # Errors
/// When the index cannot be read.
pub fn find_run(connection: &Connection, wanted: &str) -> Result<Vec<RunSummary>, StoreError> {
    select(connection, "session_id = ?1 OR substr(run_id, 1, length(?1)) = ?1", [wanted])
}

/// The runs that `run_id` delegated to, oldest first.
pub(super) fn children(connection: &Connection, run_id: &str) -> Result<Vec<RunSummary>, StoreError> {
    select(connection, "parent_run_id = ?1", [run_id])
}

/// The runs of these rows of the index, in their order.
pub(super) fn runs_of_rows(connection: &Connection, rows: &[i64]) -> Result<Vec<RunSummary>, StoreError> {
    // Not by the view, which would climb the tree of every run for each.
    let mut statement = connection.prepare_cached(
        "SELECT lower(hex(run.key)), run.session, nullif(lower(hex(parent.key)), ''), nullif(lower(hex(continues.key)), ''),
                host.text, platform.text, entrypoint.text, profile.text, model.text, run.start_ns, run.end_ns, run.outcome,
                reason.text, run.turns, run.model_calls, run.failed_attempts, run.tool_calls, run.errors,
                run.input_tokens, run.output_tokens, run.cache_read_tokens, run.cache_write_tokens, run.reasoning_tokens
         FROM run
         LEFT JOIN run AS parent ON parent.id = run.parent
         LEFT JOIN run AS continues ON continues.id = run.continues
         LEFT JOIN name AS host ON host.id = run.host
         LEFT JOIN name AS profile ON profile.id = run.profile
         LEFT JOIN name AS entrypoint ON entrypoint.id = run.entrypoint
         LEFT JOIN name AS platform ON platform.id = run.platform
         LEFT JOIN name AS model ON model.id = run.model
         LEFT JOIN name AS reason ON reason.id = run.reason
         WHERE run.id = ?1",
    )?;
    Ok(rows.iter().map(|row| statement.query_row([row], summary)).collect::<Result<_, _>>()?)
}
