//! Exact percentiles of many groups from one sort.
//!
//! The values are sorted once. Each breakdown then walks them in that order and counts its groups' values down: the value
//! at which a group comes to a rank is that percentile. So a further breakdown costs a walk, not another sort.

use super::groups::Members;
use super::words::ABSENT;
use crate::columns::NULL;
use crate::insights::Distribution;

/// The percentiles that are looked for; the last is the largest value.
const PERCENT: [u64; 4] = [50, 95, 99, 100];
/// How many bits of a value one pass of the sort looks at.
const DIGIT: u32 = 11;

/// Values of facts, with the group each fact is in, by breakdown.
#[derive(Default)]
pub(super) struct Spread {
    values: Vec<i64>,
    /// By breakdown: the group of each value; nothing for that of everything.
    groups: Vec<Vec<u32>>,
}

/// Values in order, each with the place it was added at.
pub(super) struct Sorted<'a> {
    order: Vec<(u64, u32)>,
    spread: &'a Spread,
}

/// What is known of a group before its values are walked in order.
#[derive(Clone, Copy, Default)]
struct Sum {
    n: u64,
    sum: i128,
}

impl Spread {
    /// Adds values, and of which groups they are in each breakdown. Those that are [`NULL`] do not count.
    pub(super) fn add(&mut self, values: &[i64], members: &[Members]) {
        self.values.extend_from_slice(values);
        self.groups.resize_with(members.len(), Vec::new);
        for (groups, members) in self.groups.iter_mut().zip(members) {
            match members {
                Members::All => {}
                Members::Of(of) => groups.extend_from_slice(of),
            }
        }
    }

    /// How many values there are, those that are not known among them.
    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    /// The distribution of all values, where no breakdown is asked for.
    pub(super) fn whole(&self) -> Distribution {
        let mut values: Vec<i64> = self.values.iter().copied().filter(|&value| value != NULL).collect();
        let sum = Sum { n: values.len() as u64, sum: values.iter().map(|&value| i128::from(value)).sum() };
        let (mut from, mut found) = (0, [0; 4]);
        for (percent, found) in PERCENT.iter().zip(&mut found) {
            if sum.n > 0 {
                // What is below one percentile is below the next.
                let place = rank(sum.n, *percent) as usize - 1;
                *found = *values[from..].select_nth_unstable(place - from).1;
                from = place;
            }
        }
        distribution(sum, found)
    }

    /// In order.
    pub(super) fn sorted(&self) -> Sorted<'_> {
        Sorted { order: sorted(&self.values), spread: self }
    }
}

/// Values as numbers without a sign, in the same order.
fn unsigned(value: i64) -> u64 {
    value.wrapping_sub(i64::MIN) as u64
}

fn signed(bits: u64) -> i64 {
    (bits as i64).wrapping_add(i64::MIN)
}

/// The values that are known, ascending, with their places. By digits from the last to the first, each time into as many
/// heaps as a digit has values: durations differ in few of them.
fn sorted(values: &[i64]) -> Vec<(u64, u32)> {
    let known = |(place, &value): (usize, &i64)| (value != NULL).then_some((unsigned(value), place as u32));
    let mut order: Vec<(u64, u32)> = values.iter().enumerate().filter_map(known).collect();
    let least = order.iter().map(|(bits, _)| *bits).min().unwrap_or(0);
    let differ = order.iter().map(|(bits, _)| *bits - least).max().unwrap_or(0);
    let mut other = vec![(0, 0); order.len()];
    for digit in (0..u64::BITS - differ.leading_zeros()).step_by(DIGIT as usize) {
        let heap = |bits: u64| ((bits - least) >> digit) as usize & ((1 << DIGIT) - 1);
        let mut next = [0_u32; 1 << DIGIT];
        for &(bits, _) in &order {
            next[heap(bits)] += 1;
        }
        let mut begins = 0;
        for heap in &mut next {
            (*heap, begins) = (begins, begins + *heap);
        }
        for &(bits, place) in &order {
            let heap = &mut next[heap(bits)];
            other[*heap as usize] = (bits, place);
            *heap += 1;
        }
        std::mem::swap(&mut order, &mut other);
    }
    order
}

/// The rank of a percentile among so many values, from 1: the nearest one, whose value is the smallest that at least that
/// share of values does not exceed.
fn rank(n: u64, percent: u64) -> u64 {
    (n * percent).div_ceil(100)
}

