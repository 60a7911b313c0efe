//! What is open: all that the assembler remembers, as it lies beside the cursor.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use telemetry_core::event::{AttemptFailed, TurnEnded};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::{Closed, JudgedTurn, LastError, Turn, TurnEnd, TurnFacts};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Command, ProcessEnd};

use super::span::Run;

/// Turns of a run that are remembered when they are over, so that what comes late does not begin them again.
const TURNS_REMEMBERED: usize = 32;

/// What is open in a log, up to where it was read.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Open {
    pub(super) processes: BTreeMap<ProcessId, OpenProcess>,
    pub(super) runs: BTreeMap<RunId, OpenRun>,
    /// Runs that were delegated to, by the child.
    pub(super) delegations: BTreeMap<RunId, Delegation>,
    /// Runs that were handed on, in that order: the first to be forgotten.
    pub(super) closed: VecDeque<RunId>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub(super) struct OpenProcess {
    pub host: Option<Name>,
    pub version: Option<Name>,
    pub command: Option<Command>,
    pub over: Option<(ProcessEnd, UnixNanos)>,
}

/// A run that may still do something.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenRun {
    pub run: Arc<Run>,
    /// When it was first and last heard of, since it was opened last.
    pub first: UnixNanos,
    pub last: UnixNanos,
    pub turns: BTreeMap<SpanId, OpenTurn>,
    pub turns_over: VecDeque<SpanId>,
    pub last_turn: Option<JudgedTurn>,
    pub closes: Vec<Closed>,
    /// It came back to who delegated to it, so that it is over when its turn is.
    pub returned: bool,
    /// It is over, and handed on or waiting for its place to be known.
    pub state: Closing,
    /// How often it was taken up again.
    pub reopened: u32,
    pub counts: Counts,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Closing {
    Open,
    /// It is over, and who delegated to it has not said in which call.
    Waiting,
    HandedOn,
}

/// What there was in a run since it was opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Counts {
    pub turns: u64,
    pub model_calls: u64,
    pub failed_attempts: u64,
    pub tool_calls: u64,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenTurn {
    pub turn_id: Option<Name>,
    pub model: Option<Name>,
    pub start: UnixNanos,
    pub last: UnixNanos,
    pub end: Option<(UnixNanos, TurnEnd)>,
    pub error: Option<LastError>,
    pub progress: Option<UnixNanos>,
    pub attempt: Option<UnixNanos>,
    /// Calls that have no answer yet, with their failed attempts.
    pub calls: BTreeMap<SpanId, Vec<(UnixNanos, AttemptFailed)>>,
    pub approvals: Vec<OpenApproval>,
    pub tools: Vec<ToolTime>,
    pub model_calls: u64,
    pub tool_calls: u64,
}

/// An approval whose tool call is not over yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct OpenApproval {
    pub span: SpanId,
    pub asked: UnixNanos,
    pub answered: Option<UnixNanos>,
    pub tool_call_id: Option<Name>,
    pub surface: Option<Name>,
    pub choice: Option<Name>,
}

/// When a tool ran: what a delegation is placed by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct ToolTime {
    pub span: SpanId,
    pub start: UnixNanos,
    pub end: UnixNanos,
    /// It is the tool by which the host delegates.
    pub delegates: bool,
}

/// Who delegated to a run, and where.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct Delegation {
    pub parent: RunId,
    pub turn: Option<SpanId>,
    pub at: UnixNanos,
    pub role: Option<Name>,
    /// The span it happened in, once that is known.
    pub place: Option<SpanId>,
}

impl OpenRun {
    pub fn new(run: Run, at: UnixNanos) -> Self {
        OpenRun {
            run: Arc::new(run),
            first: at,
            last: at,
            turns: BTreeMap::new(),
            turns_over: VecDeque::new(),
            last_turn: None,
            closes: Vec::new(),
            returned: false,
            state: Closing::Open,
            reopened: 0,
            counts: Counts::default(),
        }
    }

