//! Lists of runs.

use rusqlite::types::Value;
use rusqlite::{Connection, params_from_iter};
use telemetry_core::cost::NanoDollars;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Cost, RunSummary};

use super::filter::conditions;
use super::{ids, run_rows};
use crate::storage::run_row::RunRow;
use crate::storage::tree_cost::{OwnCost, together};
use crate::storage::{Linked, RunsAsked, StorageError, run_prefix};

/// Runs, newest first.
pub(super) fn newest(connection: &Connection, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
    select(connection, asked, asked.after, "start_ns DESC, run DESC")
}

/// Those that cost most, then took longest.
pub(super) fn top(connection: &Connection, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
    let order = "coalesce(cost_nanos, priced_part_nanos) DESC NULLS LAST,
                 max(end_ns - start_ns, 0) DESC NULLS LAST, start_ns, run";
    select(connection, asked, None, order)
}

fn select(
    connection: &Connection,
    asked: &RunsAsked,
    after: Option<(UnixNanos, RunId)>,
    order: &str,
) -> Result<Vec<RunSummary>, StorageError> {
    let (mut sql, wanted) = conditions(&asked.filter);
    let mut bound: Vec<Value> = wanted.into_iter().map(Value::from).collect();
    if let Some(since) = asked.since {
        sql.push_str(" AND start_ns >= ?");
        bound.push(since.0.into());
    }
    if let Some(until) = asked.until {
        sql.push_str(" AND start_ns < ?");
        bound.push(until.0.into());
    }
    if let Some((start, run)) = after {
        sql.push_str(" AND (start_ns, run) < (?, ?)");
        bound.extend([start.0.into(), Value::Blob(ids::run(run).to_vec())]);
    }
    bound.push(i64::try_from(asked.most).unwrap_or(i64::MAX).into());
    let columns = RunRow::COLUMNS.join(", ");
    let mut select = connection
        .prepare_cached(&format!("SELECT {columns} FROM runs WHERE true{sql} ORDER BY {order} LIMIT ?"))?;
    let mut found = Vec::new();
    for row in select.query_map(params_from_iter(bound), run_rows::read)? {
        let row = row?;
        let tree = tree_cost(connection, row.run)?;
        found.push(row.summary(tree));
    }
    Ok(found)
}

/// The runs that continue another and began from `since` on, and those they continue, oldest first.
pub(super) fn linked(connection: &Connection, since: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError> {
    let mut select = connection.prepare_cached(
        "WITH later (run, continues) AS (
             SELECT run, continues FROM runs WHERE continues IS NOT NULL AND start_ns >= ?1)
         SELECT run, continues, host, agent, model, start_ns, end_ns, outcome, reason FROM runs
         WHERE run IN (SELECT run FROM later UNION SELECT continues FROM later) ORDER BY start_ns, run",
    )?;
    let found = select.query_map([since.map_or(i64::MIN, |since| since.0)], |row| {
        Ok(Linked {
            run: ids::run_of(row.get(0)?),
            continues: row.get::<_, Option<_>>(1)?.map(ids::run_of),
            host: row.get(2)?,
            agent: row.get(3)?,
            model: row.get(4)?,
            start: UnixNanos(row.get(5)?),
            end: row.get::<_, Option<_>>(6)?.map(UnixNanos),
            outcome: row.get(7)?,
            reason: row.get(8)?,
        })
    })?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// What the calls of a run and of all that was delegated from it cost.
fn tree_cost(connection: &Connection, run: RunId) -> Result<Cost, StorageError> {
    // UNION and not UNION ALL: a tree that says it is its own parent has an end.
    let mut select = connection.prepare_cached(
        "WITH RECURSIVE below (run) AS (
             SELECT ?1 UNION SELECT child.run FROM below JOIN runs AS child ON child.parent = below.run)
         SELECT model_calls, cost_nanos, cost_status, priced_part_nanos FROM below JOIN runs USING (run)",
    )?;
    let costs = select.query_map([ids::run(run)], |row| {
        let money = |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<i64>>(column)?.map(NanoDollars));
        Ok(OwnCost { model_calls: row.get(0)?, cost: Cost::kept(money(1)?, row.get(2)?, money(3)?) })
    })?;
    Ok(together(costs.collect::<Result<Vec<_>, _>>()?))
}

/// The runs that `wanted` may mean, the latest first.
pub(super) fn find(connection: &Connection, wanted: &str) -> Result<Vec<RunId>, StorageError> {
    const MOST: usize = 10;
    let range = run_prefix::range(wanted).map(|(first, last)| (ids::run(first), ids::run(last)));
    let (first, last) = range.unzip();
    let mut select = connection.prepare_cached(
        "SELECT run, start_ns FROM runs WHERE session_id = ?1
         UNION SELECT run, start_ns FROM runs WHERE run BETWEEN ?2 AND ?3
         ORDER BY start_ns DESC, run DESC LIMIT ?4",
    )?;
    let found = select.query_map((wanted, first, last, MOST as i64), ids::first_run)?;
    Ok(found.collect::<Result<_, _>>()?)
}
