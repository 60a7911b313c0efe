//! Documents: each text under the name it stands under, and the fields that must stay as they are.

use serde_json::{Map, Value};

use super::names::{self, Strength};
use super::randomness::looks_generated;
use super::redactor::Redactor;
use super::values::{self, Setting};

/// What a document is, and so which of its fields are no content.
///
/// In each, roles, types, ids, names of models and tools, finish reasons and numbers stay; texts, arguments, results and errors are
/// redacted, JSON inside of strings included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// Chat Completions of OpenAI, and what copies it: `messages`, `choices`, `tool_calls`.
    OpenAiChat,
    /// Messages of Anthropic: `messages` or `content` with blocks.
    AnthropicMessages,
    /// Responses of OpenAI: `input` or `output` with items.
    OpenAiResponses,
    /// Any of the three, by what it looks like; anything else is redacted as a whole.
    #[default]
    Any,
}

/// Fields that say what something is or which one, in every shape.
const STRUCTURE: &[&str] = &["role", "type", "object", "model", "id", "index", "status"];
/// ... of Chat Completions.
const OPENAI_CHAT: &[&str] =
    &["tool_call_id", "name", "finish_reason", "system_fingerprint", "service_tier", "tool_choice"];
/// ... of Messages. A thinking block's `signature` is checked by the model's provider and opens nothing.
const ANTHROPIC: &[&str] =
    &["tool_use_id", "name", "stop_reason", "stop_sequence", "media_type", "signature", "service_tier"];
/// ... of Responses. `encrypted_content` is reasoning that only its provider can read.
const RESPONSES: &[&str] = &[
    "call_id",
    "item_id",
    "response_id",
    "previous_response_id",
    "name",
    "encrypted_content",
    "service_tier",
];

impl Shape {
    fn of(value: &Value) -> Self {
        let has = |name: &str| value.get(name).is_some();
        let blocks = |name: &str| {
            value.get(name).is_some_and(|list| list.get(0).is_some_and(|item| item.get("type").is_some()))
        };
        if has("choices") || has("tool_calls") || has("tool_call_id") {
            Self::OpenAiChat
        } else if value.get("object").is_some_and(|object| object == "response")
            || has("input") && has("model")
            || blocks("output")
        {
            Self::OpenAiResponses
        } else if has("stop_reason")
            || (has("system") && has("messages"))
            || (has("role") && blocks("content"))
        {
            Self::AnthropicMessages
        } else if has("messages") || has("role") {
            Self::OpenAiChat
        } else {
            Self::Any
        }
    }

    fn keeps(self, name: &str) -> bool {
        let own = match self {
            Self::OpenAiChat => OPENAI_CHAT,
            Self::AnthropicMessages => ANTHROPIC,
            Self::OpenAiResponses => RESPONSES,
            Self::Any => return false,
        };
        STRUCTURE.contains(&name) || own.contains(&name)
    }
}

/// Whether `text` is an object, a list or a string of JSON, and nothing else.
pub(crate) fn is_document(text: &[u8]) -> bool {
    matches!(text.trim_ascii_start().first(), Some(b'{' | b'[' | b'"'))
        && serde_json::from_slice::<serde::de::IgnoredAny>(text).is_ok()
}

/// Redacts `value` in place.
pub(crate) fn redact(redactor: &Redactor, value: &mut Value, shape: Shape) {
    let shape = if shape == Shape::Any { Shape::of(value) } else { shape };
    walk(redactor, value, None, shape);
}

fn walk(redactor: &Redactor, value: &mut Value, name: Option<&str>, shape: Shape) {
    match value {
        Value::String(text) => leaf(redactor, text, name, shape),
        Value::Array(items) => items.iter_mut().for_each(|item| walk(redactor, item, name, shape)),
        Value::Object(fields) => object(redactor, fields, shape),
        Value::Number(number) => {
            let digits = number.to_string();
            let password =
                name.is_some_and(|name| names::strength(name.as_bytes()) == Some(Strength::Password));
            if password && digits.len() >= 4 && digits.bytes().all(|byte| byte.is_ascii_digit()) {
                *value = Value::from(redactor.redact_named(name.unwrap_or_default(), &digits));
            }
        }
        Value::Bool(_) | Value::Null => {}
    }
}

fn leaf(redactor: &Redactor, text: &mut String, name: Option<&str>, shape: Shape) {
    let redacted = match name {
        // A credential in the place of an id is a credential; an id that merely looks random is an id.
        Some(name) if shape.keeps(name) && !text.contains(char::is_whitespace) => redactor.redact_text(text),
        Some(name) => redactor.redact_named(name, text),
        None => redactor.redact_text(text),
    };
    if redacted != text.as_str() {
        *text = redacted.into_owned();
    }
}

fn object(redactor: &Redactor, fields: &mut Map<String, Value>, shape: Shape) {
    // A name can be a secret itself: a table of keys and their owners.
    let renamed: Vec<(String, String)> = fields
        .keys()
        .filter_map(|name| {
            let redacted = redactor.redact_text(name);
            (redacted != name.as_str()).then(|| (name.clone(), redacted.into_owned()))
        })
        .collect();
    for (name, redacted) in renamed {
        if let Some(value) = fields.remove(&name) {
            fields.insert(redacted, value);
        }
    }
    // {"name": "API_KEY", "value": "..."}: the value stands under the name that is a value.
    let label =
        ["name", "key", "header"].iter().find_map(|label| fields.get(*label)?.as_str().map(str::to_owned));
    for (name, value) in fields.iter_mut() {
        let name = match &label {
            Some(label) if name.eq_ignore_ascii_case("value") => label,
            _ => name,
        };
        walk(redactor, value, Some(name), shape);
    }
}

/// What the whole of `value` is when it stands under `name`, if it is a secret.
pub(crate) fn named(name: &str, value: &[u8]) -> Option<&'static str> {
    let is = |word: &str| name.eq_ignore_ascii_case(word);
    if is("authorization") || is("proxy-authorization") || is("cookie") || is("set-cookie") {
        let (scheme, credential) = match value.iter().position(|byte| *byte == b' ') {
            Some(blank) => value.split_at(blank),
            None => (&value[..0], value),
        };
        let told = !credential.is_empty() && (scheme.is_empty() || scheme.len() <= 24);
        return (told
            && looks_generated(credential.trim_ascii())
            && !values::stands_for_something_else(credential.trim_ascii()))
        .then_some(if is("cookie") || is("set-cookie") { "cookie" } else { "authorization" });
    }
    let strength = names::strength(name.as_bytes())?;
    let kind = if strength == Strength::Password { "password" } else { "credential" };
    // What has a form of its own keeps its own word: that is for the text.
    values::is_secret(value, strength, Setting::Quoted).then_some(kind)
}
