//! The list of runs.

use std::borrow::Cow;
use std::io::{self, Write};

use telemetry_store::insights::RunSummary;

use super::{at, cell, record};

/// The columns, by their path in the JSON document.
const COLUMNS: [&str; 26] = [
    "run_id",
    "session_id",
    "parent_run_id",
    "continues_run_id",
    "host",
    "platform",
    "entrypoint",
    "profile",
    "model",
    "started_at",
    "ended_at",
    "duration_ms",
    "outcome",
    "reason",
    "turns",
    "model_calls",
    "failed_attempts",
    "tool_calls",
    "errors",
    "tokens.input",
    "tokens.output",
    "tokens.cache_read",
    "tokens.cache_write",
    "tokens.reasoning",
    "cost.usd",
    "cost.status",
];

/// One record for each run.
pub(crate) fn runs(out: &mut dyn Write, runs: &[RunSummary]) -> io::Result<()> {
    record(out, COLUMNS.map(Cow::from))?;
    for run in runs {
        let run = serde_json::to_value(run)?;
        record(out, COLUMNS.map(|path| cell(at(&run, path))))?;
    }
    Ok(())
}
