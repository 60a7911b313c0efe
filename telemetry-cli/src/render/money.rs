//! Dollars, in as many digits as say something.

use super::text::grouped;

/// An amount: `$1,234`, `$12.34`, `$0.0012`; `-` where it is not known. What is not nothing never looks like it.
pub(crate) fn dollars(usd: Option<f64>) -> String {
    let Some(usd) = usd else { return "-".to_owned() };
    let sign = if usd < 0.0 { "-" } else { "" };
    let amount = usd.abs();
    let said = match () {
        () if amount == 0.0 => "0.00".to_owned(),
        // Two digits that are not zero, to the nano-dollar.
        () if amount < 0.0995 => {
            let places = (1.0 - amount.log10().floor()).clamp(2.0, 9.0) as usize;
            format!("{amount:.places$}")
        }
        () if amount < 999.995 => format!("{amount:.2}"),
        () => grouped(amount.round() as i64),
    };
    format!("{sign}${said}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_well_and_something_is_never_nothing() {
        for (usd, said) in [
            (0.0, "$0.00"),
            (0.000_000_001, "$0.000000001"),
            (0.000_012_34, "$0.000012"),
            (0.0012, "$0.0012"),
            (0.009_99, "$0.0100"),
            (0.0512, "$0.051"),
            (0.1, "$0.10"),
            (0.5, "$0.50"),
            (12.34, "$12.34"),
            (999.99, "$999.99"),
            (999.996, "$1,000"),
            (1_234.4, "$1,234"),
            (-0.0012, "-$0.0012"),
            (-1_234_567.0, "-$1,234,567"),
        ] {
            assert_eq!(dollars(Some(usd)), said, "{usd}");
        }
        assert_eq!(dollars(None), "-");
    }
}
