//! Days that are too old.

use sqlx::{AssertSqlSafe, PgPool};
use telemetry_core::time::UnixNanos;

use super::partitions;
use super::reports::micros;
use crate::storage::{Pruned, StorageError};

/// Removes what is of days before `events`, and rollups and runs of days before `rollups`. Days go by way of their partitions, all
/// else row by row.
pub(super) async fn prune(
    pool: &PgPool,
    events: UnixNanos,
    rollups: UnixNanos,
) -> Result<Pruned, StorageError> {
    let day = events.day();
    let days = partitions::drop_before(pool, day).await?;
    let mut rows = remove(pool, "transcripts WHERE at < from_unix_micros($1)", micros(day.start())).await?;
    // What is summed up of days whose events are there still counts when something comes to them.
    let rollups = rollups.min(events).day().start();
    for table in ["rollup_hours", "rollup_days"] {
        rows += remove(pool, &format!("{table} WHERE at < from_unix_micros($1)"), micros(rollups)).await?;
    }
    for table in ["latency_hours", "latency_days"] {
        // They are a part of what was counted above.
        remove(pool, &format!("{table} WHERE at < from_unix_micros($1)"), micros(rollups)).await?;
    }
    // One of which there are still events goes with them: without its row they would count anew.
    let old = "runs WHERE start_ns < $1 AND NOT EXISTS (SELECT FROM events WHERE events.run = runs.run)
        AND NOT EXISTS (SELECT FROM events WHERE events.about = runs.run AND events.about IS NOT NULL)";
    rows += remove(pool, old, rollups.0).await?;
    Ok(Pruned { days, rows })
}

async fn remove(pool: &PgPool, what: &str, before: i64) -> Result<u64, StorageError> {
    let mut transaction = pool.begin().await?;
    // The first time there may be years of it.
    sqlx::raw_sql("SET LOCAL statement_timeout = '10min'").execute(&mut *transaction).await?;
    let sql = AssertSqlSafe(format!("DELETE FROM {what}"));
    let removed = sqlx::query(sql).bind(before).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(removed.rows_affected())
}
