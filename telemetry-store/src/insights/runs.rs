//! The list of runs.

use rusqlite::{Connection, OptionalExtension as _, Params, Row};
use serde::Serialize;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;

use super::{Cost, Tokens, Window, moment, ms};
use crate::error::StoreError;

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
    /// What its own model calls cost.
    pub cost: Cost,
    /// What they and those of all its subagents cost.
    pub tree_cost: Cost,
}

macro_rules! columns {
    ($tree_cost:literal) => {
        concat!("SELECT run_id, session_id, parent_run_id, continues_run_id, host, platform, entrypoint,
            profile_id, model, start_ns, end_ns, outcome, reason, turn_count, model_call_count, failed_attempt_count,
            tool_call_count, error_count, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
            reasoning_tokens, cost_nanos, cost_status, priced_part_nanos, ", $tree_cost, " FROM tel_runs")
    };
}

pub(super) const COLUMNS: &str = columns!("tree_cost_nanos, tree_cost_status, tree_priced_part_nanos");

/// The same but for its tree, which takes longer to find out than all of the rest.
const OF_ONE: &str = columns!("cost_nanos, cost_status, priced_part_nanos");

pub(super) fn summary(row: &Row<'_>) -> rusqlite::Result<RunSummary> {
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
        cost: Cost::read(row, 23)?,
        tree_cost: Cost::read(row, 26)?,
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

/// A run, with when it began and ended.
type Timed = (RunSummary, UnixNanos, Option<UnixNanos>);

/// One run, with when it began and ended; `None` when nothing was heard of it.
///
/// # Errors
/// When the index cannot be read.
pub fn run_of(connection: &Connection, run: RunId) -> Result<Option<Timed>, StoreError> {
    one(connection, COLUMNS, run)
}

/// The same as [`run_of`], for who does not ask what its subagents cost: its tree is said to cost what it costs itself.
///
/// # Errors
/// When the index cannot be read.
pub fn run_alone(connection: &Connection, run: RunId) -> Result<Option<Timed>, StoreError> {
    one(connection, OF_ONE, run)
}

fn one(connection: &Connection, columns: &str, run: RunId) -> Result<Option<Timed>, StoreError> {
    let found = connection
        .prepare_cached(&format!("{columns} WHERE run_id = ?1"))?
        .query_row([run.to_string()], |row| {
            let end: Option<i64> = row.get(10)?;
            Ok((summary(row)?, UnixNanos(row.get(9)?), end.map(UnixNanos)))
        })
        .optional()?;
    Ok(found)
}

/// The runs that `run_id` delegated to, oldest first.
pub(super) fn children(connection: &Connection, run_id: &str) -> Result<Vec<RunSummary>, StoreError> {
    select(connection, "parent_run_id = ?1", [run_id])
}

/// The runs of these rows of the index, in their order.
pub(super) fn runs_of_rows(connection: &Connection, rows: &[i64]) -> Result<Vec<RunSummary>, StoreError> {
    // By the moment a run began, of which there is an index: the view has its id as a text.
    let mut statement = connection.prepare_cached(&format!(
        "{COLUMNS} WHERE start_ns = (SELECT start_ns FROM run WHERE id = ?1)
                     AND run_id = (SELECT lower(hex(key)) FROM run WHERE id = ?1)"
    ))?;
    Ok(rows.iter().map(|row| statement.query_row([row], summary)).collect::<Result<_, _>>()?)
}
