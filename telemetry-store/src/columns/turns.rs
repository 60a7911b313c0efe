//! Turns, where their time went, and how long nobody asked for anything before them.

use std::collections::{BTreeMap, HashMap};

use rusqlite::{Connection, Row};

use super::Field;
use super::make::{Sheet, heard};
use crate::insights::breakdown::{self, Spent};

/// The error of a turn that failed, when nobody said which.
const UNKNOWN: &str = "(unknown)";

/// A turn that began in the span of time.
struct Begun {
    span: i64,
    start: i64,
    last: i64,
    over: Option<i64>,
    outcome: String,
    reason: Option<i64>,
    model: Option<i64>,
    error: Option<String>,
}

/// Adds the turns that began from `since` on and before `until`.
pub(super) fn add(
    connection: &Connection,
    sheet: &mut Sheet,
    since: i64,
    until: i64,
) -> rusqlite::Result<()> {
    let mut statement = connection.prepare_cached(heard!(
        "SELECT turn.run, turn.span, turn.start_ns, turn.last_ns, turn.over_ns, turn.outcome, turn.reason, turn.model,
                turn.error_class
         FROM heard CROSS JOIN turn ON turn.run = heard.run AND turn.start_ns >= ?1 AND turn.start_ns < ?2"
    ))?;
    let mut by_run: BTreeMap<i64, Vec<Begun>> = BTreeMap::new();
    let mut rows = statement.query([since, until])?;
    while let Some(row) = rows.next()? {
        by_run.entry(row.get(0)?).or_default().push(begun(row)?);
    }
    for (run, turns) in by_run {
        let waits = waits(connection, run, &turns)?;
        let ends = ends_before(connection, run)?;
        for turn in turns {
            add_turn(sheet, run, &turn, waits.get(&turn.span).map_or(&[], Vec::as_slice), &ends);
        }
    }
    Ok(())
}

fn begun(row: &Row<'_>) -> rusqlite::Result<Begun> {
    Ok(Begun {
        span: row.get(1)?,
        start: row.get(2)?,
        last: row.get(3)?,
        over: row.get(4)?,
        outcome: row.get(5)?,
        reason: row.get(6)?,
        model: row.get(7)?,
        error: row.get(8)?,
    })
}

fn add_turn(sheet: &mut Sheet, run: i64, turn: &Begun, waits: &[Wait], ends: &Ends) {
    sheet.row(turn.start, run);
    sheet.word(Field::Outcome, Some(&turn.outcome));
    sheet.id(Field::Reason, turn.reason);
    sheet.id(Field::Model, turn.model);
    let failed = matches!(turn.outcome.as_str(), "errored" | "timed_out");
    sheet.word(Field::Error, failed.then(|| turn.error.as_deref().unwrap_or(UNKNOWN)));
    let duration = turn.over.map(|over| over.saturating_sub(turn.start).max(0));
    sheet.number(Field::Duration, duration);
    let spent = turn.over.map(|over| breakdown::split(turn.start, over, waits));
    sheet.number(Field::SpentModel, spent.map(|[model, ..]| model));
    sheet.number(Field::SpentTool, spent.map(|[_, tool, ..]| tool));
    sheet.number(Field::SpentApproval, spent.map(|[_, _, approval, _]| approval));
    let before = ends.range(..(turn.start, turn.span)).next_back().and_then(|(_, over)| *over);
    sheet.number(Field::Idle, before.map(|over| turn.start.saturating_sub(over).max(0)));
}

/// When the turns of a run were over, by their start and span.
type Ends = BTreeMap<(i64, i64), Option<i64>>;

fn ends_before(connection: &Connection, run: i64) -> rusqlite::Result<Ends> {
    connection
        .prepare_cached("SELECT start_ns, span, over_ns FROM turn WHERE run = ?1")?
        .query_map([run], |row| Ok(((row.get(0)?, row.get(1)?), row.get(2)?)))?
        .collect()
}

/// A stretch of time and what it was spent on.
type Wait = (Spent, i64, i64);

/// What each of `turns`, all of `run`, waited for, by its span.
fn waits(connection: &Connection, run: i64, turns: &[Begun]) -> rusqlite::Result<HashMap<i64, Vec<Wait>>> {
    let mut waits: HashMap<i64, Vec<Wait>> = turns.iter().map(|turn| (turn.span, Vec::new())).collect();
    // No fact of a turn is outside its first and last moments.
    let since = turns.iter().map(|turn| turn.start).min().unwrap_or(0);
    let until = turns.iter().map(|turn| turn.last).max().unwrap_or(0);
    let mut gather = |sql: &str, wait: fn(&Row<'_>) -> rusqlite::Result<Wait>| {
        let mut statement = connection.prepare_cached(sql)?;
        let mut rows = statement.query([run, since, until])?;
        while let Some(row) = rows.next()? {
            if let Some(of_turn) = waits.get_mut(&row.get(0)?) {
                of_turn.push(wait(row)?);
            }
        }
        Ok::<_, rusqlite::Error>(())
    };
    gather(
        "SELECT turn, ts_ns, since_start_ns, latency_ns FROM model_call WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        |row| {
            let (at, since_start, latency): (i64, Option<i64>, Option<i64>) =
                (row.get(1)?, row.get(2)?, row.get(3)?);
            let from = at.saturating_sub(since_start.or(latency).unwrap_or(0));
            Ok((Spent::Model, from, latency.map_or(at, |latency| from.saturating_add(latency))))
        },
    )?;
    gather(
        "SELECT turn, ts_ns, elapsed_ns FROM attempt_failed WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        |row| ended(Spent::Model, row),
    )?;
    gather(
        "SELECT turn, ts_ns, duration_ns FROM tool_call WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        |row| ended(Spent::Tool, row),
    )?;
    gather(
        "SELECT turn, asked_ns, answered_ns FROM approval
         WHERE run = ?1 AND asked_ns BETWEEN ?2 AND ?3 AND answered_ns IS NOT NULL",
        |row| Ok((Spent::Approval, row.get(1)?, row.get(2)?)),
    )?;
    Ok(waits)
}

/// What ended at a moment after it had lasted some time.
fn ended(spent: Spent, row: &Row<'_>) -> rusqlite::Result<Wait> {
    let (at, lasted): (i64, Option<i64>) = (row.get(1)?, row.get(2)?);
    Ok((spent, at.saturating_sub(lasted.unwrap_or(0)), at))
}
