//! Notes of processes: each concerns all runs of the process, which get one of their own.

use std::collections::BTreeMap;

use sqlx::{PgPool, Result};
use telemetry_core::event::Event;

use super::types::{Uuid, text};
use super::units::event;
use crate::storage::losses;

/// Turns the notes of at most so many processes into notes of runs, and keeps what those processes say they lost. Returns whether
/// there may be more.
///
/// A run that is announced after this looked has a note of its own, and is worked out with what its process said.
pub(super) async fn spread(pool: &PgPool, most: i64) -> Result<bool> {
    // Nearly always there is none, and that is known without a transaction.
    let any: bool = sqlx::query_scalar("SELECT EXISTS (SELECT FROM unsettled WHERE process IS NOT NULL)")
        .fetch_one(pool)
        .await?;
    if !any {
        return Ok(false);
    }
    let mut transaction = pool.begin().await?;
    let taken: Vec<Uuid> = sqlx::query_scalar(
        "DELETE FROM unsettled WHERE seq IN (
             SELECT seq FROM unsettled WHERE process IS NOT NULL ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED)
         RETURNING process",
    )
    .bind(most)
    .fetch_all(&mut *transaction)
    .await?;
    sqlx::query(
        "INSERT INTO unsettled (run)
         SELECT run FROM events WHERE process = ANY($1) AND process IS NOT NULL AND run IS NOT NULL
         UNION SELECT run FROM runs WHERE process = ANY($1) AND process IS NOT NULL",
    )
    .bind(&taken)
    .execute(&mut *transaction)
    .await?;
    let said: Vec<(Uuid, String, String)> = sqlx::query_as(
        "SELECT process, host, line FROM events
         WHERE process = ANY($1) AND process IS NOT NULL AND kind = 'stats' ORDER BY ts_ns, id",
    )
    .bind(&taken)
    .fetch_all(&mut *transaction)
    .await?;
    let mut processes: BTreeMap<Uuid, (String, Vec<Event>)> = BTreeMap::new();
    for (process, host, line) in said {
        processes.entry(process).or_insert((host, Vec::new())).1.extend(event(&line));
    }
    let dropped = |events: &[Event]| i64::try_from(losses::dropped(events)).unwrap_or(i64::MAX);
    // In the order of their key, as all who write there. A day may be forgotten that told of more: the largest stays.
    sqlx::query(
        "INSERT INTO processes AS kept (process, host, dropped) SELECT * FROM unnest($1::uuid[], $2::text[], $3::bigint[])
         ON CONFLICT (process) DO UPDATE SET dropped = greatest(kept.dropped, excluded.dropped)",
    )
    .bind(processes.keys().copied().collect::<Vec<_>>())
    .bind(processes.values().map(|(host, _)| text(host)).collect::<Vec<_>>())
    .bind(processes.values().map(|(_, events)| dropped(events)).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await?;
    transaction.commit().await?;
    Ok(taken.len() as i64 == most)
}
