//! Days that are too old.
//!
//! They go in steps, between which others write. The first one notes which hours are forgotten: from then on nothing is worked out
//! from what is left of them. Days of which there is nothing are not forgotten, because they may still be told of by a collector that is
//! to keep more.

use rusqlite::Connection;
use telemetry_core::time::{Day, UnixNanos};

use super::{schema, settle};
use crate::rollup::Hour;
use crate::storage::StorageError;

/// Rows of a step: so many are removed in about the time of a commit.
const STEP: i64 = 2_000;

/// Notes that hours before `from` are forgotten; it never goes back.
pub(super) fn forget(connection: &Connection, from: Hour) -> Result<(), StorageError> {
    if from > settle::forgotten(connection)? {
        schema::set(connection, settle::FORGOTTEN, &from.0.to_string())?;
    }
    Ok(())
}

/// The days before `until` on which there are events or reports: how many, and when the last of them ends.
pub(super) fn days_before(
    connection: &Connection,
    until: UnixNanos,
) -> Result<Option<(u64, UnixNanos)>, StorageError> {
    let mut next = connection.prepare_cached(
        "SELECT min(first) FROM (
             SELECT min(ts_ns) AS first FROM events WHERE ts_ns >= ?1 AND ts_ns < ?2
             UNION ALL SELECT min(at) FROM reports WHERE at >= ?1 AND at < ?2)",
    )?;
    let (mut days, mut from) = (0, i64::MIN);
    while let Some(first) = next.query_row((from, until.0), |row| row.get::<_, Option<i64>>(0))? {
        days += 1;
        from = Day(UnixNanos(first).day().0.saturating_add(1)).start().0;
    }
    Ok((days > 0).then_some((days, UnixNanos(from))))
}

/// What goes when it is too old, a step at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Old {
    Events,
    Reports,
    Transcripts,
    Runs,
    RollupHours,
    RollupDays,
    LatencyHours,
    LatencyDays,
}

impl Old {
    /// What has the days that are counted one by one as rows.
    pub const ROWS: [Old; 6] =
        [Old::Transcripts, Old::Runs, Old::RollupHours, Old::RollupDays, Old::LatencyHours, Old::LatencyDays];

    /// Whether what people see of it are rows: latencies are part of rollups.
    pub fn is_counted(self) -> bool {
        !matches!(self, Old::LatencyHours | Old::LatencyDays)
    }

    /// Removes some rows of before `events`, or of rollups before `rollups`. Returns how many; 0 when none are left.
    pub fn remove_some(
        self,
        connection: &Connection,
        events: UnixNanos,
        rollups: UnixNanos,
    ) -> Result<u64, StorageError> {
        let (sql, before) = match self {
            Old::Events => (by_key("events", "ts_ns, id", "ts_ns"), events.0),
            Old::Reports => (by_key("reports", "at, id", "at"), events.0),
            Old::Transcripts => (by_key("transcripts", "host, session", "at"), events.0),
            Old::RollupHours => (by_key("rollup_hours", "at, series", "at"), Hour::of(rollups).0.into()),
            Old::RollupDays => (by_key("rollup_days", "at, series", "at"), Hour::of(rollups).0.into()),
            Old::LatencyHours => {
                (by_key("latency_hours", "at, series, measure, bucket", "at"), Hour::of(rollups).0.into())
            }
            Old::LatencyDays => {
                (by_key("latency_days", "at, series, measure, bucket", "at"), Hour::of(rollups).0.into())
            }
            // One of which there are still events goes with them: without it they would count anew.
            Old::Runs => (
                "DELETE FROM runs WHERE run IN (
                     SELECT run FROM runs WHERE start_ns < ?1
                         AND NOT EXISTS (SELECT 1 FROM events WHERE events.run = runs.run)
                         AND NOT EXISTS (SELECT 1 FROM events WHERE events.about = runs.run)
                     ORDER BY start_ns LIMIT ?2)"
                    .to_owned(),
                rollups.0,
            ),
        };
        let removed = connection.prepare_cached(&sql)?.execute((before, STEP))?;
        match self {
            Old::Events => schema::add(connection, "events", -(removed as i64))?,
            Old::Reports => schema::add(connection, "reports", -(removed as i64))?,
            _ => {}
        }
        Ok(removed as u64)
    }
}

fn by_key(table: &str, key: &str, time: &str) -> String {
    format!(
        "DELETE FROM {table} WHERE ({key}) IN (SELECT {key} FROM {table} WHERE {time} < ?1 ORDER BY {time} LIMIT ?2)"
    )
}

/// Removes series that nothing is counted by any more.
pub(super) fn remove_unused_series(connection: &Connection) -> Result<(), StorageError> {
    connection.execute(
        "DELETE FROM series WHERE id NOT IN (SELECT series FROM rollup_days UNION SELECT series FROM rollup_hours
             UNION SELECT series FROM latency_days UNION SELECT series FROM latency_hours)",
        [],
    )?;
    Ok(())
}
