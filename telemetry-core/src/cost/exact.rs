//! Tokens at rates, summed before anything is rounded.

use super::decimal::half_even;
use super::money::NanoDollars;
use super::rate::Rate;

/// A sum that nothing was rounded in, in units of 10^-24 dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Exact(u128);

/// Units of [`Exact`] in a nano-dollar.
const UNITS: u128 = 10_u128.pow(15);

impl Exact {
    /// Adds `count` units at `rate`.
    pub fn add(&mut self, count: u64, rate: Rate) {
        self.0 = self.0.saturating_add(u128::from(count).saturating_mul(rate.units()));
    }

    /// The nano-dollars it comes to: rounded once, a half to the even neighbour.
    pub fn round(self) -> NanoDollars {
        NanoDollars(i64::try_from(half_even(self.0, UNITS)).unwrap_or(i64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_is_rounded_once() {
        // 1 token at 0.0005 dollars a million is half a nano-dollar; a thousand of them are 500 of them, not 0 or 1,000.
        let rate = Rate::per_million("0.0005").unwrap();
        let of = |calls: u64| {
            let mut sum = Exact::default();
            (0..calls).for_each(|_| sum.add(1, rate));
            sum.round().0
        };
        assert_eq!([of(1), of(2), of(3), of(1_000)], [0, 1, 2, 500]);
    }
}
