//! Money as whole nano-dollars.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::decimal::Decimal;

/// Billionths of a US dollar: 1,000,000,000 are one dollar. Holds up to 9.2 billion dollars.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct NanoDollars(pub i64);

impl NanoDollars {
    /// Nothing.
    pub const ZERO: Self = NanoDollars(0);

    /// From dollars as a provider writes them (`0.0001775`, `1.2e-05`), a half rounded to the even nano-dollar; `None`
    /// when it is no decimal number, negative, or too large.
    pub fn from_dollars(dollars: &str) -> Option<Self> {
        i64::try_from(Decimal::parse(dollars)?.rounded(9)?).ok().map(NanoDollars)
    }
}

/// Dollars with as many digits as the amount has, at least two: `0.1775`, `3.00`.
impl fmt::Display for NanoDollars {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let sign = if self.0 < 0 { "-" } else { "" };
        let (dollars, nanos) = (self.0.unsigned_abs() / 1_000_000_000, self.0.unsigned_abs() % 1_000_000_000);
        let fraction = format!("{nanos:09}");
        let digits = fraction.trim_end_matches('0').len().max(2);
        write!(f, "{sign}{dollars}.{}", &fraction[..digits])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_are_read_and_shown_without_loss() {
        for (written, nanos, shown) in [
            ("0", 0, "0.00"),
            ("3", 3_000_000_000, "3.00"),
            ("0.1775", 177_500_000, "0.1775"),
            ("1.2e-05", 12_000, "0.000012"),
            ("0.000000001", 1, "0.000000001"),
            ("0.0000000005", 0, "0.00"),
            ("0.0000000015", 2, "0.000000002"),
            ("0.00001234500000000000123456", 12_345, "0.000012345"),
        ] {
            let money = NanoDollars::from_dollars(written).unwrap();
            assert_eq!((money.0, money.to_string().as_str()), (nanos, shown), "{written}");
        }
        assert_eq!(NanoDollars(-1_500_000_000).to_string(), "-1.50");
        assert_eq!(NanoDollars(i64::MIN).to_string(), "-9223372036.854775808");
    }

    #[test]
    fn what_is_no_amount() {
        for written in ["", "-0.1", "free", "1e30", "$1"] {
            assert_eq!(NanoDollars::from_dollars(written), None, "{written}");
        }
    }
}
