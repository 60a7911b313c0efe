//! What is concluded from the facts: outcomes of turns and runs, and what became of failed attempts.
//!
//! Run after every batch for the runs it touched that have rows from before, and only for turns that changed or are open.
//! The rules are [`telemetry_core::outcome`].

use rusqlite::{Connection, OptionalExtension as _, Row, params};
use telemetry_core::name::Name;
use telemetry_core::outcome::{
    Closed, JudgedTurn, LastError, Outcome, ProcessOver, Turn, TurnEnd, TurnFacts, Verdict, judge_run,
};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{ErrorClass, RunClose};

use super::Set;
use super::apply::over;
use super::names::Names;

/// What is known of a run before its verdict.
struct Known {
    process: Option<ProcessOver>,
    turns: i64,
    failed_attempts: i64,
}

pub(super) fn derive(connection: &Connection, names: &mut Names, runs: &Set<i64>) -> rusqlite::Result<()> {
    for &run in runs {
        derive_run(connection, names, run)?;
    }
    Ok(())
}

fn derive_run(connection: &Connection, names: &mut Names, run: i64) -> rusqlite::Result<()> {
    let Known { process, turns, failed_attempts } = known(connection, run)?;
    let closes = closes(connection, run)?;
    let open = open_or_changed(connection, run)?;
    let starts = if turns > 1 && !open.is_empty() { starts(connection, run)? } else { Vec::new() };
    let mut only_turn = None;
    for (span, turn) in open {
        let next = next_start(&starts, (turn.start.0, span));
        let judged = turn.judge(&closes, next, process.as_ref());
        let reason =
            judged.verdict.reason.as_ref().map(|reason| names.text(connection, reason)).transpose()?;
        connection
            .prepare_cached(
                "UPDATE turn SET dirty = 0, outcome = ?3, reason = ?4, over_ns = ?5 WHERE run = ?1 AND span = ?2",
            )?
            .execute(params![run, span, judged.verdict.outcome.as_str(), reason, judged.over.map(|over| over.0)])?;
        only_turn = Some(judged).filter(|_| turns == 1);
    }
    let errors = if failed_attempts > 0 { derive_attempts(connection, run)? } else { 0 };

    let last = match only_turn {
        None if turns > 0 => last_turn(connection, run)?,
        last => last,
    };
    let judged = judge_run(last.as_ref(), &closes, process.as_ref());
    let reason = judged.verdict.reason.map(|reason| names.text(connection, &reason)).transpose()?;
    let end_reason = judged.end_reason.map(|reason| names.text(connection, &reason)).transpose()?;
    connection
        .prepare_cached(
            "UPDATE run SET outcome = ?2, reason = ?3, end_ns = ?4, end_reason = ?5, turns = ?6, errors = ?7
             WHERE id = ?1",
        )?
        .execute(params![
            run,
            judged.verdict.outcome.as_str(),
            reason,
            judged.end.map(|end| end.0),
            end_reason,
            turns,
            errors
        ])?;
    Ok(())
}

