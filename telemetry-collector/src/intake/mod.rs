//! What is taken in: checked events, ready to be kept.

pub mod batch;
pub mod json;
pub mod lines;
mod queue;
pub mod transcript;
mod window;

pub use queue::{Committing, Intake, IntakeError};
pub use window::Window;

/// Characters in the name of a machine, at most.
pub const MOST_HOST: usize = 255;

use telemetry_core::event::{Body, Event};
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::time::UnixNanos;

/// One event of our own kind, as a line of a log.
#[derive(Debug, Clone, PartialEq)]
pub struct Recorded {
    /// The machine it comes from, as the sender or its key says.
    pub host: String,
    /// What happened.
    pub event: Event,
    /// The event as one line of JSON, without its end.
    pub line: String,
}

impl Recorded {
    /// The process it says something of, where that is not by way of a run.
    pub fn process(&self) -> Option<ProcessId> {
        match &self.event.body {
            Body::ProcessStarted(started) => Some(started.process),
            Body::ProcessEnded(ended) => Some(ended.process),
            Body::RunStarted(started) => Some(started.process),
            Body::Stats(stats) => Some(stats.process),
            _ => None,
        }
    }

    /// Another run that it says something of: the child of a delegation.
    pub fn about(&self) -> Option<RunId> {
        match &self.event.body {
            Body::SubagentStarted(started) => Some(started.child),
            Body::SubagentEnded(ended) => Some(ended.child),
            _ => None,
        }
    }
}

/// One event of the batch wire, checked: every text is within the limit of its column.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The hash of what tells it from others; unique together with `at`.
    pub id: u64,
    /// When it happened; the server's time where the client did not say.
    pub at: UnixNanos,
    /// `hostId`.
    pub host: String,
    /// `sessionId`.
    pub session: String,
    /// `eventType`: agent_execution, hook_decision, error, escalation or commit.
    pub kind: String,
    /// `agentName`.
    pub agent: Option<String>,
    /// `hookName`.
    pub hook: Option<String>,
    /// `decision`: APPROVED, DENIED, CONFIRMED, DECLINED, OK or BLOCK.
    pub decision: Option<String>,
    /// `decisionReason`.
    pub decision_reason: Option<String>,
    /// `toolName`.
    pub tool: Option<String>,
    /// `workingDir`.
    pub working_dir: Option<String>,
    /// `latencyMs`.
    pub latency_ms: Option<i64>,
    /// `modelTier`: haiku, sonnet or opus.
    pub tier: Option<String>,
    /// `modelName`.
    pub model: Option<String>,
    /// `errorCount`.
    pub error_count: Option<i64>,
    /// `success`.
    pub success: Option<bool>,
    /// `extraData`, as JSON.
    pub extra: Option<String>,
}

/// What the batch wire says of a whole session; the last one counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Transcript {
    /// `sessionId`.
    pub session: String,
    /// `hostId`.
    pub host: String,
    /// When it came.
    pub at: UnixNanos,
    /// The document, as JSON.
    pub body: String,
}
