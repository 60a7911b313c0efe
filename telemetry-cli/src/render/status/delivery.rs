//! What a destination got.

use std::io::{self, Write};

use jiff::tz::TimeZone;

use crate::documents::delivery::Delivery;
use crate::render::text::{clean, count, local, size};

/// Under the line that says what a destination is.
const INDENT: &str = "              ";

pub(super) fn delivery(out: &mut dyn Write, delivery: &Delivery, zone: &TimeZone) -> io::Result<()> {
    let waits = match &delivery.lag_since {
        _ if delivery.lag_bytes == 0 => "nothing waits".to_owned(),
        None => format!("{} of log wait", size(delivery.lag_bytes)),
        Some(since) => format!("{} of log wait, from {} on", size(delivery.lag_bytes), local(since, zone)),
    };
    let sent = match &delivery.last_success {
        None => "nothing was sent yet".to_owned(),
        Some(at) => format!("{} sent, the last {}", count(delivery.sent, "item", "items"), local(at, zone)),
    };
    writeln!(out, "{INDENT}{waits}; {sent}")?;
    if let Some(error) = &delivery.last_error {
        let (at, message) = (local(&error.at, zone), clean(&error.message));
        match delivery.failures {
            0 => writeln!(out, "{INDENT}last error {at}, not since: {message}")?,
            1 => writeln!(out, "{INDENT}error {at}: {message}")?,
            failures => writeln!(out, "{INDENT}error {at}, {failures} times in a row: {message}")?,
        }
    }
    if delivery.refused > 0 {
        writeln!(out, "{INDENT}{} refused", count(delivery.refused, "item", "items"))?;
    }
    delivery.notes.iter().try_for_each(|note| writeln!(out, "{INDENT}{}", clean(note)))
}
