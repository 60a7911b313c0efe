//! What the numbers are without.

use std::io;

use telemetry_store::insights::Quality;

use crate::render::Sheet;
use crate::render::ink::Words;
use crate::render::text::{count, percent};

pub(super) fn missing(sheet: &mut Sheet<'_>, quality: &Quality) -> io::Result<()> {
    let mut missing: Vec<Words> = Vec::new();
    for (coverage, what) in [
        (quality.usage_coverage, "token usage"),
        (quality.cost_coverage, "cost"),
        (quality.ttft_coverage, "first-token time"),
    ] {
        if let Some(coverage) = coverage.filter(|coverage| *coverage < 1.0) {
            missing.push(format!("{what} of {} of calls", percent(1.0 - coverage)).into());
        }
    }
    for (n, one, many) in [
        (quality.dropped_events, "dropped event", "dropped events"),
        (quality.unreadable_lines, "unreadable line", "unreadable lines"),
    ] {
        if n > 0 {
            missing.push(count(n, one, many).into());
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    sheet.gap()?;
    sheet.entries("missing", missing, " · ")
}
