//! The numbers to begin with.

use telemetry_store::insights::{Change, CostTotals, Group, Rate, Runs};

use super::Part;
use crate::render::html::Report;
use crate::render::html::chart::{Days, sparkline};
use crate::render::html::markup::{Html, Tag, tag};
use crate::render::html::words::Words;
use crate::render::html::words::figures::{self, NOTHING};

pub(super) fn part(report: &Report<'_>) -> Option<Part> {
    let found = report.found;
    if found.runs.total == 0 && found.model_calls.total == 0 && found.tool_calls.total == 0 {
        let nothing = tag("p").class("empty").put("Nothing was recorded in this window.");
        return Some(Part::new("numbers", "In short", nothing));
    }
    let groups = found.by("day");
    let days = Days::of(groups);
    let daily = |value: fn(&Group) -> Option<f64>| sparkline(&days.values(groups, value));
    let cards = vec![
        turns(report, daily(|day| Some(day.turns.as_deref()?.total as f64))),
        completion(report),
        spend(report, daily(|day| day.cost.as_ref()?.total_usd)),
        time(report),
        failures(report, daily(|day| Some(day.turns.as_deref().map(failed)? as f64))),
    ];
    Some(Part::new("numbers", "In short", tag("div").class("cards").put(cards)))
}

/// One number, what it is, what it is of, and how it went.
fn card(name: &'static str, number: impl Into<Html>, below: Words, rest: Html) -> Tag {
    tag("div")
        .class("card")
        .put(tag("h3").put(name))
        .put(tag("p").class("number").put(number))
        .put(tag("p").class("below").put(below))
        .put(rest)
}

fn turns(report: &Report<'_>, spark: Option<Tag>) -> Tag {
    let found = report.found;
    let total = found.turns.ended.total;
    let number = figures::exact("turns.total", Some(total as f64), figures::whole(total));
    let below = Words::from("in ").then(figures::count(found.runs.total, "run", "runs"));
    let mut rest = Html::from(relative(report.change("turns.total")));
    rest.put(spark);
    card("Turns", number, below, rest)
}

fn completion(report: &Report<'_>) -> Tag {
    let ended = &report.found.turns.ended;
    let rate = ended.completion_rate;
    let number = figures::exact("turns.completion_rate.value", rate.map(|rate| rate.value), share(rate));
    let below = rate.map_or_else(
        || "no turn ended well or badly".into(),
        |rate| {
            let left_out = match ended.total.saturating_sub(rate.n) {
                0 => Words::default(),
                n => Words::from("; ").then(figures::whole(n)).then(" left out"),
            };
            figures::interval(&rate).then(", of ").then(figures::whole(rate.n)).then(left_out)
        },
    );
    let mut rest = Html::from(points(report.change("turns.completion_rate")));
    rest.put(rate.map(|rate| whisker(&rate)));
    card("Completed", number, below, rest)
}

fn spend(report: &Report<'_>, spark: Option<Tag>) -> Tag {
    let cost = &report.found.cost;
    let number = figures::exact("cost.total_usd", cost.total_usd, figures::dollars(cost.total_usd));
    let mut rest = Html::from(relative(report.change("cost.total_usd")));
    rest.put(spark);
    // With calls that have no price, the sum is what is known of it.
    let name = if cost.total_usd.is_some() && cost.unknown_calls > 0 { "Spend, at least" } else { "Spend" };
    card(name, number, known(cost), rest)
}

/// How sure the amount is.
fn known(cost: &CostTotals) -> Words {
    let CostTotals { actual_calls, estimated_calls, included_calls, unknown_calls, .. } = *cost;
    let parts = [
        (actual_calls, " reported"),
        (estimated_calls, " estimated"),
        (included_calls, " in a plan"),
        (unknown_calls, " without a price"),
    ];
    let said = parts.into_iter().filter(|(n, _)| *n > 0).map(|(n, word)| figures::whole(n).then(word));
    match actual_calls + estimated_calls + included_calls + unknown_calls {
        0 => "no call".into(),
        _ => Words::from("calls: ").then(Words::joined(said, ", ")),
    }
}

fn time(report: &Report<'_>) -> Tag {
    let took = &report.found.turns.ended.duration_ms;
    let number = figures::exact("turns.duration_ms.p50", took.p50, figures::duration(took.p50));
    let p95 = figures::exact("turns.duration_ms.p95", took.p95, figures::duration(took.p95));
    let longer = tag("p").class("below").put("95 % within ").put(p95);
    let mut rest = Html::from(longer);
    rest.put(relative(report.change("turns.duration_ms.p50")));
    card("A turn takes", number, "at the median".into(), rest)
}

/// Turns that failed.
fn failed(turns: &Runs) -> u64 {
    turns.failure_rate.map_or(0, |rate| (rate.value * rate.n as f64).round() as u64)
}

fn failures(report: &Report<'_>, spark: Option<Tag>) -> Tag {
    let turns = &report.found.turns.ended;
    let rate = turns.failure_rate;
    let share = figures::exact("turns.failure_rate.value", rate.map(|rate| rate.value), share(rate));
    let below = rate.map_or_else(
        || NOTHING.into(),
        |rate| Words::from(" of ").then(figures::whole(rate.n)).then(", ").then(figures::interval(&rate)),
    );
    let mut rest = Html::from(points(report.change("turns.failure_rate")));
    rest.put(spark);
    tag("div")
        .class("card")
        .put(tag("h3").put("Failed"))
        .put(tag("p").class("number").put(figures::whole(failed(turns))))
        .put(tag("p").class("below").put(share).put(below))
        .put(rest)
}

fn share(rate: Option<Rate>) -> Words {
    rate.map_or_else(|| NOTHING.into(), |rate| figures::percent(rate.value))
}

/// A rate and its interval on a line from nothing to all.
fn whisker(rate: &Rate) -> Tag {
    let line = |class: &'static str, from: f64, to: f64, width: f64| {
        let line = tag("line").class(class).share("x1", from).share("x2", to);
        line.share("y1", 0.5).share("y2", 0.5).at("stroke-width", width)
    };
    tag("svg")
        .class("sparkline")
        .set("aria-hidden", "true")
        .put(line("whisker-all", 0.0, 1.0, 2.0))
        .put(line("whisker-interval", rate.low, rate.high, 8.0))
        .put(tag("circle").class("whisker-value").share("cx", rate.value).share("cy", 0.5).at("r", 5.0))
}

/// How much more or less than before, in per cent of before.
fn relative(change: Option<&Change>) -> Option<Tag> {
    let change = change?;
    let (before, delta) = (change.before.filter(|before| *before != 0.0)?, change.delta?);
    Some(against(figures::change(delta / before, figures::percent), change))
}

/// How much more or less than before, of shares.
fn points(change: Option<&Change>) -> Option<Tag> {
    let change = change?;
    let moved = figures::change(change.delta?, figures::points);
    Some(against(moved, change))
}

fn against(moved: Words, change: &Change) -> Tag {
    let sure = match change.significant {
        Some(true) => ", more than noise",
        Some(false) => ", within noise",
        None => "",
    };
    tag("p").class("against").put(moved.then(" against before").then(sure))
}
