//! What is counted and summed of facts, by breakdown and group.

use std::collections::HashMap;
use std::hash::Hash;

use super::groups::Members;
use super::scan::Chosen;
use super::words::ABSENT;

/// What can be made of some facts and of others apart, and then be put together.
pub(super) trait Sum: Default {
    /// Adds what was made of other facts.
    fn absorb(&mut self, other: &Self);
}

impl Sum for u32 {
    fn absorb(&mut self, other: &Self) {
        *self += other;
    }
}

/// One value for each group of each breakdown that facts of a kind have.
pub(super) struct ByGroup<T> {
    /// By breakdown and group.
    sums: Vec<Vec<T>>,
    /// Of the facts that are just being added, by carrier and its value.
    by_carrier: Vec<Vec<T>>,
}

impl<T> Default for ByGroup<T> {
    fn default() -> Self {
        ByGroup { sums: Vec::new(), by_carrier: Vec::new() }
    }
}

impl<T: Sum> ByGroup<T> {
    /// Adds each of the chosen facts, which `add` does by its place, to the value of each of its groups.
    pub(super) fn add(&mut self, chosen: &Chosen, add: impl Fn(&mut T, usize)) {
        self.sum_by_carrier(chosen, &add);
        let by_carrier = &self.by_carrier;
        let smallest = by_carrier.iter().filter(|sums| !sums.is_empty()).min_by_key(|sums| sums.len());
        self.sums.resize_with(self.sums.len().max(chosen.members.len()), Vec::new);
        for (sums, members) in self.sums.iter_mut().zip(&chosen.members) {
            match (members, smallest) {
                (Members::All, Some(values)) => {
                    values.iter().for_each(|value| at(sums, 0).absorb(value));
                }
                (Members::All, None) => (0..chosen.len()).for_each(|place| add(at(sums, 0), place)),
                (Members::Of(groups), _) => {
                    let known = groups.iter().enumerate().filter(|(_, group)| **group != ABSENT);
                    known.for_each(|(place, &group)| add(at(sums, group), place));
                }
                (Members::By(carrier, groups), _) => {
                    let values = &by_carrier[*carrier];
                    let known = groups.iter().zip(values).filter(|(group, _)| **group != ABSENT);
                    known.for_each(|(&group, value)| at(sums, group).absorb(value));
                }
            }
        }
    }

    /// The value of a group of the `breakdown`-th breakdown that the kind has; `None` where it has no fact.
    pub(super) fn get(&self, breakdown: usize, group: usize) -> Option<&T> {
        self.sums.get(breakdown)?.get(group)
    }

    /// Sums the facts that have a value of a carrier in common, for each carrier that a breakdown is by: once, for however
    /// many breakdowns.
    fn sum_by_carrier(&mut self, chosen: &Chosen, add: &impl Fn(&mut T, usize)) {
        self.by_carrier.iter_mut().for_each(Vec::clear);
        self.by_carrier.resize_with(chosen.carriers.len().max(self.by_carrier.len()), Vec::new);
        for members in &chosen.members {
            let Members::By(carrier, _) = *members else { continue };
            let sums = &mut self.by_carrier[carrier];
            if sums.is_empty() {
                sums.resize_with(chosen.carriers.had(carrier).len(), T::default);
                for (place, &value) in chosen.carriers.values(carrier).iter().enumerate() {
                    add(&mut sums[value as usize], place);
                }
            }
        }
    }
}

fn at<T: Default>(sums: &mut Vec<T>, group: u32) -> &mut T {
    let group = group as usize;
    if group >= sums.len() {
        sums.resize_with(group + 1, T::default);
    }
    &mut sums[group]
}

/// Sorts of facts, numbered in the order they are met.
pub(super) struct Sorts<T>(Vec<T>, HashMap<T, u32>);

impl<T> Default for Sorts<T> {
    fn default() -> Self {
        Sorts(Vec::new(), HashMap::new())
    }
}

impl<T: Copy + Eq + Hash> Sorts<T> {
    pub(super) fn number(&mut self, sort: T) -> u32 {
        *self.1.entry(sort).or_insert_with(|| {
            self.0.push(sort);
            self.0.len() as u32 - 1
        })
    }

    pub(super) fn get(&self, number: u32) -> T {
        self.0[number as usize]
    }
}
