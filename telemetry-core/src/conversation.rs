//! Sessions and their messages: what was said, put in the order in which it was said.
//!
//! Events say what happened and content says it in pieces; a conversation is what a person or a training set reads. It
//! is put together on the way out, from the [content](crate::content) log or from the host's own database, and kept
//! nowhere.
//!
//! Every text stands beside its size, so that a conversation without its texts still tells who spoke, when and how much.

use serde::Serialize;
use serde_json::Value;

use crate::ids::{RunId, SpanId};
use crate::time::UnixNanos;

/// Conversations read back, without knowing where they are kept.
pub trait Conversations {
    /// Calls `each` for every session once, until it says stop (`false`).
    ///
    /// # Errors
    /// When what is ours cannot be read. What the host's database does not give is told in [`Conversations::left_out`].
    fn sessions(&self, each: &mut dyn FnMut(Session) -> bool) -> std::io::Result<()>;

    /// Calls `each` for every message once, those of one session in their order, until it says stop (`false`).
    ///
    /// # Errors
    /// As [`Conversations::sessions`].
    fn messages(&self, each: &mut dyn FnMut(Message) -> bool) -> std::io::Result<()>;

    /// What could not be read so far, a sentence each, for people.
    fn left_out(&self) -> Vec<String>;
}

/// Where a session or message is known from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// The content log.
    Content,
    /// The host's own database.
    Host,
    /// Events alone: nobody kept what was said.
    Events,
}

/// One session of a host.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Session {
    /// The host's id.
    pub session_id: String,
    /// Where its messages are from.
    #[serde(rename = "source")]
    pub origin: Origin,
    /// Its runs, oldest first; none when it was never recorded here.
    pub runs: Vec<RunId>,
    /// The host's word for the surface it began on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform: Option<String>,
    /// The model it began with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Its title, where the host gave one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<Value>,
    /// The size of the title in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title_bytes: Option<u64>,
    /// Its beginning.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_ns: Option<UnixNanos>,
    /// Its end, or the last that was heard of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end_ns: Option<UnixNanos>,
    /// How much there was of it.
    pub counts: Counts,
}

/// How much there was of a session; what nobody counted is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
pub struct Counts {
    /// Turns, by the events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turns: Option<u64>,
    /// Messages, by the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub messages: Option<u64>,
    /// Answered model calls, by the events, else by the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model_calls: Option<u64>,
    /// Tool calls, by the events, else by the host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_calls: Option<u64>,
}

/// One message of a session.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Message {
    /// The host's id of the session; `None` when its events are gone and only what was said is left.
    pub session_id: Option<String>,
    /// Where it is from.
    #[serde(rename = "source")]
    pub origin: Origin,
    /// Its place in the session, counted from 0.
    pub seq: u32,
    /// When it was said.
    pub ts: UnixNanos,
    /// The run it was said in, if recorded here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub run: Option<RunId>,
    /// The turn it belongs to, if recorded here.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub turn: Option<SpanId>,
    /// The span it belongs to, if recorded here: a turn, a model call, a tool call, an approval or a subagent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<SpanId>,
    /// `system`, `user`, `assistant` or `tool`; else the word of the [part](crate::vocabulary::Part) it is.
    pub role: String,
    /// `false` for one that the host has set aside: undone, or replaced by a summary.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active: Option<bool>,
    /// Of a tool's result: the tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_name: Option<String>,
    /// Of a tool's result: the call it answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tool_call_id: Option<String>,
    /// The tool calls an answer asks for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub tool_calls: Vec<ToolRequest>,
    /// Of a tool's result: the arguments it ran with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// The size of the arguments in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments_bytes: Option<u64>,
    /// What was said: a text, or the host's parts of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content: Option<Value>,
    /// The size of the content in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub content_bytes: Option<u64>,
    /// What was thought before it was said, where the host tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning: Option<Value>,
    /// The size of the reasoning in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reasoning_bytes: Option<u64>,
}

/// A tool call that an answer asks for.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolRequest {
    /// The id its result will name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// The tool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Its arguments, as the model wrote them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments: Option<Value>,
    /// The size of the arguments in bytes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub arguments_bytes: Option<u64>,
}

impl Message {
    /// A message of which nothing is known but this.
    pub fn new(origin: Origin, ts: UnixNanos, role: impl Into<String>) -> Self {
        Message {
            session_id: None,
            origin,
            seq: 0,
            ts,
            run: None,
            turn: None,
            span: None,
            role: role.into(),
            active: None,
            tool_name: None,
            tool_call_id: None,
            tool_calls: Vec::new(),
            arguments: None,
            arguments_bytes: None,
            content: None,
            content_bytes: None,
            reasoning: None,
            reasoning_bytes: None,
        }
    }
}

/// The size of something that was said: a text's own bytes in UTF-8, else those of its JSON.
pub fn size(said: &Value) -> u64 {
    let bytes = match said {
        Value::String(text) => text.len(),
        // Cannot fail: the keys of a value are texts.
        value => serde_json::to_vec(value).map_or(0, |json| json.len()),
    };
    bytes as u64
}
