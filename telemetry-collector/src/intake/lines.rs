//! Our own wire: lines of a log, as a machine wrote them.

use serde_json::{Map, Value};
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::ids::EventId;

use super::{Recorded, Window, json};

/// Lines of one request.
pub const MOST_LINES: usize = 10_000;

/// Bytes of one line. The longest that is ours has 551.
pub const MOST_LINE: usize = 65_536;

/// Characters in the kind of an event that this version does not know.
const MOST_KIND: usize = 255;

/// Lines of a request whose field is looked for; it takes a reading for each field.
const EXPLAINED: usize = 100;

/// Fields of a line that are looked at for it.
const FIELDS: usize = 64;

/// What became of one line.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Which, counted from 1; empty ones count.
    pub number: usize,
    /// The event, or why it is none.
    pub event: Result<Recorded, Wrong>,
}

/// Why a line is not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// The event's id, where there is one.
    pub id: Option<String>,
    /// Its field, where it is one.
    pub field: Option<String>,
    /// What is wrong.
    pub reason: String,
}

impl Wrong {
    fn of_line(reason: impl Into<String>) -> Self {
        Wrong { id: None, field: None, reason: reason.into() }
    }

    fn of_field(event: &Event, field: &str, reason: String) -> Self {
        Wrong { id: Some(event.id.to_string()), field: Some(field.to_owned()), reason }
    }
}

/// Reads the lines that a machine sent.
///
/// # Errors
/// When there is none, or too many. What is wrong with one line is that line's alone.
pub fn read(body: &[u8], host: &str, window: Window) -> Result<Vec<Line>, String> {
    let mut lines = Vec::new();
    let mut unexplained = EXPLAINED;
    for (index, line) in body.split(|byte| *byte == b'\n').enumerate() {
        let line = line.trim_ascii();
        if line.is_empty() {
            continue;
        }
        if lines.len() == MOST_LINES {
            return Err(format!("there are more than {MOST_LINES} lines"));
        }
        let event = read_line(line, host, window).map_err(|refused| refused.explain(line, &mut unexplained));
        lines.push(Line { number: index + 1, event });
    }
    match lines.is_empty() {
        true => Err("there is no line in the body".to_owned()),
        false => Ok(lines),
    }
}

/// Why a line was not taken, before anybody looked closer.
enum Refused {
    Wrong(Wrong),
    NotDecoded(codec::DecodeError),
}

fn read_line(line: &[u8], host: &str, window: Window) -> Result<Recorded, Refused> {
    let wrong = |reason: String| Refused::Wrong(Wrong::of_line(reason));
    if line.len() > MOST_LINE {
        let reason = format!("is longer than {MOST_LINE} bytes");
        return Err(Refused::Wrong(Wrong { id: id_at_the_head(line), field: None, reason }));
    }
    let text = std::str::from_utf8(line).map_err(|_| wrong("is not UTF-8".to_owned()))?;
    if json::is_too_deep(line) {
        return Err(wrong(format!("is nested deeper than {} levels", json::MOST_LEVELS)));
    }
    let event = codec::decode(line).map_err(Refused::NotDecoded)?;
    if json::has_nul(line) {
        let reason = "has the character U+0000".to_owned();
        return Err(Refused::Wrong(Wrong { id: Some(event.id.to_string()), field: None, reason }));
    }
    window.check(event.ts).map_err(|reason| Refused::Wrong(Wrong::of_field(&event, "ts", reason)))?;
    if event.body.kind().chars().count() > MOST_KIND {
        let reason = format!("is longer than {MOST_KIND} characters");
        return Err(Refused::Wrong(Wrong::of_field(&event, "event", reason)));
    }
    Ok(Recorded { host: host.to_owned(), event, line: text.to_owned() })
}

