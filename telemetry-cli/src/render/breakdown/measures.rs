//! The columns a breakdown can have: each is there when a group has its number.

use telemetry_store::insights::{Group, Rate, Runs, Tokens};

use crate::render::ink::{Ink, Words};
use crate::render::money::dollars;
use crate::render::table::{Column, Side};
use crate::render::text::{duration, grouped, interval, parts, percent};

/// A number of a group.
pub(in crate::render) struct Measure {
    heading: &'static str,
    side: Side,
    /// The higher, the sooner it makes room for others.
    rank: u8,
    of: fn(&Group) -> Option<Words>,
}

impl Measure {
    const fn number(heading: &'static str, rank: u8, of: fn(&Group) -> Option<Words>) -> Self {
        Measure { heading, side: Side::Right, rank, of }
    }

    /// Whether there is anything to show.
    pub(in crate::render) fn is_in(&self, groups: &[&Group]) -> bool {
        groups.iter().any(|group| (self.of)(group).is_some())
    }

    /// Whether it says how runs or turns ended.
    pub(in crate::render) fn is_of_outcomes(&self) -> bool {
        self.heading.ends_with("\ncompleted") || self.heading == TURNS_FAILED.heading
    }

    pub(in crate::render) fn column(&self) -> Column {
        Column::new(self.heading, self.side, self.rank)
    }

    /// The group's cell; empty where the group does not have the number.
    pub(in crate::render) fn cell(&self, group: &Group) -> Words {
        (self.of)(group).unwrap_or_default()
    }
}

fn whole(n: Option<u64>) -> Option<Words> {
    n.map(|n| grouped(n as i64).into())
}

/// A count of what went wrong: in colour when there was any.
fn wrong(n: Option<u64>) -> Option<Words> {
    n.map(|n| Words::new(if n > 0 { Ink::Bad } else { Ink::Plain }, grouped(n as i64)))
}

fn tokens(group: &Group, of: fn(&Tokens) -> i64) -> Option<Words> {
    // Calls that have no token at all are calls whose usage nobody told.
    let unknown = |tokens: &Tokens| tokens.total() == 0 && group.model_calls.is_some_and(|calls| calls > 0);
    group.tokens.as_ref().map(|tokens| if unknown(tokens) { "-".into() } else { grouped(of(tokens)).into() })
}

fn latency(group: &Group, of: fn(&telemetry_store::insights::Distribution) -> Option<f64>) -> Option<Words> {
    let ms = of(group.latency_ms.as_ref()?);
    ms.map(|ms| duration(Some(ms)).into())
}

fn ended(runs: Option<&Runs>, of: fn(&Runs) -> Option<Rate>) -> Option<Rate> {
    of(runs?)
}

fn completed(runs: Option<&Runs>) -> Option<Words> {
    ended(runs, |runs| runs.completion_rate).map(|rate| interval(&rate).into())
}

fn failed(rate: Option<Rate>, say: fn(&Rate) -> String) -> Option<Words> {
    rate.map(|rate| Words::new(if rate.value > 0.0 { Ink::Bad } else { Ink::Plain }, say(&rate)))
}

fn tools(group: &Group, of: fn(&telemetry_store::insights::Distribution) -> Option<f64>) -> Option<Words> {
    let ends = group.tools.as_ref()?;
    of(&ends.duration_ms).map(|ms| duration(Some(ms)).into())
}

pub(in crate::render) const RUNS: Measure =
    Measure::number("runs", 5, |group| whole(group.runs.as_deref().map(|runs| runs.total)));
pub(in crate::render) const RUNS_COMPLETED: Measure =
    Measure::number("runs\ncompleted", 9, |group| completed(group.runs.as_deref()));
pub(in crate::render) const RUN_P50: Measure = Measure::number("run\np50", 11, |group| {
    group.runs.as_deref()?.duration_ms.p50.map(|ms| duration(Some(ms)).into())
});
pub(in crate::render) const TURNS: Measure =
    Measure::number("turns", 2, |group| whole(group.turns.as_deref().map(|turns| turns.total)));
