//! A column of integers in as few whole bytes each as the largest of them needs.

use std::ops::Range;

/// What stands for "not known" in a column that was taken apart. A fact with this very number, 292 years before the
/// epoch or as long, is kept one off.
pub(crate) const NULL: i64 = i64::MIN;

/// The bytes a number is read with at once.
const WORD: usize = 8;
/// Width, whether there are nulls, and the smallest value.
const HEAD: usize = 1 + 1 + 8;

/// Integers as their distance from the smallest, each in the same number of bytes. With nulls in it 0 is null, and
/// every distance one more.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Packed {
    rows: usize,
    width: usize,
    nulls: bool,
    least: i64,
    /// The numbers, and then as many bytes more that the last can be read as a whole word.
    bytes: Vec<u8>,
}

impl Packed {
    /// Packs `values`.
    pub(crate) fn of(values: &[i64]) -> Self {
        let known = || values.iter().copied().filter(|&value| value != NULL);
        let (least, most) = (known().min().unwrap_or(0), known().max().unwrap_or(0));
        let nulls = values.contains(&NULL);
        // Values are above `NULL`, so the widest distance and the place of null still fit a word.
        let distance = most.abs_diff(least) + u64::from(nulls);
        let width = (WORD * 8 - distance.leading_zeros() as usize).div_ceil(8);
        let mut bytes = Vec::with_capacity(values.len() * width + WORD);
        for &value in values {
            let code = if value == NULL { 0 } else { value.abs_diff(least) + u64::from(nulls) };
            bytes.extend_from_slice(&code.to_le_bytes()[..width]);
        }
        bytes.extend_from_slice(&[0; WORD]);
        Packed { rows: values.len(), width, nulls, least, bytes }
    }

    /// How many values there are.
    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The value of one row; [`NULL`] where it is not known.
    pub(crate) fn get(&self, row: usize) -> i64 {
        let mut word = [0; WORD];
        word.copy_from_slice(&self.bytes[row * self.width..][..WORD]);
        self.value(u64::from_le_bytes(word) & self.mask())
    }

    /// Appends the values of `rows` to `into`, each after `made` of it.
    pub(crate) fn read<T>(&self, rows: Range<usize>, into: &mut Vec<T>, made: impl Fn(i64) -> T) {
        let (mask, width) = (self.mask(), self.width);
        let from = &self.bytes[rows.start * width..];
        into.extend((0..rows.len()).map(|row| {
            let mut word = [0; WORD];
            word.copy_from_slice(&from[row * width..][..WORD]);
            made(self.value(u64::from_le_bytes(word) & mask))
        }));
    }

    /// The values of `rows`.
    pub(crate) fn values(&self, rows: Range<usize>) -> Vec<i64> {
        let mut values = Vec::new();
        self.read(rows, &mut values, |value| value);
        values
    }

    /// The first row whose value is not below `bound`, in a column that ascends.
    pub(crate) fn lower_bound(&self, bound: i64) -> usize {
        let (mut low, mut high) = (0, self.rows);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.get(middle) < bound {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        low
    }

    /// As bytes to keep.
    pub(crate) fn write(&self, into: &mut Vec<u8>) {
        into.push(self.width as u8);
        into.push(u8::from(self.nulls));
        into.extend_from_slice(&self.least.to_le_bytes());
        into.extend_from_slice(&self.bytes[..self.rows * self.width]);
    }

    /// From the beginning of kept bytes that hold `rows` values, with the bytes after them; `None` when they are not
    /// what was written.
    pub(crate) fn parse(rows: usize, kept: &[u8]) -> Option<(Self, &[u8])> {
        let (head, rest) = kept.split_at_checked(HEAD)?;
        let (width, nulls) = (usize::from(head[0]), head[1] != 0);
        let least = i64::from_le_bytes(head[2..].try_into().ok()?);
        if width > WORD {
            return None;
        }
        let (own, rest) = rest.split_at_checked(rows.checked_mul(width)?)?;
        let mut bytes = Vec::with_capacity(own.len() + WORD);
        bytes.extend_from_slice(own);
        bytes.extend_from_slice(&[0; WORD]);
        Some((Packed { rows, width, nulls, least, bytes }, rest))
    }

    fn mask(&self) -> u64 {
        // A shift by all bits is none at all, so a width of nothing needs a word of its own.
        if self.width == 0 { 0 } else { u64::MAX >> ((WORD - self.width) * 8) }
    }

    fn value(&self, code: u64) -> i64 {
        match (self.nulls, code) {
            (true, 0) => NULL,
            (true, code) => self.least.wrapping_add_unsigned(code - 1),
            (false, code) => self.least.wrapping_add_unsigned(code),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_packed_comes_out_again(
            values in prop::collection::vec(
                prop_oneof![Just(NULL), -300_i64..300, any::<i64>(), Just(i64::MAX), Just(i64::MIN + 1)], 0..60
            ),
            narrow in any::<bool>(),
        ) {
            let values: Vec<i64> =
                values.into_iter().map(|v| if narrow && v != NULL { v % 70_000 } else { v }).collect();
            let packed = Packed::of(&values);
            prop_assert_eq!(&packed.values(0..values.len()), &values);
            let mut kept = Vec::new();
            packed.write(&mut kept);
            kept.push(7);
            let (again, rest) = Packed::parse(values.len(), &kept).unwrap();
            prop_assert_eq!((&again, rest), (&packed, &[7][..]));
            for (row, value) in values.iter().enumerate() {
                prop_assert_eq!(packed.get(row), *value);
            }
            prop_assert_eq!(Packed::parse(values.len() + 1, &kept[..kept.len() - 1]).is_some(), packed.width == 0);
        }
    }

    #[test]
    fn one_value_takes_no_bytes_and_small_ones_take_one() {
        assert_eq!(Packed::of(&[5_000_000_000; 100]).width, 0);
        assert_eq!(Packed::of(&[1_000, 1_255]).width, 1);
        assert_eq!(Packed::of(&[1_000, 1_255, NULL]).width, 2);
        assert!(Packed::of(&[]).values(0..0).is_empty());
    }

    #[test]
    fn a_bound_is_found_in_an_ascending_column() {
        let packed = Packed::of(&[10, 20, 20, 30]);
        assert_eq!([5, 20, 21, 31].map(|bound| packed.lower_bound(bound)), [0, 1, 3, 4]);
    }
}
