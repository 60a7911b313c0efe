//! The shape of the answers.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Breakdown, Distribution, Rate, Tokens};

/// Everything `insights` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Insights {
    /// The window the numbers are of.
    pub window: WindowShown,
    /// Runs that began in the window.
    pub runs: Runs,
    /// Turns that began in the window.
    pub turns: Turns,
    /// Model calls that ended in the window.
    pub model_calls: ModelCalls,
    /// Tool calls that ended in the window.
    pub tool_calls: ToolCalls,
    /// Model calls that were never answered.
    pub errors: Errors,
    /// Delegations that began in the window.
    pub subagents: Subagents,
    /// Money.
    pub cost: CostTotals,
    /// The same by one dimension.
    pub by: By,
    /// What is missing.
    pub quality: Quality,
}

/// A window, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowShown {
    /// RFC 3339, UTC.
    pub since: Option<String>,
    /// RFC 3339, UTC.
    pub until: Option<String>,
    /// The zone days are in.
    pub timezone: String,
}

/// Runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Runs {
    /// All of them.
    pub total: u64,
    /// Still open.
    pub running: u64,
    /// By outcome.
    pub by_outcome: BTreeMap<String, u64>,
    /// By reason, where there is one.
    pub by_reason: BTreeMap<String, u64>,
    /// Successes among successes, failures and interruptions.
    pub completion_rate: Option<Rate>,
    /// Failures among the same.
    pub failure_rate: Option<Rate>,
    /// From start to end, of those that ended.
    pub duration_ms: Distribution,
}

/// Turns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turns {
    /// The same keys as runs.
    #[serde(flatten)]
    pub ended: Runs,
    /// Where the time of those that ended went; the parts sum to their durations.
    pub breakdown_ms: Breakdown,
}

/// Model calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCalls {
    /// Calls that were answered.
    pub total: u64,
    /// Attempts that were not.
    pub failed_attempts: u64,
    /// From a call's first attempt to its answer, retries and pauses included.
    pub latency_ms: Distribution,
    /// The answered attempt alone, where the host tells.
    pub attempt_ms: Distribution,
    /// Time to the first token, where the host gives it.
    pub ttft_ms: Distribution,
    /// Cache reads among all prompt tokens.
    pub cache_hit_rate: Option<f64>,
    /// Tokens.
    pub tokens: Tokens,
}

/// Tool calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolCalls {
    /// All of them.
    pub total: u64,
    /// By how they ended.
    pub by_status: BTreeMap<String, u64>,
    /// Errors and timeouts among those that ran.
    pub failure_rate: Option<Rate>,
    /// How long they took, waits for approval included.
    pub duration_ms: Distribution,
}

/// Model calls that were never answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Errors {
    /// How many.
    pub total: u64,
    /// By what kind of failure their last attempt was.
    pub by_class: BTreeMap<String, u64>,
    /// Failed attempts whose call was answered in the end.
    pub recovered_attempts: u64,
}

/// Delegations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subagents {
    /// All of them.
    pub total: u64,
    /// By how they ended, in the host's words; `open` when they did not come back.
    pub by_status: BTreeMap<String, u64>,
}

/// Money. Amounts are `None` when no call in the window has one: never zero for want of a price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostTotals {
    /// Estimated from prices.
    pub estimated_usd: Option<f64>,
    /// As the provider reported.
    pub actual_usd: Option<f64>,
    /// Calls that a subscription includes.
    pub included_calls: u64,
    /// Calls without a known price.
    pub unknown_calls: u64,
}

/// Breakdowns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct By {
    /// By the model asked for.
    pub model: Vec<CallGroup>,
    /// By provider.
    pub provider: Vec<CallGroup>,
    /// By the host's word for the surface.
    pub platform: Vec<RunGroup>,
    /// By surface.
    pub entrypoint: Vec<RunGroup>,
    /// By tool.
    pub tool: Vec<ToolGroup>,
}

/// Model calls of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallGroup {
    /// The group; `(unknown)` when the host did not say.
    pub key: String,
    /// Calls that were answered.
    pub model_calls: u64,
    /// Attempts that were not.
    pub failed_attempts: u64,
    /// Retries and pauses included.
    pub latency_ms: Distribution,
    /// Tokens.
    pub tokens: Tokens,
}

/// Runs of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunGroup {
    /// The group; `(unknown)` when the host did not say.
    pub key: String,
    /// The runs.
    #[serde(flatten)]
    pub runs: Runs,
    /// Their model calls.
    pub model_calls: u64,
    /// Their tool calls.
    pub tool_calls: u64,
    /// Their tokens.
    pub tokens: Tokens,
}

/// Calls of one tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolGroup {
    /// The tool.
    pub key: String,
    /// Its calls.
    #[serde(flatten)]
    pub calls: ToolCalls,
}

/// What is missing from the numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Events lost before they reached the log, at any time.
    pub dropped_events: u64,
    /// Lines of the log that are no events.
    pub unreadable_lines: u64,
    /// The share of model calls with usage.
    pub usage_coverage: Option<f64>,
    /// The share of model calls with a known cost.
    pub cost_coverage: Option<f64>,
    /// The share of model calls with a time to first token.
    pub ttft_coverage: Option<f64>,
}
