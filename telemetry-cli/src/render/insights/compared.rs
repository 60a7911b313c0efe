//! The window against the one before it.

use std::io;

use telemetry_store::insights::Change;

use crate::render::ink::{Ink, Words};
use crate::render::money::dollars;
use crate::render::table::{Column, Side, Table};
use crate::render::text::{duration, edge, grouped};
use crate::render::{Page, Sheet};

pub(super) fn compared(sheet: &mut Sheet<'_>, page: &Page<'_>) -> io::Result<()> {
    let Some(compared) = &page.found.compared else { return Ok(()) };
    let mut table = Table::new([
        Column::new("against before", Side::Left(30), 0),
        Column::new("before", Side::Right, 0),
        Column::new("now", Side::Right, 0),
        Column::new("change", Side::Left(24), 0),
        Column::new("at 95 %", Side::Left(20), 1),
    ]);
    // What did not change, or is not known of either, is no answer.
    let told =
        |change: &&Change| change.delta != Some(0.0) && (change.before.is_some() || change.now.is_some());
    for change in compared.changes.iter().filter(told) {
        let unit = Unit::of(&change.metric);
        table.row([
            label(&change.metric).into(),
            unit.value(change.before).into(),
            unit.value(change.now).into(),
            moved(change, unit),
            noise(change).into(),
        ]);
    }
    sheet.gap()?;
    table.print_on(sheet)?;
    let end = |at: &Option<String>| at.as_deref().map_or_else(|| "-".to_owned(), |at| edge(at, page.zone));
    sheet.say(format!("before: {} to {}", end(&compared.window.since), end(&compared.window.until)))
}

/// What a metric is counted in, which its name says.
#[derive(Clone, Copy, PartialEq)]
enum Unit {
    Count,
    Share,
    Milliseconds,
    Dollars,
}

impl Unit {
    fn of(metric: &str) -> Self {
        let has = |end: &str| metric.split('.').any(|part| part.ends_with(end));
        match () {
            () if has("_rate") || has("_coverage") => Unit::Share,
            () if has("_ms") => Unit::Milliseconds,
            () if has("_usd") || has("usd") => Unit::Dollars,
            () => Unit::Count,
        }
    }

    fn value(self, value: Option<f64>) -> String {
        match (self, value) {
            (_, None) => "-".to_owned(),
            (Unit::Count, Some(value)) => grouped(value.round() as i64),
            (Unit::Share, Some(value)) => format!("{:.1} %", value * 100.0),
            (Unit::Milliseconds, value) => duration(value),
            (Unit::Dollars, value) => dollars(value),
        }
    }
}

/// `turns.completion_rate` as `turns completion rate`.
fn label(metric: &str) -> String {
    let parts = metric.split('.').map(|part| part.trim_end_matches("_ms").trim_end_matches("_usd"));
    let words: Vec<&str> = parts.filter(|part| *part != "total").collect();
    words.join(" ").replace('_', " ")
}

/// Which way, and by how much: of shares in points, of all else in its unit and per cent.
fn moved(change: &Change, unit: Unit) -> Words {
    let Some(delta) = change.delta else { return "-".into() };
    let arrow = if delta > 0.0 { '▲' } else { '▼' };
    let by = match unit {
        Unit::Share => format!("{:.1} points", delta.abs() * 100.0),
        unit => unit.value(Some(delta.abs())),
    };
    let relative = match change.before {
        Some(before) if before > 0.0 && unit != Unit::Share => {
            format!(" ({}{:.0} %)", if delta > 0.0 { "+" } else { "-" }, delta.abs() / before * 100.0)
        }
        _ => String::new(),
    };
    let ink = match (change.significant, good(&change.metric)) {
        (Some(true), Some(up)) if up == (delta > 0.0) => Ink::Good,
        (Some(true), Some(_)) => Ink::Bad,
        _ => Ink::Plain,
    };
    Words::new(ink, format!("{arrow} {by}{relative}"))
}

/// Whether more of it is better; `None` where it is neither.
fn good(metric: &str) -> Option<bool> {
    let has = |word: &str| metric.contains(word);
    match () {
        () if has("completion_rate") || has("cache_hit_rate") || has("coverage") => Some(true),
        () if has("fail") || has("error") || has("_ms") || has("usd") || has("unknown") => Some(false),
        () => None,
    }
}

/// Totals and sums are no samples, so there is nothing to test of them.
fn noise(change: &Change) -> &'static str {
    let is_sample =
        ["completion_rate", "failure_rate", "_ms"].iter().any(|word| change.metric.contains(word));
    match change.significant {
        Some(true) => "more than noise",
        Some(false) => "within noise",
        None if is_sample => "too little to tell",
        None => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(metric: &str, before: Option<f64>, now: Option<f64>, significant: Option<bool>) -> Words {
        let delta = before.zip(now).map(|(before, now)| now - before);
        moved(&Change { metric: metric.to_owned(), before, now, delta, significant }, Unit::of(metric))
    }

    #[test]
    fn a_change_has_its_metric_s_unit_and_is_coloured_only_where_it_is_no_noise() {
        let (some, other) = (Some(100.0), Some(150.0));
        assert_eq!(change("turns.total", some, other, Some(true)), Words::new(Ink::Plain, "▲ 50 (+50 %)"));
        assert_eq!(
            change("turns.completion_rate", Some(0.8), Some(0.75), Some(true)),
            Words::new(Ink::Bad, "▼ 5.0 points")
        );
        assert_eq!(
            change("turns.duration_ms.p50", Some(400.0), Some(300.0), Some(true)),
            Words::new(Ink::Good, "▼ 100 ms (-25 %)")
        );
        assert_eq!(change("cost.total_usd", Some(0.0), Some(0.0012), Some(false)), "▲ $0.0012".into());
        assert_eq!(change("cost.total_usd", None, Some(1.0), None), "-".into());
        assert_eq!(label("model_calls.latency_ms.p50"), "model calls latency p50");
        assert_eq!(label("cost.total_usd"), "cost");
    }
}
