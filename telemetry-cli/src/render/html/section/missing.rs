//! What the numbers do not know.

use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::meter;
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let quality = &report.found.quality;
    let covered = |path: &'static str, name: &'static str, share: Option<f64>| {
        let shown = share.map_or_else(|| "no call to have it".into(), figures::percent);
        let value = figures::exact(Words::from("quality.").then(path), share, shown);
        entry(name, tag("span").put(share.map(meter)).put(value))
    };
    let counted = |path: &'static str, name: &'static str, n: u64| {
        let value = figures::exact(Words::from("quality.").then(path), Some(n as f64), figures::whole(n));
        entry(name, tag("span").put(value))
    };
    let facts = vec![
        covered("usage_coverage", "model calls with token usage", quality.usage_coverage),
        covered("cost_coverage", "model calls with a known cost", quality.cost_coverage),
        covered("ttft_coverage", "model calls with a time to the first token", quality.ttft_coverage),
        counted("dropped_events", "events lost before they were written, ever", quality.dropped_events),
        counted("unreadable_lines", "lines of the log that cannot be read, ever", quality.unreadable_lines),
    ];
    let mut content = Html::from(tag("dl").class("coverage").put(facts));
    content.put(note("What a host or a provider does not tell is missing here and never guessed."));
    Some(Part::new("missing", "What is missing", content))
}

fn entry(name: &'static str, value: Tag) -> Tag {
    tag("div").put(tag("dt").put(name)).put(tag("dd").put(value))
}
