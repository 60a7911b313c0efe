//! How many facts there are of each sort.

use std::collections::BTreeMap;

use super::tally::Sum;

/// Sorts that are counted in place: those that are met first, which nearly all facts are of.
const USUAL: usize = 6;

/// How many facts there are of each of a few sorts. It is small, since there may be one for nearly every fact.
#[derive(Default)]
pub(super) struct Counts {
    usual: [u32; USUAL],
    /// By sort.
    others: BTreeMap<u32, u32>,
}

impl Counts {
    pub(super) fn add(&mut self, sort: u32) {
        self.add_many(sort, 1);
    }

    fn add_many(&mut self, sort: u32, many: u32) {
        match self.usual.get_mut(sort as usize) {
            Some(count) => *count += many,
            None => *self.others.entry(sort).or_insert(0) += many,
        }
    }

    /// The sorts there are, and how many of each.
    pub(super) fn each(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        let usual = (0..).zip(self.usual).filter(|(_, count)| *count > 0);
        let others = self.others.iter().map(|(sort, count)| (*sort, *count));
        usual.chain(others).map(|(sort, count)| (sort, u64::from(count)))
    }

    pub(super) fn total(&self) -> u64 {
        self.each().map(|(_, count)| count).sum()
    }
}

impl Sum for Counts {
    fn absorb(&mut self, other: &Self) {
        for (sum, count) in self.usual.iter_mut().zip(other.usual) {
            *sum += count;
        }
        other.others.iter().for_each(|(&sort, &count)| self.add_many(sort, count));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sorts_are_counted_whether_they_are_usual_or_not() {
        let (mut one, mut other) = (Counts::default(), Counts::default());
        [0, 9, 3, 9, 4_000_000_000].into_iter().for_each(|sort| one.add(sort));
        [9, 3].into_iter().for_each(|sort| other.add(sort));
        one.absorb(&other);
        assert_eq!(one.each().collect::<Vec<_>>(), [(0, 1), (3, 2), (9, 3), (4_000_000_000, 1)]);
        assert_eq!(one.total(), 7);
    }
}
