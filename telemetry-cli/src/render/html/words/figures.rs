//! Numbers, durations, money and moments as words.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use telemetry_store::insights::Rate;

use super::Words;
use crate::render::html::markup::{Tag, tag};
use crate::render::{insights, money, text};

/// What stands where a number is not known.
pub(in crate::render::html) const NOTHING: &str = "–";

/// A whole number: `1,234`.
pub(in crate::render::html) fn whole(n: u64) -> Words {
    Words::figure(text::grouped(i64::try_from(n).unwrap_or(i64::MAX)))
}

/// `1 run`, `2 runs`.
pub(in crate::render::html) fn count(n: u64, one: &'static str, many: &'static str) -> Words {
    whole(n).then(" ").then(if n == 1 { one } else { many })
}

/// Tokens; none is a mistake of the provider's books and counts as none.
pub(in crate::render::html) fn tokens(n: i64) -> Words {
    whole(u64::try_from(n).unwrap_or(0))
}

/// A large number at three digits: `1.24 M`.
pub(in crate::render::html) fn short(n: f64) -> Words {
    let (n, unit) = match n.abs() {
        few if few < 1e4 => (n, ""),
        few if few < 1e6 => (n / 1e3, " k"),
        few if few < 1e9 => (n / 1e6, " M"),
        _ => (n / 1e9, " G"),
    };
    let digits = match n.abs() {
        n if n >= 100.0 || n.fract() == 0.0 => 0,
        n if n >= 10.0 => 1,
        _ => 2,
    };
    let number = match digits {
        0 => text::grouped(n.round() as i64),
        digits => format!("{n:.digits$}"),
    };
    Words::figure(number).then(unit)
}

/// Milliseconds, at three digits or so.
pub(in crate::render::html) fn duration(ms: Option<f64>) -> Words {
    ms.map_or_else(|| NOTHING.into(), |ms| Words::figure(text::duration(Some(ms))))
}

/// A share of one that says nothing is left, or all, only where it is so: `0.4 %`, `64 %`, `99.8 %`.
pub(in crate::render::html) fn percent(share: f64) -> Words {
    let near = |tenths: f64| Words::figure(format!("{tenths:.1} %"));
    match share * 100.0 {
        trace if trace > 0.0 && trace < 0.1 => "< 0.1 %".into(),
        few if few > 0.0 && few < 9.95 => near(few),
        most if most > 99.0 && most < 100.0 => near(most.min(99.9)),
        _ => Words::figure(text::percent(share)),
    }
}

/// A difference of shares: `4.4 points`.
pub(in crate::render::html) fn points(share: f64) -> Words {
    Words::figure(format!("{:.1} points", share * 100.0))
}

/// The 95 % interval of a rate: `44 to 84 %`.
pub(in crate::render::html) fn interval(rate: &Rate) -> Words {
    Words::figure(format!("{:.0} to {:.0} %", rate.low * 100.0, rate.high * 100.0))
}

/// Dollars, in as many digits as say something.
pub(in crate::render::html) fn dollars(usd: Option<f64>) -> Words {
    usd.map_or_else(|| NOTHING.into(), |usd| Words::figure(money::dollars(Some(usd))))
}

/// A change of a number by `delta`: with its sign, an arrow for who scans, in the words of `unit`.
pub(in crate::render::html) fn change(delta: f64, unit: fn(f64) -> Words) -> Words {
    match delta {
        // A difference of equal numbers may be a rounding away from nothing.
        none if none.abs() < 1e-12 => "no change".into(),
        up if up > 0.0 => Words::from("▲ ").then(unit(up)),
        down => Words::from("▼ ").then(unit(-down)),
    }
}

/// A moment (RFC 3339) in a zone, to the minute; nothing where it is none.
pub(in crate::render::html) fn minute(moment: &str, zone: &TimeZone) -> Words {
    local(moment, zone, "%Y-%m-%d %H:%M")
}

/// The day a moment (RFC 3339) is on in a zone, in words.
pub(in crate::render::html) fn day_of(moment: &str, zone: &TimeZone) -> Words {
    local(moment, zone, "%-d %B %Y")
}

fn local(moment: &str, zone: &TimeZone, layout: &str) -> Words {
    moment.parse::<Timestamp>().map_or_else(
        |_| NOTHING.into(),
        |at| Words::figure(at.to_zoned(zone.clone()).strftime(layout).to_string()),
    )
}

/// A day: `2026-01-31`.
pub(in crate::render::html) fn date(day: Date) -> Words {
    Words::figure(day.to_string())
}

/// A day below an axis: `31 Jan`.
pub(in crate::render::html) fn short_date(day: Date) -> Words {
    Words::figure(day.strftime("%-d %b").to_string())
}

/// A number of the document by its path, in words: `turns completion rate`. The paths are ours; a letter that is in none
/// is left out.
pub(in crate::render::html) fn metric(path: &str) -> Words {
    let known = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_');
    Words::figure(insights::compared::label(&path.chars().filter(known).collect::<String>()))
}

/// A number of the document `insights --json` prints, as it is shown here, with its exact value and its path there: whoever
/// reads the page with a program has the number itself.
pub(in crate::render::html) fn exact(path: impl Into<Words>, value: Option<f64>, shown: Words) -> Tag {
    let value = value.map_or_else(|| "null".into(), |value| Words::figure(value.to_string()));
    tag("data").set("data-metric", path).set("value", value).put(shown)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(words: Words) -> String {
        words.pieces().iter().map(|piece| piece.said.as_ref()).collect()
    }

    #[test]
    fn almost_all_is_not_all() {
        let shares = [0.0, 0.000_2, 0.004, 0.0996, 0.5, 0.99, 0.998, 0.999_99, 1.0];
        let said: Vec<String> = shares.map(|share| said(percent(share))).into();
        assert_eq!(said, ["0 %", "< 0.1 %", "0.4 %", "10 %", "50 %", "99 %", "99.8 %", "99.9 %", "100 %"]);
    }

    #[test]
    fn large_numbers_read_well() {
        let numbers = [0.0, 2.5, 999.0, 9_999.0, 12_340.0, 250_000.0, 1_240_000.0, 7e9];
        let said: Vec<String> = numbers.map(|n| said(short(n))).into();
        assert_eq!(said, ["0", "2.50", "999", "9,999", "12.3 k", "250 k", "1.24 M", "7 G"]);
    }
}
