//! Tools: how often, how long, how reliable; and who had to be asked.

use super::table::{Head, MOST, Table, more};
use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::failing;
use crate::render::html::markup::Html;
use crate::render::html::words::Words;
use crate::render::html::words::figures::{self, NOTHING};
use telemetry_store::insights::ByWord;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let groups = report.found.by("tool");
    let mut table = Table::new(
        "tools",
        [
            Head::Text("tool"),
            Head::Number("calls"),
            Head::Number("failed"),
            Head::Text("95 %"),
            Head::Number("p50"),
            Head::Number("p95"),
            Head::Number("p99"),
            Head::Wide("ended"),
        ],
    );
    for (at, group) in groups.iter().take(MOST).enumerate() {
        let path = |rest: &'static str| Words::from("by.tool.").then(figures::whole(at as u64)).then(rest);
        let calls = group.tool_calls.unwrap_or(0);
        let ends = group.tools.clone().unwrap_or_default();
        let failed = ends.failure_rate;
        let share = failed.map_or_else(|| NOTHING.into(), |rate| figures::percent(rate.value));
        let mut around = Html::from(failed.map(|rate| failing(&rate)));
        around.put(failed.map(|rate| figures::interval(&rate)));
        let time = |rest, ms| figures::exact(path(rest), ms, figures::duration(ms)).into();
        table.row([
            report.names.of(&group.key).into(),
            figures::exact(path(".tool_calls"), Some(calls as f64), figures::whole(calls)).into(),
            figures::exact(path(".tools.failure_rate.value"), failed.map(|rate| rate.value), share).into(),
            around,
            time(".tools.duration_ms.p50", ends.duration_ms.p50),
            time(".tools.duration_ms.p95", ends.duration_ms.p95),
            time(".tools.duration_ms.p99", ends.duration_ms.p99),
            counted(report, &ends.by_status).into(),
        ]);
    }
    let mut content = Html::from(table.tag()?);
    content.put(more(groups.len(), MOST));
    let approvals = &report.found.approvals;
    if approvals.total > 0 {
        let asked = figures::count(approvals.total, "approval was asked for: ", "approvals were asked for: ");
        content.put(note(asked.then(counted(report, &approvals.by_choice)).then(".")));
    }
    Some(Part::new("tools", "Tools", content))
}

/// `ok 5, error 1`, the most first.
fn counted(report: &Report<'_>, counts: &ByWord) -> Words {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    let said = counts.into_iter().map(|(word, n)| report.names.of(word).then(" ").then(figures::whole(n)));
    Words::joined(said, ", ")
}
