//! Events of the batch wire, kept and counted; and transcripts.

use std::collections::{BTreeMap, HashSet};

use sqlx::{PgConnection, PgPool};
use telemetry_core::time::{Day, UnixNanos};

use super::partitions::{Partitioned, Partitions};
use super::rollups::{self, KnownSeries};
use super::tries::Tries;
use super::types::{text, texts};
use crate::intake::{Report, Transcript};
use crate::rollup::Cells;
use crate::storage::StorageError;

const KEEP: &str = "
    INSERT INTO reports (at, id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir, latency_ms, tier,
                         model, error_count, success, extra)
    SELECT from_unix_micros(micros), id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir, latency_ms,
           tier, model, error_count, success, as_json(extra)
    FROM unnest($1::bigint[], $2::bigint[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::text[],
                $10::text[], $11::text[], $12::bigint[], $13::text[], $14::text[], $15::bigint[], $16::boolean[], $17::text[])
         AS new (micros, id, host, session, kind, agent, hook, decision, decision_reason, tool, working_dir, latency_ms, tier,
                 model, error_count, success, extra)
    ON CONFLICT DO NOTHING
    RETURNING unix_micros(at), id";

/// Keeps and counts events of the batch wire, in one transaction. Says of each whether it is new, as
/// [`events::keep`](super::events::keep) does.
pub(super) async fn keep(
    pool: &PgPool,
    partitions: &Partitions,
    series: &KnownSeries,
    reports: &[Report],
) -> Result<Vec<bool>, StorageError> {
    // In the order of the table's key, so that two who keep the same ones never wait for each other.
    let mut first: BTreeMap<(i64, i64), usize> = BTreeMap::new();
    for (at, report) in reports.iter().enumerate() {
        first.entry(key(report)).or_insert(at);
    }
    let mut tries = Tries::new();
    let new = loop {
        let days = reports.iter().map(day).collect();
        let forgotten = partitions.ensure(pool, Partitioned::Reports, days).await?;
        let kept: Vec<&Report> =
            first.values().map(|at| &reports[*at]).filter(|kept| !forgotten.contains(&day(kept))).collect();
        match insert_and_count(pool, series, &kept).await {
            Ok(new) => break new,
            Err(error) => tries.again(error, partitions)?,
        }
    };
    let is_new = |(at, report): (usize, &Report)| {
        let key = key(report);
        first[&key] == at && new.contains(&key)
    };
    Ok(reports.iter().enumerate().map(is_new).collect())
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

async fn insert_and_count(
    pool: &PgPool,
    series: &KnownSeries,
    reports: &[&Report],
) -> sqlx::Result<HashSet<(i64, i64)>> {
    if reports.is_empty() {
        return Ok(HashSet::new());
    }
    let mut transaction = pool.begin().await?;
    let new = insert(&mut transaction, reports).await?;
    let mut cells = Cells::default();
    for report in reports.iter().filter(|report| new.contains(&key(report))) {
        cells.count_report(report);
    }
    let added = rollups::add(&mut transaction, &cells, series).await?;
    transaction.commit().await?;
    series.learn(added);
    Ok(new)
}

/// Inserts reports that differ from each other. Returns the keys of those that are new.
async fn insert(connection: &mut PgConnection, reports: &[&Report]) -> sqlx::Result<HashSet<(i64, i64)>> {
    let column = |of: fn(&Report) -> &str| reports.iter().map(|report| text(of(report))).collect::<Vec<_>>();
    let maybe = |of: fn(&Report) -> &Option<String>| {
        reports.iter().map(|report| texts(of(report).as_deref())).collect::<Vec<_>>()
    };
    let rows: Vec<(i64, i64)> = sqlx::query_as(KEEP)
        .bind(reports.iter().map(|report| key(report).0).collect::<Vec<_>>())
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
        .fetch_all(connection)
        .await?;
    Ok(rows.into_iter().collect())
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
