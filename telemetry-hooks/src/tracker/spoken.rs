//! What a call of a hook says, read while the trajectories plane is on and before the tracker is locked.

use serde_json::value::RawValue;
use telemetry_core::vocabulary::Part;

use super::request::Request;
use crate::hook::Hook;
use crate::payload::{Payload, Text, Value};

/// The longest piece that is kept, in bytes of JSON: more than a context window holds, and a quarter of the longest line
/// that is read back.
pub(super) const LONGEST: usize = 4 << 20;

/// What one call of a hook says of the one span it is about.
#[derive(Default)]
pub(super) struct Spoken {
    pub pieces: Vec<(Part, Box<RawValue>)>,
    pub request: Option<Request>,
}

impl Spoken {
    pub fn by(hook: Hook, payload: &dyn Payload) -> Self {
        let pieces = match hook {
            Hook::PreLlmCall => vec![(Part::UserMessage, text(payload, "user_message"))],
            Hook::PostLlmCall => vec![(Part::FinalAnswer, text(payload, "assistant_response"))],
            Hook::PreApiRequest => {
                return Spoken { pieces: Vec::new(), request: Some(Request::of(payload)) };
            }
            Hook::PostApiRequest => vec![
                (Part::AssistantMessage, assistant_message(payload)),
                (Part::Reasoning, in_answer(payload, reasoning)),
            ],
            Hook::ApiRequestError => {
                let message = payload.map("error", |error| text(error, "message")).flatten();
                vec![(Part::ErrorMessage, message)]
            }
            Hook::PostToolCall => vec![
                (Part::ToolArguments, text(payload, "args")),
                (Part::ToolResult, text(payload, "result")),
                (Part::ErrorMessage, text(payload, "error_message")),
            ],
            Hook::PreApprovalRequest | Hook::PostApprovalResponse => {
                vec![(Part::ApprovalRequest, some_of(payload, &[], &["command", "description"]))]
            }
            Hook::SubagentStart => vec![(Part::SubagentGoal, text(payload, "child_goal"))],
            Hook::SubagentStop => vec![(Part::SubagentSummary, text(payload, "child_summary"))],
            // What comes in through a gateway is the message of the turn it begins.
            Hook::SessionStart
            | Hook::SessionFinalize
            | Hook::SessionEnd
            | Hook::SessionReset
            | Hook::PreGatewayDispatch => Vec::new(),
        };
        let said = pieces.into_iter().filter_map(|(part, body)| Some((part, body?)));
        Spoken { pieces: said.collect(), request: None }
    }
}

/// The value of `key` as JSON, if it says anything.
pub(super) fn text(payload: &dyn Payload, key: &str) -> Option<Box<RawValue>> {
    payload.read(key, |value| match value {
        Value::Null | Value::Str("") | Value::Other => None,
        said => Some(Text::of(said, LONGEST)),
    })
}

/// The answer, in the shape of a message. The host's own object is looked at first: the form it makes of it for hooks
/// cuts texts after 8,000 characters (hermes-agent 0.19.0, `run_agent.py`, `_hook_jsonable`).
fn assistant_message(payload: &dyn Payload) -> Option<Box<RawValue>> {
    let message = |message: &dyn Payload| {
        some_of(message, &[("role", Value::Str("assistant"))], &["content", "tool_calls"])
    };
    in_answer(payload, message)
}

/// Looks into the answered message, wherever the host puts it.
fn in_answer<R>(payload: &dyn Payload, look: impl Fn(&dyn Payload) -> Option<R>) -> Option<R> {
    let in_object = payload.map("assistant_message", &look).flatten();
    in_object.or_else(|| payload.map("response", |response| response.map("assistant_message", &look))??)
}

/// What the model thought. Providers' own words for it are beside the message, or in `provider_data` (hermes-agent 0.19.0,
/// `agent/transports/types.py`).
fn reasoning(message: &dyn Payload) -> Option<Box<RawValue>> {
    const WORDS: [&str; 3] = ["reasoning", "reasoning_content", "reasoning_details"];
    let among = |fields: &dyn Payload| WORDS.into_iter().find_map(|word| text(fields, word));
    among(message).or_else(|| message.map("provider_data", among).flatten())
}

/// An object of `given` and of those of `keys` that are there; `None` when none of them is.
fn some_of(
    payload: &dyn Payload,
    given: &[(&str, Value<'_>)],
    keys: &'static [&'static str],
) -> Option<Box<RawValue>> {
    struct SomeOf<'a>(&'a dyn Payload, &'a [(&'a str, Value<'a>)], &'static [&'static str]);
    impl Payload for SomeOf<'_> {
        fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
            self.0.visit(key, f);
        }

        fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
            self.1.each(f);
            for key in self.2 {
                self.0.visit(key, &mut |value| {
                    if !matches!(value, Value::Null) {
                        f(key, value);
                    }
                });
            }
        }
    }
    let there = keys.iter().any(|key| payload.is_present(key));
    there.then(|| Text::of(Value::Map(&SomeOf(payload, given, keys)), LONGEST))
}
