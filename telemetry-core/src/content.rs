//! What was said: prompts, answers, arguments and results. Recorded only while the trajectories plane is on.
//!
//! Content is apart from [events](crate::event) in every respect: its own type, its own log, its own retention. An event
//! has no field for it, so a program that handles events cannot let content out by accident.
//!
//! One record is one line of JSON:
//!
//! ```json
//! {"v":1,"content":"tool_result","id":"…16 hex…","ts":1767225605689342923,"run":"…32 hex…","span":"…16 hex…","body":"…"}
//! ```
//! `span` is that of the turn, model call, failed attempt, tool call, approval or subagent's run it belongs to, as in
//! `tel_spans`; `body` is the host's value, of whatever type it was. One that would take more than
//! 4 MiB is `{"omitted_bytes":n}`: cutting it might cut a secret in two, of which neither half would be found.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::event::SCHEMA_VERSION;
use crate::ids::{EventId, Key, RunId, SpanId};
use crate::time::UnixNanos;
use crate::vocabulary::Part;

/// One piece of what was said.
#[derive(Debug, Clone)]
pub struct Content {
    /// Unique together with `ts`; derived from the natural key.
    pub id: EventId,
    /// When it was said: the clock of the host that reported it.
    pub ts: UnixNanos,
    /// The run it belongs to.
    pub run: RunId,
    /// The span it belongs to.
    pub span: SpanId,
    /// Which part of that span it is.
    pub part: Part,
    /// For [`Part::RequestMessages`]: how many messages at the beginning of the request are those of the run's request
    /// before; `body` has the others. A system prompt at the front is in [`Part::SystemPrompt`] and not counted.
    pub from: Option<u32>,
    /// The host's value, as JSON.
    pub body: Box<RawValue>,
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        (self.id, self.ts, self.run, self.span, &self.part, self.from, self.body.get())
            == (other.id, other.ts, other.run, other.span, &other.part, other.from, other.body.get())
    }
}

/// A record on disk.
#[derive(Serialize, Deserialize)]
struct Line<P, B> {
    v: u32,
    content: P,
    id: EventId,
    ts: UnixNanos,
    run: RunId,
    span: SpanId,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    from: Option<u32>,
    body: B,
}

/// A line that is no content.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(#[from] serde_json::Error);

impl Content {
    /// `part` of `span`, said at `ts`. A span has each part once, but for the requests of a call's attempts: `ordinal`
    /// tells those apart.
    pub fn new(
        ts: UnixNanos,
        run: RunId,
        span: SpanId,
        part: Part,
        ordinal: u64,
        body: Box<RawValue>,
    ) -> Self {
        let key = Key::new("content").number(span.0).text(part.as_str()).number(ordinal);
        Content { id: EventId(key.narrow()), ts, run, span, part, from: None, body }
    }

    /// Reads one line. A part this version does not know is kept by its word; a field it does not know is left out.
    ///
    /// # Errors
    /// When the line is no JSON object or a field has the wrong shape.
    pub fn decode(line: &[u8]) -> Result<Self, DecodeError> {
        let line: Line<Part, Box<RawValue>> = serde_json::from_slice(line)?;
        let Line { v: _, content: part, id, ts, run, span, from, body } = line;
        Ok(Content { id, ts, run, span, part, from, body })
    }

    /// Appends the record as one line, newline included, to `out`.
    pub fn encode(&self, out: &mut Vec<u8>) {
        let line = Line {
            v: SCHEMA_VERSION,
            content: &self.part,
            id: self.id,
            ts: self.ts,
            run: self.run,
            span: self.span,
            from: self.from,
            body: &self.body,
        };
        let start = out.len();
        match serde_json::to_writer(&mut *out, &line) {
            Ok(()) => out.push(b'\n'),
            // Nothing here can fail: every key is a string and a vector does not run out.
            Err(_) => out.truncate(start),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(json: &str) -> Box<RawValue> {
        RawValue::from_string(json.to_owned()).unwrap()
    }

    #[test]
    fn a_record_round_trips_with_its_body_as_it_was() {
        for body in [r#""text\nwith \"quotes\"""#, r#"{"b":1,"a":[1.0,2e3,null]}"#, "17", "null"] {
            let mut content =
                Content::new(UnixNanos(17), RunId(1), SpanId(2), Part::ToolResult, 0, raw(body));
            content.from = Some(3);
            let mut line = Vec::new();
            content.encode(&mut line);
            assert_eq!(Content::decode(&line).unwrap(), content, "{}", String::from_utf8_lossy(&line));
            assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
        }
    }

    #[test]
    fn a_part_of_a_newer_version_is_kept_and_a_torn_line_is_an_error() {
        let line = br#"{"v":2,"content":"video","id":"00000000000000aa","ts":1,"run":"000000000000000000000000000000ff","span":"00000000000000bb","new":1,"body":{}}"#;
        let content = Content::decode(line).unwrap();
        assert_eq!(content.part.as_str(), "video");
        assert!(Content::decode(&line[..60]).is_err());
    }

    #[test]
    fn the_same_fact_has_the_same_id_and_attempts_have_their_own() {
        let at = |ordinal| {
            Content::new(UnixNanos(1), RunId(1), SpanId(2), Part::ErrorMessage, ordinal, raw("1")).id
        };
        assert_eq!(at(0), at(0));
        assert_ne!(at(0), at(1));
    }
}
