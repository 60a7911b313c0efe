//! Facts of which an agent tells little, with the rest empty.

use telemetry_core::event::{
    ApprovalAnswered, AttemptFailed, ModelCall, RunEnded, SubagentEnded, SubagentStarted, ToolCall,
    TurnEnded, TurnStarted,
};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{ErrorClass, RunClose, ToolStatus};

use crate::otlp::gathered::{Gathered, Session};
use crate::otlp::mark::Mark;

pub(super) fn model_call(turn: SpanId, call: SpanId) -> ModelCall {
    ModelCall {
        turn,
        call,
        model: None,
        response_model: None,
        provider: None,
        base_url: None,
        api_mode: None,
        start_ns: None,
        latency_ns: None,
        attempt_ns: None,
        ttft_ns: None,
        retries: 0,
        finish_reason: None,
        messages: None,
        tool_calls: None,
        usage: None,
        billing: None,
    }
}

pub(super) fn attempt_failed(turn: SpanId, call: SpanId, attempt: u32, class: ErrorClass) -> AttemptFailed {
    AttemptFailed {
        turn,
        call,
        attempt,
        class,
        reason: None,
        error_type: None,
        status_code: None,
        exhausted: false,
        model: None,
        provider: None,
        base_url: None,
        elapsed_ns: None,
        attempt_ns: None,
    }
}

pub(super) fn tool_call(turn: SpanId, span: SpanId, tool: Name, status: ToolStatus) -> ToolCall {
    ToolCall {
        turn,
        span,
        call: None,
        tool,
        toolset: None,
        tool_call_id: None,
        status,
        error_type: None,
        duration_ns: None,
    }
}

pub(super) fn turn_started(turn: SpanId, turn_id: Option<Name>) -> TurnStarted {
    TurnStarted { turn, turn_id, model: None, first: None }
}

/// The end of a turn, how it went not being told.
pub(super) fn turn_over(turn: SpanId) -> TurnEnded {
    TurnEnded { turn, completed: false, interrupted: false, failed: false, reason: None }
}

/// The key of something in a run.
pub(super) fn key(what: &'static str, span: SpanId) -> Key {
    Key::new(what).number(span.0)
}

/// The answer to a question whether a tool may run.
pub(super) struct Decision<'a> {
    pub turn: SpanId,
    pub approval: SpanId,
    pub tool_call_id: Option<Name>,
    pub choice: Option<Name>,
    pub surface: Option<&'a str>,
    pub wait_ns: Option<i64>,
}

impl Decision<'_> {
    pub fn say(self, session: &Session, at: UnixNanos, mark: Mark, out: &mut Gathered) {
        let Decision { turn, approval, tool_call_id, choice, surface, wait_ns } = self;
        let surface = surface.map(Name::from);
        let answered = ApprovalAnswered { turn, approval, tool_call_id, surface, choice, wait_ns };
        out.say(session, at, key("otlp approval", approval), mark, answered);
    }
}

/// A delegation that came back. Whose the calls in it were is not told, so they stay with the run that delegated.
pub(super) struct Delegation<'a> {
    pub id: &'a str,
    pub turn: SpanId,
    pub role: Option<Name>,
    /// In the agent's words.
    pub status: Option<Name>,
    /// Whether it reached its goal.
    pub completed: bool,
    pub took_ns: i64,
}

impl Delegation<'_> {
    pub fn say(self, session: &Session, at: UnixNanos, mark: Mark, out: &mut Gathered) {
        let child = session.child(self.id);
        let start = at.plus(self.took_ns.max(0).saturating_neg());
        let started = SubagentStarted {
            child: child.run,
            child_session_id: child.id().clone(),
            turn: Some(self.turn),
            subagent_id: Some(child.id().clone()),
            role: self.role,
        };
        out.say(session, start, Key::new("otlp delegated").number(child.run.0), mark, started);
        let ended = SubagentEnded {
            child: child.run,
            turn: Some(self.turn),
            status: self.status.clone(),
            duration_ns: Some(self.took_ns),
        };
        out.say(session, at, Key::new("otlp returned").number(child.run.0), mark, ended);
        let turn = child.span("turn", "delegated");
        // Its own turn is told, and not to be found by time.
        let mark = Mark { turn_unsaid: false, turn_is: None, ..mark };
        out.say(&child, start, key("otlp turn", turn), mark, turn_started(turn, None));
        let ended = TurnEnded {
            completed: self.completed,
            failed: !self.completed,
            reason: self.status,
            ..turn_over(turn)
        };
        out.say(&child, at, key("otlp turn over", turn), mark, ended);
        let closed = RunEnded { close: RunClose::Finalized, reason: None };
        out.say(&child, at, Key::new("otlp run over"), mark, closed);
    }
}
