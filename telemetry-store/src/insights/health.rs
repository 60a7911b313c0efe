//! Whether what is recorded can be trusted.

use std::collections::BTreeMap;

use rusqlite::Connection;

use crate::error::StoreError;

/// Facts about the health of an index.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Health {
    /// What SQLite's own check found; empty when all is well.
    pub damage: Vec<String>,
    /// Days the index knows whose log is read, with the lines that are no events.
    pub unreadable: BTreeMap<i32, i64>,
    /// Answered model calls.
    pub calls: u64,
    /// Of those, with token usage.
    pub with_usage: u64,
    /// Of those, with a time to the first token.
    pub with_ttft: u64,
    /// Of those, with a known cost.
    pub with_cost: u64,
    /// Fields that hosts used to send and hardly do any more.
    pub drift: Vec<Drift>,
}

/// A field a host stopped sending.
#[derive(Debug, Clone, PartialEq)]
pub struct Drift {
    /// The field.
    pub field: &'static str,
    /// The share of calls that had it before the last seven days.
    pub before: f64,
    /// The share in the last seven days.
    pub now: f64,
}

/// Fields whose absence would blind an answer: their table, their column, and what they are called.
const WATCHED: [(&str, &str, &str); 7] = [
    ("model_call", "input_tokens", "usage of model calls"),
    (CALL_WITH_ENDPOINT, "model", "model of model calls"),
    (CALL_WITH_ENDPOINT, "provider", "provider of model calls"),
    ("model_call", "latency_ns", "duration of model calls"),
    ("tool_call", "duration_ns", "duration of tool calls"),
    ("tool_call", "tool_call_id", "ids of tool calls"),
    ("attempt_failed", "reason", "reasons of failed attempts"),
];
const CALL_WITH_ENDPOINT: &str = "model_call JOIN endpoint ON endpoint.id = model_call.endpoint";
/// Fewer calls than this say nothing about a habit.
const ENOUGH: i64 = 20;
/// The share a field must have had, and must have fallen below, to be told of.
const USUAL: f64 = 0.9;
const RARE: f64 = 0.1;

const WEEK_NS: i64 = 7 * 86_400 * 1_000_000_000;

/// The health of the index, as of `now` (nanoseconds since the epoch).
///
/// # Errors
/// When the index cannot be read.
pub fn health(connection: &Connection, now: i64) -> Result<Health, StoreError> {
    let damage: Vec<String> = connection
        .prepare("PRAGMA quick_check(10)")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    let unreadable = connection
        .prepare("SELECT day, unreadable FROM log_file WHERE unreadable > 0")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let (calls, with_usage, with_ttft): (i64, i64, i64) = connection.query_row(
        "SELECT count(*), count(input_tokens), count(ttft_ns) FROM model_call",
        [],
        |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)),
    )?;
    let with_cost: i64 =
        connection
            .query_row("SELECT count(estimated_cost_usd) FROM tel_model_calls", [], |row| row.get(0))?;
    let mut drift = Vec::new();
    for (table, column, field) in WATCHED {
        let sql = format!(
            "SELECT count(*) FILTER (WHERE ts_ns < ?1), count({column}) FILTER (WHERE ts_ns < ?1),
                    count(*) FILTER (WHERE ts_ns >= ?1), count({column}) FILTER (WHERE ts_ns >= ?1)
             FROM {table}"
        );
        let counts: [i64; 4] = connection.query_row(&sql, [now.saturating_sub(WEEK_NS)], |row| {
            Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?])
        })?;
        let [all_before, with_before, all_now, with_now] = counts;
        if all_before < ENOUGH || all_now < ENOUGH {
            continue;
        }
        let (before, now) = (with_before as f64 / all_before as f64, with_now as f64 / all_now as f64);
        if before >= USUAL && now <= RARE {
            drift.push(Drift { field, before, now });
        }
    }
    Ok(Health {
        damage: damage.into_iter().filter(|line| line != "ok").collect(),
        unreadable,
        calls: calls as u64,
        with_usage: with_usage as u64,
        with_ttft: with_ttft as u64,
        with_cost: with_cost as u64,
        drift,
    })
}
