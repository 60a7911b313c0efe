//! Days, weeks and months as the owner's clock has them.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan as _};
use telemetry_core::budget::Per;
use telemetry_core::time::UnixNanos;

/// A span of time: from `start` on, before `end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Its first moment.
    pub start: UnixNanos,
    /// The first moment of the next.
    pub end: UnixNanos,
}

impl Period {
    /// The day, the week (from Monday) or the calendar month that `now` is in, by the clocks of `zone`: a day on which
    /// they are changed has 23 or 25 hours. `None` at the ends of time, which no calendar has.
    pub fn of(per: Per, now: UnixNanos, zone: &TimeZone) -> Option<Self> {
        let today = Timestamp::from_nanosecond(now.0.into()).ok()?.to_zoned(zone.clone()).date();
        let (first, next) = match per {
            Per::Day => (today, today.tomorrow().ok()?),
            Per::Week => {
                let monday =
                    today.checked_sub(i64::from(today.weekday().to_monday_zero_offset()).days()).ok()?;
                (monday, monday.checked_add(7.days()).ok()?)
            }
            Per::Month => {
                let first = today.first_of_month();
                (first, first.checked_add(1.month()).ok()?)
            }
        };
        Some(Period { start: midnight(first, zone)?, end: midnight(next, zone)? })
    }

    /// How long it is, in nanoseconds.
    pub fn nanos(self) -> i64 {
        self.end.since(self.start)
    }
}

/// The first moment of a day; where clocks leave midnight out, the moment they go on at.
fn midnight(date: Date, zone: &TimeZone) -> Option<UnixNanos> {
    let midnight = date.to_zoned(zone.clone()).ok()?;
    i64::try_from(midnight.timestamp().as_nanosecond()).ok().map(UnixNanos)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `start end hours` of the period of a moment.
    fn period(per: Per, now: &str, zone: &str) -> String {
        let now = UnixNanos(i64::try_from(now.parse::<Timestamp>().unwrap().as_nanosecond()).unwrap());
        let Period { start, end } = Period::of(per, now, &TimeZone::get(zone).unwrap()).unwrap();
        assert!(start <= now && now < end, "{now} in {start} {end}");
        format!("{start} {end} {}", end.since(start) / 3_600_000_000_000)
    }

    #[test]
    fn periods_begin_at_midnight_in_the_zone() {
        let (day, week, month) = (Per::Day, Per::Week, Per::Month);
        for (per, now, zone, expected) in [
            (day, "2026-01-31T23:59:59.999999999Z", "UTC", "2026-01-31T00:00:00Z 2026-02-01T00:00:00Z 24"),
            (day, "2026-01-31T23:30:00Z", "Europe/Berlin", "2026-01-31T23:00:00Z 2026-02-01T23:00:00Z 24"),
            // Clocks go forward and back.
            (day, "2026-03-29T12:00:00Z", "Europe/Berlin", "2026-03-28T23:00:00Z 2026-03-29T22:00:00Z 23"),
            (day, "2026-10-25T12:00:00Z", "Europe/Berlin", "2026-10-24T22:00:00Z 2026-10-25T23:00:00Z 25"),
            // At midnight itself: the day begins at one, or has midnight twice.
            (
                day,
                "2018-11-04T12:00:00Z",
                "America/Sao_Paulo",
                "2018-11-04T03:00:00Z 2018-11-05T02:00:00Z 23",
            ),
            (day, "2026-11-01T04:30:00Z", "America/Havana", "2026-11-01T04:00:00Z 2026-11-02T05:00:00Z 25"),
            // A day that was left out.
            (day, "2011-12-30T09:59:59Z", "Pacific/Apia", "2011-12-29T10:00:00Z 2011-12-30T10:00:00Z 24"),
            (week, "2026-01-01T00:00:00Z", "UTC", "2025-12-29T00:00:00Z 2026-01-05T00:00:00Z 168"),
            (week, "2026-01-05T00:00:00Z", "UTC", "2026-01-05T00:00:00Z 2026-01-12T00:00:00Z 168"),
            (week, "2026-01-04T23:59:59Z", "UTC", "2025-12-29T00:00:00Z 2026-01-05T00:00:00Z 168"),
            (
                week,
                "2026-03-29T12:00:00Z",
                "America/New_York",
                "2026-03-23T04:00:00Z 2026-03-30T04:00:00Z 168",
            ),
            (
                week,
                "2026-03-08T12:00:00Z",
                "America/New_York",
                "2026-03-02T05:00:00Z 2026-03-09T04:00:00Z 167",
            ),
            (month, "2028-02-29T12:00:00Z", "UTC", "2028-02-01T00:00:00Z 2028-03-01T00:00:00Z 696"),
            (month, "2026-12-31T23:00:00Z", "Asia/Tokyo", "2026-12-31T15:00:00Z 2027-01-31T15:00:00Z 744"),
            (month, "2026-10-31T12:00:00Z", "Europe/Berlin", "2026-09-30T22:00:00Z 2026-10-31T23:00:00Z 745"),
        ] {
            assert_eq!(period(per, now, zone), expected, "{} of {now} in {zone}", per.as_str());
        }
    }

    #[test]
    fn the_end_of_one_is_the_start_of_the_next() {
        for zone in ["America/Sao_Paulo", "Europe/London", "Pacific/Apia", "Africa/Cairo"] {
            let zone = TimeZone::get(zone).unwrap();
            for per in Per::ALL {
                let mut at = UnixNanos(1_293_840_000_000_000_000);
                for _ in 0..900 {
                    let period = Period::of(per, at, &zone).unwrap();
                    let next = Period::of(per, period.end, &zone).unwrap();
                    assert_eq!(next.start, period.end, "{} {at}", per.as_str());
                    assert_eq!(Period::of(per, period.end.plus(-1), &zone).unwrap(), period);
                    at = period.end;
                }
            }
        }
    }

    #[test]
    fn the_ends_of_time_have_none() {
        assert_eq!(Period::of(Per::Month, UnixNanos(i64::MAX), &TimeZone::UTC), None);
    }
}
