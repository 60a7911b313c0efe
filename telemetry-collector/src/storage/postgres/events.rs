//! Events of our own kind, kept.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row as _};
use telemetry_core::time::{Day, UnixNanos};

use super::errors::is_there_already;
use super::partitions::{Partitioned, Partitions};
use super::tries::Tries;
use super::types::{Uuid, text};
use crate::intake::Recorded;
use crate::storage::StorageError;
use crate::storage::note::{Note, notes};

/// One statement, and so one transaction and one round trip: rows, and a note of each run and process they concern. It is for
/// events that are all new, as nearly all are: to be ready for others takes a third longer.
///
/// Lists side by side in a SELECT, and not those of one `unnest`, which would each be written to a table of their own first.
const KEEP_NEW: &str = "
    WITH noted AS (INSERT INTO unsettled (run, process) SELECT unnest($9::uuid[]), unnest($10::uuid[]))
    INSERT INTO events (ts_ns, id, run, process, about, kind, host, line)
    SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]), unnest($6::text[]),
           unnest($7::text[]), unnest($8::text[])";

/// The same for events of which some are there: those are left out, and nothing is noted of them.
const KEEP_SOME: &str = "
    WITH new AS (
        INSERT INTO events (ts_ns, id, run, process, about, kind, host, line)
        SELECT unnest($1::bigint[]), unnest($2::bigint[]), unnest($3::uuid[]), unnest($4::uuid[]), unnest($5::uuid[]),
               unnest($6::text[]), unnest($7::text[]), unnest($8::text[])
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
    let (runs, processes): (Vec<Option<Uuid>>, Vec<Option<Uuid>>) = concerned(events).into_iter().unzip();
    match bound(KEEP_NEW, events).bind(runs).bind(processes).execute(pool).await {
        Ok(_) => Ok(events.iter().map(|event| key(event)).collect()),
        Err(error) if is_there_already(&error) => {
            let rows: Vec<(i64, i64)> = bound(KEEP_SOME, events)
                .try_map(|row: PgRow| Ok((row.try_get(0)?, row.try_get(1)?)))
                .fetch_all(pool)
                .await?;
            Ok(rows.into_iter().collect())
        }
        Err(error) => Err(error),
    }
}

/// The runs and the processes of which something is to be settled, each once.
fn concerned(events: &[&Recorded]) -> BTreeSet<(Option<Uuid>, Option<Uuid>)> {
    let notes = events.iter().copied().flat_map(notes);
    notes
        .map(|note| match note {
            Note::Run(run) => (Some(run.into()), None),
            Note::Process(process) => (None, Some(process.into())),
        })
        .collect()
}

fn bound<'a>(sql: &'static str, events: &'a [&'a Recorded]) -> Query<'a, Postgres, PgArguments> {
    let column = |of: fn(&Recorded) -> i64| events.iter().map(|event| of(event)).collect::<Vec<_>>();
    let uuids = |of: fn(&Recorded) -> Option<Uuid>| events.iter().map(|event| of(event)).collect::<Vec<_>>();
    sqlx::query(sql)
        .bind(column(|event| key(event).0))
        .bind(column(|event| key(event).1))
        .bind(uuids(|event| event.event.run.map(Uuid::from)))
        .bind(uuids(|event| event.process().map(Uuid::from)))
        .bind(uuids(|event| event.about().map(Uuid::from)))
        .bind(events.iter().map(|event| text(event.event.body.kind())).collect::<Vec<_>>())
        .bind(events.iter().map(|event| text(&event.host)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| text(&event.line)).collect::<Vec<_>>())
}
