//! Events of our own kind, kept.

use std::collections::{BTreeMap, HashSet};

use sqlx::PgPool;
use telemetry_core::time::{Day, UnixNanos};

use super::partitions::{Partitioned, Partitions};
use super::tries::Tries;
use super::types::{Uuid, text};
use crate::intake::Recorded;
use crate::storage::StorageError;

/// One statement, and so one transaction and one round trip: rows, and a note for each run and process that has a new one. Of runs
/// it is noted by whom they are, of what is of no run by its process, and a delegation concerns the child too.
const KEEP: &str = "
    WITH new AS (
        INSERT INTO events (ts_ns, id, run, process, about, kind, host, line)
        SELECT * FROM unnest($1::bigint[], $2::bigint[], $3::uuid[], $4::uuid[], $5::uuid[], $6::text[], $7::text[], $8::text[])
        ON CONFLICT DO NOTHING
        RETURNING ts_ns, id, run, process, about),
    noted AS (
        INSERT INTO unsettled (run, process)
        SELECT run, NULL::uuid FROM new WHERE run IS NOT NULL
        UNION SELECT about, NULL FROM new WHERE about IS NOT NULL
        UNION SELECT NULL, process FROM new WHERE run IS NULL AND process IS NOT NULL)
    SELECT ts_ns, id FROM new";

/// Keeps events. Says of each whether it is new; one that is there twice is new the first time, one of a day that was forgotten
/// never.
pub(super) async fn keep(
    pool: &PgPool,
    partitions: &Partitions,
    events: &[Recorded],
) -> Result<Vec<bool>, StorageError> {
    // In the order of the table's key: two who keep the same events then wait for each other and never both.
    let mut first: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for (at, recorded) in events.iter().enumerate() {
        first.entry(key(recorded)).or_insert(at);
    }
    let mut tries = Tries::new();
    let new = loop {
        let days = first.keys().map(|(ts, _)| UnixNanos(*ts).day()).collect();
        let forgotten = partitions.ensure(pool, Partitioned::Events, days).await?;
        let kept: Vec<&Recorded> =
            first.values().map(|at| &events[*at]).filter(|kept| !forgotten.contains(&day(kept))).collect();
        match insert(pool, &kept).await {
            Ok(new) => break new,
            Err(error) => tries.again(error, partitions)?,
        }
    };
    let is_new = |(at, recorded): (usize, &Recorded)| {
        let key = key(recorded);
        first[&key] == at && new.contains(&key)
    };
    Ok(events.iter().enumerate().map(is_new).collect())
}

fn key(recorded: &Recorded) -> (i64, i64) {
    (recorded.event.ts.0, recorded.event.id.0 as i64)
}

fn day(recorded: &Recorded) -> Day {
    recorded.event.ts.day()
}

/// Inserts events that differ from each other. Returns the keys of those that are new.
async fn insert(pool: &PgPool, events: &[&Recorded]) -> sqlx::Result<HashSet<(i64, i64)>> {
    if events.is_empty() {
        return Ok(HashSet::new());
    }
    let column = |of: fn(&Recorded) -> i64| events.iter().map(|event| of(event)).collect::<Vec<_>>();
    let uuids = |of: fn(&Recorded) -> Option<Uuid>| events.iter().map(|event| of(event)).collect::<Vec<_>>();
    let rows: Vec<(i64, i64)> = sqlx::query_as(KEEP)
        .bind(column(|event| key(event).0))
        .bind(column(|event| key(event).1))
        .bind(uuids(|event| event.event.run.map(Uuid::from)))
        .bind(uuids(|event| event.process().map(Uuid::from)))
        .bind(uuids(|event| event.about().map(Uuid::from)))
        .bind(events.iter().map(|event| text(event.event.body.kind())).collect::<Vec<_>>())
        .bind(events.iter().map(|event| text(&event.host)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| text(&event.line)).collect::<Vec<_>>())
        .fetch_all(pool)
        .await?;
    Ok(rows.into_iter().collect())
}
