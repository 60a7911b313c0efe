//! The groups of a breakdown.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use telemetry_core::name::Name;
use telemetry_store::insights::Group;

use super::facts::{Facts, has};
use super::rows::{Rows, Time, value};
use super::sections;
use crate::answers::By;
use crate::rollup::{Fact, Hour, Measure};
use crate::storage::Counted;

/// A breakdown by one dimension or two.
pub(super) type Grouping = (By, Option<By>);

/// Its key in a page.
pub(super) fn name((one, other): Grouping) -> String {
    match other {
        None => one.as_str().to_owned(),
        Some(other) => format!("{},{}", one.as_str(), other.as_str()),
    }
}

/// How fine in time the rows of a breakdown have to be. Days of UTC are kept; those of a zone are made of hours.
pub(super) fn time((one, other): Grouping, zone: &TimeZone) -> Time {
    let by = [Some(one), other];
    let is_utc = zone.to_fixed_offset().is_ok_and(|offset| offset.is_zero());
    match (by.contains(&Some(By::Hour)), by.contains(&Some(By::Day))) {
        (false, false) => Time::Whole,
        (false, true) if is_utc => Time::Days,
        _ => Time::Hours,
    }
}

/// The groups of a breakdown in the order they are shown: days and hours by themselves, others by size and then by key.
pub(super) fn groups(rows: &Rows, grouping: Grouping, zone: &TimeZone) -> Vec<Group> {
    let mut found: BTreeMap<[String; 2], Facts<'_>> = BTreeMap::new();
    let (sums, latencies) = rows.each();
    for counted in sums {
        if let Some(key) = key(counted, grouping, zone) {
            found.entry(key).or_default().sums.push(counted);
        }
    }
    for counted in latencies {
        if let Some(facts) = key(counted, grouping, zone).and_then(|key| found.get_mut(&key)) {
            facts.latencies.push(counted);
        }
    }
    let in_time = |by: By| matches!(by, By::Day | By::Hour);
    let mut ordered: Vec<_> = found.into_iter().collect();
    ordered.sort_by_cached_key(|([one, other], facts)| {
        let (one, other, size) = (one.clone(), other.clone(), Reverse(size(facts, grouping)));
        // In time first, then by size, then by key.
        match (in_time(grouping.0), grouping.1.is_some_and(in_time)) {
            (true, true) => ([one, other], Reverse(0), [String::new(), String::new()]),
            (true, false) => ([one, String::new()], size, [other, String::new()]),
            (false, true) => ([other, String::new()], size, [one, String::new()]),
            (false, false) => ([String::new(), String::new()], size, [one, other]),
        }
    });
    ordered.into_iter().map(|(key, facts)| group(grouping, key, &facts)).collect()
}

/// The group that facts are in; `None` when they cannot be in any.
fn key(counted: &Counted, (one, other): Grouping, zone: &TimeZone) -> Option<[String; 2]> {
    let value = |by: By| {
        let series = &counted.series;
        match by {
            _ if !has(series.fact, by) => None,
            By::Day => counted.at.and_then(|hour| day(hour, zone)),
            By::Hour => counted.at.map(|hour| hour.start().to_string()),
            by => Some(value(series, by).to_owned()),
        }
    };
    Some([value(one)?, other.map_or(Some(String::new()), value)?])
}

/// The day an hour begins in.
fn day(hour: Hour, zone: &TimeZone) -> Option<String> {
    let at = Timestamp::from_nanosecond(hour.start().0.into()).ok()?;
    Some(zone.to_datetime(at).date().to_string())
}

/// Whether facts of a kind can be in a breakdown.
fn is_in(fact: Fact, (one, other): Grouping) -> bool {
    has(fact, one) && other.is_none_or(|other| has(fact, other))
}

/// Model calls, else tool calls, else turns, else runs.
fn size(facts: &Facts<'_>, grouping: Grouping) -> i64 {
    let sized_by = [Fact::ModelCall, Fact::ToolCall, Fact::Turn, Fact::Run];
    let counted = sized_by.into_iter().find(|&fact| is_in(fact, grouping));
    counted.map_or(0, |fact| facts.sum(fact).n)
}

fn group(grouping: Grouping, [one, other]: [String; 2], facts: &Facts<'_>) -> Group {
    let of = |fact| is_in(fact, grouping).then_some(fact);
    let (key, keys) = match grouping.1 {
        None => (one, None),
        Some(_) => ([one.as_str(), " / ", &other].concat(), Some([Name::new(&one), Name::new(&other)])),
    };
    let calls = of(Fact::ModelCall);
    let failures = of(Fact::FailedAttempt).map(|_| sections::failures(facts));
    let tools = of(Fact::ToolCall).map(|_| sections::tools(facts));
    Group {
        key,
        keys,
        runs: of(Fact::Run).map(|fact| Box::new(sections::ended(facts, fact))),
        turns: of(Fact::Turn).map(|fact| Box::new(sections::ended(facts, fact))),
        model_calls: calls.map(|fact| super::facts::count(facts.sum(fact).n)),
        failed_attempts: failures.as_ref().map(|failures| failures.attempts),
        errors: failures.as_ref().map(|failures| failures.errors.total),
        latency_ms: calls.map(|fact| facts.distribution(fact, Measure::Duration)),
        tokens: calls.map(|_| sections::tokens(facts)),
        cost: calls.map(|_| Box::new(sections::cost(facts))),
        tool_calls: tools.as_ref().map(|tools| tools.total),
        tools: tools.map(|tools| tools.ends),
    }
}
