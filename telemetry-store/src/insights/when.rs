//! Moments in people's words: `7d`, `2026-01-31`, `2026-01-31T08:00`, RFC 3339.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use telemetry_core::time::UnixNanos;

/// What may be written for a moment.
pub const WHEN: &str = "a span like 7d, 24h or 30m, today, a date like 2026-01-31, or a date and time";

/// A moment in words, as of `now`; a date is its midnight in `zone`. `None` where it is none of [`WHEN`].
pub fn when(text: &str, now: Timestamp, zone: &TimeZone) -> Option<UnixNanos> {
    // A date alone is its midnight.
    let local = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok();
    let today = || now.to_zoned(zone.clone()).start_of_day().ok().filter(|_| text == "today");
    let found = ago(text, now)
        .or_else(|| today().map(|midnight| midnight.timestamp()))
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| local(text).map(|at| at.timestamp()))?;
    i64::try_from(found.as_nanosecond()).ok().map(UnixNanos)
}

fn ago(text: &str, now: Timestamp) -> Option<Timestamp> {
    let unit = text.chars().last()?;
    let count: i64 = text[..text.len() - unit.len_utf8()].parse().ok().filter(|count| *count >= 0)?;
    let seconds = match unit {
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        'w' => 7 * 86_400,
        _ => return None,
    };
    now.checked_sub(SignedDuration::from_secs(count.checked_mul(seconds)?)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn people_s_words_are_moments() {
        let now: Timestamp = "2026-03-01T12:00:00Z".parse().unwrap();
        let berlin = TimeZone::get("Europe/Berlin").unwrap();
        for (text, expected) in [
            ("7d", "2026-02-22T12:00:00Z"),
            ("24h", "2026-02-28T12:00:00Z"),
            ("30m", "2026-03-01T11:30:00Z"),
            ("today", "2026-02-28T23:00:00Z"),
            ("2026-01-31", "2026-01-30T23:00:00Z"),
            ("2026-01-31T08:00", "2026-01-31T07:00:00Z"),
            ("2026-01-31T08:00:00Z", "2026-01-31T08:00:00Z"),
            ("2026-07-01", "2026-06-30T22:00:00Z"),
        ] {
            assert_eq!(when(text, now, &berlin).unwrap().to_string(), expected, "{text}");
        }
        for bad in ["", "d", "-3d", "soon", "99999999999999999d", "2026-13-01", "7ä"] {
            assert_eq!(when(bad, now, &berlin), None, "{bad}");
        }
    }
}
