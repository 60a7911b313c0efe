//! What a window holds, row by row.

use std::collections::{BTreeMap, HashMap};

use rusqlite::Connection;

use super::breakdown::{self, Spent};
use super::{Subagents, Tokens, Window};
use crate::error::StoreError;

/// How a run or turn ended.
pub(super) struct Ended {
    pub outcome: String,
    pub reason: Option<String>,
    pub duration: Option<i64>,
}

/// Turns, and where their time went in nanoseconds: model, tool, approval, other.
pub(super) struct TurnRows {
    pub ended: Vec<Ended>,
    pub spent: [i64; 4],
}

/// Stretches of time by the turn that waited for them.
type Waits = HashMap<(i64, i64), Vec<(Spent, i64, i64)>>;

pub(super) struct RunRow {
    pub ended: Ended,
    pub platform: Option<String>,
    pub entrypoint: Option<String>,
    pub model_calls: u64,
    pub tool_calls: u64,
    pub tokens: Tokens,
}

/// The model and provider a call or a failed attempt was for.
pub(super) struct CallOf {
    pub model: Option<String>,
    pub provider: Option<String>,
}

pub(super) struct CallRow {
    pub of: CallOf,
    pub latency: Option<i64>,
    pub attempt: Option<i64>,
    pub ttft: Option<i64>,
    pub tokens: Option<Tokens>,
}

pub(super) struct FailedRow {
    pub of: CallOf,
    pub call: i64,
    pub class: String,
    pub recovery: String,
}

pub(super) struct ToolRow {
    pub tool: String,
    pub status: String,
    pub duration: Option<i64>,
}

