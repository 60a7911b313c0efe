//! The groups of breakdowns, as they are shown.

use super::calendar::WEEKDAYS;
use super::calls::CallSums;
use super::counts::Counts;
use super::ends::Ends;
use super::gather::Gathered;
use super::groups::Partition;
use super::spreads::Spreads;
use super::words::Texts;
use crate::insights::{Dimension, Group, Grouping};

/// Groups whose putting together takes much longer than a thread takes to start.
const WORTH_A_THREAD: usize = 10_000;

/// What breakdowns are made of.
pub(super) struct Facts<'a> {
    pub texts: &'a Texts,
    pub partitions: &'a [Partition],
    pub gathered: &'a Gathered,
    /// The places of the breakdowns that failed attempts have.
    pub failures: Vec<usize>,
}

impl Facts<'_> {
    /// The groups of a breakdown in the order they are shown: days, hours and weekdays by themselves, others by size and
    /// then by key. Of those that are not a course of time, `most` at the most.
    pub(super) fn groups(&self, partition: usize, grouping: Grouping, most: Option<usize>) -> Vec<Group> {
        let ranks = self.ranks(partition);
        let mut order: Vec<Order> = (0..self.partitions[partition].groups())
            .map(|group| self.order(partition, grouping, group, &ranks))
            .collect();
        order.sort_unstable();
        if !matches!(grouping, Grouping::One(Dimension::Day | Dimension::Hour | Dimension::Weekday)) {
            order.truncate(most.unwrap_or(usize::MAX));
        }
        let made = |order: &[Order]| -> Vec<Group> {
            order.iter().map(|order| self.group(partition, grouping, order.group())).collect()
        };
        if order.len() < WORTH_A_THREAD {
            return made(&order);
        }
        let (first, second) = order.split_at(order.len() / 2);
        std::thread::scope(|scope| {
            let other = std::thread::Builder::new().spawn_scoped(scope, || made(second));
            let mut groups = made(first);
            // What a thread that was refused or came to grief has not done, is done here.
            let other = other.ok().and_then(|other| other.join().ok());
            groups.extend(other.unwrap_or_else(|| made(second)));
            groups
        })
    }

    /// The places of a breakdown's texts in their order, by their numbers: groups are many more than texts.
    fn ranks(&self, partition: usize) -> Vec<u32> {
        let partition = &self.partitions[partition];
        let mut of_breakdown = vec![false; self.texts.len()];
        for group in 0..partition.groups() {
            partition.key(group).into_iter().for_each(|text| of_breakdown[text as usize] = true);
        }
        let mut texts: Vec<u32> =
            (0..of_breakdown.len() as u32).filter(|&text| of_breakdown[text as usize]).collect();
        texts.sort_unstable_by_key(|&text| self.texts.get(text).as_str());
        let mut ranks = vec![0; self.texts.len()];
        for (rank, text) in texts.into_iter().enumerate() {
            ranks[text as usize] = rank as u32;
        }
        ranks
    }

    fn order(&self, partition: usize, grouping: Grouping, group: usize, ranks: &[u32]) -> Order {
        let [one, other] = self.partitions[partition].key(group);
        // The largest first.
        let size = u32::MAX - u32::try_from(self.size(partition, group)).unwrap_or(u32::MAX);
        let rank = |text: u32| ranks[text as usize];
        let in_time = |dimension, text| match dimension {
            Dimension::Day | Dimension::Hour => Some(rank(text)),
            Dimension::Weekday => {
                let shown = self.texts.get(text);
                Some(WEEKDAYS.iter().position(|day| shown == day).unwrap_or(WEEKDAYS.len()) as u32)
            }
            _ => None,
        };
        let by = match grouping {
            Grouping::One(first) => match in_time(first, one) {
                Some(time) => [time, 0, 0],
                None => [size, rank(one), 0],
            },
            Grouping::Two(first, second) => match (in_time(first, one), in_time(second, other)) {
                (Some(time), Some(then)) => [time, then, 0],
                (Some(time), None) => [time, size, rank(other)],
                (None, Some(time)) => [time, size, rank(one)],
                (None, None) => [size, rank(one), rank(other)],
            },
        };
        Order::new(by, group)
    }

    /// Model calls, else tool calls, else turns, else runs.
    fn size(&self, partition: usize, group: usize) -> u64 {
        let of = self.gathered;
        if let Some(place) = of.calls.latencies.place(partition) {
            return of.calls.sums.get(place, group).map_or(0, |sums| sums.calls);
        }
        let counts = if let Some(place) = of.tools.durations.place(partition) {
            of.tools.counts.get(place, group)
        } else if let Some(place) = of.turn_durations.place(partition) {
            of.turns.counts.get(place, group)
        } else {
            of.run_durations.place(partition).and_then(|place| of.runs.counts.get(place, group))
        };
        counts.map_or(0, Counts::total)
    }

    fn group(&self, partition: usize, grouping: Grouping, group: usize) -> Group {
        let of = self.gathered;
        let [one, other] = self.partitions[partition].key(group).map(|text| self.texts.get(text));
        let ended = |spreads: &Spreads, ends: &Ends| {
            let (place, durations) = spreads.get(partition, group)?;
            Some(Box::new(ends.runs(self.texts, ends.counts.get(place, group), durations)))
        };
        let latency = of.calls.latencies.get(partition, group);
        let none = CallSums::default();
        let sums = latency.map(|(place, _)| of.calls.sums.get(place, group).unwrap_or(&none));
        let failed = self.failures.iter().position(|&of| of == partition).map(|place| {
            of.failures.get(place, group).map_or((0, 0), |failures| (failures.attempts, failures.errors))
        });
        let tools = of.tools.durations.get(partition, group).map(|(place, durations)| {
            let counts = of.tools.counts.get(place, group);
            (counts.map_or(0, Counts::total), of.tools.ends(self.texts, counts, durations))
        });
        let (key, keys) = match grouping {
            Grouping::One(_) => (one.as_str().to_owned(), None),
            Grouping::Two(..) => {
                ([one.as_str(), " / ", other.as_str()].concat(), Some([one.clone(), other.clone()]))
            }
        };
        Group {
            key,
            keys,
            runs: ended(&of.run_durations, &of.runs),
            turns: ended(&of.turn_durations, &of.turns),
            model_calls: sums.map(|sums| sums.calls),
            failed_attempts: failed.map(|(attempts, _)| attempts),
            errors: failed.map(|(_, errors)| errors),
            latency_ms: latency.map(|(_, latency)| latency),
            tokens: sums.map(|sums| sums.tokens),
            cost: sums.map(|sums| Box::new(sums.cost())),
            tool_calls: tools.as_ref().map(|(total, _)| *total),
            tools: tools.map(|(_, ends)| ends),
        }
    }
}

/// Where a group stands among others, most telling first: what orders days, hours and weekdays by themselves, its size (the
/// largest first), its texts. With the group, in one number, since there may be hundreds of thousands.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Order(u128);

impl Order {
    fn new(by: [u32; 3], group: usize) -> Self {
        Order(by.into_iter().chain([group as u32]).fold(0, |all, next| all << u32::BITS | u128::from(next)))
    }

    fn group(self) -> usize {
        (self.0 as u32) as usize
    }
}
