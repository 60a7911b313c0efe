//! What happens now: for a screen that asks again and again, so that none of it may take longer the longer the history is.
//!
//! Calls lie by run in the index, so those of the last hour are found by way of the runs that were heard of in it.

use rusqlite::{Connection, OptionalExtension as _, Row};
use telemetry_core::time::UnixNanos;

use super::ms;
use super::runs::{RunSummary, runs_of_rows};
use crate::error::StoreError;

/// A run in which a turn is being worked on.
#[derive(Debug, Clone, PartialEq)]
pub struct Active {
    /// The run so far.
    pub run: RunSummary,
    /// What it does now.
    pub doing: Doing,
    /// Since when it does that.
    pub since: UnixNanos,
}

/// What a run does. Hosts tell of calls when they are over, so that is what must come next after what was last told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Doing {
    /// Nothing was heard of a turn yet.
    Starting,
    /// It waits for a model's answer.
    Model,
    /// The last attempt at a model failed and another is due.
    Retrying,
    /// This many tools that the model asked for are not over.
    Tools(u64),
    /// It waits for the answer to a question for approval.
    Approval,
    /// It waits for a run it delegated to.
    Subagent,
}

/// What happened in each minute of the last hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Activity {
    /// Model calls that were answered, by minute, the current one last.
    pub calls: Vec<u64>,
    /// Those, failed attempts, tool calls, and turns that began.
    pub events: Vec<u64>,
}

/// Something that took long.
#[derive(Debug, Clone, PartialEq)]
pub struct Slow {
    /// The model or the tool; `None` when the host did not say.
    pub name: Option<String>,
    /// How long.
    pub took_ms: f64,
    /// When it was over.
    pub ended_at: UnixNanos,
    /// The run, 32 hex digits.
    pub run_id: String,
}

/// Minutes of an [`Activity`].
const MINUTES: i64 = 60;
const MINUTE_NS: i64 = 60_000_000_000;

/// The runs of living processes in which a turn is being worked on, those that began last first, `most` at the most.
///
/// # Errors
/// When the index cannot be read.
pub fn active(connection: &Connection, most: usize) -> Result<Vec<Active>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT run.id, run.start_ns
         FROM process CROSS JOIN run ON run.process = process.id
         WHERE process.exit_ns IS NULL AND (process.lost_ns IS NULL OR process.lost_ns < process.last_ns)
           AND run.outcome = 'running' AND run.start_ns IS NOT NULL
         ORDER BY run.start_ns DESC, run.id LIMIT ?1",
    )?;
    let open: Vec<(i64, i64)> = statement
        .query_map([most as i64], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let rows: Vec<i64> = open.iter().map(|(row, _)| *row).collect();
    let runs = runs_of_rows(connection, &rows)?;
    let active = open.into_iter().zip(runs).map(|((row, start), run)| {
        let (doing, since) = doing(connection, row)?.unwrap_or((Doing::Starting, start));
        Ok(Active { run, doing, since: UnixNanos(since) })
    });
    active.collect()
}

