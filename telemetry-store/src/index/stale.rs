//! Which days' columns are not what the rows say any more.
//!
//! Whatever changes a row marks the days whose [blocks](crate::columns) are made from it, in the same transaction. A run
//! that was heard of on one day alone can have changed nothing but that day, and nearly all are such. Of one that goes on
//! over midnight, a batch changes
//!
//! - the days of facts between the first and the last of its events,
//! - the days of the turns they are in, because facts have the outcome of their turn, and of turns that are still open,
//!   because what comes later may decide how they ended,
//! - the day of the turn after each of those, which knows how long nobody asked for anything before it,
//! - the day it began, where it is counted, and the days of runs it continues or that continue it,
//! - all of its days, when what is known of the run itself may have changed: they have it too.
//!
//! A turn or run that turns out to have begun earlier was counted on a later day, which is one of its own. Of those only
//! the ones that have been looked at need a mark.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use rusqlite::{Connection, OptionalExtension as _};
use telemetry_core::time::{Day, UnixNanos};

use super::Set;
use super::facts::{RunDelta, TurnDelta};
use crate::columns::Kind;

/// All kinds of facts.
const ALL: i64 = (1 << Kind::ALL.len()) - 1;
/// Those that have an outcome of a turn.
const OF_TURNS: i64 = ALL & !Kind::Run.bit() & !Kind::Subagent.bit();

/// Days to mark: those that have facts, and stretches of which only days that were looked at before can matter.
#[derive(Default)]
struct Marks {
    days: BTreeMap<i32, i64>,
    stretches: BTreeSet<(i32, i32, i64)>,
}

impl Marks {
    fn at(&mut self, moment: i64, kinds: i64) {
        *self.days.entry(day(moment)).or_default() |= kinds;
    }

    fn between(&mut self, first: i64, last: i64, kinds: i64) {
        self.at(first, kinds);
        if day(first) < day(last) {
            self.stretches.insert((day(first), day(last), kinds));
        }
    }

    fn write(self, connection: &Connection) -> rusqlite::Result<()> {
        let mut mark = connection.prepare_cached(
            "INSERT INTO fact_day (day, stale) VALUES (?1, ?2) ON CONFLICT (day) DO UPDATE SET stale = stale | ?2
             WHERE stale <> stale | ?2",
        )?;
        for (day, kinds) in self.days {
            mark.execute((day, kinds))?;
        }
        let mut mark = connection
            .prepare_cached("UPDATE fact_day SET stale = stale | ?3 WHERE day BETWEEN ?1 AND ?2")?;
        for (first, last, kinds) in self.stretches {
            mark.execute((first, last, kinds))?;
        }
        Ok(())
    }
}

fn day(moment: i64) -> i32 {
    UnixNanos(moment).day().0
}

/// A run that was touched, as it is now.
struct Run {
    id: i64,
    first: i64,
    last: i64,
}

/// Marks what a batch changed, which is in the index now: what it gathered of `runs` and, in their order, of `turns`, and
/// the runs that were `judged` again, which are all that had a row before.
pub(super) fn mark(
    connection: &Connection,
    runs: &[(i64, RunDelta)],
    turns: &[((i64, i64), TurnDelta)],
    judged: &Set<i64>,
) -> rusqlite::Result<()> {
    let mut marks = Marks::default();
    let mut over_days: Vec<Run> = Vec::new();
    let mut note = |id: i64, heard: Option<(i64, i64)>| match heard {
        // Of a run that was only heard of there is nothing to count.
        None => {}
        Some((first, last)) if day(first) == day(last) => marks.at(first, ALL),
        Some((first, last)) => over_days.push(Run { id, first, last }),
    };
    // What is known of a run that had no row is all in the batch.
    let fresh = || runs.iter().filter(|(id, delta)| delta.new.is_some() && !judged.contains(id));
    fresh().for_each(|(id, delta)| note(*id, delta.first.zip(delta.last)));
    let mut known = connection.prepare_cached("SELECT start_ns, last_ns FROM run WHERE id = ?1")?;
    for &id in judged {
        let heard: (Option<i64>, Option<i64>) =
            known.query_row([id], |row| Ok((row.get(0)?, row.get(1)?)))?;
        note(id, heard.0.zip(heard.1));
    }
    for run in &over_days {
        let place = runs.partition_point(|(id, _)| *id < run.id);
        let delta = runs.get(place).filter(|(id, _)| *id == run.id).map(|(_, delta)| delta);
        let from = turns.partition_point(|((of, _), _)| *of < run.id);
        let to = turns.partition_point(|((of, _), _)| *of <= run.id);
        let spans = turns[from..to].iter().map(|((_, span), _)| *span).collect();
        mark_run(connection, &mut marks, run, delta, &spans)?;
    }
    let linked = connection
        .prepare_cached("SELECT 1 FROM run INDEXED BY run_by_continues WHERE continues IS NOT NULL LIMIT 1")?
        .exists([])?;
    if linked {
        // Of a run that has just got its row nobody has said before that it is continued, or continues another.
        let continued: HashSet<i64> = runs.iter().filter_map(|(_, delta)| delta.continues).collect();
        let is_linked = |(id, delta): &&(i64, RunDelta)| delta.continues.is_some() || continued.contains(id);
        for &id in fresh().filter(is_linked).map(|(id, _)| id).chain(judged) {
            mark_links(connection, &mut marks, id)?;
        }
    }
    marks.write(connection)
}