pub(in crate::render) const TURNS_COMPLETED: Measure =
    Measure::number("turns\ncompleted", 0, |group| completed(group.turns.as_deref()));
pub(in crate::render) const TURNS_FAILED: Measure = Measure::number("turns\nfailed", 6, |group| {
    failed(ended(group.turns.as_deref(), |turns| turns.failure_rate), |rate| percent(rate.value))
});
pub(in crate::render) const TURN_P50: Measure = Measure::number("turn\np50", 8, |group| {
    group.turns.as_deref()?.duration_ms.p50.map(|ms| duration(Some(ms)).into())
});
pub(in crate::render) const CALLS: Measure =
    Measure::number("model\ncalls", 0, |group| whole(group.model_calls));
pub(in crate::render) const FAILED_ATTEMPTS: Measure =
    Measure::number("failed\nattempts", 3, |group| wrong(group.failed_attempts));
pub(in crate::render) const ERRORS: Measure =
    Measure::number("calls not\nanswered", 10, |group| wrong(group.errors));
pub(in crate::render) const CALL_P50: Measure =
    Measure::number("call\np50", 3, |group| latency(group, |latency| latency.p50));
pub(in crate::render) const CALL_P95: Measure =
    Measure::number("call\np95", 4, |group| latency(group, |latency| latency.p95));
pub(in crate::render) const TOKENS: Measure =
    Measure::number("tokens", 3, |group| tokens(group, Tokens::total));
pub(in crate::render) const INPUT: Measure =
    Measure::number("input", 4, |group| tokens(group, |tokens| tokens.input));
pub(in crate::render) const CACHED: Measure =
    Measure::number("cached", 5, |group| tokens(group, |tokens| tokens.cache_read + tokens.cache_write));
pub(in crate::render) const OUTPUT: Measure =
    Measure::number("output", 4, |group| tokens(group, |tokens| tokens.output));
/// An amount with calls in it that have no price is a part of the truth, and says so.
pub(in crate::render) const COST: Measure = Measure::number("cost", 1, |group| {
    let cost = group.cost.as_deref()?;
    let more = if cost.unknown_calls > 0 { "+" } else { "" };
    cost.total_usd.map(|usd| format!("{}{more}", dollars(Some(usd))).into())
});
pub(in crate::render) const TOOL_CALLS: Measure =
    Measure::number("tool\ncalls", 2, |group| whole(group.tool_calls));
pub(in crate::render) const TOOLS_FAILED: Measure = Measure::number("tools\nfailed", 3, |group| {
    failed(group.tools.as_ref().and_then(|tools| tools.failure_rate), interval)
});
pub(in crate::render) const TOOL_P50: Measure =
    Measure::number("tool\np50", 7, |group| tools(group, |took| took.p50));
pub(in crate::render) const TOOL_P95: Measure =
    Measure::number("tool\np95", 8, |group| tools(group, |took| took.p95));
pub(in crate::render) const TOOLS_ENDED: Measure = Measure {
    heading: "ended",
    side: Side::Left(48),
    rank: 12,
    of: |group| group.tools.as_ref().map(|tools| parts(&tools.by_status).into()),
};

/// All of them, in the order they stand in.
pub(in crate::render) const ALL: [&Measure; 19] = [
    &RUNS,
    &RUNS_COMPLETED,
    &RUN_P50,
    &TURNS,
    &TURNS_COMPLETED,
    &TURNS_FAILED,
    &TURN_P50,
    &CALLS,
    &FAILED_ATTEMPTS,
    &ERRORS,
    &CALL_P50,
    &CALL_P95,
    &TOKENS,
    &COST,
    &TOOL_CALLS,
    &TOOLS_FAILED,
    &TOOL_P50,
    &TOOL_P95,
    &TOOLS_ENDED,
];
