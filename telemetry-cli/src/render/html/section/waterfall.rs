//! One run as a waterfall: every bar stands where its time was.

use telemetry_store::insights::{RunDetail, TurnDetail};

use super::note;
use crate::render::attempts::attempts;
use crate::render::html::Report;
use crate::render::html::chart::{self, Mark};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::figures;
use crate::render::html::words::{Names, Words};

/// Lines of a waterfall.
const MOST: usize = 200;
/// How far a line stands in; what is deeper stands as far.
const DEPTHS: [&str; 7] = ["in-0", "in-1", "in-2", "in-3", "in-4", "in-5", "in-6"];

/// One line.
struct Line {
    depth: usize,
    name: Words,
    /// From and to, in nanoseconds since the epoch; a line of no time has no bar.
    span: Option<(i64, i64)>,
    mark: Mark,
    took: Option<f64>,
    note: Words,
}

/// The waterfall of a run and everything under it.
pub(super) fn table(report: &Report<'_>, detail: &RunDetail) -> Html {
    let mut lines = Vec::new();
    of_run(report.names, detail, 0, &mut lines);
    let spans = || lines.iter().filter_map(|line| line.span);
    let from = spans().map(|span| span.0).min().unwrap_or(0);
    let to = spans().map(|span| span.1).max().unwrap_or(0).max(from + 1);
    let left_out = lines.len().saturating_sub(MOST);
    let row = |line: Line| {
        let bar = line.span.map(|(begin, end)| {
            let place = |at: i64| (at - from) as f64 / (to - from) as f64;
            let bar =
                tag("rect").class("span").share("x", place(begin)).share("width", place(end) - place(begin));
            let bar = bar.share("y", 0.15).share("height", 0.7);
            // What is too short to be seen is a line.
            let edge = tag("line").class("edge").share("x1", place(begin)).share("x2", place(begin));
            let edge = edge.share("y1", 0.15).share("y2", 0.85);
            tag("svg")
                .class("bar")
                .set("aria-hidden", "true")
                .put(tag("g").class(line.mark.of_spans()).put(bar).put(edge))
        });
        let depth = DEPTHS.get(line.depth).or(DEPTHS.last()).copied().unwrap_or_default();
        let name = tag("th").set("scope", "row").class(depth).put(line.name);
        tag("tr")
            .put(name)
            .put(tag("td").class("drawn").put(bar))
            .put(tag("td").put(figures::duration(line.took)))
            .put(tag("td").class("text").put(line.note))
    };
    let head = |name: &'static str| tag("th").set("scope", "col").put(name);
    let heads = tag("tr")
        .put(head("what"))
        .put(tag("th").set("scope", "col").class("drawn").put("when"))
        .put(head("took"))
        .put(tag("th").set("scope", "col").class("text").put("how"));
    let rows: Vec<Tag> = lines.into_iter().take(MOST).map(row).collect();
    let table = tag("table").class("waterfall").put(tag("thead").put(heads)).put(tag("tbody").put(rows));
    let mut html = Html::from(chart::scrolling("what happened in the run", table));
    if left_out > 0 {
        html.put(note(Words::from("and ").then(figures::count(left_out as u64, "more line", "more lines"))));
    }
    html
}

fn of_run(names: &Names, detail: &RunDetail, depth: usize, lines: &mut Vec<Line>) {
    for (number, turn) in (1..).zip(&detail.turns) {
        lines.push(Line {
            depth,
            name: Words::from("turn ").then(figures::whole(number)),
            span: turn.end_ns.map(|end| (turn.start_ns, end.max(turn.start_ns))),
            mark: Mark::Aside,
            took: turn.duration_ms,
            note: names.ended(&turn.outcome, turn.reason.as_deref()),
        });
        let mut inside = of_turn(names, turn, depth + 1);
        // What began together keeps its order: a call comes before its attempts.
        inside.sort_by_key(|line| line.span.map(|span| span.0));
        lines.extend(inside);
    }
    for child in &detail.subagents {
        let run = &child.run;
        lines.push(Line {
            depth: depth + 1,
            name: Words::from("subagent ").then(names.of(run.run_id.get(..8).unwrap_or(&run.run_id))),
            span: None,
            mark: Mark::Aside,
            took: run.duration_ms,
            note: names.ended(&run.outcome, run.reason.as_deref()),
        });
        of_run(names, child, depth + 2, lines);
    }
}

/// What happened in a turn.
fn of_turn(names: &Names, turn: &TurnDetail, depth: usize) -> Vec<Line> {
    let line = |name: Words, mark, span: (i64, i64), took, note: Words| Line {
        depth,
        name,
        span: Some((span.0, span.1.max(span.0))),
        mark,
        took,
        note,
    };
    let calls = turn.model_calls.iter().map(|call| {
        let note = call.tokens.map_or_else(
            || "no usage".into(),
            |tokens| {
                let part = |n: i64, word: &'static str| figures::tokens(n).then(word);
                let cached = part(tokens.cache_read + tokens.cache_write, " cached, ");
                part(tokens.input, " in, ").then(cached).then(part(tokens.output, " out"))
            },
        );
        line(names.or(call.model.as_deref(), "model"), Mark::First, call.span_ns, call.latency_ms, note)
    });
    let tools = turn.tool_calls.iter().map(|tool| {
        let note = names.ended(&tool.status, tool.error_type.as_deref());
        line(names.of(&tool.tool), Mark::Third, tool.span_ns, tool.duration_ms, note)
    });
    let approvals = turn.approvals.iter().filter_map(|approval| {
        let note = names.or(approval.choice.as_deref(), "no answer");
        Some(line("approval".into(), Mark::Sixth, approval.span_ns?, approval.wait_ms, note))
    });
    let failed = attempts(turn).into_iter().map(|(attempt, span)| {
        let number = u64::try_from(attempt.attempt + 1).unwrap_or(1);
        let name = Words::from("attempt ").then(figures::whole(number)).then(" failed");
        let why = names.of(attempt.reason.as_deref().unwrap_or(&attempt.class));
        line(name, Mark::Wrong, span, attempt.attempt_ms, why.then(", ").then(names.of(&attempt.recovery)))
    });
    calls.chain(failed).chain(tools).chain(approvals).collect()
}