pub(super) fn runs(connection: &Connection, window: Window) -> Result<Vec<RunRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT run.outcome, reason.text, run.start_ns, run.end_ns, platform.text, entrypoint.text, run.model_calls,
                run.tool_calls, run.input_tokens, run.output_tokens, run.cache_read_tokens, run.cache_write_tokens,
                run.reasoning_tokens
         FROM run LEFT JOIN name AS reason ON reason.id = run.reason
         LEFT JOIN name AS platform ON platform.id = run.platform
         LEFT JOIN name AS entrypoint ON entrypoint.id = run.entrypoint
         WHERE run.start_ns >= ?1 AND run.start_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        let (start, end): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        Ok(RunRow {
            ended: Ended {
                outcome: row.get(0)?,
                reason: row.get(1)?,
                duration: end.map(|end| (end - start).max(0)),
            },
            platform: row.get(4)?,
            entrypoint: row.get(5)?,
            model_calls: row.get::<_, i64>(6)? as u64,
            tool_calls: row.get::<_, i64>(7)? as u64,
            tokens: Tokens {
                input: row.get(8)?,
                output: row.get(9)?,
                cache_read: row.get(10)?,
                cache_write: row.get(11)?,
                reasoning: row.get(12)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn turns(connection: &Connection, window: Window) -> Result<TurnRows, StoreError> {
    let mut waits = waits(connection, window)?;
    let mut statement = connection.prepare_cached(
        "SELECT turn.run, turn.span, turn.start_ns, turn.over_ns, turn.outcome, reason.text
         FROM turn LEFT JOIN name AS reason ON reason.id = turn.reason
         WHERE turn.start_ns >= ?1 AND turn.start_ns < ?2",
    )?;
    let mut rows = Vec::new();
    let mut spent = [0i64; 4];
    let mut turns = statement.query(window.bounds())?;
    while let Some(row) = turns.next()? {
        let (start, over): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        let inside = waits.remove(&(row.get(0)?, row.get(1)?)).unwrap_or_default();
        if let Some(over) = over {
            for (sum, part) in spent.iter_mut().zip(breakdown::split(start, over, &inside)) {
                *sum = sum.saturating_add(part);
            }
        }
        let duration = over.map(|over| over.saturating_sub(start).max(0));
        rows.push(Ended { outcome: row.get(4)?, reason: row.get(5)?, duration });
    }
    Ok(TurnRows { ended: rows, spent })
}

/// What the turns that began in the window waited for, by run and span.
fn waits(connection: &Connection, window: Window) -> Result<Waits, StoreError> {
    let mut statement = connection.prepare_cached(
        "WITH wait (run, turn, kind, from_ns, to_ns) AS (
             SELECT run, turn, 0, coalesce(start_ns, ts_ns - coalesce(latency_ns, 0)),
                    CASE WHEN latency_ns IS NULL THEN ts_ns
                         ELSE coalesce(start_ns, ts_ns - latency_ns) + latency_ns END
             FROM model_call
             UNION ALL SELECT run, turn, 0, ts_ns - coalesce(elapsed_ns, 0), ts_ns FROM attempt_failed
             UNION ALL SELECT run, turn, 1, ts_ns - coalesce(duration_ns, 0), ts_ns FROM tool_call
             UNION ALL SELECT run, turn, 2, asked_ns, answered_ns FROM approval
             WHERE asked_ns IS NOT NULL AND answered_ns IS NOT NULL
         )
         SELECT wait.run, wait.turn, kind, CAST(from_ns AS INTEGER), CAST(to_ns AS INTEGER)
         FROM wait JOIN turn ON turn.run = wait.run AND turn.span = wait.turn
         WHERE turn.start_ns >= ?1 AND turn.start_ns < ?2",
    )?;
    let mut waits = Waits::new();
    let mut rows = statement.query(window.bounds())?;
    while let Some(row) = rows.next()? {
        let kind = match row.get(2)? {
            0 => Spent::Model,
            1 => Spent::Tool,
            _ => Spent::Approval,
        };
        waits.entry((row.get(0)?, row.get(1)?)).or_default().push((kind, row.get(3)?, row.get(4)?));
    }
    Ok(waits)
}

pub(super) fn calls(connection: &Connection, window: Window) -> Result<Vec<CallRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT model.text, provider.text, latency_ns, attempt_ns, ttft_ns, input_tokens, output_tokens,
                cache_read_tokens, cache_write_tokens, reasoning_tokens
         FROM model_call JOIN endpoint ON endpoint.id = model_call.endpoint
         LEFT JOIN name AS model ON model.id = endpoint.model
         LEFT JOIN name AS provider ON provider.id = endpoint.provider
         WHERE ts_ns >= ?1 AND ts_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        let input: Option<i64> = row.get(5)?;
        let tokens = match input {
            None => None,
            Some(input) => Some(Tokens {
                input,
                output: row.get(6)?,
                cache_read: row.get(7)?,
                cache_write: row.get(8)?,
                reasoning: row.get(9)?,
            }),
        };
        Ok(CallRow {
            of: CallOf { model: row.get(0)?, provider: row.get(1)? },
            latency: row.get(2)?,
            attempt: row.get(3)?,
            ttft: row.get(4)?,
            tokens,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn failed(connection: &Connection, window: Window) -> Result<Vec<FailedRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT model.text, provider.text, span, class, recovery
         FROM attempt_failed JOIN endpoint ON endpoint.id = attempt_failed.endpoint
         LEFT JOIN name AS model ON model.id = endpoint.model
         LEFT JOIN name AS provider ON provider.id = endpoint.provider
         WHERE ts_ns >= ?1 AND ts_ns < ?2 ORDER BY ts_ns, attempt_failed.id",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        Ok(FailedRow {
            of: CallOf { model: row.get(0)?, provider: row.get(1)? },
            call: row.get(2)?,
            class: row.get(3)?,
            recovery: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn tools(connection: &Connection, window: Window) -> Result<Vec<ToolRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT tool.text, status, duration_ns FROM tool_call JOIN name AS tool ON tool.id = tool_call.tool
         WHERE ts_ns >= ?1 AND ts_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        Ok(ToolRow { tool: row.get(0)?, status: row.get(1)?, duration: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn subagents(connection: &Connection, window: Window) -> Result<Subagents, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(status.text, 'open'), count(*) FROM subagent
         LEFT JOIN name AS status ON status.id = subagent.status
         WHERE coalesce(start_ns, end_ns) >= ?1 AND coalesce(start_ns, end_ns) < ?2 GROUP BY 1",
    )?;
    let by_status: BTreeMap<String, u64> = statement
        .query_map(window.bounds(), |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
        .collect::<Result<_, _>>()?;
    Ok(Subagents { total: by_status.values().sum(), by_status })
}
