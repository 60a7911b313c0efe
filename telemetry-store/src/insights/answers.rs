//! The shape of the answers.

use std::collections::BTreeMap;

use serde::Serialize;
use telemetry_core::name::Name;

use super::{Breakdown, ByWord, Distribution, Rate, RunSummary, Tokens};

/// Everything `insights` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Insights {
    /// The window the numbers are of.
    pub window: WindowShown,
    /// Runs that began in the window.
    pub runs: Runs,
    /// Chains of runs whose first began in the window: a chat that was compressed and went on counts once, with the
    /// outcome of its last run.
    pub chains: Runs,
    /// Turns that began in the window.
    pub turns: Turns,
    /// Model calls that ended in the window.
    pub model_calls: ModelCalls,
    /// Tool calls that ended in the window.
    pub tool_calls: ToolCalls,
    /// Questions to a person or a policy that were asked in the window.
    pub approvals: Approvals,
    /// Model calls that were never answered.
    pub errors: Errors,
    /// Delegations that began in the window.
    pub subagents: Subagents,
    /// Money.
    pub cost: CostTotals,
    /// The same by dimension: the key is the dimension's word (`model`), or two with a comma (`model,outcome`).
    pub by: BTreeMap<String, Vec<Group>>,
    /// The runs of the window that cost most (of a cost that is not wholly known, what is), then took longest.
    pub top_runs: Vec<RunSummary>,
    /// Against the window before, where it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compared: Option<Compared>,
    /// What is missing.
    pub quality: Quality,
}

impl Insights {
    /// The groups of one breakdown; none when it was not asked for.
    pub fn by(&self, dimension: &str) -> &[Group] {
        self.by.get(dimension).map_or(&[], Vec::as_slice)
    }
}

/// The window against the one before it, which is as long.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Compared {
    /// The window before.
    pub window: WindowShown,
    /// What changed, in the order of the page.
    pub changes: Vec<Change>,
}

/// One number now and in the window before.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Change {
    /// The number's path in this document, such as `turns.completion_rate`.
    pub metric: String,
    /// In the window before.
    pub before: Option<f64>,
    /// In the window.
    pub now: Option<f64>,
    /// `now` less `before`.
    pub delta: Option<f64>,
    /// Whether it is more than noise at 95 %, by the test docs/commands/insights.md names for the metric; `None` where there is
    /// too little to tell.
    pub significant: Option<bool>,
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
    pub by_outcome: ByWord,
    /// By reason, where there is one.
    pub by_reason: ByWord,
    /// Successes among successes, failures and interruptions.
    pub completion_rate: Option<Rate>,
    /// Failures among the same.
    pub failure_rate: Option<Rate>,
    /// From start to end, of those that ended.
    pub duration_ms: Distribution,
}

/// Questions to a person or a policy whether a tool may run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Approvals {
    /// All of them.
    pub total: u64,
    /// By the answer, in the host's words; `open` when there was none.
    pub by_choice: ByWord,
    /// From the question to the answer.
    pub wait_ms: Distribution,
}

/// Turns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turns {
    /// The same keys as runs.
    #[serde(flatten)]
    pub ended: Runs,
    /// Where the time of those that ended went; the parts sum to their durations.
    pub breakdown_ms: Breakdown,
    /// From the end of a turn to the start of the next of its run.
    pub idle_ms: Distribution,
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
    /// Failed attempts alone, where the host tells when they began.
    pub failed_attempt_ms: Distribution,
    /// Messages in the requests, where the host tells.
    pub messages: u64,
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
    /// How they went.
    #[serde(flatten)]
    pub ends: ToolEnds,
}

/// Model calls that were never answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Errors {
    /// How many.
    pub total: u64,
    /// By what kind of failure their last attempt was.
    pub by_class: ByWord,
    /// Failed attempts whose call was answered in the end.
    pub recovered_attempts: u64,
}

/// Delegations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subagents {
    /// All of them.
    pub total: u64,
    /// By how they ended, in the host's words; `open` when they did not come back.
    pub by_status: ByWord,
}

/// Money. Amounts are `None` when no call has one: never zero for want of a price. They are whole nano-dollars, shown as
/// dollars.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct CostTotals {
    /// What has to be paid as far as it is known: `estimated_usd` and `actual_usd` together, and nothing for what a plan
    /// pays for.
    pub total_usd: Option<f64>,
    /// Of calls whose amount is tokens times rates.
    pub estimated_usd: Option<f64>,
    /// Of calls whose amount the provider reported.
    pub actual_usd: Option<f64>,
    /// What calls that a plan pays for would have cost without it; in no total.
    pub included_equivalent_usd: Option<f64>,
    /// Of calls that have no amount, the tokens that have a rate; in no total.
    pub priced_part_usd: Option<f64>,
    /// Calls with an estimate.
    pub estimated_calls: u64,
    /// Calls with the provider's word.
    pub actual_calls: u64,
    /// Calls that a plan includes.
    pub included_calls: u64,
    /// Calls without a known price.
    pub unknown_calls: u64,
    /// Calls of the host itself for which no hook fires (titles, summaries), from the host's own books: in no other number.
    /// `None` where they were not asked for or the host keeps none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub auxiliary: Option<Auxiliary>,
}

/// Model calls of the host that fire no hook.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Auxiliary {
    /// How many.
    pub calls: u64,
    /// Their tokens.
    pub tokens: Tokens,
    /// What they cost, where all of them have a price.
    pub usd: Option<f64>,
    /// Those without.
    pub unknown_calls: u64,
}

/// One group of a breakdown. A number is there where the facts it counts have the dimension: a tool has no tokens. What is
/// large is apart, because there may be a group for nearly every fact, and most have little.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Group {
    /// The group; `(unknown)` when the host did not say. Of two dimensions, both with ` / ` between.
    pub key: String,
    /// The two values, of two dimensions.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub keys: Option<[Name; 2]>,
    /// Runs that began in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub runs: Option<Box<Runs>>,
    /// Turns that began in the window.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<Box<Runs>>,
    /// Model calls that were answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_calls: Option<u64>,
    /// Attempts that were not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_attempts: Option<u64>,
    /// Model calls that were never answered.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errors: Option<u64>,
    /// Of model calls, retries and pauses included.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latency_ms: Option<Distribution>,
    /// Of model calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<Tokens>,
    /// Of model calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<Box<CostTotals>>,
    /// Tool calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u64>,
    /// How tool calls went.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tools: Option<ToolEnds>,
}

/// How tool calls went.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct ToolEnds {
    /// By how they ended.
    pub by_status: ByWord,
    /// Errors and timeouts among those that ran.
    pub failure_rate: Option<Rate>,
    /// How long they took, waits for approval included.
    pub duration_ms: Distribution,
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
