//! The list of runs.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::{RunSummary, Window};

use super::table::{Side, Table};
use super::text::{duration, grouped, local, nothing, short};

pub(crate) fn runs(
    out: &mut dyn Write,
    runs: &[RunSummary],
    window: Window,
    zone: &TimeZone,
) -> io::Result<()> {
    if runs.is_empty() {
        return writeln!(out, "{}", nothing("runs", window));
    }
    // Most lists have none, and are narrower without.
    let some_failed = runs.iter().any(|run| run.failed_attempts > 0);
    let mut columns = vec![
        ("run", Side::Left(8)),
        ("started", Side::Left(8)),
        ("from", Side::Left(20)),
        ("took", Side::Right),
        ("calls", Side::Right),
        ("tools", Side::Right),
        ("tokens", Side::Right),
        ("outcome", Side::Left(32)),
    ];
    if some_failed {
        columns.insert(5, ("failed", Side::Right));
    }
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
        let mut row = vec![
            short(&run.run_id),
            time.to_owned(),
            format!("{}{from}", "  ".repeat(tree.depth_of(run))),
            duration(run.duration_ms),
            grouped(run.model_calls),
            grouped(run.tool_calls),
            grouped(run.tokens.total()),
            outcome(&run.outcome, run.reason.as_deref()),
        ];
        if some_failed {
            row.insert(5, grouped(run.failed_attempts));
        }
        table.row(row);
    }
    table.print(out)
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
