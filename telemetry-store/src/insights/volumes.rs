//! How much there is, and what was lost.

use rusqlite::Connection;
use serde::Serialize;
use telemetry_core::event::CONTENT_LOSS;

use super::moment;
use crate::error::StoreError;
use crate::layout::{Days, Layout};

/// How much is recorded, and what is missing.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Volumes {
    /// Days there is a log of.
    pub log_files: u64,
    /// Bytes of log.
    pub log_bytes: u64,
    /// Days there is content of.
    pub content_files: u64,
    /// Bytes of content.
    pub content_bytes: u64,
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
    /// Pieces of content lost before they reached the disk, by reason.
    pub dropped_content: Vec<Loss>,
    /// Lines of the log that are no events.
    pub unreadable_lines: i64,
}

/// What was lost for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Why.
    pub reason: String,
    /// How many events, or pieces of content.
    pub events: i64,
}

/// How much is recorded under `layout`, and what is missing.
///
/// # Errors
/// When the log's folder or the index cannot be read.
pub fn volumes(layout: &Layout, connection: &Connection) -> Result<Volumes, StoreError> {
    let (log_files, log_bytes) = on_disk(layout, Days::Log)?;
    let (content_files, content_bytes) = on_disk(layout, Days::Content)?;
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
    let lost: Vec<Loss> = connection
        .prepare("SELECT name.text, sum(events) FROM loss JOIN name ON name.id = loss.reason GROUP BY 1 ORDER BY 1")?
        .query_map([], |row| Ok(Loss { reason: row.get(0)?, events: row.get(1)? }))?
        .collect::<Result<_, _>>()?;
    let (dropped_content, dropped) = lost.into_iter().partition(|loss| loss.reason.starts_with(CONTENT_LOSS));
    Ok(Volumes {
        log_files,
        log_bytes,
        content_files,
        content_bytes,
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
        dropped_content,
        unreadable_lines: count("SELECT coalesce(sum(unreadable), 0) FROM log_file")?,
    })
}

/// How many files there are of `days`, and their bytes.
fn on_disk(layout: &Layout, days: Days) -> Result<(u64, u64), StoreError> {
    let files = layout.days_of(days).map_err(StoreError::io(layout.folder(days)))?;
    let bytes = files.iter().map(|(_, path)| std::fs::metadata(path).map_or(0, |metadata| metadata.len()));
    Ok((files.len() as u64, bytes.sum()))
}
