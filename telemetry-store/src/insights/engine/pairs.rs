//! Numbers for pairs of numbers.
//!
//! A breakdown by two dimensions may have a group for nearly every fact. Its pairs are of numbers that were handed out
//! here, so what protects a map from keys somebody chose, which is most of what a look-up costs, would protect from nobody.

/// Where in a list of keys each key is, by probing from where its bits, well mixed, point.
#[derive(Default)]
pub(super) struct Pairs {
    /// A place in the list and one; 0 where there is none. A power of two of them, at most half of them taken.
    slots: Vec<u32>,
}

/// As few slots as it begins with.
const LEAST: usize = 64;

impl Pairs {
    /// The place of `key` in `keys`, which are those that were added. `None` when it is not among them.
    pub(super) fn find(&self, keys: &[[u32; 2]], key: [u32; 2]) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        match self.slots[self.slot(keys, key)] {
            0 => None,
            place => Some(place - 1),
        }
    }

    /// Adds the last of `keys`, which is not there yet.
    pub(super) fn add_last(&mut self, keys: &[[u32; 2]]) {
        if keys.len() * 2 > self.slots.len() {
            self.slots = vec![0; (keys.len() * 4).next_power_of_two().max(LEAST)];
            (0..keys.len()).for_each(|place| self.put(keys, place));
        } else if let Some(last) = keys.len().checked_sub(1) {
            self.put(keys, last);
        }
    }

    fn put(&mut self, keys: &[[u32; 2]], place: usize) {
        let slot = self.slot(keys, keys[place]);
        self.slots[slot] = place as u32 + 1;
    }

    /// The slot that has `key`, or the free one it would be put in.
    fn slot(&self, keys: &[[u32; 2]], key: [u32; 2]) -> usize {
        let bits = u64::from(key[0]) << 32 | u64::from(key[1]);
        // Of a product with a number of random bits, the middle depends on all bits of both.
        let product = u128::from(bits) * 0x9e37_79b9_7f4a_7c15;
        let mixed = (product >> 64) as u64 ^ product as u64;
        let mask = self.slots.len() - 1;
        let mut slot = mixed as usize & mask;
        while self.slots[slot] != 0 && keys[self.slots[slot] as usize - 1] != key {
            slot = (slot + 1) & mask;
        }
        slot
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn each_pair_has_the_number_it_got_first(
            pairs in prop::collection::vec((0..40_u32, prop_oneof![0..40_u32, Just(u32::MAX - 1)]), 0..400),
        ) {
            let (mut known, mut keys, mut numbers) = (HashMap::new(), Vec::new(), Pairs::default());
            for (one, other) in pairs {
                let key = [one, other];
                prop_assert_eq!(numbers.find(&keys, key), known.get(&key).copied());
                known.entry(key).or_insert_with(|| {
                    keys.push(key);
                    numbers.add_last(&keys);
                    keys.len() as u32 - 1
                });
            }
        }
    }
}
