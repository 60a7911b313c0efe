//! The window and the zone that flags ask for.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Settings;
pub(crate) use telemetry_store::insights::zone_name;
use telemetry_store::insights::{WHEN, Window, when};

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
    when(text, now, zone).ok_or_else(|| Failure::Usage(format!("no moment in `{text}`: give {WHEN}")))
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
}