/// Marks what a price changed: the `days` on which calls ended, and those on which their `runs` began.
pub(super) fn mark_priced<'a>(
    connection: &Connection,
    days: &BTreeSet<Day>,
    runs: impl Iterator<Item = &'a i64>,
) -> rusqlite::Result<()> {
    let mut marks = Marks::default();
    days.iter().for_each(|day| marks.at(day.start().0, Kind::Call.bit()));
    let mut began = connection.prepare_cached("SELECT start_ns FROM run WHERE id = ?1")?;
    for run in runs.filter(|_| !days.is_empty()) {
        if let Some(start) = began.query_row([run], |row| row.get::<_, Option<i64>>(0))? {
            marks.at(start, Kind::Run.bit());
        }
    }
    marks.write(connection)
}

/// Marks what a batch changed of a run that goes on over midnight, and of its `turns`. Of one the batch has nothing of, the
/// process came to its end or went on.
fn mark_run(
    connection: &Connection,
    marks: &mut Marks,
    run: &Run,
    delta: Option<&RunDelta>,
    turns: &HashSet<i64>,
) -> rusqlite::Result<()> {
    marks.at(run.first, Kind::Run.bit());
    if delta.is_some_and(|delta| delta.first == Some(run.first)) {
        // It began now, or earlier than was known.
        marks.between(run.first, run.last, Kind::Run.bit());
    }
    if delta.is_none_or(tells_of_itself) {
        marks.between(run.first, run.last, ALL);
    }
    if let Some((first, last)) = delta.and_then(|delta| delta.first.zip(delta.last)) {
        mark_facts(connection, marks, run.id, first, last)?;
    }
    // One that was heard to end before it was heard to begin was counted where it ended.
    let mut delegations =
        connection.prepare_cached("SELECT start_ns, end_ns FROM subagent WHERE parent = ?1")?;
    let mut rows = delegations.query([run.id])?;
    while let Some(row) = rows.next()? {
        let moments: [Option<i64>; 2] = [row.get(0)?, row.get(1)?];
        moments.into_iter().flatten().for_each(|at| marks.at(at, Kind::Subagent.bit()));
    }
    let mut all: Vec<(i64, i64, i64, bool)> = connection
        .prepare_cached("SELECT start_ns, span, last_ns, end_ns IS NULL FROM turn WHERE run = ?1")?
        .query_map([run.id], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?
        .collect::<Result<_, _>>()?;
    all.sort_unstable();
    for (place, &(first, span, last, open)) in all.iter().enumerate() {
        if open || turns.contains(&span) {
            marks.between(first, last, OF_TURNS);
            if let Some(&(next, ..)) = all.get(place + 1) {
                marks.at(next, Kind::Turn.bit());
            }
        }
    }
    Ok(())
}

/// Whether a batch says what a run is.
fn tells_of_itself(delta: &RunDelta) -> bool {
    let words = delta.platform.is_some() || delta.entrypoint.is_some() || delta.model.is_some();
    words || delta.started.is_some() || delta.parent.is_some()
}

/// Marks the days of the facts of a run between two moments.
fn mark_facts(
    connection: &Connection,
    marks: &mut Marks,
    run: i64,
    first: i64,
    last: i64,
) -> rusqlite::Result<()> {
    const FACTS: [&str; 5] = [
        "SELECT ts_ns FROM model_call WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        "SELECT ts_ns FROM attempt_failed WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        "SELECT ts_ns FROM tool_call WHERE run = ?1 AND ts_ns BETWEEN ?2 AND ?3",
        "SELECT asked_ns FROM approval WHERE run = ?1 AND asked_ns BETWEEN ?2 AND ?3",
        "SELECT start_ns FROM turn WHERE run = ?1 AND start_ns BETWEEN ?2 AND ?3",
    ];
    for sql in FACTS {
        let mut moments = connection.prepare_cached(sql)?;
        for at in moments.query_map([run, first, last], |row| row.get(0))? {
            marks.at(at?, ALL);
        }
    }
    Ok(())
}

/// Marks where the chain a run is in is counted, and the runs that are no longer or again the first of one.
fn mark_links(connection: &Connection, marks: &mut Marks, run: i64) -> rusqlite::Result<()> {
    let mut after = connection.prepare_cached(
        "SELECT start_ns FROM run INDEXED BY run_by_continues WHERE continues = ?1 AND continues IS NOT NULL",
    )?;
    for at in after.query_map([run], |row| row.get::<_, Option<i64>>(0))? {
        if let Some(at) = at? {
            marks.at(at, Kind::Run.bit());
        }
    }
    let mut before = connection.prepare_cached(
        "SELECT before.id, before.start_ns FROM run JOIN run AS before ON before.id = run.continues WHERE run.id = ?1",
    )?;
    let (mut at, mut seen) = (run, HashSet::from([run]));
    while let Some((id, start)) =
        before.query_row([at], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, Option<i64>>(1)?))).optional()?
    {
        if !seen.insert(id) {
            break;
        }
        if let Some(start) = start {
            marks.at(start, Kind::Run.bit());
        }
        at = id;
    }
    Ok(())
}