/// What a run does in its turn that is not over, and since when.
fn doing(connection: &Connection, run: i64) -> Result<Option<(Doing, i64)>, StoreError> {
    let turn: Option<(i64, i64)> = connection
        .prepare_cached(
            "SELECT span, start_ns FROM turn WHERE run = ?1 AND over_ns IS NULL ORDER BY start_ns DESC, span LIMIT 1",
        )?
        .query_row([run], |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?;
    let Some((turn, began)) = turn else { return Ok(None) };
    let last = |sql: &str| -> Result<Option<(i64, u64)>, StoreError> {
        let mut statement = connection.prepare_cached(sql)?;
        let pair =
            |row: &Row<'_>| Ok((row.get(0)?, row.get::<_, Option<i64>>(1)?.unwrap_or(0).max(0) as u64));
        Ok(statement.query_row([run, turn], pair).optional()?)
    };
    let call = last(
        "SELECT ts_ns, tool_calls FROM model_call WHERE run = ?1 AND turn = ?2 ORDER BY ts_ns DESC LIMIT 1",
    )?;
    let failed = last(
        "SELECT max(ts_ns), 0 FROM attempt_failed WHERE run = ?1 AND turn = ?2 HAVING max(ts_ns) IS NOT NULL",
    )?;
    let asked = last(
        "SELECT max(asked_ns), 0 FROM approval WHERE run = ?1 AND turn = ?2 AND answered_ns IS NULL
         HAVING max(asked_ns) IS NOT NULL",
    )?;
    let delegated = last(
        "SELECT min(start_ns), 0 FROM subagent WHERE parent = ?1 AND turn = ?2 AND end_ns IS NULL
         HAVING min(start_ns) IS NOT NULL",
    )?;
    let answered = call.map_or(began, |(at, _)| at);
    let done: (u64, Option<i64>) = connection
        .prepare_cached(
            "SELECT count(*), max(ts_ns) FROM tool_call WHERE run = ?1 AND turn = ?2 AND ts_ns >= ?3",
        )?
        .query_row([run, turn, answered], |row| Ok((row.get::<_, i64>(0)? as u64, row.get(1)?)))?;
    Ok(Some(next(began, call, failed.map(at), asked.map(at), delegated.map(at), done)))
}

fn at((at, _): (i64, u64)) -> i64 {
    at
}

/// What comes after what was told of a turn: when it began; its last answered call and how many tools that asked for; the
/// last failed attempt; the last question without an answer; the first delegation that did not come back; and how many
/// tools are over since the call, the last when.
fn next(
    began: i64,
    call: Option<(i64, u64)>,
    failed: Option<i64>,
    asked: Option<i64>,
    delegated: Option<i64>,
    (over, last_over): (u64, Option<i64>),
) -> (Doing, i64) {
    let (answered, tools) = call.unwrap_or((began, 0));
    let told = last_over.map_or(answered, |at| at.max(answered));
    let after = |at: Option<i64>| at.filter(|at| *at > told);
    match (after(asked), delegated.filter(|at| *at >= answered), after(failed)) {
        (Some(at), _, _) => (Doing::Approval, at),
        (None, Some(at), _) => (Doing::Subagent, at),
        (None, None, Some(at)) => (Doing::Retrying, at),
        // All of a call's tools begin when it is answered.
        (None, None, None) if tools > over => (Doing::Tools(tools - over), answered),
        (None, None, None) => (Doing::Model, told),
    }
}

/// What happened in the hour before `now`, by minute.
///
/// # Errors
/// When the index cannot be read.
pub fn activity(connection: &Connection, now: UnixNanos) -> Result<Activity, StoreError> {
    let first = now.0.div_euclid(MINUTE_NS) + 1 - MINUTES;
    let mut activity = Activity { calls: vec![0; MINUTES as usize], events: vec![0; MINUTES as usize] };
    let mut statement = connection.prepare_cached(
        "WITH lately AS MATERIALIZED (SELECT id FROM run WHERE last_ns >= ?1),
         fact (is_call, ts_ns) AS (
             SELECT 1, ts_ns FROM lately CROSS JOIN model_call ON run = lately.id AND ts_ns >= ?1
             UNION ALL SELECT 0, ts_ns FROM lately CROSS JOIN attempt_failed ON run = lately.id AND ts_ns >= ?1
             UNION ALL SELECT 0, ts_ns FROM lately CROSS JOIN tool_call ON run = lately.id AND ts_ns >= ?1
             UNION ALL SELECT 0, start_ns FROM lately CROSS JOIN turn ON run = lately.id AND start_ns >= ?1
         )
         SELECT (ts_ns - ?1) / 60000000000, sum(is_call), count(*) FROM fact WHERE ts_ns <= ?2 GROUP BY 1",
    )?;
    let mut rows = statement.query([first * MINUTE_NS, now.0])?;
    while let Some(row) = rows.next()? {
        let minute = row.get::<_, i64>(0)? as usize;
        if let (Some(calls), Some(events)) = (activity.calls.get_mut(minute), activity.events.get_mut(minute))
        {
            (*calls, *events) = (row.get::<_, i64>(1)? as u64, row.get::<_, i64>(2)? as u64);
        }
    }
    Ok(activity)
}

/// The model calls that ended since then and took longest, `most` at the most.
///
/// # Errors
/// When the index cannot be read.
pub fn slowest_calls(
    connection: &Connection,
    since: UnixNanos,
    most: usize,
) -> Result<Vec<Slow>, StoreError> {
    slowest(
        connection,
        "SELECT model.text, latency_ns, ts_ns, lower(hex(run.key))
         FROM run CROSS JOIN model_call ON run = run.id AND ts_ns >= ?1
         JOIN endpoint ON endpoint.id = model_call.endpoint LEFT JOIN name AS model ON model.id = endpoint.model
         WHERE run.last_ns >= ?1 AND latency_ns IS NOT NULL ORDER BY latency_ns DESC, ts_ns LIMIT ?2",
        since,
        most,
    )
}

/// The tool calls that ended since then and took longest, `most` at the most.
///
/// # Errors
/// When the index cannot be read.
pub fn slowest_tools(
    connection: &Connection,
    since: UnixNanos,
    most: usize,
) -> Result<Vec<Slow>, StoreError> {
    slowest(
        connection,
        "SELECT tool.text, duration_ns, ts_ns, lower(hex(run.key))
         FROM run CROSS JOIN tool_call ON run = run.id AND ts_ns >= ?1
         JOIN name AS tool ON tool.id = tool_call.tool
         WHERE run.last_ns >= ?1 AND duration_ns IS NOT NULL ORDER BY duration_ns DESC, ts_ns LIMIT ?2",
        since,
        most,
    )
}

fn slowest(
    connection: &Connection,
    sql: &str,
    since: UnixNanos,
    most: usize,
) -> Result<Vec<Slow>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map([since.0, most as i64], |row| {
        Ok(Slow {
            name: row.get(0)?,
            took_ms: ms(row.get(1)?),
            ended_at: UnixNanos(row.get(2)?),
            run_id: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_next_follows_from_what_was_told() {
        const NONE: (u64, Option<i64>) = (0, None);
        for (told, expected) in [
            ((None, None, None, None, NONE), (Doing::Model, 100)),
            ((None, Some(120), None, None, NONE), (Doing::Retrying, 120)),
            // The retry was answered, without tools.
            ((Some((150, 0)), Some(120), None, None, NONE), (Doing::Model, 150)),
            ((Some((150, 2)), None, None, None, NONE), (Doing::Tools(2), 150)),
            ((Some((150, 2)), None, Some(160), None, NONE), (Doing::Approval, 160)),
            ((Some((150, 2)), None, None, None, (1, Some(170))), (Doing::Tools(1), 150)),
            // A question that nobody will answer any more.
            ((Some((150, 2)), None, Some(160), None, (1, Some(170))), (Doing::Tools(1), 150)),
            ((Some((150, 2)), None, None, None, (2, Some(180))), (Doing::Model, 180)),
            ((Some((150, 2)), None, None, Some(155), (1, Some(170))), (Doing::Subagent, 155)),
            // A delegation of a call before this one never came back.
            ((Some((150, 0)), None, None, Some(140), NONE), (Doing::Model, 150)),
        ] {
            let (call, failed, asked, delegated, done) = told;
            assert_eq!(next(100, call, failed, asked, delegated, done), expected, "{told:?}");
        }
    }
}
