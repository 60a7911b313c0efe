//! What happened: one typed, versioned event per fact, in the words of the field.
//!
//! An event is a fact with a time, never a conclusion: outcomes, costs and totals are derived from events when
//! they are indexed, so that a rule can be mended and history re-read. Content (prompts, answers, tool arguments
//! and results, error texts) has no field here; it cannot be recorded by accident.

mod budget;
mod model;
mod observer;
mod own;
mod session;
mod tool;

pub use budget::BudgetCrossed;
pub use model::{AttemptFailed, AttemptStarted, Billing, ModelCall};
pub use observer::{Cron, Feedback, GatewayMessage, Hook, Memory, Skill};
pub use own::{CONTENT_LOSS, Dropped, ProcessEnded, ProcessStarted, Stats};
pub use session::{RunEnded, RunStarted, RunUpdated, SubagentEnded, SubagentStarted, TurnEnded, TurnStarted};
pub use tool::{ApprovalAnswered, ApprovalRequested, ToolCall};

use serde_json::{Map, Value};

use crate::ids::{EventId, Key, RunId};
use crate::time::UnixNanos;

/// The schema version this build writes.
pub const SCHEMA_VERSION: u32 = 1;

/// One fact.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Unique together with `ts`; derived from the natural key.
    pub id: EventId,
    /// When it happened: the clock of the host that reported it.
    pub ts: UnixNanos,
    /// The run it belongs to; `None` for what concerns a whole process.
    pub run: Option<RunId>,
    /// What happened.
    pub body: Body,
    /// Fields a newer version wrote, kept so that a round trip loses nothing.
    pub extra: Extra,
}

/// Fields this version does not know. Empty and free in every event we make ourselves.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Extra(Option<Box<Map<String, Value>>>);

impl Extra {
    /// Keeps `fields`; nothing is allocated when there are none.
    pub fn new(fields: Map<String, Value>) -> Self {
        Extra((!fields.is_empty()).then(|| Box::new(fields)))
    }

    /// The fields, if any.
    pub fn fields(&self) -> Option<&Map<String, Value>> {
        self.0.as_deref()
    }
}

macro_rules! bodies {
    ($($(#[$doc:meta])* $variant:ident = $kind:literal,)*) => {
        /// What happened, by kind.
        #[derive(Debug, Clone, PartialEq)]
        #[non_exhaustive]
        pub enum Body {
            $($(#[$doc])* $variant($variant),)*
            /// A kind this version does not know, kept as it was written.
            Unknown(Unknown),
        }

        impl Body {
            /// Every kind this version writes, as spelled on the wire.
            pub const KINDS: &[&str] = &[$($kind,)*];

            /// The kind on the wire.
            pub fn kind(&self) -> &str {
                match self {
                    $(Body::$variant(_) => $kind,)*
                    Body::Unknown(unknown) => &unknown.kind,
                }
            }
        }

        $(impl From<$variant> for Body {
            fn from(body: $variant) -> Self {
                Body::$variant(body)
            }
        })*

        /// Calls `$with!(Variant)` for the variant of a kind: the one place where kinds meet types.
        macro_rules! dispatch_kind {
            ($of:expr, $with:ident, $otherwise:expr) => {
                match $of {
                    $($kind => $with!($variant),)*
                    _ => $otherwise,
                }
            };
        }

        /// Runs `$use` with the inner struct of a body.
        macro_rules! dispatch_body {
            ($of:expr, $inner:ident => $use:expr, $unknown:ident => $otherwise:expr) => {
                match $of {
                    $(Body::$variant($inner) => $use,)*
                    Body::Unknown($unknown) => $otherwise,
                }
            };
        }

        pub(crate) use {dispatch_body, dispatch_kind};
    };
}

bodies! {
    /// A process of a host sent its first hook.
    ProcessStarted = "process_started",
    /// A process of a host left, or was found gone.
    ProcessEnded = "process_ended",
    /// A session was first seen in a process.
    RunStarted = "run_started",
    /// Something about a run became known later than its start.
    RunUpdated = "run_updated",
    /// The host closed a session.
    RunEnded = "run_ended",
    /// A user message is being worked on.
    TurnStarted = "turn_started",
    /// Its work is over.
    TurnEnded = "turn_ended",
    /// A request to a provider is about to go out.
    AttemptStarted = "attempt_started",
    /// A request to a provider failed.
    AttemptFailed = "attempt_failed",
    /// A model answered.
    ModelCall = "model_call",
    /// A tool call is over.
    ToolCall = "tool_call",
    /// A person or a policy was asked to allow a tool call.
    ApprovalRequested = "approval_requested",
    /// The answer.
    ApprovalAnswered = "approval_answered",
    /// A run delegated to another.
    SubagentStarted = "subagent_started",
    /// The delegation came back.
    SubagentEnded = "subagent_ended",
    /// A message came in through a gateway.
    GatewayMessage = "gateway_message",
    /// A scheduled job began or ended.
    Cron = "cron",
    /// A skill was used or changed.
    Skill = "skill",
    /// The agent's memory was changed.
    Memory = "memory",
    /// A person reacted: allowed, denied, interrupted.
    Feedback = "feedback",
    /// So much of a budget was used up.
    BudgetCrossed = "budget_crossed",
    /// Telemetry about telemetry.
    Stats = "stats",
    /// A hook this version does not know was called.
    Hook = "hook",
}

impl Body {
    /// Whether it belongs to a run, so that without one it makes no sense.
    pub fn is_of_a_run(&self) -> bool {
        match self {
            Body::RunStarted(_)
            | Body::RunUpdated(_)
            | Body::RunEnded(_)
            | Body::TurnStarted(_)
            | Body::TurnEnded(_)
            | Body::AttemptStarted(_)
            | Body::AttemptFailed(_)
            | Body::ModelCall(_)
            | Body::ToolCall(_)
            | Body::ApprovalRequested(_)
            | Body::ApprovalAnswered(_)
            | Body::SubagentStarted(_)
            | Body::SubagentEnded(_) => true,
            Body::ProcessStarted(_)
            | Body::ProcessEnded(_)
            | Body::GatewayMessage(_)
            | Body::Cron(_)
            | Body::Skill(_)
            | Body::Memory(_)
            | Body::Feedback(_)
            | Body::BudgetCrossed(_)
            | Body::Stats(_)
            | Body::Hook(_)
            | Body::Unknown(_) => false,
        }
    }
}

/// An event of a kind this version does not know.
#[derive(Debug, Clone, PartialEq)]
pub struct Unknown {
    /// The schema version it was written with.
    pub version: u32,
    /// Its kind on the wire.
    pub kind: String,
    /// All of its fields but the common head.
    pub fields: Map<String, Value>,
}

impl Event {
    /// An event about `run`, with an id from `key`.
    #[inline]
    pub fn new(ts: UnixNanos, run: impl Into<Option<RunId>>, key: &Key, body: impl Into<Body>) -> Self {
        Event { id: EventId(key.narrow()), ts, run: run.into(), body: body.into(), extra: Extra::default() }
    }
}
