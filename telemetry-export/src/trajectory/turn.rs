//! What is told of a turn.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::{AttemptFailed, ModelCall, ToolCall};
use telemetry_core::ids::{EventId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::Verdict;
use telemetry_core::time::UnixNanos;

use super::message::Message;
use crate::spans::{ApprovalOver, Run};

/// Something to write down.
#[derive(Debug, Clone, PartialEq)]
pub enum Told {
    /// A turn of a session at the top of its tree.
    Turn(Box<Turn>),
    /// A run at the top of its tree is over.
    Run(RunEnd),
    /// What came when the turn it belongs to had been told.
    Late(Late),
}

/// What came when the turn it belongs to had been told.
#[derive(Debug, Clone, PartialEq)]
pub enum Late {
    /// A subagent in the background is over.
    Child {
        /// The runs above it, the one at the top of the tree first.
        above: Vec<Arc<Run>>,
        /// The subagent.
        child: Box<Child>,
    },
    /// A tool in the background is over.
    Tool {
        /// Its run.
        run: Arc<Run>,
        /// The tool call.
        tool: Box<Tool>,
    },
    /// A model call is over.
    Call {
        /// Its run.
        run: Arc<Run>,
        /// The model call.
        call: Box<Call>,
    },
}

/// A turn that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Turn {
    /// Its run.
    pub run: Arc<Run>,
    /// Its span.
    pub span: SpanId,
    /// The span of its run.
    pub within: SpanId,
    /// When it began.
    pub start: UnixNanos,
    /// When it was over.
    pub end: UnixNanos,
    /// The host's id of it.
    pub turn_id: Option<Name>,
    /// How it ended.
    pub verdict: Verdict,
    /// It was still open when the export came to its end.
    pub unclosed: bool,
    /// Counted from 0 in its run.
    pub number: u64,
    /// What it was asked.
    pub user_message: Option<Value>,
    /// What it came to.
    pub final_answer: Option<Value>,
    /// Its model calls, in the order in which they were over.
    pub calls: Vec<Call>,
    /// Its tool calls, in that order too.
    pub tools: Vec<Tool>,
    /// Waits for somebody to allow a tool call.
    pub approvals: Vec<Approval>,
    /// What else happened.
    pub happened: Vec<Happened>,
    /// The subagents that came back in it, in the order in which they began.
    pub children: Vec<Child>,
    /// Subagents it began that are still at work.
    pub at_work: Vec<RunId>,
}

/// A model call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Its span.
    pub span: SpanId,
    /// When its first attempt began.
    pub start: UnixNanos,
    /// When it was answered or failed for good.
    pub end: UnixNanos,
    /// Its attempts that failed, in order.
    pub failures: Vec<Failure>,
    /// When the attempt that was answered began, where that is known.
    pub answered_from: Option<UnixNanos>,
    /// The answer; `None` when there never was one.
    pub answer: Option<Answer>,
    /// What its attempts sent, in order, of each what is new in its run.
    pub requests: Vec<Request>,
    /// The system prompt, when it is the first of its run or another than before.
    pub system_prompt: Option<Value>,
    /// The tools it may call, when they are the first of their run or others than before.
    pub tool_definitions: Option<Value>,
    /// What was answered.
    pub message: Option<Message>,
    /// What was thought before.
    pub reasoning: Option<Value>,
}

/// What a request sent.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// How many messages at its beginning are those of the run's request before.
    pub from: u32,
    /// The others.
    pub messages: Value,
    /// It is shorter than the request before: the host has compressed the conversation.
    pub rewritten: bool,
}

/// An answered model call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// What the host said of it.
    pub call: ModelCall,
    /// What it costs; `None` where that is unknown.
    pub cost: Option<NanoDollars>,
    /// How well that is known: `actual`, `estimated`, `included` or `unknown`.
    pub cost_status: Name,
}

/// A failed attempt of a model call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Failure {
    /// Its span.
    pub span: SpanId,
    /// When it began.
    pub start: UnixNanos,
    /// When it failed.
    pub end: UnixNanos,
    /// Why.
    pub failed: AttemptFailed,
    /// What the provider said.
    pub message: Option<Value>,
}

