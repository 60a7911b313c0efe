//! Which words a manifest may use, and how a message shows those it may not.

use serde_json::Value;

/// In bytes.
const LONGEST_NAME: usize = 64;

pub(super) fn is_name(text: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() <= LONGEST_NAME
        && text.bytes().next().is_some_and(allowed)
        && text.bytes().all(|byte| allowed(byte) || matches!(byte, b'_' | b'-'))
}

/// A name of somebody else's: hosts differ (`post_tool_call`, `PostToolUse`), so only what would break a log line or
/// a config key is refused.
pub(super) fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= LONGEST_NAME
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'.' | b':' | b'/'))
}

/// Like semver, but a missing minor or patch number is not worth refusing a plugin for.
pub(super) fn is_version(text: &str) -> bool {
    let identifiers = |text: &str| {
        text.split('.').all(|part| {
            !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        })
    };
    let (text, build) = match text.split_once('+') {
        Some((text, build)) => (text, Some(build)),
        None => (text, None),
    };
    let (core, pre) = match text.split_once('-') {
        Some((core, pre)) => (core, Some(pre)),
        None => (text, None),
    };
    let is_number =
        |part: &str| !part.is_empty() && part.len() <= 9 && part.bytes().all(|b| b.is_ascii_digit());
    text.len() <= LONGEST_NAME
        && core.split('.').count() <= 3
        && core.split('.').all(is_number)
        && pre.is_none_or(identifiers)
        && build.is_none_or(identifiers)
}

/// The known word somebody probably meant.
pub(super) fn similar<'a>(word: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    // The length first: the distance is quadratic, and a manifest may hold anything.
    (word.len() <= LONGEST_NAME)
        .then(|| known.into_iter().map(|known| (strsim::jaro_winkler(word, known), known)))?
        .filter(|(score, _)| *score > 0.85)
        .max_by(|(a, _), (b, _)| a.total_cmp(b))
        .map(|(_, known)| known)
}

pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing",
        Value::Bool(_) => "a truth value",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a mapping",
    }
}

/// The value as a message shows it.
pub(super) fn literal(value: &Value) -> String {
    shown(&value.to_string())
}

pub(super) fn shown(text: &str) -> String {
    one_line(text, 80)
}

/// Foreign text fit for a terminal and a log: escaped, on one line, and at most `longest` characters.
pub(super) fn one_line(text: &str, longest: usize) -> String {
    let mut line = String::new();
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            line.push_str("...");
            break;
        }
        if character.is_control() {
            line.extend(character.escape_debug());
        } else {
            line.push(character);
        }
    }
    line
}
