//! The times that are taken in.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use telemetry_core::time::UnixNanos;

/// Clocks may be that much ahead of ours.
const AHEAD: i64 = 86_400_000_000_000;

/// From when until when something may have happened to be taken in. What is older was removed, or would be within the hour; and
/// nobody could tell whether it was here before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The earliest.
    pub from: UnixNanos,
    /// The latest: a day from now.
    pub until: UnixNanos,
}

impl Window {
    /// What is taken in now, where events are kept for `kept_ns` nanoseconds.
    pub fn at(now: UnixNanos, kept_ns: i64) -> Self {
        Window { from: now.plus(-kept_ns), until: now.plus(AHEAD) }
    }

    /// Whether it is open for `moment`.
    ///
    /// # Errors
    /// Why it is not.
    pub fn check(self, moment: UnixNanos) -> Result<UnixNanos, String> {
        if moment < self.from {
            return Err(format!("is before {}: older events are not kept", seconds(self.from)));
        }
        if moment > self.until {
            return Err(format!("is after {}: more than a day ahead of this clock", seconds(self.until)));
        }
        Ok(moment)
    }

    /// A moment in ISO 8601, in UTC where it says no offset.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read(self, text: &str) -> Result<UnixNanos, String> {
        let unread = || "must be a date and time in ISO 8601, such as 2026-08-01T12:00:00.000Z".to_owned();
        // The longest that says anything.
        if text.len() > 64 {
            return Err(unread());
        }
        let moment = text
            .parse::<jiff::Timestamp>()
            .or_else(|_| text.parse::<DateTime>()?.to_zoned(TimeZone::UTC).map(|zoned| zoned.timestamp()))
            .map_err(|_| unread())?;
        let nanos = moment.as_nanosecond();
        let moment = i64::try_from(nanos).unwrap_or(if nanos < 0 { i64::MIN } else { i64::MAX });
        self.check(UnixNanos(moment))
    }
}

/// To the second: nobody can use more.
fn seconds(moment: UnixNanos) -> UnixNanos {
    UnixNanos(moment.0 - moment.0.rem_euclid(1_000_000_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_within_the_window_are_read_in_every_form() {
        let now: jiff::Timestamp = "2026-08-01T12:00:00Z".parse().unwrap();
        let window = Window::at(UnixNanos(now.as_nanosecond() as i64), 90 * AHEAD);
        let read = |text: &str| window.read(text).map(|moment| moment.to_string());
        assert_eq!(read("2026-07-31T23:59:59.123Z").as_deref(), Ok("2026-07-31T23:59:59.123Z"));
        assert_eq!(read("2026-08-01T02:00:00+02:00").as_deref(), Ok("2026-08-01T00:00:00Z"));
        assert_eq!(read("2026-08-01T02:00:00").as_deref(), Ok("2026-08-01T02:00:00Z"));
        assert_eq!(read("2026-08-01").as_deref(), Ok("2026-08-01T00:00:00Z"));
        for refused in [
            "",
            "yesterday",
            "1785585600",
            "2026-13-01T00:00:00Z",
            "9999-12-31T23:59:59Z",
            "-009999-01-01T00:00:00Z",
        ] {
            assert!(read(refused).is_err(), "{refused}");
        }
        assert_eq!(
            read("2026-05-03T11:59:59Z").unwrap_err(),
            "is before 2026-05-03T12:00:00Z: older events are not kept"
        );
        assert!(read("2026-08-02T12:00:01Z").unwrap_err().starts_with("is after 2026-08-02T12:00:00Z"));
    }
}
