//! Tokens and caches.

use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::{self, Columns, Days, Mark, Parts, Series};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures;
use telemetry_store::insights::{Group, Tokens};

/// A bucket: its path in the document, its name, its look, and how many.
type Bucket = (&'static str, &'static str, Mark, fn(&Tokens) -> i64);

/// Exclusive: each token is in one of them.
const BUCKETS: [Bucket; 4] = [
    ("input", "input", Mark::First, |tokens| tokens.input),
    ("cache_read", "read from a cache", Mark::Third, |tokens| tokens.cache_read),
    ("cache_write", "written to a cache", Mark::Fourth, |tokens| tokens.cache_write),
    ("output", "output", Mark::Second, |tokens| tokens.output),
];

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let calls = &report.found.model_calls;
    let part = |(path, name, mark, of): Bucket| chart::Part {
        name: name.into(),
        mark,
        value: of(&calls.tokens).max(0) as f64,
        shown: figures::exact(
            Words::from("model_calls.tokens.").then(path),
            Some(of(&calls.tokens) as f64),
            figures::tokens(of(&calls.tokens)),
        ),
    };
    let parts = BUCKETS.map(part).into();
    let title = Words::from("Tokens of ").then(figures::count(calls.total, "call", "calls"));
    let mut content = Html::from(Parts { id: "tokens-in-all", title, parts }.figure()?);
    content.put(cache(report));
    content.put(by_day(report));
    Some(Part::new("tokens", "Tokens and caches", content))
}

fn cache(report: &Report<'_>) -> Tag {
    let calls = &report.found.model_calls;
    let hit = calls.cache_hit_rate.map(|share| {
        let share = figures::exact("model_calls.cache_hit_rate", Some(share), figures::percent(share));
        tag("span").put(share).put(" of the prompts came from a cache. ")
    });
    let reasoning = calls.tokens.reasoning;
    let thought = (reasoning > 0).then(|| {
        let number = figures::exact(
            "model_calls.tokens.reasoning",
            Some(reasoning as f64),
            figures::tokens(reasoning),
        );
        tag("span").put(number).put(" of the output was reasoning.")
    });
    note("").put(hit).put(thought)
}

fn by_day(report: &Report<'_>) -> Option<Tag> {
    let groups = report.found.by("day");
    let days = Days::of(groups);
    let series = BUCKETS.map(|(_, name, mark, of)| Series {
        name: name.into(),
        mark,
        values: days.values(groups, |group: &Group| Some(of(group.tokens.as_ref()?) as f64)),
    });
    let title = "Tokens per day".into();
    Columns { id: "tokens-by-day", title, days: &days, series: series.into(), unit: figures::short }.figure()
}
