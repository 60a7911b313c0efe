//! Days, hours and weekdays of moments, in a zone.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use super::words::{ABSENT, Words};
use crate::insights::Dimension;

const SECOND: i64 = 1_000_000_000;
const HOUR: i64 = 3_600;

/// Monday first.
pub(super) const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// The numbers of the days, hours or weekdays of `times`, which ascend. A zone is asked once for each of its hours that
/// has a moment in it: an hour on its clocks ends where the next begins, or where the clocks are set.
pub(super) fn codes(words: &mut Words<'_>, zone: &TimeZone, dimension: Dimension, times: &[i64]) -> Vec<u32> {
    let mut codes = Vec::with_capacity(times.len());
    let mut rest = times;
    while let Some(&first) = rest.first() {
        let (number, end) = hour_of(words, zone, dimension, first);
        let inside = rest.partition_point(|&time| time < end).max(1);
        codes.resize(codes.len() + inside, number);
        rest = &rest[inside..];
    }
    codes
}

/// The number of the hour that has the moment, and when that hour is over.
fn hour_of(words: &mut Words<'_>, zone: &TimeZone, dimension: Dimension, time: i64) -> (u32, i64) {
    let second = time.div_euclid(SECOND);
    let Ok(at) = Timestamp::from_second(second) else {
        // No clock of 64 bits of nanoseconds shows such a time.
        return (ABSENT, time.saturating_add(1));
    };
    let offset = zone.to_offset(at);
    let shown = second + i64::from(offset.seconds());
    let next_hour = second + HOUR - shown.rem_euclid(HOUR);
    let set = zone.following(at).next().map_or(i64::MAX, |transition| transition.timestamp().as_second());
    let clock = offset.to_datetime(at);
    let number = match dimension {
        Dimension::Day => words.number(&clock.date().to_string()),
        Dimension::Hour => words.number(&format!("{:02}", clock.hour())),
        _ => words.number(WEEKDAYS[clock.weekday().to_monday_zero_offset() as usize]),
    };
    (number, next_hour.min(set).saturating_mul(SECOND))
}

#[cfg(test)]
mod tests {
    use rusqlite::Connection;

    use super::*;

    /// Every quarter of an hour for three days, beside the calendar asked for each moment alone.
    #[test]
    fn moments_are_in_the_hours_a_calendar_shows() {
        let connection = Connection::open_in_memory().unwrap();
        for (zone, from) in [
            ("America/New_York", "2026-03-07T00:00:00Z"),
            ("America/New_York", "2026-10-31T00:00:00Z"),
            ("Australia/Lord_Howe", "2026-04-04T00:00:00Z"),
            ("Asia/Kathmandu", "2026-01-31T00:00:00Z"),
            ("Africa/Monrovia", "1972-01-06T00:00:00Z"),
            ("UTC", "2026-12-30T00:00:00Z"),
        ] {
            let zone = TimeZone::get(zone).unwrap();
            let from = from.parse::<Timestamp>().unwrap().as_nanosecond() as i64;
            let times: Vec<i64> =
                (0..3 * 96).map(|quarter| from + quarter * 900 * SECOND + quarter % 2).collect();
            let mut words = Words::new(&connection);
            for (dimension, format) in
                [(Dimension::Day, "%Y-%m-%d"), (Dimension::Hour, "%H"), (Dimension::Weekday, "%a")]
            {
                let codes = codes(&mut words, &zone, dimension, &times);
                for (time, code) in times.iter().zip(codes) {
                    let shown = Timestamp::from_nanosecond((*time).into()).unwrap().to_zoned(zone.clone());
                    assert_eq!(words.text(code), shown.strftime(format).to_string(), "{shown}");
                }
            }
        }
    }
}
