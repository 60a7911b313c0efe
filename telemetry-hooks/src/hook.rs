//! The hooks of a host, by name.

/// The hooks we listen to. The seven lifecycle callbacks come first; the others are observers without which the
/// outcome of a real run cannot be known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hook {
    /// A new session begins.
    SessionStart,
    /// A session is closed.
    SessionFinalize,
    /// A model answered.
    PostApiRequest,
    /// A request to a provider failed.
    ApiRequestError,
    /// A tool call is over.
    PostToolCall,
    /// Work is delegated to a subagent.
    SubagentStart,
    /// The delegation came back.
    SubagentStop,
    /// A turn begins.
    PreLlmCall,
    /// A turn ends (the host's name is older than its meaning).
    SessionEnd,
    /// A new session takes the place of another.
    SessionReset,
    /// Someone is asked to allow a tool call.
    PreApprovalRequest,
    /// The answer.
    PostApprovalResponse,
    /// A message came in through a gateway.
    PreGatewayDispatch,
    /// A request to a provider is about to go out. Listening makes the host build the payload, 0.7 to 5 ms a call, so
    /// it is behind `capture.attempts` and `trajectories.enabled`.
    PreApiRequest,
    /// A turn has its answer. All that it tells is content.
    PostLlmCall,
}

impl Hook {
    /// All of them.
    pub const ALL: [Hook; 15] = [
        Hook::SessionStart,
        Hook::SessionFinalize,
        Hook::PostApiRequest,
        Hook::ApiRequestError,
        Hook::PostToolCall,
        Hook::SubagentStart,
        Hook::SubagentStop,
        Hook::PreLlmCall,
        Hook::SessionEnd,
        Hook::SessionReset,
        Hook::PreApprovalRequest,
        Hook::PostApprovalResponse,
        Hook::PreGatewayDispatch,
        Hook::PreApiRequest,
        Hook::PostLlmCall,
    ];

    /// The host's name for it (hermes-agent 0.19.0, `hermes_cli/plugins.py`, `VALID_HOOKS`).
    pub const fn as_str(self) -> &'static str {
        match self {
            Hook::SessionStart => "on_session_start",
            Hook::SessionFinalize => "on_session_finalize",
            Hook::PostApiRequest => "post_api_request",
            Hook::ApiRequestError => "api_request_error",
            Hook::PostToolCall => "post_tool_call",
            Hook::SubagentStart => "subagent_start",
            Hook::SubagentStop => "subagent_stop",
            Hook::PreLlmCall => "pre_llm_call",
            Hook::SessionEnd => "on_session_end",
            Hook::SessionReset => "on_session_reset",
            Hook::PreApprovalRequest => "pre_approval_request",
            Hook::PostApprovalResponse => "post_approval_response",
            Hook::PreGatewayDispatch => "pre_gateway_dispatch",
            Hook::PreApiRequest => "pre_api_request",
            Hook::PostLlmCall => "post_llm_call",
        }
    }

    /// The hook of a name, if it is one we listen to.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.as_str() == name)
    }

    /// The hooks to register. Requests are part of what is said, so who wants content gets attempts with it.
    pub fn wanted(attempts: bool, content: bool) -> impl Iterator<Item = Hook> {
        Self::ALL.into_iter().filter(move |hook| match hook {
            Hook::PreApiRequest => attempts || content,
            Hook::PostLlmCall => content,
            _ => true,
        })
    }
}

/// Hooks of the real host that say nothing we need, or whose return value would change what the host does.
/// They are known, and ignored.
pub const IGNORED: [&str; 8] = [
    "kanban_task_blocked",
    "kanban_task_claimed",
    "kanban_task_completed",
    "pre_tool_call",
    "pre_verify",
    "transform_llm_output",
    "transform_terminal_output",
    "transform_tool_result",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_parse_back_and_none_is_both_observed_and_ignored() {
        for hook in Hook::ALL {
            assert_eq!(Hook::parse(hook.as_str()), Some(hook));
            assert!(!IGNORED.contains(&hook.as_str()));
        }
        // hermes-agent 0.19.0 has 23 hooks.
        assert_eq!(Hook::ALL.len() + IGNORED.len(), 23);
    }
}
