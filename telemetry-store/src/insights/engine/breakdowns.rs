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
    /// Of kinds of facts, with the `values` if somebody asks. They have nothing to do with each other, and the `first` is
    /// about as much work as the others, so it has a thread if there is one to have.
    pub(super) fn of<const MANY: usize>(
        scan: &Scan<'_>,
        first: (Kind, &Spread),
        others: [(Kind, &Spread); MANY],
        values: bool,
    ) -> (Self, [Self; MANY]) {
        let work = |(kind, spread)| {
            let breakdowns = scan.breakdowns(kind);
            let groups = breakdowns.iter().map(|&place| scan.partitions[place].groups()).collect();
            Work { breakdowns, groups, spread, values }
        };
        let (first, others) = (work(first), others.map(work));
        std::thread::scope(|scope| {
            let own = (first.spread.len() >= WORTH_A_THREAD).then(|| {
                let first = first.clone();
                std::thread::Builder::new().spawn_scoped(scope, || first.done())
            });
            let others = others.map(Work::done);
            // What a thread that was refused or came to grief has not done, is done here.
            let done = own.and_then(Result::ok).and_then(|thread| thread.join().ok());
            (done.unwrap_or_else(|| first.done()), others)
        })
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

/// Values whose sorting takes much longer than a thread takes to start.
const WORTH_A_THREAD: usize = 20_000;

/// What makes the distributions of one kind of fact.
#[derive(Clone)]
struct Work<'a> {
    breakdowns: Vec<usize>,
    /// How many groups each of them has.
    groups: Vec<usize>,
    spread: &'a Spread,
    values: bool,
}

impl Work<'_> {
    fn done(self) -> Spreads {
        let sorted = self.spread.sorted();
        let groups = self.groups.into_iter().enumerate();
        let distributions = groups.map(|(place, many)| sorted.distributions(place, many)).collect();
        let values = if self.values { sorted.values() } else { Vec::new() };
        Spreads { breakdowns: self.breakdowns, distributions, values }
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
    /// then by key. Of those that are not a course of time, `most` at the most.
    pub(super) fn groups(&self, partition: usize, grouping: Grouping, most: Option<usize>) -> Vec<Group> {
        let failures = self.scan.breakdowns(Kind::Attempt);
        let ranks = self.ranks(partition);
        let mut order: Vec<(Order, usize)> = (0..self.scan.partitions[partition].groups())
            .map(|group| (self.order(partition, grouping, group, &ranks), group))
            .collect();
        order.sort_unstable();
        if !matches!(grouping, Grouping::One(Dimension::Day | Dimension::Hour | Dimension::Weekday)) {
            order.truncate(most.unwrap_or(usize::MAX));
        }
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

    /// The places of a breakdown's texts in their order, by their numbers: groups are many more than texts.
    fn ranks(&self, partition: usize) -> Vec<u32> {
        let (partition, words) = (&self.scan.partitions[partition], &self.scan.words);
        let mut texts: Vec<u32> = (0..partition.groups()).flat_map(|group| partition.key(group)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts.sort_unstable_by_key(|&text| words.text(text));
        let mut ranks = vec![0; words.len()];
        for (rank, text) in texts.into_iter().enumerate() {
            ranks[text as usize] = rank as u32;
        }
        ranks
    }

    fn order(&self, partition: usize, grouping: Grouping, group: usize, ranks: &[u32]) -> Order {
        let [one, other] = self.scan.partitions[partition].key(group);
        let rank = |text: u32| ranks[text as usize];
        let in_time = |dimension, text| match dimension {
            Dimension::Day | Dimension::Hour => rank(text),
            Dimension::Weekday => {
                let shown = self.scan.words.text(text);
                WEEKDAYS.iter().position(|day| *day == shown).unwrap_or(WEEKDAYS.len()) as u32
            }
            _ => 0,
        };
        let in_time = match grouping {
            Grouping::One(first) => [in_time(first, one), 0],
            Grouping::Two(first, second) => [in_time(first, one), in_time(second, other)],
        };
        Order { in_time, size: Reverse(self.size(partition, group)), key: [rank(one), rank(other)] }
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
struct Order {
    /// What orders days, hours and weekdays by themselves; the same for all groups of other dimensions.
    in_time: [u32; 2],
    size: Reverse<u64>,
    key: [u32; 2],
}
