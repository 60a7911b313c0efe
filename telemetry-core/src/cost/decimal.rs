//! Decimal numbers as people and JSON write them, without a float between.

/// A number that is not negative: `digits` * 10^`exponent`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decimal {
    digits: u128,
    exponent: i32,
}

impl Decimal {
    /// Reads `12`, `0.25` or `2.5e-7`; `None` for anything else, for a sign, and for more than 38 digits.
    pub fn parse(text: &str) -> Option<Self> {
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i16>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((_, "")) => return None,
            Some(parts) => parts,
            None => (mantissa, ""),
        };
        if whole.is_empty() {
            return None;
        }
        let digit = |number: u128, byte: u8| {
            let digit = byte.is_ascii_digit().then(|| u128::from(byte - b'0'))?;
            number.checked_mul(10)?.checked_add(digit)
        };
        let digits = whole.bytes().chain(fraction.bytes()).try_fold(0, digit)?;
        let places = i32::try_from(fraction.len()).ok()?;
        Some(Decimal { digits, exponent: i32::from(exponent) - places })
    }

    /// In units of 10^-`places`; `None` when that would lose a digit or is too large.
    pub fn exactly(self, places: u32) -> Option<u128> {
        if self.digits == 0 {
            return Some(0);
        }
        let shift = self.shift(places)?;
        if shift >= 0 {
            return self.digits.checked_mul(10_u128.checked_pow(shift.unsigned_abs())?);
        }
        let divisor = 10_u128.checked_pow(shift.unsigned_abs())?;
        self.digits.is_multiple_of(divisor).then(|| self.digits / divisor)
    }

    /// In units of 10^-`places`, a half rounded to the even neighbour; `None` when too large.
    pub fn rounded(self, places: u32) -> Option<u128> {
        let shift = self.shift(places)?;
        if shift >= 0 || self.digits == 0 {
            return self.exactly(places);
        }
        // Of 38 digits nothing is left where the divisor is larger than any such number.
        Some(10_u128.checked_pow(shift.unsigned_abs()).map_or(0, |divisor| half_even(self.digits, divisor)))
    }

    fn shift(self, places: u32) -> Option<i32> {
        self.exponent.checked_add(i32::try_from(places).ok()?)
    }
}

/// `number` / `divisor`, a half rounded to the even neighbour.
pub fn half_even(number: u128, divisor: u128) -> u128 {
    let (quotient, rest) = (number / divisor, number % divisor);
    // Compared this way because twice the rest may not fit.
    let up = match rest.cmp(&(divisor - rest)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => quotient % 2 == 1,
        std::cmp::Ordering::Greater => true,
    };
    quotient + u128::from(up)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exactly(text: &str, places: u32) -> Option<u128> {
        Decimal::parse(text)?.exactly(places)
    }

    #[test]
    fn numbers_as_they_are_written() {
        for (text, millionths) in [
            ("0", 0),
            ("5", 5_000_000),
            ("0.25", 250_000),
            ("0.250000000", 250_000),
            ("2.5e-3", 2_500),
            ("1E2", 100_000_000),
            ("1e+2", 100_000_000),
            ("0e-400", 0),
        ] {
            assert_eq!(exactly(text, 6), Some(millionths), "{text}");
        }
        // A digit that a float would have made of 0.18.
        assert_eq!(exactly("0.18000000000000002", 18), Some(180_000_000_000_000_020));
    }

    #[test]
    fn what_is_no_number_or_would_lose_a_digit() {
        for text in ["", ".", "1.", ".5", "-1", "+1", "1e", "1e1.0", "0x1", "1_000", " 1", "NaN", "inf", "１"]
        {
            assert_eq!(Decimal::parse(text), None, "{text}");
        }
        assert_eq!(Decimal::parse(&"9".repeat(40)), None);
        assert_eq!(exactly("0.0000001", 6), None);
        assert_eq!(exactly("1e40", 6), None);
    }

    #[test]
    fn halves_go_to_the_even_neighbour() {
        for (text, whole) in [
            ("0.5", 0),
            ("1.5", 2),
            ("2.5", 2),
            ("2.50000000000000000001", 3),
            ("2.4999999999999999", 2),
            ("7e-300", 0),
            ("12", 12),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().rounded(0), Some(whole), "{text}");
        }
    }
}