/// The id of a line that is too long to be read, where it stands as in a line of ours: whoever sent an event must hear that this
/// one is refused, and not that nothing of it is an event, or it is sent for ever.
fn id_at_the_head(line: &[u8]) -> Option<String> {
    const BEFORE: &[u8] = b"\"id\":\"";
    let head = &line[..line.len().min(256)];
    let at = memchr::memmem::find(head, BEFORE)? + BEFORE.len();
    let id = std::str::from_utf8(head.get(at..at + 16)?).ok()?;
    id.parse::<EventId>().ok().map(|id| id.to_string())
}

impl Refused {
    fn explain(self, line: &[u8], unexplained: &mut usize) -> Wrong {
        match self {
            Refused::Wrong(wrong) => wrong,
            Refused::NotDecoded(error) => {
                let reason = without_content(&error.to_string());
                let Ok(fields) = serde_json::from_slice::<Map<String, Value>>(line) else {
                    return Wrong::of_line("is no JSON object");
                };
                // What is none is the sender's text and no name for a line of ours.
                let id = fields.get("id").and_then(Value::as_str);
                let id = id.filter(|id| id.parse::<EventId>().is_ok()).map(str::to_owned);
                let field = match *unexplained {
                    0 => None,
                    _ => culprit(&fields, &error.to_string()),
                };
                *unexplained = unexplained.saturating_sub(1);
                Wrong { id, field, reason }
            }
        }
    }
}

/// The field that a line is refused for: one that is missing, or one without which that would be said of it, or nothing.
fn culprit(fields: &Map<String, Value>, error: &str) -> Option<String> {
    if let Some(missing) = missing(error) {
        return Some(missing.to_owned());
    }
    // The head last: without it nothing is an event, whatever else is wrong.
    let (head, body): (Vec<_>, Vec<_>) =
        fields.keys().partition(|name| matches!(name.as_str(), "v" | "event"));
    body.into_iter().take(FIELDS).chain(head).find_map(|name| {
        let others: Map<String, Value> = fields
            .iter()
            .filter(|(other, _)| *other != name)
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        let line = serde_json::to_vec(&others).ok()?;
        let is_it = match codec::decode(&line) {
            Ok(_) => true,
            Err(error) => missing(&error.to_string()) == Some(name),
        };
        is_it.then(|| name.clone())
    })
}

fn missing(error: &str) -> Option<&str> {
    error.strip_prefix("missing field `")?.split('`').next()
}

/// What serde says was expected, and not what it found: that is the sender's, and goes into logs.
fn without_content(error: &str) -> String {
    if missing(error).is_some() {
        return "is missing".to_owned();
    }
    match error.rsplit_once("expected ") {
        Some((_, expected)) => {
            let end = expected.find(" at line ").unwrap_or(expected.len());
            format!("expected {}", &expected[..end])
        }
        None => "is not as events of its kind are".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::time::UnixNanos;

    use super::*;

    #[test]
    fn a_line_is_told_by_an_id_and_by_no_text_in_its_place() {
        let window = Window::at(UnixNanos::now(), i64::MAX / 2);
        let id = |id: &str| {
            let line = format!(r#"{{"v":1,"event":"turn_started","id":"{id}","ts":1}}"#);
            read(line.as_bytes(), "box", window).unwrap().remove(0).event.unwrap_err().id
        };
        assert_eq!(id("00000000000000fe").as_deref(), Some("00000000000000fe"));
        assert_eq!(id("SELECT * FROM x;"), None);
    }

    #[test]
    fn a_line_that_is_too_long_is_told_by_its_id() {
        let window = Window::at(UnixNanos::now(), i64::MAX / 2);
        let id = |head: &str| {
            let line = format!("{head}{}", "x".repeat(MOST_LINE));
            read(line.as_bytes(), "box", window).unwrap().remove(0).event.unwrap_err().id
        };
        let ours = r#"{"v":1,"event":"thought","id":"00000000000000fe","ts":1,"text":""#;
        assert_eq!(id(ours).as_deref(), Some("00000000000000fe"));
        for no_event in ["", r#"{"id":"#, r#"{"id":"SELECT * FROM x"#, r#"{"id":"äääääääääääääääää"#]
        {
            assert_eq!(id(no_event), None, "{no_event}");
        }
    }
}
