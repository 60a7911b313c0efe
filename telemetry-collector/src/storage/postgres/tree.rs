//! The events of a tree of runs.

use sqlx::PgPool;
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;

use super::types::Uuid;
use super::units::event;
use crate::storage::StorageError;

/// All events of the tree that a run is in, the first `most` of them.
pub(super) async fn tree(pool: &PgPool, run: RunId, most: usize) -> Result<Vec<Event>, StorageError> {
    // All in one view of the database. UNION and not UNION ALL: a tree that says it is its own parent has an end.
    let mut transaction = pool.begin().await?;
    sqlx::raw_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *transaction)
        .await?;
    let runs: Vec<Uuid> = sqlx::query_scalar(
        "WITH RECURSIVE near (run) AS (
             SELECT $1::uuid
             UNION SELECT next.run FROM near CROSS JOIN LATERAL (
                 SELECT child.run FROM runs AS child WHERE child.parent = near.run
                 UNION ALL SELECT own.parent FROM runs AS own WHERE own.run = near.run AND own.parent IS NOT NULL)
                 AS next (run))
         SELECT run FROM near",
    )
    .bind(Uuid::from(run))
    .fetch_all(&mut *transaction)
    .await?;
    let processes: Vec<Uuid> = sqlx::query_scalar(
        "SELECT process FROM events WHERE run = ANY($1) AND process IS NOT NULL
         UNION SELECT process FROM runs WHERE run = ANY($1) AND process IS NOT NULL",
    )
    .bind(&runs)
    .fetch_all(&mut *transaction)
    .await?;
    let lines: Vec<(i64, i64, String)> = sqlx::query_as(
        "SELECT ts_ns, id, line FROM events WHERE run = ANY($1)
         UNION SELECT ts_ns, id, line FROM events WHERE about = ANY($1) AND about IS NOT NULL
         UNION SELECT ts_ns, id, line FROM events WHERE process = ANY($2) AND process IS NOT NULL AND run IS NULL
         ORDER BY ts_ns, id LIMIT $3",
    )
    .bind(&runs)
    .bind(&processes)
    .bind(i64::try_from(most).unwrap_or(i64::MAX))
    .fetch_all(&mut *transaction)
    .await?;
    Ok(lines.iter().filter_map(|(.., line)| event(line)).collect())
}
