//! What the assembler hands on.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use telemetry_core::cost::Cost;
use telemetry_core::event::{AttemptFailed, Event, ModelCall, ToolCall};
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::kind::RunKind;
use telemetry_core::name::Name;
use telemetry_core::outcome::Verdict;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Command, Entrypoint};
use telemetry_policy::Cleared;

/// Something to export. Everything in it was cleared.
#[derive(Debug, Clone, PartialEq)]
pub enum Piece {
    /// Something that took its time and is over.
    Span(Span),
    /// Something that happened.
    Moment(Moment),
}

/// Something that took its time and is over.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    /// The run it is of, as it was known when the span was over.
    pub run: Arc<Run>,
    /// Unique in its trace, and the same whenever it is exported.
    pub id: SpanId,
    /// What it happened in; `None` for the run at the top of its tree.
    pub parent: Option<SpanId>,
    /// When it began.
    pub start: UnixNanos,
    /// When it was over; never before `start`.
    pub end: UnixNanos,
    /// What it was.
    pub fact: Fact,
}

/// An event that is no span, or not only one.
#[derive(Debug, Clone, PartialEq)]
pub struct Moment {
    /// The run it is of, if any.
    pub run: Option<Arc<Run>>,
    /// What happened.
    pub event: Cleared<Event>,
}

/// What a span was.
#[derive(Debug, Clone, PartialEq)]
pub enum Fact {
    /// A run: `invoke_agent`.
    Run(RunOver),
    /// A turn of it.
    Turn(TurnOver),
    /// A model call that was answered.
    Call(Box<CallOver>),
    /// A model call that never was.
    FailedCall(Box<FailedCall>),
    /// One of several attempts of a model call, or the one that failed.
    Attempt(Box<AttemptOver>),
    /// A tool call.
    Tool(Box<ToolCall>),
    /// A wait for somebody to allow a tool call.
    Approval(ApprovalOver),
}

/// Who a run is: a session in a process.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Its id.
    pub id: RunId,
    /// The run at the top of its tree, whose id is the trace's.
    pub trace: RunId,
    /// The process it runs in; `None` when its start is not in the log any more.
    pub process: Option<ProcessId>,
    /// The host's id of the session.
    pub session_id: Option<Name>,
    /// The host, for example `hermes`.
    pub host: Option<Name>,
    /// Our version in that host.
    pub version: Option<Name>,
    /// What started the process.
    pub command: Option<Command>,
    /// The host's word for the surface.
    pub platform: Option<Name>,
    /// The surface in our list.
    pub entrypoint: Option<Entrypoint>,
    /// The host's configuration profile.
    pub profile: Option<Name>,
    /// The model the session began with.
    pub model: Option<Name>,
    /// The run that delegated to it.
    pub parent: Option<RunId>,
    /// The host's id of the session that delegated to it.
    pub parent_session_id: Option<Name>,
    /// The host's id of the session at the top of its tree, when that is another's.
    pub trace_session_id: Option<Name>,
    /// The child's role, in the host's words.
    pub role: Option<Name>,
    /// The run it continues under a new session id.
    pub continues: Option<Continued>,
}

/// The run that another continues.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continued {
    /// The run.
    pub run: RunId,
    /// The run at the top of its tree.
    pub trace: RunId,
    /// The host's id of its session.
    pub session_id: Option<Name>,
}

impl Run {
    /// What kind of work it is, where that can be told.
    pub fn kind(&self) -> Option<RunKind> {
        RunKind::of(self.parent.is_some(), self.entrypoint.as_ref(), self.command.as_ref())
    }
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct RunOver {
    /// How it ended.
    pub verdict: Verdict,
    /// The host's word for what closed it.
    pub end_reason: Option<Name>,
    /// It was still open when the export came to its end.
    pub unclosed: bool,
    /// How often it was closed and taken up again before.
    pub reopened: u32,
    /// Turns that are over.
    pub turns: u64,
    /// Answered model calls.
    pub model_calls: u64,
    /// Failed requests to a provider.
    pub failed_attempts: u64,
    /// Tool calls.
    pub tool_calls: u64,
}

/// A turn that is over.
#[derive(Debug, Clone, PartialEq)]
pub struct TurnOver {
    /// The host's id of it.
    pub turn_id: Option<Name>,
    /// The model asked for.
    pub model: Option<Name>,
    /// How it ended.
    pub verdict: Verdict,
    /// It was still open when the export came to its end.
    pub unclosed: bool,
    /// Counted from 0 in its run, by when they were over.
    pub number: u64,
    /// Answered model calls.
    pub model_calls: u64,
    /// Tool calls.
    pub tool_calls: u64,
}

/// A model call that was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct CallOver {
    /// What the host said.
    pub call: ModelCall,
    /// What it costs.
    pub cost: Cost,
}

/// A model call that never was answered.
#[derive(Debug, Clone, PartialEq)]
pub struct FailedCall {
    /// Its turn.
    pub turn: SpanId,
    /// Its attempts, in order, with when they failed. At least one.
    pub failed: Vec<(UnixNanos, AttemptFailed)>,
}

/// One attempt of a model call.
#[derive(Debug, Clone, PartialEq)]
pub struct AttemptOver {
    /// Its turn.
    pub turn: SpanId,
    /// Its call.
    pub call: SpanId,
    /// Counted from 0 within the call.
    pub attempt: u32,
    /// Why it failed; `None` for the one that was answered.
    pub failed: Option<AttemptFailed>,
}

/// A wait for somebody to allow a tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalOver {
    /// Its turn.
    pub turn: SpanId,
    /// The model's id of the tool call.
    pub tool_call_id: Option<Name>,
    /// Where it was asked, in the host's words.
    pub surface: Option<Name>,
    /// The answer, in the host's words; `None` when there was none.
    pub choice: Option<Name>,
}
