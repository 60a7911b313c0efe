//! The groups of breakdowns, as they are shown.

use std::cmp::Reverse;

use super::calendar::WEEKDAYS;
use super::gather::Gathered;
use super::scan::Scan;
use super::spread::Spread;
use super::tally::{CallSums, Counts};
use crate::columns::Kind;
use crate::insights::{Dimension, Distribution, Group, Grouping};

/// The distributions of one kind of fact: in all, and of every group.
pub(super) struct Spreads {
    /// The breakdowns that facts of the kind have, among all.
    breakdowns: Vec<usize>,
    /// By those and by group.
    distributions: Vec<Vec<Distribution>>,
    /// All values, ascending.
    pub values: Vec<i64>,
}

impl Spreads {
    pub(super) fn of(scan: &Scan<'_>, kind: Kind, spread: &Spread, values: bool) -> Self {
        let breakdowns = scan.breakdowns(kind);
        let sorted = spread.sorted();
        let groups = breakdowns.iter().map(|&place| scan.partitions[place].groups()).enumerate();
        let distributions = groups.map(|(place, many)| sorted.distributions(place, many)).collect();
        let values = if values { sorted.values() } else { Vec::new() };
        Spreads { breakdowns, distributions, values }
    }

    /// Of all facts.
    pub(super) fn all(&self) -> Distribution {
        self.distributions[0][0]
    }

    /// Where a breakdown is among those that facts of the kind have, and the distribution of one of its groups; `None`
    /// when they do not have it.
    fn get(&self, partition: usize, group: usize) -> Option<(usize, Distribution)> {
        let place = place(&self.breakdowns, partition)?;
        Some((place, self.distributions[place][group]))
    }
}

fn place(breakdowns: &[usize], partition: usize) -> Option<usize> {
    breakdowns.iter().position(|&of| of == partition)
}

/// What breakdowns are made of.
pub(super) struct Facts<'a> {
    pub scan: &'a Scan<'a>,
    pub gathered: &'a Gathered,
    pub runs: Spreads,
    pub turns: Spreads,
    pub latencies: Spreads,
    pub tools: Spreads,
}

impl Facts<'_> {
    /// The groups of a breakdown in the order they are shown: days, hours and weekdays by themselves, others by size and
    /// then by key; `most` of them at the most.
    pub(super) fn groups(&self, partition: usize, grouping: Grouping, most: Option<usize>) -> Vec<Group> {
        let failures = self.scan.breakdowns(Kind::Attempt);
        let mut order: Vec<(Order<'_>, usize)> = (0..self.scan.partitions[partition].groups())
            .map(|group| (self.order(partition, grouping, group), group))
            .collect();
        order.sort_unstable();
        order.truncate(most.unwrap_or(usize::MAX));
        order.into_iter().map(|(_, group)| self.group(partition, grouping, group, &failures)).collect()
    }

    fn texts(&self, partition: usize, grouping: Grouping, group: usize) -> (&str, Option<&str>) {
        let [one, other] = self.scan.partitions[partition].key(group);
        let words = &self.scan.words;
        match grouping {
            Grouping::One(_) => (words.text(one), None),
            Grouping::Two(..) => (words.text(one), Some(words.text(other))),
        }
    }

    fn order(&self, partition: usize, grouping: Grouping, group: usize) -> Order<'_> {
        let (one, other) = self.texts(partition, grouping, group);
        let (first, second) = match grouping {
            Grouping::One(first) => (first, None),
            Grouping::Two(first, second) => (first, Some(second)),
        };
        let second = second.zip(other).map(|(second, other)| in_time(second, other));
        Order {
            in_time: in_time(first, one),
            then: second.unwrap_or_default(),
            size: Reverse(self.size(partition, group)),
            key: (one, other),
        }
    }

    /// Model calls, else tool calls, else turns, else runs.
    fn size(&self, partition: usize, group: usize) -> u64 {
        let of = self.gathered;
        if let Some(place) = place(&self.latencies.breakdowns, partition) {
            return of.calls.sums.get(place, group).map_or(0, |sums| sums.calls);
        }
        let counts = if let Some(place) = place(&self.tools.breakdowns, partition) {
            of.tools.counts.get(place, group)
        } else if let Some(place) = place(&self.turns.breakdowns, partition) {
            of.turns.counts.get(place, group)
        } else {
            place(&self.runs.breakdowns, partition).and_then(|place| of.runs.counts.get(place, group))
        };
        counts.map_or(0, Counts::total)
    }

    fn group(&self, partition: usize, grouping: Grouping, group: usize, failures: &[usize]) -> Group {
        let (of, words) = (self.gathered, &self.scan.words);
        let (one, other) = self.texts(partition, grouping, group);
        let ended = |spreads: &Spreads, ends: &super::tally::Ends| {
            let (place, durations) = spreads.get(partition, group)?;
            Some(ends.runs(words, ends.counts.get(place, group), durations))
        };
        let latency = self.latencies.get(partition, group);
        let sums: Option<CallSums> =
            latency.map(|(place, _)| of.calls.sums.get(place, group).cloned().unwrap_or_default());
        let failed = place(failures, partition).map(|place| match of.failures.get(place, group) {
            Some(failures) => (failures.attempts, failures.errors),
            None => (0, 0),
        });
        let tools = self.tools.get(partition, group).map(|(place, durations)| {
            let counts = of.tools.counts.get(place, group);
            (counts.map_or(0, Counts::total), of.tools.ends(words, counts, durations))
        });
        Group {
            key: other.map_or_else(|| one.to_owned(), |other| format!("{one} / {other}")),
            keys: other.map_or_else(Vec::new, |other| vec![one.to_owned(), other.to_owned()]),
            runs: ended(&self.runs, &of.runs),
            turns: ended(&self.turns, &of.turns),
            model_calls: sums.as_ref().map(|sums| sums.calls),
            failed_attempts: failed.map(|(attempts, _)| attempts),
            errors: failed.map(|(_, errors)| errors),
            latency_ms: latency.map(|(_, latency)| latency),
            tokens: sums.as_ref().map(|sums| sums.tokens),
            cost: sums.as_ref().map(CallSums::cost),
            tool_calls: tools.as_ref().map(|(total, _)| *total),
            tools: tools.map(|(_, ends)| ends),
        }
    }
}

/// The order of groups.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Order<'a> {
    in_time: (usize, &'a str),
    then: (usize, &'a str),
    size: Reverse<u64>,
    key: (&'a str, Option<&'a str>),
}

/// What orders days, hours and weekdays by themselves; the same for all groups of other dimensions.
fn in_time(dimension: Dimension, text: &str) -> (usize, &str) {
    match dimension {
        Dimension::Day | Dimension::Hour => (0, text),
        Dimension::Weekday => (WEEKDAYS.iter().position(|day| *day == text).unwrap_or(WEEKDAYS.len()), ""),
        _ => (0, ""),
    }
}