/// What became of failed attempts: recovered when their call was answered, final when it never will be. Returns how many
/// calls never were.
fn derive_attempts(connection: &Connection, run: i64) -> rusqlite::Result<i64> {
    connection
        .prepare_cached(
            "UPDATE attempt_failed AS a SET recovery = CASE
                 WHEN EXISTS (SELECT 1 FROM model_call AS m WHERE m.run = a.run AND m.span = a.span) THEN 'recovered'
                 WHEN EXISTS (SELECT 1 FROM turn AS t
                              WHERE t.run = a.run AND t.span = a.turn AND t.outcome <> 'running') THEN 'final'
                 ELSE 'retried' END
             WHERE a.run = ?1 AND a.recovery <> 'recovered'",
        )?
        .execute([run])?;
    // They are few: told apart here, because SQLite would make a table of its own for it.
    let mut calls: Vec<i64> = connection
        .prepare_cached("SELECT span FROM attempt_failed WHERE run = ?1 AND recovery = 'final'")?
        .query_map([run], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    calls.sort_unstable();
    calls.dedup();
    Ok(calls.len() as i64)
}

/// How the run's process ended, and what there is to look at.
fn known(connection: &Connection, run: i64) -> rusqlite::Result<Known> {
    connection
        .prepare_cached(
            "SELECT exit_ns, lost_ns, process.last_ns, (SELECT count(*) FROM turn WHERE turn.run = run.id), run.failed_attempts
             FROM run LEFT JOIN process ON process.id = run.process WHERE run.id = ?1",
        )?
        .query_row([run], |row| {
            let process = over(row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Known { process, turns: row.get(3)?, failed_attempts: row.get(4)? })
        })
}

fn closes(connection: &Connection, run: i64) -> rusqlite::Result<Vec<Closed>> {
    connection
        .prepare_cached(
            "SELECT ts_ns, close, name.text FROM run_end LEFT JOIN name ON name.id = run_end.reason
             WHERE run = ?1 ORDER BY ts_ns, run_end.id",
        )?
        .query_map([run], |row| {
            let close: String = row.get(1)?;
            Ok(Closed {
                at: UnixNanos(row.get(0)?),
                close: RunClose::from(close.as_str()),
                reason: name(row, 2)?,
            })
        })?
        .collect()
}

/// When the run's turns began, with their spans, in order: one look at them for all turns of a batch, which may be
/// thousands of one run.
fn starts(connection: &Connection, run: i64) -> rusqlite::Result<Vec<(i64, i64)>> {
    let mut starts: Vec<(i64, i64)> = connection
        .prepare_cached("SELECT start_ns, span FROM turn WHERE run = ?1")?
        .query_map([run], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    starts.sort_unstable();
    Ok(starts)
}

/// When the turn after the one that began at `turn` began; `starts` are all turns' beginnings and spans, in order.
pub(super) fn next_start(starts: &[(i64, i64)], turn: (i64, i64)) -> Option<UnixNanos> {
    starts.get(starts.partition_point(|start| *start <= turn)).map(|(start, _)| UnixNanos(*start))
}

fn open_or_changed(connection: &Connection, run: i64) -> rusqlite::Result<Vec<(i64, Turn)>> {
    connection
        .prepare_cached(
            "SELECT span, start_ns, last_ns, end_ns, completed, interrupted, failed, end_reason.text,
                    error_ns, error_class, error_reason.text, error_exhausted, progress_ns, attempt_ns
             FROM turn
             LEFT JOIN name AS end_reason ON end_reason.id = turn.end_reason
             LEFT JOIN name AS error_reason ON error_reason.id = turn.error_reason
             WHERE run = ?1 AND (dirty OR end_ns IS NULL)",
        )?
        .query_map([run], |row| {
            let end: Option<i64> = row.get(3)?;
            let error: Option<i64> = row.get(8)?;
            let facts = TurnFacts {
                end: end.map(|_| turn_end(row)).transpose()?,
                error: error.map(|at| last_error(row, at)).transpose()?,
                progress_at: row.get::<_, Option<i64>>(12)?.map(UnixNanos),
                attempt_at: row.get::<_, Option<i64>>(13)?.map(UnixNanos),
                left: None,
                process: None,
            };
            let (start, last) = (UnixNanos(row.get(1)?), UnixNanos(row.get(2)?));
            Ok((row.get(0)?, Turn { start, last, end: end.map(UnixNanos), facts }))
        })?
        .collect()
}

fn turn_end(row: &Row<'_>) -> rusqlite::Result<TurnEnd> {
    let flag = |column| row.get::<_, Option<bool>>(column).map(Option::unwrap_or_default);
    Ok(TurnEnd { completed: flag(4)?, interrupted: flag(5)?, failed: flag(6)?, reason: name(row, 7)? })
}

fn last_error(row: &Row<'_>, at: i64) -> rusqlite::Result<LastError> {
    let class: Option<String> = row.get(9)?;
    Ok(LastError {
        at: UnixNanos(at),
        class: class.as_deref().map_or(ErrorClass::Unknown, ErrorClass::from),
        reason: name(row, 10)?,
        exhausted: row.get::<_, Option<bool>>(11)?.unwrap_or_default(),
    })
}

/// The run's last turn.
fn last_turn(connection: &Connection, run: i64) -> rusqlite::Result<Option<JudgedTurn>> {
    connection
        .prepare_cached(
            "SELECT start_ns, over_ns, outcome, name.text FROM turn LEFT JOIN name ON name.id = turn.reason
             WHERE run = ?1 ORDER BY start_ns DESC, span DESC LIMIT 1",
        )?
        .query_row([run], |row| {
            let outcome: String = row.get(2)?;
            let outcome = Outcome::parse(&outcome).unwrap_or(Outcome::Unknown);
            let verdict = Verdict { outcome, reason: name(row, 3)? };
            let over: Option<i64> = row.get(1)?;
            Ok(JudgedTurn { start: UnixNanos(row.get(0)?), over: over.map(UnixNanos), verdict })
        })
        .optional()
}

fn name(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Name>> {
    Ok(row.get_ref(column)?.as_str_or_null()?.map(Name::new))
}
