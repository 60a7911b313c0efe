//! The list of runs.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::RunSummary;

use super::table::{Side, Table};
use super::text::{duration, grouped, local};

pub(crate) fn runs(out: &mut dyn Write, runs: &[RunSummary], zone: &TimeZone) -> io::Result<()> {
    if runs.is_empty() {
        return writeln!(out, "no runs yet");
    }
    let mut table = Table::new([
        ("run", Side::Left(8)),
        ("started", Side::Left(19)),
        ("from", Side::Left(8)),
        ("outcome", Side::Left(28)),
        ("took", Side::Right),
        ("turns", Side::Right),
        ("calls", Side::Right),
        ("tools", Side::Right),
        ("tokens", Side::Right),
    ]);
    for run in runs {
        table.row([
            run.run_id.chars().take(8).collect(),
            local(&run.started_at, zone),
            run.entrypoint.clone().unwrap_or_else(|| "-".into()),
            outcome(&run.outcome, run.reason.as_deref()),
            duration(run.duration_ms),
            grouped(run.turns),
            grouped(run.model_calls),
            grouped(run.tool_calls),
            grouped(run.tokens.total()),
        ]);
    }
    table.print(out)
}

/// `errored: rate_limit`.
pub(super) fn outcome(outcome: &str, reason: Option<&str>) -> String {
    match reason {
        Some(reason) => format!("{outcome}: {reason}"),
        None => outcome.to_owned(),
    }
}