/// Whether whoever read the log so far marked what it changed.
pub(crate) fn all_marked(connection: &Connection) -> rusqlite::Result<bool> {
    Ok(!connection.prepare_cached("SELECT 1 FROM log_file WHERE marked IS NOT offset LIMIT 1")?.exists([])?)
}

/// Marks all days that have facts: rows were written by a program that does not know of columns.
pub(crate) fn mark_all(connection: &Connection) -> rusqlite::Result<()> {
    let mut marks = Marks::default();
    // The day of most runs is that of all their facts.
    let facts = [
        "SELECT start_ns FROM run WHERE start_ns IS NOT NULL",
        "SELECT turn.start_ns FROM over_days JOIN turn USING (run)",
        "SELECT ts_ns FROM over_days JOIN model_call USING (run)",
        "SELECT ts_ns FROM over_days JOIN attempt_failed USING (run)",
        "SELECT ts_ns FROM over_days JOIN tool_call USING (run)",
        "SELECT asked_ns FROM over_days JOIN approval USING (run) WHERE asked_ns IS NOT NULL",
        "SELECT coalesce(start_ns, end_ns) FROM over_days JOIN subagent ON parent = run
         WHERE coalesce(start_ns, end_ns) IS NOT NULL",
    ];
    for sql in facts {
        let over_days = "WITH over_days (run) AS (
            SELECT id FROM run INDEXED BY run_over_days
            WHERE last_ns / 86400000000000 > start_ns / 86400000000000 OR start_ns < 0)";
        let mut moments = connection.prepare(&format!("{over_days} {sql}"))?;
        for moment in moments.query_map([], |row| row.get(0))? {
            marks.at(moment?, ALL);
        }
    }
    connection.execute("UPDATE fact_day SET stale = ?1", [ALL])?;
    marks.write(connection)?;
    connection.execute("UPDATE log_file SET marked = offset", [])?;
    Ok(())
}
