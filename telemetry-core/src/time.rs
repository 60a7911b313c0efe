//! Time in storage: UTC nanoseconds since the Unix epoch.

use std::fmt;
use std::str::FromStr;
use std::time::{Duration, SystemTime};

use serde::{Deserialize, Serialize};

const NANOS_PER_SECOND: i64 = 1_000_000_000;
const NANOS_PER_DAY: i64 = 86_400 * NANOS_PER_SECOND;

/// A moment: nanoseconds since 1970-01-01T00:00:00Z, without leap seconds (years 1678 to 2262).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixNanos(pub i64);

impl UnixNanos {
    /// The system's clock now.
    pub fn now() -> Self {
        Self::from(SystemTime::now())
    }

    /// From seconds since the epoch, as hosts give them; `None` when not a number or out of range.
    pub fn from_seconds(seconds: f64) -> Option<Self> {
        // In two parts: the product of both would be rounded to a quarter of a microsecond.
        let whole = seconds.floor();
        let in_range = whole.is_finite() && whole.abs() < (i64::MAX / NANOS_PER_SECOND) as f64;
        let fraction = ((seconds - whole) * 1e9).round() as i64;
        in_range.then(|| UnixNanos(whole as i64 * NANOS_PER_SECOND + fraction))
    }

    /// Nanoseconds from `earlier` to here; 0 when the clock went back between the two.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0).max(0)
    }

    /// This moment moved by `nanos`.
    #[must_use]
    pub fn plus(self, nanos: i64) -> Self {
        UnixNanos(self.0.saturating_add(nanos))
    }

    /// The UTC day this moment is in.
    pub fn day(self) -> Day {
        Day(self.0.div_euclid(NANOS_PER_DAY) as i32)
    }
}

impl From<SystemTime> for UnixNanos {
    fn from(time: SystemTime) -> Self {
        let clamp = |d: Duration| i64::try_from(d.as_nanos()).unwrap_or(i64::MAX);
        match time.duration_since(SystemTime::UNIX_EPOCH) {
            Ok(after) => UnixNanos(clamp(after)),
            Err(before) => UnixNanos(-clamp(before.duration())),
        }
    }
}

/// RFC 3339 in UTC with as many fraction digits as the moment has: none, three, six or nine.
impl fmt::Display for UnixNanos {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let in_day = self.0.rem_euclid(NANOS_PER_DAY);
        let (seconds, nanos) = (in_day / NANOS_PER_SECOND, in_day % NANOS_PER_SECOND);
        let (hour, minute, second) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
        write!(f, "{}T{hour:02}:{minute:02}:{second:02}", self.day())?;
        match nanos {
            0 => f.write_str("Z"),
            n if n % 1_000_000 == 0 => write!(f, ".{:03}Z", n / 1_000_000),
            n if n % 1_000 == 0 => write!(f, ".{:06}Z", n / 1_000),
            n => write!(f, ".{n:09}Z"),
        }
    }
}

/// A UTC calendar day, as days since 1970-01-01. Displays, parses and serializes as `YYYY-MM-DD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Day(pub i32);

impl From<Day> for String {
    fn from(day: Day) -> Self {
        day.to_string()
    }
}

impl TryFrom<String> for Day {
    type Error = ParseDayError;
    fn try_from(text: String) -> Result<Self, ParseDayError> {
        text.parse()
    }
}

impl Day {
    /// The first moment of the day.
    pub fn start(self) -> UnixNanos {
        UnixNanos(i64::from(self.0).saturating_mul(NANOS_PER_DAY))
    }

    /// Year, month and day in the proleptic Gregorian calendar: Howard Hinnant's `civil_from_days`,
    /// <https://howardhinnant.github.io/date_algorithms.html>.
    fn civil(self) -> (i64, i64, i64) {
        let z = i64::from(self.0) + 719_468;
        let era = z.div_euclid(146_097);
        let day_of_era = z.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * shifted_month + 2) / 5 + 1;
        let month = if shifted_month < 10 { shifted_month + 3 } else { shifted_month - 9 };
        (year_of_era + era * 400 + i64::from(month <= 2), month, day)
    }

    fn from_civil(year: i64, month: i64, day: i64) -> Self {
        let year = year - i64::from(month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = if month > 2 { month - 3 } else { month + 9 };
        let day_of_year = (153 * shifted_month + 2) / 5 + day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        Day((era * 146_097 + day_of_era - 719_468) as i32)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (year, month, day) = self.civil();
        write!(f, "{year:04}-{month:02}-{day:02}")
    }
}

/// Not a calendar day in the form `YYYY-MM-DD`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a day: expected YYYY-MM-DD")]
pub struct ParseDayError;

impl FromStr for Day {
    type Err = ParseDayError;
    fn from_str(text: &str) -> Result<Self, ParseDayError> {
        let mut parts = text.split('-').map(|part| part.parse::<i64>().ok());
        let mut next = || parts.next().flatten().ok_or(ParseDayError);
        let day = Day::from_civil(next()?, next()?, next()?);
        // Anything but the canonical spelling (2026-02-30, 2026-2-3, 2026-01-01-01) does not come back the same.
        if day.to_string() == text { Ok(day) } else { Err(ParseDayError) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_moments_print_and_parse() {
        let moment = UnixNanos(1_767_225_606_283_863_482);
        assert_eq!(moment.to_string(), "2026-01-01T00:00:06.283863482Z");
        assert_eq!(UnixNanos(0).to_string(), "1970-01-01T00:00:00Z");
        assert_eq!(UnixNanos(-1_000_000).to_string(), "1969-12-31T23:59:59.999Z");
        assert_eq!(moment.day().to_string(), "2026-01-01");
        for day in ["2024-02-29", "1999-12-31", "2000-03-01", "1969-12-31"] {
            assert_eq!(day.parse::<Day>().unwrap().to_string(), day);
        }
        for bad in ["2023-02-29", "2026-1-1", "2026-01-01x", "", "2026-01-01-01", "x"] {
            assert_eq!(bad.parse::<Day>(), Err(ParseDayError), "{bad}");
        }
    }

    #[test]
    fn a_clock_that_goes_back_gives_no_negative_duration() {
        assert_eq!(UnixNanos(5).since(UnixNanos(9)), 0);
        assert_eq!(UnixNanos(9).since(UnixNanos(5)), 4);
    }

    #[test]
    fn seconds_from_hosts_are_checked() {
        assert_eq!(UnixNanos::from_seconds(1.5), Some(UnixNanos(1_500_000_000)));
        // What a float can hold of a moment of today is kept to the nanosecond: 1/512 s is exact in it.
        let exact = UnixNanos(1_772_946_002_457_031_250);
        assert_eq!(UnixNanos::from_seconds(1_772_946_002.457_031_3), Some(exact));
        assert_eq!(UnixNanos::from_seconds(-0.25), Some(UnixNanos(-250_000_000)));
        assert_eq!(UnixNanos::from_seconds(f64::NAN), None);
        assert_eq!(UnixNanos::from_seconds(1e300), None);
    }
}
