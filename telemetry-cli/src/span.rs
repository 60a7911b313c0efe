//! Moments in people's words: `7d`, `2026-01-31`, `2026-01-31T08:00`, RFC 3339.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use telemetry_core::time::UnixNanos;
use telemetry_policy::Settings;
use telemetry_store::insights::Window;
pub(crate) use telemetry_store::insights::zone_name;

use crate::args::Span;
use crate::failure::Failure;

/// The zone of dates: the flag's, else the config's, else the system's.
pub(crate) fn zone(given: Option<&str>, settings: &Settings) -> Result<TimeZone, Failure> {
    match given.or(settings.timezone()) {
        None => Ok(TimeZone::system()),
        Some(name) => TimeZone::get(name).map_err(|_| {
            Failure::Usage(format!("no time zone `{name}`: give one like Europe/Berlin or UTC"))
        }),
    }
}

/// The window of the flags. An end that is not given is now.
pub(crate) fn window(span: &Span, settings: &Settings) -> Result<(Window, TimeZone), Failure> {
    let zone = zone(span.tz.as_deref(), settings)?;
    let now = Timestamp::now();
    let read = |text: &Option<String>| text.as_deref().map(|text| moment(text, now, &zone)).transpose();
    let window = Window { since: read(&span.since)?, until: read(&span.until)? };
    match (window.since, window.until) {
        (Some(since), Some(until)) if since >= until => {
            Err(Failure::Usage(format!("the window is empty: it begins at {since} and ends at {until}")))
        }
        _ => Ok((window, zone)),
    }
}

/// A moment in words, as of `now`.
pub(crate) fn moment(text: &str, now: Timestamp, zone: &TimeZone) -> Result<UnixNanos, Failure> {
    // A date alone is its midnight.
    let local = |text: &str| text.parse::<DateTime>().ok()?.to_zoned(zone.clone()).ok();
    let today = || now.to_zoned(zone.clone()).start_of_day().ok().filter(|_| text == "today");
    let found = ago(text, now)
        .or_else(|| today().map(|midnight| midnight.timestamp()))
        .or_else(|| text.parse::<Timestamp>().ok())
        .or_else(|| local(text).map(|at| at.timestamp()));
    let nanos = found.and_then(|at| i64::try_from(at.as_nanosecond()).ok());
    nanos.map(UnixNanos).ok_or_else(|| {
        Failure::Usage(format!(
            "no moment in `{text}`: give a span like 7d, 24h or 30m, today, a date like 2026-01-31, or a date and time"
        ))
    })
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
    fn utc_has_one_name() {
        for (zone, name) in
            [("UTC", "UTC"), ("Etc/UTC", "UTC"), ("Zulu", "UTC"), ("Asia/Kolkata", "Asia/Kolkata")]
        {
            assert_eq!(zone_name(&TimeZone::get(zone).unwrap()), name);
        }
    }

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
            assert_eq!(moment(text, now, &berlin).unwrap().to_string(), expected, "{text}");
        }
        for bad in ["", "d", "-3d", "soon", "99999999999999999d", "2026-13-01", "7ä"] {
            assert_eq!(moment(bad, now, &berlin).unwrap_err().exit_code(), 2, "{bad}");
        }
    }
}
