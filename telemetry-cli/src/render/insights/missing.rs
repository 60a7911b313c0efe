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
            missing.push(format!("{what} of {} of calls", lacking(coverage)).into());
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

/// What a coverage lacks. Where there is little it is not nothing, and where something is there it is not all.
fn lacking(coverage: f64) -> String {
    match 1.0 - coverage {
        little if little < 0.005 => "under 1 %".to_owned(),
        much if coverage > 0.0 && much > 0.995 => "over 99 %".to_owned(),
        share => percent(share),
    }
}
