//! Exact percentiles of many groups.
//!
//! The values are sorted once. Each breakdown then walks them in that order and counts its groups' values down: the value
//! at which a group comes to a rank is that percentile. So a further breakdown costs a walk, not another sort. A breakdown
//! with nearly as many groups as values is better put together group by group, each of which is sorted in no time.

use std::sync::OnceLock;

use super::groups::Members;
use super::scan::Chosen;
use super::words::ABSENT;
use crate::columns::NULL;
use crate::insights::Distribution;

/// The percentiles that are looked for; the last is the largest value.
const PERCENT: [u64; 4] = [50, 95, 99, 100];
/// How many bits of a value one pass of the sort looks at, at the most.
const DIGIT: u32 = 11;
/// Values to a group, on average, up to which groups are sorted by themselves.
const FEW: usize = 16;

/// Values of facts, with the group each fact is in, by breakdown.
#[derive(Default)]
pub(super) struct Spread {
    values: Vec<i64>,
    /// By breakdown: the group of each value; nothing for that of everything.
    groups: Vec<Vec<u32>>,
    /// About how many there will be: what grows over and over is copied, and takes new memory, each time.
    about: usize,
    /// The places of the values that are known, in the order of the values.
    order: OnceLock<Vec<u32>>,
}

/// What is known of a group before its values are walked in order.
#[derive(Clone, Copy, Default)]
struct Sum {
    n: u64,
    sum: i128,
}

impl Spread {
    /// With room for about so many values.
    pub(super) fn of_about(values: usize) -> Self {
        Spread { values: Vec::with_capacity(values), about: values, ..Spread::default() }
    }

    /// Adds values of the chosen facts, one each. Those that are [`NULL`] do not count.
    pub(super) fn add(&mut self, values: &[i64], chosen: &Chosen) {
        self.add_alone(values);
        self.groups.resize_with(chosen.members.len(), Vec::new);
        for (groups, members) in self.groups.iter_mut().zip(&chosen.members) {
            if groups.is_empty() && !matches!(members, Members::All) {
                groups.reserve_exact(self.about);
            }
            members.extend(&chosen.carriers, groups);
        }
    }

    /// Adds values without groups.
    pub(super) fn add_alone(&mut self, values: &[i64]) {
        self.values.extend_from_slice(values);
    }

