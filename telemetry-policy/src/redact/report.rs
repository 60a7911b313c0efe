//! How much was taken out, and by what.

use std::collections::BTreeMap;

/// Counts of what was taken out, by the word in its placeholder. Nothing of what it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    counts: BTreeMap<&'static str, u64>,
}

impl Report {
    /// Each kind with its count, in the order of the alphabet.
    pub fn counts(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        self.counts.iter().map(|(kind, count)| (*kind, *count))
    }

    /// All of them together.
    pub fn total(&self) -> u64 {
        self.counts.values().sum()
    }

    pub(crate) fn add(&mut self, kinds: impl Iterator<Item = &'static str>) {
        for kind in kinds {
            *self.counts.entry(kind).or_default() += 1;
        }
    }
}
