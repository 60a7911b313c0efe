//! A run as a row of a database.

use telemetry_core::cost::NanoDollars;
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{Cost, RunSummary, Tokens};

use super::Derived;

/// A row of the table `runs`; but for `cells`, which few read.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RunRow {
    pub run: RunId,
    pub process: Option<ProcessId>,
    /// The machine.
    pub host: String,
    pub session_id: Option<String>,
    pub parent: Option<RunId>,
    pub continues: Option<RunId>,
    /// The program: what a [`RunSummary`] calls the host.
    pub agent: Option<String>,
    pub platform: Option<String>,
    pub entrypoint: Option<String>,
    pub profile: Option<String>,
    pub model: Option<String>,
    pub provider: Option<String>,
    pub start: UnixNanos,
    pub end: Option<UnixNanos>,
    pub outcome: String,
    pub reason: Option<String>,
    pub turns: i64,
    pub model_calls: i64,
    pub failed_attempts: i64,
    pub tool_calls: i64,
    pub errors: i64,
    pub tokens: Tokens,
    /// Of its own calls, as [`Cost`] keeps it.
    pub cost_nanos: Option<i64>,
    pub cost_status: String,
    pub priced_part_nanos: Option<i64>,
}

impl RunRow {
    /// The columns, in the order of the fields.
    pub const COLUMNS: [&str; 29] = [
        "run",
        "process",
        "host",
        "session_id",
        "parent",
        "continues",
        "agent",
        "platform",
        "entrypoint",
        "profile",
        "model",
        "provider",
        "start_ns",
        "end_ns",
        "outcome",
        "reason",
        "turns",
        "model_calls",
        "failed_attempts",
        "tool_calls",
        "errors",
        "input_tokens",
        "output_tokens",
        "cache_read_tokens",
        "cache_write_tokens",
        "reasoning_tokens",
        "cost_nanos",
        "cost_status",
        "priced_part_nanos",
    ];

    /// What a run comes to, as a row.
    pub fn of(derived: &Derived) -> Self {
        let summary = &derived.summary;
        RunRow {
            run: derived.run,
            process: derived.process,
            host: derived.host.clone(),
            session_id: summary.session_id.clone(),
            parent: derived.parent,
            continues: summary.continues_run_id.as_deref().and_then(|run| run.parse().ok()),
            agent: summary.host.clone(),
            platform: summary.platform.clone(),
            entrypoint: summary.entrypoint.clone(),
            profile: summary.profile.clone(),
            model: summary.model.clone(),
            provider: derived.provider.clone(),
            start: derived.start,
            end: derived.end,
            outcome: summary.outcome.clone(),
            reason: summary.reason.clone(),
            turns: summary.turns,
            model_calls: summary.model_calls,
            failed_attempts: summary.failed_attempts,
            tool_calls: summary.tool_calls,
            errors: summary.errors,
            tokens: summary.tokens,
            cost_nanos: summary.cost.nanos.map(|nanos| nanos.0),
            cost_status: summary.cost.status.clone(),
            priced_part_nanos: summary.cost.priced_part.map(|nanos| nanos.0),
        }
    }

    /// What its own calls cost.
    pub fn cost(&self) -> Cost {
        Cost::kept(
            self.cost_nanos.map(NanoDollars),
            self.cost_status.clone(),
            self.priced_part_nanos.map(NanoDollars),
        )
    }

    /// As lists have it; `tree` is the cost of its tree.
    pub fn summary(self, tree: Cost) -> RunSummary {
        RunSummary {
            run_id: self.run.to_string(),
            parent_run_id: self.parent.map(|run| run.to_string()),
            continues_run_id: self.continues.map(|run| run.to_string()),
            started_at: self.start.to_string(),
            ended_at: self.end.map(|end| end.to_string()),
            duration_ms: self.end.map(|end| end.since(self.start) as f64 / 1e6),
            cost: self.cost(),
            tree_cost: tree,
            session_id: self.session_id,
            host: self.agent,
            platform: self.platform,
            entrypoint: self.entrypoint,
            profile: self.profile,
            model: self.model,
            outcome: self.outcome,
            reason: self.reason,
            turns: self.turns,
            model_calls: self.model_calls,
            failed_attempts: self.failed_attempts,
            tool_calls: self.tool_calls,
            errors: self.errors,
            tokens: self.tokens,
        }
    }
}
