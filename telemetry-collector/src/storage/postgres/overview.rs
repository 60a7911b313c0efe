//! What there is: names to filter by, and how much.

use sqlx::{AssertSqlSafe, PgPool};

use super::cells::hours;
use crate::rollup::Hour;
use crate::storage::{Names, StorageError, Volumes};

/// What there is to filter by, most facts first.
pub(super) async fn names(pool: &PgPool, since: Hour, most: usize) -> Result<Names, StorageError> {
    Ok(Names {
        hosts: named(pool, "host", since, most).await?,
        agents: named(pool, "agent", since, most).await?,
        models: named(pool, "model", since, most).await?,
        providers: named(pool, "provider", since, most).await?,
    })
}

async fn named(
    pool: &PgPool,
    dimension: &'static str,
    since: Hour,
    most: usize,
) -> Result<Vec<String>, StorageError> {
    // Hours of the day it begins in, and days from the next one on.
    let next_day =
        if since.midnight() == since { since } else { Hour(since.midnight().0.saturating_add(24)) };
    let sql = format!(
        "SELECT {dimension} FROM series JOIN (
             SELECT series, sum(n) AS n FROM (
                 SELECT series, n FROM rollup_hours
                 WHERE at >= to_timestamp($1 * 3600.0::double precision) AND at < to_timestamp($2 * 3600.0::double precision)
                 UNION ALL
                 SELECT series, n FROM rollup_days WHERE at >= to_timestamp($2 * 3600.0::double precision)) AS parts
             GROUP BY series) AS counted ON counted.series = series.id
         WHERE {dimension} <> '' GROUP BY {dimension} ORDER BY sum(n) DESC, {dimension} COLLATE \"C\" LIMIT $3"
    );
    let found = sqlx::query_scalar(AssertSqlSafe(sql))
        .bind(hours(since))
        .bind(hours(next_day))
        .bind(i64::try_from(most).unwrap_or(i64::MAX))
        .fetch_all(pool)
        .await?;
    Ok(found)
}

/// Up to so many bytes of a table its rows are counted, which takes a fraction of a second; beyond, what the database's own
/// statistics say of a page is multiplied by the pages there are.
const COUNTED_BYTES: i64 = 128 << 20;

/// How much there is.
pub(super) async fn volumes(pool: &PgPool) -> Result<Volumes, StorageError> {
    let (bytes, unsettled, dropped): (i64, i64, i64) = sqlx::query_as(
        "SELECT pg_database_size(current_database()), (SELECT count(*) FROM unsettled) + (SELECT count(*) FROM uncounted),
                (SELECT within_bigint(coalesce(sum(dropped), 0)) FROM processes)",
    )
    .fetch_one(pool)
    .await?;
    Ok(Volumes {
        events: rows(pool, "events").await?,
        reports: rows(pool, "reports").await?,
        runs: rows(pool, "runs").await?,
        unsettled: unsettled as u64,
        bytes: bytes as u64,
        dropped_events: dropped as u64,
    })
}

/// The rows of a table, with those of its partitions.
async fn rows(pool: &PgPool, table: &'static str) -> Result<u64, StorageError> {
    // Of a partition that was never looked at, a row is taken to be as long as an event.
    let (bytes, estimate): (i64, i64) = sqlx::query_as(
        "SELECT coalesce(sum(pages), 0)::bigint * 8192,
                coalesce(sum(pages * CASE WHEN relpages > 0 AND reltuples >= 0 THEN reltuples / relpages ELSE 16 END), 0)::bigint
         FROM pg_partition_tree($1::regclass) AS part JOIN pg_class ON pg_class.oid = part.relid
         CROSS JOIN LATERAL (SELECT pg_relation_size(part.relid) / 8192 AS pages) AS size
         WHERE part.isleaf",
    )
    .bind(table)
    .fetch_one(pool)
    .await?;
    if bytes > COUNTED_BYTES {
        return Ok(estimate as u64);
    }
    let counted: i64 =
        sqlx::query_scalar(AssertSqlSafe(format!("SELECT count(*) FROM {table}"))).fetch_one(pool).await?;
    Ok(counted as u64)
}
