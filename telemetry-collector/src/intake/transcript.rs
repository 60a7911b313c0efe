//! What the batch wire says of a whole session.

use serde::Deserialize;
use serde_json::json;
use telemetry_core::time::UnixNanos;

use super::json::{self, Loose};
use super::{MOST_HOST, Transcript};

/// Messages of one transcript.
pub const MOST_MESSAGES: usize = 10_000;

/// Who may have said a message.
pub const ROLES: [&str; 3] = ["user", "assistant", "tool_result"];

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Fields<'a> {
    #[serde(borrow)]
    session_id: Loose<'a>,
    #[serde(borrow)]
    host_id: Loose<'a>,
    #[serde(borrow)]
    transcript: Option<Vec<Message<'a>>>,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    role: Loose<'a>,
    #[serde(borrow)]
    content: Loose<'a>,
    #[serde(borrow)]
    index: Loose<'a>,
}

/// Reads a transcript: `sessionId`, `hostId` and `transcript`, a list of messages with `role`, `content` and `index`.
///
/// # Errors
/// What is wrong with it. There is no half of a transcript.
pub fn read(body: &[u8], at: UnixNanos) -> Result<Transcript, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    if json::is_too_deep(body) {
        return Err(format!("the body is nested deeper than {} levels", json::MOST_LEVELS));
    }
    if !text.trim_start().starts_with('{') {
        return Err("the body must be an object".to_owned());
    }
    let fields: Fields<'_> = serde_json::from_str(text).map_err(|error| json::no_json(&error))?;
    let messages = fields.transcript.ok_or("`transcript` is missing")?;
    if messages.len() > MOST_MESSAGES {
        return Err(format!("`transcript` has more than {MOST_MESSAGES} messages"));
    }
    let messages: Result<Vec<_>, _> = messages
        .into_iter()
        .enumerate()
        .map(|(place, message)| read_message(message).map_err(|what| format!("`transcript[{place}].{what}")))
        .collect();
    Ok(Transcript {
        session: name("sessionId", fields.session_id, 255)?,
        host: name("hostId", fields.host_id, MOST_HOST)?,
        at,
        body: serde_json::Value::from(messages?).to_string(),
    })
}

fn name(field: &str, value: Loose<'_>, most: usize) -> Result<String, String> {
    match value {
        Loose::Text(text) if text.contains('\0') => Err(format!("`{field}` has the character U+0000")),
        Loose::Text(text) if (1..=most).contains(&text.chars().count()) => Ok(text.into_owned()),
        Loose::Missing => Err(format!("`{field}` is missing")),
        _ => Err(format!("`{field}` must be a string of 1 to {most} characters")),
    }
}

fn read_message(message: Message<'_>) -> Result<serde_json::Value, String> {
    let role = match message.role {
        Loose::Text(role) if ROLES.contains(&&*role) => role,
        _ => return Err(format!("role` must be one of {}", ROLES.join(", "))),
    };
    let content = match message.content {
        Loose::Text(content) if !content.contains('\0') => content,
        _ => return Err("content` must be a string without the character U+0000".to_owned()),
    };
    match message.index {
        Loose::Integer(index) if index >= 0 => Ok(json!({"role": role, "content": content, "index": index})),
        _ => Err("index` must be an integer from 0 on".to_owned()),
    }
}
