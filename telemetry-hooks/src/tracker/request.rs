//! What a request says: the system prompt, the tools, the messages; of each, what is new in its run.

use memchr::memmem;
use serde_json::value::{RawValue, to_raw_value};
use telemetry_core::ids::Key;

use super::spoken::{LONGEST, text};
use crate::payload::{List, Payload, Text, Value, omitted};

/// A request as the host is about to send it.
pub(super) struct Request {
    pub system_prompt: Option<Box<RawValue>>,
    pub tools: Option<Box<RawValue>>,
    pub messages: Option<Messages>,
}

/// Messages of a request, in order, without the system's at the front.
#[derive(Default)]
pub(super) struct Messages {
    texts: Vec<Box<RawValue>>,
    hashes: Vec<u64>,
}

/// What a run's requests said so far, as hashes.
#[derive(Default)]
pub(super) struct Said {
    pub system_prompt: Option<u64>,
    pub tools: Option<u64>,
    messages: Vec<u64>,
}

/// The words for the messages in a request's body: chat completions and Anthropic, Responses, Gemini.
const MESSAGES: [&str; 3] = ["messages", "input", "contents"];
/// The words for a system prompt that is no message: Anthropic, Responses, Gemini.
const SYSTEM_PROMPT: [&str; 3] = ["system", "instructions", "system_instruction"];

impl Request {
    /// The messages as they are sent are beside the request; what is in its body has been cut to size by the host
    /// (hermes-agent 0.19.0, `agent/conversation_loop.py` and `run_agent.py`, `_sanitize_hook_payload`).
    pub fn of(payload: &dyn Payload) -> Self {
        let whole =
            payload.list("request_messages", read).filter(|(_, messages)| !messages.hashes.is_empty());
        let in_body = |look: &dyn Fn(&dyn Payload) -> Option<Box<RawValue>>| {
            payload.map("request", |request| request.map("body", look))??
        };
        let (system, messages) = whole
            .or_else(|| {
                let among = |body: &dyn Payload| MESSAGES.iter().find_map(|word| body.list(word, read));
                payload.map("request", |request| request.map("body", among))??
            })
            .map_or((None, None), |(system, messages)| (system, Some(messages)));
        Request {
            system_prompt: system
                .or_else(|| in_body(&|body| SYSTEM_PROMPT.iter().find_map(|word| text(body, word)))),
            tools: in_body(&|body| text(body, "tools")),
            messages,
        }
    }
}

/// The system's message at the front, and the others.
fn read(list: &dyn List) -> (Option<Box<RawValue>>, Messages) {
    let (mut system, mut messages) = (None, Messages::default());
    list.each(&mut |message| {
        if let Value::Map(fields) = message
            && messages.hashes.is_empty()
            && system.is_none()
            && fields.text("role", |role| matches!(role, "system" | "developer")) == Some(true)
        {
            system = text(fields, "content");
            return;
        }
        messages.push(message);
    });
    (system, messages)
}

impl Messages {
    fn push(&mut self, message: Value<'_>) {
        let text = Text::of(message, LONGEST);
        self.hashes.push(hash(&text));
        self.texts.push(text);
    }

    /// What is new since the request before: how many messages at the beginning are the same, and the rest of them as a
    /// list. `None` when the request is the same.
    pub fn news(self, said: &mut Said) -> Option<(u32, Box<RawValue>)> {
        let same = self.hashes.iter().zip(&said.messages).take_while(|(one, other)| one == other).count();
        if same == self.hashes.len() && same == said.messages.len() {
            return None;
        }
        said.messages = self.hashes;
        let rest = to_raw_value(&self.texts[same..]).unwrap_or_default();
        let rest = if rest.get().len() > LONGEST { omitted(rest.get().len()) } else { rest };
        Some((u32::try_from(same).unwrap_or(u32::MAX), rest))
    }
}

/// Whether `text` is another than what was `said` before. One that the host has cut is none: as a conversation grows the
/// host cuts the same tools in other places.
pub(super) fn is_news(text: &RawValue, said: &mut Option<u64>) -> bool {
    const CUTS: [&str; 3] = ["...[truncated ", "\"_truncated_items\":", " depth limit>\""];
    let cut = |cut: &&str| memmem::find(text.get().as_bytes(), cut.as_bytes()).is_some();
    if said.is_some() && CUTS.iter().any(cut) {
        return false;
    }
    let hash = hash(text);
    said.replace(hash) != Some(hash)
}

fn hash(text: &RawValue) -> u64 {
    Key::new("said").text(text.get()).narrow()
}
