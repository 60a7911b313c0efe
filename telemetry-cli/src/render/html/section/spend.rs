//! Money, per day and model.

use std::collections::BTreeMap;

use telemetry_store::insights::Group;

use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::{Columns, Days, Mark, Series};
use crate::render::html::markup::{Html, Tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures;

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let cost = &report.found.cost;
    if report.found.model_calls.total == 0 {
        return None;
    }
    let mut content = Html::default();
    if cost.total_usd.is_some() {
        content.put(by_day(report));
    } else {
        content.put(note("No call has a known price, so there is no amount: unknown is not nothing."));
    }
    content.put(beside(report).into_iter().map(note).collect::<Vec<_>>());
    Some(Part::new("spend", "Spend", content))
}

fn by_day(report: &Report<'_>) -> Option<Tag> {
    let groups = report.found.by("day,model");
    let days = Days::of(report.found.by("day"));
    let amount = |group: &Group| group.cost.as_deref()?.total_usd;
    let mut models: BTreeMap<&str, f64> = BTreeMap::new();
    for group in groups {
        if let Some([_, model]) = &group.keys {
            *models.entry(model).or_default() += amount(group).unwrap_or(0.0);
        }
    }
    let mut models: Vec<(&str, f64)> = models.into_iter().filter(|(_, usd)| *usd > 0.0).collect();
    models.sort_by(|one, other| other.1.total_cmp(&one.1));
    let of = |model: &str| {
        let groups =
            groups.iter().filter(move |group| group.keys.as_ref().is_some_and(|[_, of]| of == model));
        days.values(groups, amount)
    };
    let mut series: Vec<Series> = models
        .iter()
        .zip(Mark::PLAIN)
        .map(|((model, _), mark)| Series { name: report.names.of(model), mark, values: of(model) })
        .collect();
    let rest: Vec<Vec<Option<f64>>> =
        models.iter().skip(Mark::PLAIN.len()).map(|(model, _)| of(model)).collect();
    if !rest.is_empty() {
        let sum =
            |day: usize| rest.iter().filter_map(|one| one.get(day).copied().flatten()).reduce(|a, b| a + b);
        let name = Words::from("other models (").then(figures::whole(rest.len() as u64)).then(")");
        series.push(Series { name, mark: Mark::Rest, values: (0..days.all.len()).map(sum).collect() });
    }
    let title = "Spend per day, by model".into();
    let unit = |usd| figures::dollars(Some(usd));
    Columns { id: "spend-by-day", title, days: &days, series, unit }.figure()
}

/// What is in no total, so that nobody misses it.
fn beside(report: &Report<'_>) -> Vec<Words> {
    let cost = &report.found.cost;
    let mut said = Vec::new();
    if let Some(usd) = cost.included_equivalent_usd {
        let calls = figures::count(cost.included_calls, "call", "calls");
        let said_of = calls.then(" that a plan pays for would have cost ").then(figures::dollars(Some(usd)));
        said.push(said_of.then(" without it; that is in no total."));
    }
    if cost.unknown_calls > 0 && cost.total_usd.is_some() {
        let calls = figures::count(cost.unknown_calls, "call has", "calls have");
        let part = match cost.priced_part_usd {
            Some(usd) => {
                Words::from("; the part of them that is known is ").then(figures::dollars(Some(usd)))
            }
            None => Words::default(),
        };
        said.push(calls.then(" no known price and are in no total").then(part).then("."));
    }
    if let Some(own) = &cost.auxiliary {
        let calls = figures::count(own.calls, "call", "calls");
        let amount = Words::from(" of the host itself (titles, summaries): ").then(figures::dollars(own.usd));
        said.push(calls.then(amount).then(", in no other number."));
    }
    said
}
