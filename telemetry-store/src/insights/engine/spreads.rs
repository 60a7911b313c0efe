//! The distributions of all groups of one kind of fact.

use super::spread::Spread;
use crate::insights::Distribution;

/// The distributions of one kind of fact: in all, and of every group.
pub(super) struct Spreads {
    /// The breakdowns that facts of the kind have, among all.
    breakdowns: Vec<usize>,
    /// By those and by group, as far as any has a fact.
    distributions: Vec<Vec<Distribution>>,
    /// All values, ascending, where somebody asks.
    pub values: Vec<i64>,
}

impl Spreads {
    /// Of the values of `spread`, in those `breakdowns` among all that facts of the kind have.
    pub(super) fn of(breakdowns: Vec<usize>, spread: Spread, values: bool) -> Self {
        let distributions = spread.distributions();
        let values = if values { spread.ascending() } else { Vec::new() };
        Spreads { breakdowns, distributions, values }
    }

    /// Of all facts.
    pub(super) fn all(&self) -> Distribution {
        self.at(0, 0)
    }

    /// Where a breakdown is among those that facts of the kind have, and the distribution of one of its groups; `None`
    /// when they do not have it.
    pub(super) fn get(&self, partition: usize, group: usize) -> Option<(usize, Distribution)> {
        let place = self.place(partition)?;
        Some((place, self.at(place, group)))
    }

    fn at(&self, place: usize, group: usize) -> Distribution {
        self.distributions.get(place).and_then(|groups| groups.get(group)).copied().unwrap_or_default()
    }

    /// Where a breakdown is among those that facts of the kind have.
    pub(super) fn place(&self, partition: usize) -> Option<usize> {
        self.breakdowns.iter().position(|&of| of == partition)
    }
}
