//! What a batch gathers of many things, each found by its key.

use std::hash::Hash;

use super::Map;

/// Deltas by key, in the order they were heard of first.
///
/// They lie in a row and the map has their places, so that it grows by moving numbers: a delta is some hundred bytes. Rows
/// are numbered as they are heard of, so sorting finds nearly everything in order.
pub(super) struct Gathered<K, D> {
    places: Map<K, usize>,
    deltas: Vec<(K, D)>,
    /// The place that was asked for last: events of one run come one after the other.
    last: usize,
}

impl<K, D> Default for Gathered<K, D> {
    fn default() -> Self {
        Gathered { places: Map::default(), deltas: Vec::new(), last: 0 }
    }
}

impl<K: Copy + Ord + Hash, D> Gathered<K, D> {
    /// The delta of `key`, begun with `first` if there is none.
    pub fn of(&mut self, key: K, first: impl FnOnce() -> D) -> &mut D {
        if self.deltas.get(self.last).is_none_or(|(last, _)| *last != key) {
            self.last = *self.places.entry(key).or_insert(self.deltas.len());
            if self.last == self.deltas.len() {
                self.deltas.push((key, first()));
            }
        }
        &mut self.deltas[self.last].1
    }

    /// All that was gathered, by key.
    pub fn into_sorted(mut self) -> Vec<(K, D)> {
        // Stable, for that makes use of the order there is.
        self.deltas.sort_by_key(|(key, _)| *key);
        self.deltas
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_gathered_is_found_by_its_key_and_comes_out_in_order() {
        let mut gathered: Gathered<i64, Vec<i64>> = Gathered::default();
        for (key, heard) in [(3, 0), (3, 1), (1, 2), (3, 3), (2, 4), (1, 5)] {
            gathered.of(key, Vec::new).push(heard);
        }
        assert_eq!(gathered.into_sorted(), [(1, vec![2, 5]), (2, vec![4]), (3, vec![0, 1, 3])]);
    }
}
