//! How turns and runs ended, over the days.

use std::collections::BTreeSet;

use telemetry_store::insights::Runs;

use super::table::{Head, Table};
use super::{Part, note};
use crate::render::html::Report;
use crate::render::html::chart::{Columns, Days, Mark, Series};
use crate::render::html::markup::{Html, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures::{self, NOTHING};

/// From the bottom of a column up: what failed stands out at the top.
const ORDER: [Mark; 7] =
    [Mark::Well, Mark::Stopped, Mark::Aside, Mark::Unknown, Mark::Limit, Mark::Late, Mark::Wrong];

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let found = report.found;
    if found.runs.total == 0 && found.turns.ended.total == 0 {
        return None;
    }
    let groups = found.by("day");
    let days = Days::of(groups);
    let words: BTreeSet<&str> = groups
        .iter()
        .filter_map(|group| group.turns.as_deref())
        .flat_map(|turns| turns.by_outcome.iter().map(|(word, _)| word))
        .collect();
    let mut words: Vec<&str> = words.into_iter().collect();
    let rank = |word: &str| ORDER.iter().position(|mark| *mark == Mark::of_outcome(word));
    words.sort_by_key(|word| rank(word));
    let series = words.into_iter().map(|word| Series {
        name: report.names.of(word),
        mark: Mark::of_outcome(word),
        values: days
            .values(groups, |group| group.turns.as_deref()?.by_outcome.get(word).map(|turns| turns as f64)),
    });
    let columns = Columns {
        id: "outcomes-by-day",
        title: "Turns per day, by how they ended".into(),
        days: &days,
        series: series.collect(),
        unit: figures::short,
    };
    let mut content = Html::from(columns.figure());
    if days.left_out > 0 {
        let left_out = figures::count(days.left_out as u64, "day", "days").then(" before these are left out");
        content.put(note(left_out));
    }
    content.put(ends(report));
    content.put(reasons(report));
    Some(Part::new("outcomes", "How it ended", content))
}

/// Runs, chains and turns by how they ended, with their rates.
fn ends(report: &Report<'_>) -> Option<crate::render::html::markup::Tag> {
    let found = report.found;
    let mut table = Table::new(
        "how runs and turns ended",
        [
            Head::Text(""),
            Head::Number("all"),
            Head::Number("completed"),
            Head::Text("95 %"),
            Head::Number("failed"),
            Head::Text("95 %"),
            Head::Wide("ended"),
        ],
    );
    let all: [(&'static str, &'static str, &Runs); 3] = [
        ("turns", "turns", &found.turns.ended),
        ("runs", "runs", &found.runs),
        ("chains", "chains of runs", &found.chains),
    ];
    for (path, name, ended) in all {
        let path = |rest: &'static str| Words::from(path).then(rest);
        let (completed, failed) = (ended.completion_rate, ended.failure_rate);
        let share = |of: Option<f64>| of.map_or_else(|| NOTHING.into(), figures::percent);
        let value = |rest, of: Option<f64>| figures::exact(path(rest), of, share(of)).into();
        let mut counts: Vec<_> = ended.by_outcome.iter().collect();
        counts.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
        let ended_as = counts.into_iter().map(|(word, n)| {
            let mut part = Html::from(Mark::of_outcome(word).swatch());
            part.put(report.names.of(word).then(" ").then(figures::whole(n)));
            tag("span").class("ended").put(part).put(" ")
        });
        table.row([
            name.into(),
            figures::exact(path(".total"), Some(ended.total as f64), figures::whole(ended.total)).into(),
            value(".completion_rate.value", completed.map(|rate| rate.value)),
            completed.map(|rate| figures::interval(&rate)).into(),
            value(".failure_rate.value", failed.map(|rate| rate.value)),
            failed.map(|rate| figures::interval(&rate)).into(),
            ended_as.collect(),
        ]);
    }
    table.tag()
}

fn reasons(report: &Report<'_>) -> Option<crate::render::html::markup::Tag> {
    let mut reasons: Vec<_> = report.found.turns.ended.by_reason.iter().collect();
    reasons.sort_by_key(|(_, n)| std::cmp::Reverse(*n));
    if reasons.is_empty() {
        return None;
    }
    let said = reasons
        .into_iter()
        .take(super::table::MOST)
        .map(|(reason, n)| report.names.of(reason).then(" ").then(figures::whole(n)));
    Some(note(Words::from("Why turns did not complete: ").then(Words::joined(said, ", ")).then(".")))
}
