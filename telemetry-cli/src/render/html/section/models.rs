//! Models: what they cost and how they did.

use telemetry_store::insights::Tokens;

use super::Part;
use super::table::{Head, MOST, Table, more};
use crate::render::html::Report;
use crate::render::html::chart::meter;
use crate::render::html::markup::Html;
use crate::render::html::words::Words;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let groups = report.found.by("model");
    let whole = report.found.cost.total_usd.filter(|usd| *usd > 0.0);
    let mut table = Table::new(
        "models",
        [
            Head::Text("model"),
            Head::Number("calls"),
            Head::Number("failed attempts"),
            Head::Number("p50"),
            Head::Number("p95"),
            Head::Number("input"),
            Head::Number("cache read"),
            Head::Number("cache write"),
            Head::Number("output"),
            Head::Number("cost"),
            Head::Text("of all"),
        ],
    );
    for (at, group) in groups.iter().take(MOST).enumerate() {
        let path = |rest: &'static str| Words::from("by.model.").then(figures::whole(at as u64)).then(rest);
        let number = |rest, n: Option<u64>| match n {
            Some(n) => figures::exact(path(rest), Some(n as f64), figures::whole(n)).into(),
            None => Html::default(),
        };
        let took = group.latency_ms.unwrap_or_default();
        let time = |rest, ms| figures::exact(path(rest), ms, figures::duration(ms)).into();
        let tokens = |rest, of: fn(&Tokens) -> i64| match group.tokens.as_ref().map(of) {
            Some(n) => figures::exact(path(rest), Some(n as f64), figures::tokens(n)).into(),
            None => Html::default(),
        };
        let usd = group.cost.as_deref().and_then(|cost| cost.total_usd);
        let share = usd.zip(whole).map(|(usd, whole)| usd / whole);
        let mut of_all = Html::from(share.map(meter));
        of_all.put(share.map(figures::percent));
        table.row([
            report.names.of(&group.key).into(),
            number(".model_calls", group.model_calls),
            number(".failed_attempts", group.failed_attempts),
            time(".latency_ms.p50", took.p50),
            time(".latency_ms.p95", took.p95),
            tokens(".tokens.input", |tokens| tokens.input),
            tokens(".tokens.cache_read", |tokens| tokens.cache_read),
            tokens(".tokens.cache_write", |tokens| tokens.cache_write),
            tokens(".tokens.output", |tokens| tokens.output),
            figures::exact(path(".cost.total_usd"), usd, figures::dollars(usd)).into(),
            of_all,
        ]);
    }
    let mut content = Html::from(table.tag()?);
    content.put(more(groups.len(), MOST));
    Some(Part::new("models", "Models", content))
}
