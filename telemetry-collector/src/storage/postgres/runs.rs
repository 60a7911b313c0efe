//! Lists of runs.

use std::collections::HashMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};
use telemetry_core::cost::NanoDollars;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Cost, RunSummary};

use super::runs_table::{COLUMNS, read};
use super::types::{Uuid, text};
use crate::storage::run_row::RunRow;
use crate::storage::tree_cost::{OwnCost, together};
use crate::storage::{CellFilter, Linked, RunsAsked, StorageError, run_prefix};

/// The order of a list: newest first.
const NEWEST: &str = "start_ns DESC, run DESC";
/// The order of those that are named: by cost, by duration, the earlier of two.
const TOP: &str = "coalesce(cost_nanos, priced_part_nanos) DESC NULLS LAST,
    greatest(end_ns - start_ns, 0) DESC NULLS LAST, start_ns, run";

/// Runs, newest first.
pub(super) async fn runs(pool: &PgPool, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
    let rows = select(pool, asked, asked.after, NEWEST).await?;
    summaries(pool, rows).await
}

/// The runs that cost most.
pub(super) async fn top_runs(pool: &PgPool, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
    let rows = select(pool, asked, None, TOP).await?;
    summaries(pool, rows).await
}

async fn select(
    pool: &PgPool,
    asked: &RunsAsked,
    after: Option<(UnixNanos, RunId)>,
    order: &'static str,
) -> Result<Vec<RunRow>, StorageError> {
    let CellFilter { host, agent, model, provider, outcome } = &asked.filter;
    // One statement for all questions but where a page goes on, which would else not be looked for in the index.
    let page = if after.is_some() {
        "(start_ns, run) < ($9, $10)"
    } else {
        "$9::bigint IS NULL AND $10::uuid IS NULL"
    };
    let sql = format!(
        "SELECT {} FROM runs
         WHERE start_ns >= $1 AND start_ns < $2 AND ($3::text IS NULL OR host = $3) AND ($4::text IS NULL OR agent = $4)
             AND ($5::text IS NULL OR model = $5) AND ($6::text IS NULL OR provider = $6)
             AND ($7::text IS NULL OR outcome = $7) AND {page}
         ORDER BY {order} LIMIT $8",
        *COLUMNS
    );
    let mut query = sqlx::query(AssertSqlSafe(sql))
        .bind(asked.since.map_or(i64::MIN, |since| since.0))
        .bind(asked.until.map_or(i64::MAX, |until| until.0));
    for wanted in [host, agent, model, provider, outcome] {
        query = query.bind(wanted.as_deref().map(text));
    }
    let rows = query
        .bind(i64::try_from(asked.most).unwrap_or(i64::MAX))
        .bind(after.map(|(start, _)| start.0))
        .bind(after.map(|(_, run)| Uuid::from(run)))
        .fetch_all(pool)
        .await?;
    Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
}

/// As lists have them, with what their trees cost.
async fn summaries(pool: &PgPool, rows: Vec<RunRow>) -> Result<Vec<RunSummary>, StorageError> {
    let mut trees = tree_costs(pool, &rows).await?;
    let tree =
        |trees: &mut HashMap<RunId, Vec<OwnCost>>, run| together(trees.remove(&run).unwrap_or_default());
    Ok(rows
        .into_iter()
        .map(|row| {
            let cost = tree(&mut trees, row.run);
            row.summary(cost)
        })
        .collect())
}

/// What the calls of runs and of all that was delegated from each cost.
async fn tree_costs(pool: &PgPool, rows: &[RunRow]) -> Result<HashMap<RunId, Vec<OwnCost>>, StorageError> {
    if rows.is_empty() {
        return Ok(HashMap::new());
    }
    // UNION and not UNION ALL: a tree that says it is its own parent has an end.
    let found = sqlx::query(
        "WITH RECURSIVE below (top, run) AS (
             SELECT run, run FROM unnest($1::uuid[]) AS run
             UNION SELECT below.top, child.run FROM below JOIN runs AS child ON child.parent = below.run)
         SELECT top, model_calls, cost_nanos, cost_status, priced_part_nanos FROM below JOIN runs USING (run)",
    )
    .bind(rows.iter().map(|row| Uuid::from(row.run)).collect::<Vec<_>>())
    .fetch_all(pool)
    .await?;
    let mut trees: HashMap<RunId, Vec<OwnCost>> = HashMap::new();
    for row in &found {
        let money = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(NanoDollars));
        let cost = Cost::kept(money("cost_nanos")?, row.try_get("cost_status")?, money("priced_part_nanos")?);
        let top = RunId(row.try_get::<Uuid, _>("top")?.0);
        trees.entry(top).or_default().push(OwnCost { model_calls: row.try_get("model_calls")?, cost });
    }
    Ok(trees)
}

/// The runs that continue others, and those they continue.
pub(super) async fn linked(pool: &PgPool, since: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError> {
    let sql = format!(
        "WITH later AS (SELECT run, continues FROM runs WHERE continues IS NOT NULL AND start_ns >= $1)
         SELECT {} FROM runs WHERE run IN (SELECT run FROM later UNION SELECT continues FROM later)
         ORDER BY start_ns, run",
        *COLUMNS
    );
    let rows =
        sqlx::query(AssertSqlSafe(sql)).bind(since.map_or(i64::MIN, |since| since.0)).fetch_all(pool).await?;
    let link = |row: &PgRow| {
        read(row).map(|row| Linked {
            run: row.run,
            continues: row.continues,
            host: row.host,
            agent: row.agent,
            model: row.model,
            start: row.start,
            end: row.end,
            outcome: row.outcome,
            reason: row.reason,
        })
    };
    Ok(rows.iter().map(link).collect::<Result<_, _>>()?)
}

/// The runs that `wanted` may mean, the latest first, at most 10.
pub(super) async fn find(pool: &PgPool, wanted: &str) -> Result<Vec<RunId>, StorageError> {
    let (first, last) =
        run_prefix::range(wanted).map(|(first, last)| (Uuid::from(first), Uuid::from(last))).unzip();
    let found: Vec<(Uuid, i64)> = sqlx::query_as(
        "SELECT run, start_ns FROM runs WHERE session_id = $1
         UNION SELECT run, start_ns FROM runs WHERE run BETWEEN $2 AND $3 ORDER BY start_ns DESC, run DESC LIMIT 10",
    )
    .bind(text(wanted))
    .bind(first)
    .bind(last)
    .fetch_all(pool)
    .await?;
    Ok(found.into_iter().map(|(run, _)| RunId(run.0)).collect())
}