fn distribution(Sum { n, sum }: Sum, found: [i64; 4]) -> Distribution {
    if n == 0 {
        return Distribution::default();
    }
    let [p50, p95, p99, max] = found.map(|value| Some(crate::insights::ms(value)));
    Distribution { n, avg: Some(sum as f64 / n as f64 / 1e6), p50, p95, p99, max }
}

impl Sorted<'_> {
    /// The values alone, ascending.
    pub(super) fn values(&self) -> Vec<i64> {
        self.order.iter().map(|&(bits, _)| signed(bits)).collect()
    }

    /// The distribution of each of a breakdown's `many` groups.
    pub(super) fn distributions(&self, breakdown: usize, many: usize) -> Vec<Distribution> {
        match self.spread.groups.get(breakdown).filter(|groups| !groups.is_empty()) {
            Some(groups) => self.of_groups(groups, many),
            None => vec![self.of_all(); many],
        }
    }

    fn of_all(&self) -> Distribution {
        let n = self.order.len() as u64;
        let sum = self.order.iter().map(|&(bits, _)| i128::from(signed(bits))).sum();
        let at = |percent| self.order.get((rank(n, percent) as usize).wrapping_sub(1));
        distribution(Sum { n, sum }, PERCENT.map(|percent| at(percent).map_or(0, |&(bits, _)| signed(bits))))
    }

    fn of_groups(&self, groups: &[u32], many: usize) -> Vec<Distribution> {
        let mut sums = vec![Sum::default(); many];
        for (&value, &group) in self.spread.values.iter().zip(groups) {
            if group != ABSENT && value != NULL {
                let sum = &mut sums[group as usize];
                sum.n += 1;
                sum.sum += i128::from(value);
            }
        }
        // How many values of a group are left to its next percentile.
        let mut left: Vec<u32> = sums.iter().map(|sum| rank(sum.n, PERCENT[0]) as u32).collect();
        let mut walks = vec![Walk::default(); many];
        for &(bits, place) in &self.order {
            let group = groups[place as usize];
            let Some(left) = left.get_mut(group as usize) else { continue };
            *left -= 1;
            if *left == 0 {
                let n = sums[group as usize].n;
                *left = walks[group as usize].reached(n, signed(bits));
            }
        }
        sums.into_iter().zip(walks).map(|(sum, walk)| distribution(sum, walk.found)).collect()
    }
}

/// The percentiles of a group that were come to.
#[derive(Clone, Copy, Default)]
struct Walk {
    found: [i64; 4],
    next: usize,
}

impl Walk {
    /// Notes the value at the next percentile's rank, which may be that of others too. How many values it is to the one
    /// after, of `n`.
    #[cold]
    fn reached(&mut self, n: u64, value: i64) -> u32 {
        let ranks = PERCENT.map(|percent| rank(n, percent));
        let here = ranks[self.next];
        while let Some(rank) = ranks.get(self.next) {
            if *rank > here {
                return (rank - here) as u32;
            }
            self.found[self.next] = value;
            self.next += 1;
        }
        0
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Beside the definition, worked out for each group alone.
        #[test]
        fn every_way_comes_to_the_same(
            facts in prop::collection::vec(
                (prop_oneof![Just(NULL), 0..50_i64, 1_000_000..9_000_000_000_i64, any::<i64>()], 0..4_u32), 0..80
            ),
        ) {
            let values: Vec<i64> = facts.iter().map(|(value, _)| *value).collect();
            // The last group is no group.
            let groups: Vec<u32> = facts.iter().map(|(_, group)| if *group == 3 { ABSENT } else { *group }).collect();
            let mut spread = Spread::default();
            spread.add(&values, &[Members::All, Members::Of(groups.clone())]);
            let sorted = spread.sorted();
            let mut all: Vec<i64> = values.iter().copied().filter(|&value| value != NULL).collect();
            all.sort_unstable();
            prop_assert_eq!(sorted.values(), all.clone());
            prop_assert_eq!(spread.whole(), Distribution::of(all.clone()));
            prop_assert_eq!(sorted.distributions(0, 1)[0], Distribution::of(all));
            for (group, found) in sorted.distributions(1, 3).into_iter().enumerate() {
                let of = values.iter().zip(&groups).filter(|(value, of)| **value != NULL && **of == group as u32);
                prop_assert_eq!(found, Distribution::of(of.map(|(value, _)| *value).collect()));
            }
        }
    }
}