    /// The distribution of all values.
    pub(super) fn whole(&self) -> Distribution {
        if let Some(order) = self.order.get() {
            return of_ascending(order.len(), |at| self.values[order[at] as usize]);
        }
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

    /// The values, ascending.
    pub(super) fn ascending(&self) -> Vec<i64> {
        self.order().iter().map(|&place| self.values[place as usize]).collect()
    }

    /// The distribution of each group of each breakdown.
    pub(super) fn distributions(&self) -> Vec<Vec<Distribution>> {
        let of = |groups: &Vec<u32>| match groups.iter().filter(|group| **group != ABSENT).max() {
            None => Vec::new(),
            Some(&last) => {
                let many = last as usize + 1;
                if many * FEW >= self.values.len() {
                    self.one_by_one(groups, many)
                } else {
                    self.walk(groups, many)
                }
            }
        };
        let mut all: Vec<Vec<Distribution>> = self.groups.iter().map(of).collect();
        // That of everything is the first.
        if let Some(everything) = all.first_mut() {
            *everything = vec![self.whole()];
        }
        all
    }

    fn order(&self) -> &[u32] {
        self.order.get_or_init(|| sorted(&self.values))
    }

    /// How many values each group has, and their sum.
    fn sums(&self, groups: &[u32], many: usize) -> Vec<Sum> {
        let mut sums = vec![Sum::default(); many];
        for (&value, &group) in self.values.iter().zip(groups) {
            if group != ABSENT && value != NULL {
                let sum = &mut sums[group as usize];
                sum.n += 1;
                sum.sum += i128::from(value);
            }
        }
        sums
    }

    fn walk(&self, groups: &[u32], many: usize) -> Vec<Distribution> {
        let sums = self.sums(groups, many);
        // How many values of a group are left to its next percentile.
        let mut left: Vec<u32> = sums.iter().map(|sum| rank(sum.n, PERCENT[0]) as u32).collect();
        let mut walks = vec![Walk::default(); many];
        for &place in self.order() {
            let group = groups[place as usize];
            let Some(left) = left.get_mut(group as usize) else { continue };
            *left -= 1;
            if *left == 0 {
                let n = sums[group as usize].n;
                *left = walks[group as usize].reached(n, self.values[place as usize]);
            }
        }
        sums.into_iter().zip(walks).map(|(sum, walk)| distribution(sum, walk.found)).collect()
    }

    fn one_by_one(&self, groups: &[u32], many: usize) -> Vec<Distribution> {
        // Where the values of each group end, and then, as they are put there from the last to the first, begin.
        let mut begins = vec![0_u32; many + 1];
        let known =
            || self.values.iter().zip(groups).filter(|(value, group)| **value != NULL && **group != ABSENT);
        known().for_each(|(_, &group)| begins[group as usize] += 1);
        let mut end = 0;
        for begin in &mut begins {
            end += *begin;
            *begin = end;
        }
        let mut by_group = vec![0; end as usize];
        for (&value, &group) in known() {
            let begin = &mut begins[group as usize];
            *begin -= 1;
            by_group[*begin as usize] = value;
        }
        let of = |bounds: &[u32]| {
            let values = &mut by_group[bounds[0] as usize..bounds[1] as usize];
            values.sort_unstable();
            of_ascending(values.len(), |at| values[at])
        };
        begins.windows(2).map(of).collect()
    }
}

/// The places of the values that are known, ascending by value. By digits from the last to the first, each time into as
/// many heaps as a digit has values: durations differ in few of them.
fn sorted(values: &[i64]) -> Vec<u32> {
    let known = || values.iter().enumerate().filter(|(_, value)| **value != NULL);
    let least = known().map(|(_, value)| *value).min().unwrap_or(0);
    let most = known().map(|(_, value)| *value).max().unwrap_or(0);
    let bits = u64::BITS - most.abs_diff(least).leading_zeros();
    let bits_of_place = usize::BITS - values.len().leading_zeros();
    if bits + bits_of_place > u64::BITS {
        let mut order: Vec<u32> = known().map(|(place, _)| place as u32).collect();
        order.sort_unstable_by_key(|&place| values[place as usize]);
        return order;
    }
    // A value's distance from the least, and its place, in one word.
    let mut order: Vec<u64> =
        known().map(|(place, value)| value.abs_diff(least) << bits_of_place | place as u64).collect();
    let mut other = vec![0; order.len()];
    let passes = bits.div_ceil(DIGIT).max(1);
    let digit = bits.div_ceil(passes).max(1);
    let mut next = vec![0_u32; 1 << digit];
    for pass in 0..passes {
        let heap = |word: u64| (word >> (bits_of_place + pass * digit)) as usize & ((1 << digit) - 1);
        next.fill(0);
        order.iter().for_each(|&word| next[heap(word)] += 1);
        let mut begins = 0;
        for heap in &mut next {
            (*heap, begins) = (begins, begins + *heap);
        }
        for &word in &order {
            let heap = &mut next[heap(word)];
            other[*heap as usize] = word;
            *heap += 1;
        }
        std::mem::swap(&mut order, &mut other);
    }
    let place = (1 << bits_of_place) - 1;
    order.into_iter().map(|word| (word & place) as u32).collect()
}

/// The rank of a percentile among so many values, from 1: the nearest one, whose value is the smallest that at least that
/// share of values does not exceed.
fn rank(n: u64, percent: u64) -> u64 {
    (n * percent).div_ceil(100)
}

/// The distribution of `n` values, which ascend.
fn of_ascending(n: usize, value: impl Fn(usize) -> i64) -> Distribution {
    let sum = Sum { n: n as u64, sum: (0..n).map(|at| i128::from(value(at))).sum() };
    let at = |percent| if n == 0 { 0 } else { value(rank(sum.n, percent) as usize - 1) };
    distribution(sum, PERCENT.map(at))
}

fn distribution(Sum { n, sum }: Sum, found: [i64; 4]) -> Distribution {
    if n == 0 {
        return Distribution::default();
    }
    let [p50, p95, p99, max] = found.map(|value| Some(crate::insights::ms(value)));
    Distribution { n, avg: Some(sum as f64 / n as f64 / 1e6), p50, p95, p99, max }
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
            narrow in any::<bool>(),
        ) {
            let narrowed = |value: i64| if narrow && value != NULL { value % 9_000_000_000 } else { value };
            let values: Vec<i64> = facts.iter().map(|(value, _)| narrowed(*value)).collect();
            // The last group is no group.
            let groups: Vec<u32> = facts.iter().map(|(_, group)| if *group == 3 { ABSENT } else { *group }).collect();
            let mut all: Vec<i64> = values.iter().copied().filter(|&value| value != NULL).collect();
            all.sort_unstable();
            let spread =
                Spread { values: values.clone(), groups: vec![Vec::new(), groups.clone()], ..Spread::default() };
            prop_assert_eq!(spread.whole(), Distribution::of(all.clone()));
            prop_assert_eq!(spread.ascending(), all.clone());
            // From then on in order.
            prop_assert_eq!(spread.whole(), Distribution::of(all.clone()));
            prop_assert_eq!(spread.distributions()[0][0], Distribution::of(all));
            let expected: Vec<Distribution> = (0..3).map(|group| {
                let of = values.iter().zip(&groups).filter(|(value, of)| **value != NULL && **of == group);
                Distribution::of(of.map(|(value, _)| *value).collect())
            }).collect();
            prop_assert_eq!(spread.walk(&groups, 3), expected.clone());
            prop_assert_eq!(spread.one_by_one(&groups, 3), expected.clone());
            let found = &spread.distributions()[1];
            prop_assert_eq!(&expected[..found.len()], &found[..]);
        }
    }
}