    /// The span of the run as a whole, since it was opened last.
    pub fn span(&self) -> SpanId {
        match self.reopened {
            0 => self.run.id.span(),
            n => SpanId(Key::new("reopened").number(self.run.id.0).number(n).narrow()),
        }
    }

    pub fn heard(&mut self, at: UnixNanos) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    /// A run that was over goes on, if it was.
    pub fn go_on(&mut self, at: UnixNanos) {
        if self.state == Closing::HandedOn {
            self.reopened += 1;
            (self.first, self.last) = (at, at);
            self.counts = Counts::default();
        }
        if self.state != Closing::Open {
            (self.state, self.returned) = (Closing::Open, false);
        }
    }

    /// The turn that began last.
    pub fn turn_at_work(&self) -> Option<SpanId> {
        self.turns.iter().max_by_key(|(span, turn)| (turn.start, **span)).map(|(span, _)| *span)
    }

    pub fn turn_over(&mut self, span: SpanId) {
        self.turns_over.push_back(span);
        if self.turns_over.len() > TURNS_REMEMBERED {
            self.turns_over.pop_front();
        }
    }
}

impl OpenTurn {
    pub fn new(at: UnixNanos) -> Self {
        OpenTurn {
            turn_id: None,
            model: None,
            start: at,
            last: at,
            end: None,
            error: None,
            progress: None,
            attempt: None,
            calls: BTreeMap::new(),
            approvals: Vec::new(),
            tools: Vec::new(),
            model_calls: 0,
            tool_calls: 0,
        }
    }

    pub fn heard(&mut self, at: UnixNanos) {
        self.start = self.start.min(at);
        self.last = self.last.max(at);
    }

    /// The first end counts.
    pub fn ended(&mut self, at: UnixNanos, ended: &TurnEnded) {
        if self.end.as_ref().is_none_or(|(known, _)| at < *known) {
            let TurnEnded { completed, interrupted, failed, reason, .. } = ended;
            let (completed, interrupted, failed) = (*completed, *interrupted, *failed);
            self.end = Some((at, TurnEnd { completed, interrupted, failed, reason: reason.clone() }));
        }
    }

    pub fn failed(&mut self, at: UnixNanos, failed: &AttemptFailed) {
        if self.error.as_ref().is_none_or(|known| at > known.at) {
            let (class, reason, exhausted) = (failed.class.clone(), failed.reason.clone(), failed.exhausted);
            self.error = Some(LastError { at, class, reason, exhausted });
        }
        self.calls.entry(failed.call).or_default().push((at, failed.clone()));
    }

    /// What its verdict is made of.
    pub fn known(&self) -> Turn {
        let facts = TurnFacts {
            end: self.end.as_ref().map(|(_, end)| end.clone()),
            error: self.error.clone(),
            progress_at: self.progress,
            attempt_at: self.attempt,
            left: None,
            process: None,
        };
        Turn { start: self.start, last: self.last, end: self.end.as_ref().map(|(at, _)| *at), facts }
    }

    /// The span in which a run was delegated to `at` that moment: the delegating call that ran then, else any that did, else
    /// the last delegating one before (it came back at once, and the work began behind it). `None` where no call fits.
    pub fn place(&self, at: UnixNanos) -> Option<SpanId> {
        let ran = |tool: &ToolTime| tool.start <= at && at <= tool.end;
        self.place_of_delegating(at)
            .or_else(|| self.latest(ran))
            .or_else(|| self.latest(|tool| tool.delegates && tool.end <= at))
    }

    /// The delegating call that ran `at` that moment, if it is over.
    pub fn place_of_delegating(&self, at: UnixNanos) -> Option<SpanId> {
        self.latest(|tool| tool.delegates && tool.start <= at && at <= tool.end)
    }

    fn latest(&self, which: impl Fn(&ToolTime) -> bool) -> Option<SpanId> {
        let fitting = self.tools.iter().filter(|tool| which(tool));
        fitting.max_by_key(|tool| (tool.start, tool.span)).map(|tool| tool.span)
    }
}
