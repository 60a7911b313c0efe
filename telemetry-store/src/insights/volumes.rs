//! How much there is, and what was lost.

use rusqlite::Connection;
use serde::Serialize;

use super::moment;
use crate::error::StoreError;
use crate::layout::Layout;

/// How much is recorded, and what is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Volumes {
    /// Days there is a log of.
    pub log_files: u64,
    /// Bytes of log.
    pub log_bytes: u64,
    /// Bytes of index.
    pub index_bytes: u64,
    /// Bytes of log that are not in the index yet.
    pub index_lag_bytes: u64,
    /// Runs.
    pub runs: i64,
    /// Turns.
    pub turns: i64,
    /// Answered model calls.
    pub model_calls: i64,
    /// Failed requests to a provider.
    pub failed_attempts: i64,
    /// Tool calls.
    pub tool_calls: i64,
    /// Hooks and events this version does not know, by kind.
    pub unknown_events: std::collections::BTreeMap<String, i64>,
    /// RFC 3339, UTC.
    pub first_event_at: Option<String>,
    /// RFC 3339, UTC.
    pub last_event_at: Option<String>,
    /// Events lost before they reached the log, by reason.
    pub dropped: Vec<Loss>,
    /// Lines of the log that are no events.
    pub unreadable_lines: i64,
}

/// Events lost for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Why.
    pub reason: String,
    /// How many.
    pub events: i64,
}

/// How much is recorded under `layout`, and what is missing.
///
/// # Errors
/// When the log's folder or the index cannot be read.
pub fn volumes(layout: &Layout, connection: &Connection) -> Result<Volumes, StoreError> {
    let mut log_bytes = 0;
    let days = layout.days().map_err(StoreError::io(layout.log()))?;
    for (_, path) in &days {
        log_bytes += std::fs::metadata(path).map_or(0, |metadata| metadata.len());
    }
    let count = |sql: &str| connection.query_row(sql, [], |row| row.get::<_, i64>(0));
    let indexed = count("SELECT coalesce(sum(offset), 0) FROM log_file")?;
    let (first, last): (Option<i64>, Option<i64>) =
        connection.query_row("SELECT min(start_ns), max(last_ns) FROM run", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let unknown_events = connection
        .prepare(
            "SELECT name.text, count(*) FROM unknown_event JOIN name ON name.id = unknown_event.kind GROUP BY 1",
        )?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    let dropped = connection
        .prepare("SELECT name.text, sum(events) FROM loss JOIN name ON name.id = loss.reason GROUP BY 1 ORDER BY 1")?
        .query_map([], |row| Ok(Loss { reason: row.get(0)?, events: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    Ok(Volumes {
        log_files: days.len() as u64,
        log_bytes,
        index_bytes: std::fs::metadata(layout.database()).map_or(0, |metadata| metadata.len()),
        index_lag_bytes: log_bytes.saturating_sub(indexed as u64),
        runs: count("SELECT count(*) FROM run WHERE start_ns IS NOT NULL")?,
        turns: count("SELECT count(*) FROM turn")?,
        model_calls: count("SELECT count(*) FROM model_call")?,
        failed_attempts: count("SELECT count(*) FROM attempt_failed")?,
        tool_calls: count("SELECT count(*) FROM tool_call")?,
        unknown_events,
        first_event_at: first.map(moment),
        last_event_at: last.map(moment),
        dropped,
        unreadable_lines: count("SELECT coalesce(sum(unreadable), 0) FROM log_file")?,
    })
}
