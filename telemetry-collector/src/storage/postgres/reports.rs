//! Events of the batch wire, kept; and transcripts.

use std::collections::HashSet;

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{PgPool, Postgres, Row as _};
use telemetry_core::time::{Day, UnixNanos};

use super::errors::is_there_already;
use super::partitions::{Partitioned, Partitions};
use super::tries::Tries;
use super::types::{Moment, text, texts};
use crate::intake::{Report, Transcript};
use crate::rollup::Cells;
use crate::storage::StorageError;

/// Rows of lists side by side, as those of [events](super::events) are. What `extra` says was read before, and is nothing that `jsonb` has no
/// room for.
macro_rules! insert {
    () => {
        "INSERT INTO reports (at, id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir, latency_ms, tier,
                              model, error_count, success, extra)
         SELECT unnest($1::timestamptz[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::text[]), unnest($5::text[]),
                unnest($6::text[]), unnest($7::text[]), unnest($8::text[]), unnest($9::text[]), unnest($10::text[]),
                unnest($11::text[]), unnest($12::bigint[]), unnest($13::text[]), unnest($14::text[]), unnest($15::bigint[]),
                unnest($16::boolean[]), unnest($17::text[])::jsonb"
    };
}

const NOTE: &str = "INSERT INTO uncounted (reports, cells) VALUES ($1, $2)";

/// One statement, and so one transaction and one round trip, for reports that are all new, as nearly all are.
const KEEP_NEW: &str =
    concat!("WITH noted AS (INSERT INTO uncounted (reports, cells) VALUES ($18, $19)) ", insert!());

/// For reports of which some are there: those are left out.
const KEEP_SOME: &str = concat!(insert!(), " ON CONFLICT DO NOTHING RETURNING unix_micros(at), id");

/// Keeps events of the batch wire with a note of what they add to the rollups, in one transaction. Says of each whether it is new, as
/// [`events::keep`](super::events::keep) does.
pub(super) async fn keep(
    pool: &PgPool,
    partitions: &Partitions,
    reports: &[Report],
) -> Result<Vec<bool>, StorageError> {
    // In the order of the table's key, so that two who keep the same ones never wait for each other; of those that are the same the first.
    let mut places: Vec<usize> = (0..reports.len()).collect();
    places.sort_by_key(|place| key(&reports[*place]));
    places.dedup_by_key(|place| key(&reports[*place]));
    let mut tries = Tries::new();
    let are_new = loop {
        let days = reports.iter().map(day).collect();
        let forgotten = partitions.ensure(pool, Partitioned::Reports, days).await?;
        places.retain(|place| !forgotten.contains(&day(&reports[*place])));
        let kept: Vec<&Report> = places.iter().map(|place| &reports[*place]).collect();
        match insert(pool, &kept).await {
            Ok(are_new) => break are_new,
            Err(error) => tries.again(error, partitions)?,
        }
    };
    let mut said = vec![false; reports.len()];
    for (place, is_new) in places.into_iter().zip(are_new) {
        said[place] = is_new;
    }
    Ok(said)
}

/// Microseconds, as the column has them, and the id.
fn key(report: &Report) -> (i64, i64) {
    (micros(report.at), report.id as i64)
}

fn day(report: &Report) -> Day {
    report.at.day()
}

/// Microseconds since 1970.
pub(super) fn micros(at: UnixNanos) -> i64 {
    at.0.div_euclid(1_000)
}

/// Inserts reports that differ from each other, and notes what the new ones add. Says of each whether it is new.
async fn insert(pool: &PgPool, reports: &[&Report]) -> sqlx::Result<Vec<bool>> {
    if reports.is_empty() {
        return Ok(Vec::new());
    }
    let (n, cells) = note(reports)?;
    match bound(KEEP_NEW, reports).bind(n).bind(cells).execute(pool).await {
        Ok(_) => Ok(vec![true; reports.len()]),
        Err(error) if is_there_already(&error) => insert_some(pool, reports).await,
        Err(error) => Err(error),
    }
}

/// The same for reports of which some are there.
async fn insert_some(pool: &PgPool, reports: &[&Report]) -> sqlx::Result<Vec<bool>> {
    let mut transaction = pool.begin().await?;
    let keys = bound(KEEP_SOME, reports).try_map(|row: PgRow| Ok((row.try_get(0)?, row.try_get(1)?)));
    let new: HashSet<(i64, i64)> = keys.fetch_all(&mut *transaction).await?.into_iter().collect();
    let are_new: Vec<bool> = reports.iter().map(|report| new.contains(&key(report))).collect();
    let to_note: Vec<&Report> =
        reports.iter().zip(&are_new).filter_map(|(report, is_new)| is_new.then_some(*report)).collect();
    if !to_note.is_empty() {
        let (n, cells) = note(&to_note)?;
        sqlx::query(NOTE).bind(n).bind(cells).execute(&mut *transaction).await?;
    }
    transaction.commit().await?;
    Ok(are_new)
}

/// How many reports there are, and what they add to the rollups.
fn note(reports: &[&Report]) -> sqlx::Result<(i64, String)> {
    let mut cells = Cells::default();
    cells.count_reports(reports.iter().copied());
    let cells = cells.encode().map_err(|error| sqlx::Error::Encode(error.into()))?;
    Ok((reports.len() as i64, cells))
}

fn bound<'a>(sql: &'static str, reports: &'a [&'a Report]) -> Query<'a, Postgres, PgArguments> {
    let column = |of: fn(&Report) -> &str| reports.iter().map(|report| text(of(report))).collect::<Vec<_>>();
    let maybe = |of: fn(&Report) -> &Option<String>| {
        reports.iter().map(|report| texts(of(report).as_deref())).collect::<Vec<_>>()
    };
    sqlx::query(sql)
        .bind(reports.iter().map(|report| Moment { micros: key(report).0 }).collect::<Vec<_>>())
        .bind(reports.iter().map(|report| key(report).1).collect::<Vec<_>>())
        .bind(column(|report| &report.host))
        .bind(column(|report| &report.session))
        .bind(column(|report| &report.kind))
        .bind(maybe(|report| &report.agent))
        .bind(maybe(|report| &report.hook))
        .bind(maybe(|report| &report.decision))
        .bind(maybe(|report| &report.decision_reason))
        .bind(maybe(|report| &report.tool))
        .bind(maybe(|report| &report.working_dir))
        .bind(reports.iter().map(|report| report.latency_ms).collect::<Vec<_>>())
        .bind(maybe(|report| &report.tier))
        .bind(maybe(|report| &report.model))
        .bind(reports.iter().map(|report| report.error_count).collect::<Vec<_>>())
        .bind(reports.iter().map(|report| report.success).collect::<Vec<_>>())
        .bind(maybe(|report| &report.extra))
}

/// Keeps a transcript in place of an earlier one.
pub(super) async fn keep_transcript(pool: &PgPool, transcript: &Transcript) -> Result<(), StorageError> {
    sqlx::query(
        "INSERT INTO transcripts (host, session, at, body) VALUES ($1, $2, from_unix_micros($3), as_json($4))
         ON CONFLICT (host, session) DO UPDATE SET at = excluded.at, body = excluded.body
         WHERE transcripts.at <= excluded.at",
    )
    .bind(text(&transcript.host))
    .bind(text(&transcript.session))
    .bind(micros(transcript.at))
    .bind(text(&transcript.body))
    .execute(pool)
    .await?;
    Ok(())
}
