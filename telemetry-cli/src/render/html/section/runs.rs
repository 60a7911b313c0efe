//! The most notable runs, each as a waterfall.

use telemetry_store::insights::RunDetail;

use super::{Part, note, waterfall};
use crate::render::html::Report;
use crate::render::html::chart::Mark;
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    if report.runs.is_empty() {
        return None;
    }
    let mut content = Html::from(note("The runs of the window that cost most, then took longest."));
    content.put(report.runs.iter().map(|run| details(report, run)).collect::<Vec<_>>());
    Some(Part::new("runs", "Runs to look at", content))
}

fn details(report: &Report<'_>, detail: &RunDetail) -> Tag {
    let run = &detail.run;
    let names = report.names;
    let fact = |name: &'static str, said: Words| {
        tag("span").class("fact").put(tag("span").class("label").put(name)).put(" ").put(said)
    };
    let ended = tag("span")
        .class("fact")
        .put(Mark::of_outcome(&run.outcome).swatch())
        .put(names.ended(&run.outcome, run.reason.as_deref()));
    let model = names.or(run.model.as_deref(), "no model");
    let summary = tag("summary")
        .put(
            tag("span")
                .class("title")
                .put(figures::minute(&run.started_at, report.zone).then(" ").then(model)),
        )
        .put(ended)
        .put(fact("took", figures::duration(run.duration_ms)))
        .put(fact("cost", figures::dollars(run.cost.usd)))
        .put(fact("tokens", figures::short(run.tokens.total().max(0) as f64)));
    let id: String = run.run_id.chars().take(8).collect();
    let count = |n: i64, one, many| figures::count(u64::try_from(n).unwrap_or(0), one, many);
    let about = Words::from("run ")
        .then(names.of(&id))
        .then(", from ")
        .then(names.or(run.entrypoint.as_deref(), "somewhere unknown"))
        .then(": ")
        .then(count(run.turns, "turn", "turns"))
        .then(", ")
        .then(count(run.model_calls, "model call", "model calls"))
        .then(", ")
        .then(count(run.tool_calls, "tool call", "tool calls"))
        .then(", ")
        .then(count(run.failed_attempts, "failed attempt", "failed attempts"))
        .then(".");
    tag("details").class("run").put(summary).put(note(about)).put(waterfall::table(report, detail))
}
