//! How long things take.

use telemetry_store::insights::{Distribution, Group};

use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::{self, Days, Lines, Mark, Scale, Series};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures;

/// What is timed: its path in the document, its name, and its distribution.
type Kind<'a> = (&'static str, &'static str, &'a Distribution);

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let found = report.found;
    let kinds: [Kind<'_>; 10] = [
        ("turns.duration_ms", "turn", &found.turns.ended.duration_ms),
        ("runs.duration_ms", "run", &found.runs.duration_ms),
        ("chains.duration_ms", "chain of runs", &found.chains.duration_ms),
        ("model_calls.latency_ms", "model call with retries", &found.model_calls.latency_ms),
        ("model_calls.attempt_ms", "its last attempt", &found.model_calls.attempt_ms),
        ("model_calls.failed_attempt_ms", "failed attempt", &found.model_calls.failed_attempt_ms),
        ("model_calls.ttft_ms", "first token", &found.model_calls.ttft_ms),
        ("tool_calls.duration_ms", "tool call", &found.tool_calls.ends.duration_ms),
        ("approvals.wait_ms", "wait for approval", &found.approvals.wait_ms),
        ("turns.idle_ms", "pause between turns", &found.turns.idle_ms),
    ];
    let kinds: Vec<Kind<'_>> = kinds.into_iter().filter(|(_, _, of)| of.n > 0).collect();
    let scale = Scale::of(kinds.iter().map(|(_, _, of)| *of));
    if kinds.is_empty() {
        return None;
    }
    let mut content = Html::from(table(&kinds, scale));
    content.put(note(
        "The mark is the median, the bar goes up to the 95th percentile, the line to the longest with a mark at the 99th, on a \
         logarithmic scale. Percentiles are exact.",
    ));
    content.put(by_day(report));
    Some(Part::new("latency", "How long it takes", content))
}

fn table(kinds: &[Kind<'_>], scale: Option<Scale>) -> Tag {
    let head = |name: &'static str| tag("th").set("scope", "col").put(name);
    let mut heads = Html::from(head("took"));
    let drawn = tag("th").set("scope", "col").class("drawn");
    heads.put(drawn.put(tag("span").class("heard").put("distribution")).put(scale.map(Scale::ends)));
    heads.put(["n", "avg", "p50", "p95", "p99", "max"].map(head).to_vec());
    let row = |(path, name, of): &Kind<'_>| {
        let path = |rest: &'static str| Words::from(*path).then(rest);
        let time =
            |rest, ms: Option<f64>| tag("td").put(figures::exact(path(rest), ms, figures::duration(ms)));
        let count = figures::exact(path(".n"), Some(of.n as f64), figures::whole(of.n));
        tag("tr")
            .put(tag("th").set("scope", "row").put(*name))
            .put(tag("td").class("drawn").put(scale.and_then(|scale| scale.range(of))))
            .put(tag("td").put(count))
            .put(time(".avg", of.avg))
            .put(time(".p50", of.p50))
            .put(time(".p95", of.p95))
            .put(time(".p99", of.p99))
            .put(time(".max", of.max))
    };
    let body = tag("tbody").put(kinds.iter().map(row).collect::<Vec<_>>());
    chart::scrolling(
        "how long things take",
        tag("table").put(tag("thead").put(tag("tr").put(heads))).put(body),
    )
}

fn by_day(report: &Report<'_>) -> Option<Tag> {
    let groups = report.found.by("day");
    let days = Days::of(groups);
    let of = |value: fn(&Distribution) -> Option<f64>| {
        days.values(groups, move |group: &Group| group.latency_ms.as_ref().and_then(value))
    };
    let series = vec![
        Series { name: "median".into(), mark: Mark::First, values: of(|latency| latency.p50) },
        Series { name: "95 % within".into(), mark: Mark::Second, values: of(|latency| latency.p95) },
    ];
    let title = "Model calls per day, retries included".into();
    Lines { id: "latency-by-day", title, days: &days, series, unit: |ms| figures::duration(Some(ms)) }
        .figure()
}
