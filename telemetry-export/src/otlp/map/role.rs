//! What a span is to those who show it.

use crate::otlp::attributes::Attributes;
use crate::otlp::names;

/// The operations of `gen_ai.operation.name`, which names of spans and metrics have too.
pub(super) const INVOKE_AGENT: &str = "invoke_agent";
pub(super) const CHAT: &str = "chat";
pub(super) const EXECUTE_TOOL: &str = "execute_tool";

/// What a span is, in each convention's words.
///
/// A turn, an attempt and an approval have no operation: there is none for them, and whoever counts operations would count a
/// call twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// A run.
    Run,
    /// A turn.
    Turn,
    /// A model call, answered or not.
    ModelCall,
    /// One of its attempts.
    Attempt,
    /// A tool call.
    ToolCall,
    /// A wait for somebody to allow one.
    Approval,
}

impl Role {
    /// The word of `tel_spans.kind`.
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Run => "run",
            Role::Turn => "turn",
            Role::ModelCall => "model_call",
            Role::Attempt => "attempt",
            Role::ToolCall => "tool_call",
            Role::Approval => "approval",
        }
    }

    fn operation(self) -> Option<&'static str> {
        match self {
            Role::Run => Some(INVOKE_AGENT),
            Role::ModelCall => Some(CHAT),
            Role::ToolCall => Some(EXECUTE_TOOL),
            Role::Turn | Role::Attempt | Role::Approval => None,
        }
    }

    fn openinference(self) -> &'static str {
        match self {
            Role::Run => "AGENT",
            Role::ModelCall => "LLM",
            Role::ToolCall => "TOOL",
            Role::Turn | Role::Attempt | Role::Approval => "CHAIN",
        }
    }

    fn langfuse(self) -> &'static str {
        match self {
            Role::Run => "agent",
            Role::Turn => "chain",
            Role::ModelCall => "generation",
            Role::ToolCall => "tool",
            Role::Attempt | Role::Approval => "span",
        }
    }

    /// Says what it is.
    pub fn put(self, attributes: &mut Attributes) {
        attributes.put(names::KIND, self.as_str());
        attributes.put_known(names::OPERATION, self.operation());
        attributes.put(names::SPAN_KIND, self.openinference());
        attributes.put(names::OBSERVATION_TYPE, self.langfuse());
    }
}