/// A tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tool {
    /// When it began.
    pub start: UnixNanos,
    /// When it was over.
    pub end: UnixNanos,
    /// What the host said of it; its span is there.
    pub call: ToolCall,
    /// What it was called with.
    pub arguments: Option<Value>,
    /// What it gave back.
    pub result: Option<Value>,
    /// What went wrong.
    pub error: Option<Value>,
}

/// A wait for somebody to allow a tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Approval {
    /// Its span.
    pub span: SpanId,
    /// When it was asked.
    pub start: UnixNanos,
    /// When it was answered, or was over without an answer.
    pub end: UnixNanos,
    /// What the host said of it.
    pub over: ApprovalOver,
    /// What was to be allowed.
    pub request: Option<Value>,
}

/// Something that happened, as its event says it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Happened {
    /// The event's id.
    pub id: EventId,
    /// When.
    pub at: UnixNanos,
    /// The event's kind.
    pub kind: String,
    /// The fields of its kind.
    pub fields: Value,
}

/// A subagent that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Child {
    /// Its run, and how that ended.
    pub end: RunEnd,
    /// The span it was delegated from: a tool call's, where that is known.
    pub place: Option<SpanId>,
    /// What it was sent to do.
    pub goal: Option<Value>,
    /// What it came back with.
    pub summary: Option<Value>,
    /// Its turns.
    pub turns: Vec<Turn>,
}

/// A run that is over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunEnd {
    /// The run.
    pub run: Arc<Run>,
    /// Its span.
    pub span: SpanId,
    /// When it began.
    pub start: UnixNanos,
    /// When it was over.
    pub end: UnixNanos,
    /// How it ended.
    pub verdict: Verdict,
    /// It was still open when the export came to its end.
    pub unclosed: bool,
    /// What happened after its last turn.
    pub happened: Vec<Happened>,
}

impl Request {
    /// The same, counted from the request before `earlier`, of which nothing is told.
    pub(super) fn after(self, earlier: Request) -> Request {
        let rewritten = self.rewritten || earlier.rewritten;
        match (earlier.messages, self.messages) {
            (Value::Array(mut messages), Value::Array(new)) if self.from >= earlier.from => {
                messages.truncate((self.from - earlier.from) as usize);
                messages.extend(new);
                Request { from: earlier.from, messages: Value::Array(messages), rewritten }
            }
            (_, messages) => Request { from: self.from, messages, rewritten },
        }
    }
}

impl Tool {
    /// The model's id of it, else that of its span.
    pub fn id(&self) -> String {
        self.call
            .tool_call_id
            .as_ref()
            .filter(|id| !id.is_empty())
            .map_or_else(|| self.call.span.to_string(), |id| id.to_string())
    }
}

impl Turn {
    /// The name a session goes by: the host's id, else that of its run.
    pub fn session(&self) -> String {
        session(&self.run)
    }

    /// The tool calls that the `nth` model call led to, in the order in which they began: those that say so, and those that
    /// say nothing and began after it and before the next.
    pub fn tools_of(&self, nth: usize) -> Vec<&Tool> {
        let call = &self.calls[nth];
        let next = self.calls[nth + 1..].iter().find(|call| call.answer.is_some()).map(|call| call.end);
        let known = |span: SpanId| self.calls.iter().any(|call| call.span == span);
        let is_of = |tool: &&Tool| match tool.call.call.filter(|span| known(*span)) {
            Some(span) => span == call.span,
            None => call.end <= tool.end && next.is_none_or(|next| tool.end <= next),
        };
        let mut tools: Vec<&Tool> = match call.answer {
            Some(_) => self.tools.iter().filter(is_of).collect(),
            None => Vec::new(),
        };
        tools.sort_by_key(|tool| (tool.start, tool.call.span));
        tools
    }

    /// It is the first of a run that continues another under a new session id.
    pub fn begins_compressed(&self) -> bool {
        self.number == 0 && self.within == self.run.id.span() && self.run.continues.is_some()
    }
}

/// The name a session goes by: the host's id, else that of its run.
pub(crate) fn session(run: &Run) -> String {
    run.session_id.as_ref().map_or_else(|| run.id.to_string(), |id| id.to_string())
}
