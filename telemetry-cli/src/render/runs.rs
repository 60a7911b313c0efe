//! The list of runs.

use std::io;

use jiff::tz::TimeZone;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_store::insights::{RunSummary, Window};

use super::Sheet;
use super::ink::{Ink, Words};
use super::money::dollars;
use super::table::{Column, Side, Table};
use super::text::{duration, grouped, local, nothing, short};

pub(crate) fn runs(
    sheet: &mut Sheet<'_>,
    runs: &[RunSummary],
    window: Window,
    zone: &TimeZone,
) -> io::Result<()> {
    if runs.is_empty() {
        return sheet.say(nothing("runs", window));
    }
    // Most lists have none of these, and are narrower without.
    let some_failed = runs.iter().any(|run| run.failed_attempts > 0);
    let some_cost = runs.iter().any(|run| run.cost.usd.is_some());
    let mut columns = vec![
        Column::new("run", Side::Left(8), 0),
        Column::new("started", Side::Left(8), 0),
        Column::new("from", Side::Left(20), 0),
        Column::new("took", Side::Right, 0),
        Column::new("calls", Side::Right, 1),
    ];
    if some_failed {
        columns.push(Column::new("failed", Side::Right, 3));
    }
    columns.extend([Column::new("tools", Side::Right, 2), Column::new("tokens", Side::Right, 1)]);
    if some_cost {
        columns.push(Column::new("cost", Side::Right, 0));
    }
    columns.push(Column::new("outcome", Side::Left(32), 0));
    let mut table = Table::new(columns);
    let mut today = String::new();
    let mut tree = Tree::default();
    for run in runs {
        let started = local(&run.started_at, zone);
        let (day, time) = started.split_once(' ').unwrap_or(("", &started));
        if day != today {
            day.clone_into(&mut today);
            table.line(today.clone());
        }
        let from = run.entrypoint.as_deref().unwrap_or("-");
        let mut row: Vec<Words> = vec![
            short(&run.run_id).into(),
            time.into(),
            format!("{}{from}", "  ".repeat(tree.depth_of(run))).into(),
            duration(run.duration_ms).into(),
            grouped(run.model_calls).into(),
        ];
        if some_failed {
            let ink = if run.failed_attempts > 0 { Ink::Bad } else { Ink::Plain };
            row.push(Words::new(ink, grouped(run.failed_attempts)));
        }
        row.extend([grouped(run.tool_calls).into(), grouped(run.tokens.total()).into()]);
        if some_cost {
            row.push(cost(run).into());
        }
        row.push(ending(run));
        table.row(row);
    }
    table.print_on(sheet)?;
    Ok(())
}

/// What a run's own calls cost; `-` where that is not known.
pub(super) fn cost(run: &RunSummary) -> String {
    dollars(run.cost.usd)
}

/// How a run ended, in the colour of that.
pub(super) fn ending(run: &RunSummary) -> Words {
    let reason = run.reason.as_deref();
    Words::new(ink(&run.outcome, reason), outcome(&run.outcome, reason))
}

/// The colour of an outcome.
pub(super) fn ink(outcome: &str, reason: Option<&str>) -> Ink {
    match Outcome::parse(outcome).map(|outcome| outcome.class(reason)) {
        Some(OutcomeClass::Failure) => Ink::Bad,
        Some(OutcomeClass::User) => Ink::Person,
        _ => Ink::Plain,
    }
}

/// The run of the row above, and the runs above that which it is under.
#[derive(Default)]
struct Tree<'a> {
    above: Vec<&'a str>,
}

impl<'a> Tree<'a> {
    /// How deep `run`, which comes next, stands under the rows directly above it.
    fn depth_of(&mut self, run: &'a RunSummary) -> usize {
        let parent = self.above.iter().position(|id| Some(*id) == run.parent_run_id.as_deref());
        self.above.truncate(parent.map_or(0, |at| at + 1));
        self.above.push(&run.run_id);
        self.above.len() - 1
    }
}

/// `errored: rate_limit`.
pub(super) fn outcome(outcome: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{outcome}: {reason}"),
        None => outcome.to_owned(),
    }
}
