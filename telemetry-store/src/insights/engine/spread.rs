//! Exact percentiles of many groups from one sort.
//!
//! The values are sorted once. Each breakdown then walks them in that order and counts its groups' values: the value at
//! which a group's count comes to a rank is that percentile. So a further breakdown costs a walk, not another sort.

use super::groups::Members;
use super::words::ABSENT;
use crate::columns::NULL;
use crate::insights::Distribution;

/// Values of facts, with the group each fact is in, by breakdown.
#[derive(Default)]
pub(super) struct Spread {
    values: Vec<i64>,
    /// By breakdown: the group of each value.
    groups: Vec<Vec<u32>>,
}

/// Values in order, each with the place it was added at.
pub(super) struct Sorted<'a> {
    order: Vec<(i64, u32)>,
    groups: &'a [Vec<u32>],
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

    /// In order.
    pub(super) fn sorted(&self) -> Sorted<'_> {
        let known = |(place, &value): (usize, &i64)| (value != NULL).then_some((value, place as u32));
        let mut order: Vec<(i64, u32)> = self.values.iter().enumerate().filter_map(known).collect();
        order.sort_unstable();
        Sorted { order, groups: &self.groups }
    }
}

/// The ranks of a group that are looked for, and what was found on the way.
#[derive(Clone, Default)]
struct Seen {
    n: u64,
    sum: i128,
    at: u64,
    ranks: [u64; 3],
    found: [i64; 3],
    max: i64,
}

impl Sorted<'_> {
    /// The values alone, ascending.
    pub(super) fn values(&self) -> Vec<i64> {
        self.order.iter().map(|&(value, _)| value).collect()
    }

    /// The distribution of each of a breakdown's `many` groups.
    pub(super) fn distributions(&self, breakdown: usize, many: usize) -> Vec<Distribution> {
        let groups = self.groups.get(breakdown).filter(|groups| !groups.is_empty());
        let group = |place: u32| groups.map_or(0, |groups| groups[place as usize]);
        let mut seen = vec![Seen::default(); many];
        for &(value, place) in &self.order {
            let group = group(place);
            if group != ABSENT {
                let seen = &mut seen[group as usize];
                seen.n += 1;
                seen.sum += i128::from(value);
            }
        }
        for seen in &mut seen {
            // Nearest rank: the smallest value that at least that share of values does not exceed.
            seen.ranks = [50, 95, 99].map(|percent| (seen.n * percent).div_ceil(100));
        }
        for &(value, place) in &self.order {
            let group = group(place);
            if group != ABSENT {
                let seen = &mut seen[group as usize];
                seen.at += 1;
                seen.max = value;
                for (rank, found) in seen.ranks.iter().zip(&mut seen.found) {
                    if seen.at == *rank {
                        *found = value;
                    }
                }
            }
        }
        seen.into_iter().map(Seen::distribution).collect()
    }
}

impl Seen {
    fn distribution(self) -> Distribution {
        if self.n == 0 {
            return Distribution::default();
        }
        let ms = |value| Some(crate::insights::ms(value));
        let [p50, p95, p99] = self.found.map(ms);
        let avg = Some(self.sum as f64 / self.n as f64 / 1e6);
        Distribution { n: self.n, avg, p50, p95, p99, max: ms(self.max) }
    }
}
