//! What one unit costs.

use super::decimal::Decimal;

/// The largest rate: 1,000 dollars a million. The most expensive model of 2026 takes 600, and with at most 10^12 tokens
/// in a bucket ([`crate::usage::MAX_TOKENS`]) a call stays far below the largest [`NanoDollars`](super::NanoDollars).
const MAX_DOLLARS: u128 = 1_000;

/// Dollars for a million units (tokens or requests), exact to 18 digits after the point.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Rate(u128);

const PLACES: u32 = 18;

impl Rate {
    /// From units of 10^-18 dollars a million.
    pub(super) const fn from_units(units: u128) -> Self {
        Rate(units)
    }

    /// In units of 10^-18 dollars a million, which are units of 10^-24 dollars for one.
    pub(super) const fn units(self) -> u128 {
        self.0
    }

    /// Dollars for a million tokens, as written; `None` when it is no decimal number, has more than 18 digits after the
    /// point, or is more than 1,000.
    pub fn per_million(dollars: &str) -> Option<Self> {
        let units = Decimal::parse(dollars)?.exactly(PLACES)?;
        (units <= MAX_DOLLARS * 10_u128.pow(PLACES)).then_some(Rate(units))
    }

    /// Dollars for one request, as written, with the same limits.
    pub fn per_request(dollars: &str) -> Option<Self> {
        Self::per_million(dollars).map(|Rate(units)| Rate(units * 1_000_000))
    }
}
