use serde::{Deserialize, Serialize};

use crate::ids::SpanId;
use crate::name::Name;
use crate::vocabulary::ToolStatus;

/// A tool call is over, whether or not it ran.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ToolCall {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The tool call's span.
    pub span: SpanId,
    /// The model call that asked for it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub call: Option<SpanId>,
    /// The tool.
    pub tool: Name,
    /// The set the host has the tool in: `file`, `web`, `mcp`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub toolset: Option<Name>,
    /// The model's id of the call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tool_call_id: Option<Name>,
    /// How it ended, in the host's words.
    pub status: ToolStatus,
    /// The kind of error, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub error_type: Option<Name>,
    /// How long it took, a wait for approval included, in nanoseconds.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub duration_ns: Option<i64>,
}

/// A person or a policy was asked to allow a tool call.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalRequested {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The approval's span, the same for its answer.
    pub approval: SpanId,
    /// The model's id of the tool call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tool_call_id: Option<Name>,
    /// Where it was asked, in the host's words: a person in a chat, a policy model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub surface: Option<Name>,
}

/// The answer to a request for approval.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ApprovalAnswered {
    /// The turn it belongs to.
    pub turn: SpanId,
    /// The approval's span.
    pub approval: SpanId,
    /// The model's id of the tool call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub tool_call_id: Option<Name>,
    /// Where it was asked, in the host's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub surface: Option<Name>,
    /// The answer, in the host's words: `once`, `session`, `always`, `deny`, `timeout`.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub choice: Option<Name>,
    /// From the question to the answer, in nanoseconds; `None` when the question was not seen.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub wait_ns: Option<i64>,
}
