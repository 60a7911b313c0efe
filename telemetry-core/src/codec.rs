//! Events on disk: one JSON object a line.
//!
//! ```json
//! {"v":1,"event":"turn_started","id":"…16 hex…","ts":1767225605689342923,"run":"…32 hex…","turn":"…16 hex…"}
//! ```
//! Reading takes two steps: first the head (version, kind), then the body of that kind. So a malformed event of a
//! known kind is an error that is counted, an unknown kind is kept as it is, and an unknown field of a known kind
//! survives a round trip.
//!
//! Nearly every line is one of ours, and there may be millions of them: `codec/read.rs` and `codec/write.rs` are
//! shorter ways for those, which mean exactly what serde_json means, and leave to it whatever is unusual.

mod read;
#[cfg(test)]
mod same;
mod write;

use serde::de::Error as _;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::event::{Body, Event, Extra, SCHEMA_VERSION, Unknown, dispatch_body, dispatch_kind};
// The kinds, in scope for `dispatch_kind!`.
use crate::event::*;
use crate::ids::{EventId, RunId};
use crate::time::UnixNanos;
use read::{NotOurs, Reader};

/// A line that is no event.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct DecodeError(#[from] serde_json::Error);

#[derive(Deserialize)]
struct Head {
    v: u32,
    event: String,
}

#[derive(Deserialize)]
struct Line<B> {
    #[serde(rename = "v")]
    _v: u32,
    #[serde(rename = "event")]
    _event: String,
    id: EventId,
    ts: UnixNanos,
    #[serde(default)]
    run: Option<RunId>,
    #[serde(flatten)]
    body: B,
    #[serde(flatten)]
    extra: Map<String, Value>,
}

/// A body with no fields of its own: all it holds is in `extra`.
#[derive(Deserialize)]
struct Bare {}

/// Reads one line.
///
/// # Errors
/// When the line is no JSON object, its head is missing, a field of a known kind has the wrong shape, or what belongs to
/// a run names none.
pub fn decode(line: &[u8]) -> Result<Event, DecodeError> {
    let event = decode_ours(line).or_else(|_| decode_any(line))?;
    if event.run.is_none() && event.body.is_of_a_run() {
        return Err(DecodeError(serde_json::Error::missing_field("run")));
    }
    Ok(event)
}

const _: () = assert!(SCHEMA_VERSION == 1, "`decode_ours` reads the version this build writes");

/// Reads a line as [`encode`] writes it: nearly every line there is.
fn decode_ours(line: &[u8]) -> Result<Event, NotOurs> {
    let mut reader = Reader::new(line)?;
    reader.pass(r#"{"v":1,"event":"#)?;
    let kind = reader.text()?;
    reader.pass(r#","id":"#)?;
    let id = reader.value()?;
    reader.pass(r#","ts":"#)?;
    let ts = reader.value()?;
    let run = if reader.passes(r#","run":"#) { Some(reader.value()?) } else { None };
    macro_rules! body {
        ($kind:ident) => {
            Body::$kind(reader.fields()?)
        };
    }
    let body = dispatch_kind!(kind, body, return Err(NotOurs));
    Ok(Event { id, ts, run, body, extra: Extra::default() })
}

/// Reads any line.
fn decode_any(line: &[u8]) -> Result<Event, DecodeError> {
    let head: Head = serde_json::from_slice(line)?;
    macro_rules! body {
        ($kind:ident) => {{
            let line: Line<$kind> = serde_json::from_slice(line)?;
            Ok(Event {
                id: line.id,
                ts: line.ts,
                run: line.run,
                body: Body::$kind(line.body),
                extra: Extra::new(line.extra),
            })
        }};
    }
    dispatch_kind!(head.event.as_str(), body, {
        let line: Line<Bare> = serde_json::from_slice(line)?;
        let unknown = Unknown { version: head.v, kind: head.event, fields: line.extra };
        Ok(Event {
            id: line.id,
            ts: line.ts,
            run: line.run,
            body: Body::Unknown(unknown),
            extra: Extra::default(),
        })
    })
}

/// Appends `event` as one line, newline included, to `out`.
pub fn encode(event: &Event, out: &mut Vec<u8>) {
    let start = out.len();
    write_head(event, out);
    let written =
        dispatch_body!(&event.body, body => append(body, out), unknown => append(&unknown.fields, out))
            .and_then(|()| event.extra.fields().map_or(Ok(()), |fields| append(fields, out)));
    match written {
        Ok(()) => out.extend_from_slice(b"}\n"),
        // Nothing here can fail: every key is a string and a vector does not run out.
        Err(_) => out.truncate(start),
    }
}

fn write_head(event: &Event, out: &mut Vec<u8>) {
    let version = match &event.body {
        Body::Unknown(unknown) => unknown.version,
        _ => SCHEMA_VERSION,
    };
    out.extend_from_slice(br#"{"v":"#);
    write::integer(version, out);
    out.extend_from_slice(br#","event":"#);
    write::text(event.body.kind(), out);
    out.extend_from_slice(br#","id":""#);
    out.extend_from_slice(&event.id.digits());
    out.extend_from_slice(br#"","ts":"#);
    write::integer(event.ts.0, out);
    if let Some(run) = event.run {
        out.extend_from_slice(br#","run":""#);
        out.extend_from_slice(&run.digits());
        out.push(b'"');
    }
}

/// Appends the fields of an object to the object that is open at the end of `out`.
fn append<T: Serialize>(fields: &T, out: &mut Vec<u8>) -> serde_json::Result<()> {
    let start = out.len();
    if write::value(fields, out).is_err() {
        out.truncate(start);
        serde_json::to_writer(&mut *out, fields)?;
    }
    if out.get(start + 1) == Some(&b'}') {
        out.truncate(start);
    } else {
        out[start] = b',';
        out.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(event: &Event) -> String {
        let mut out = Vec::new();
        encode(event, &mut out);
        String::from_utf8(out).unwrap()
    }

    fn round_trip(text: &str) -> String {
        line(&decode(text.as_bytes()).unwrap())
    }

    #[test]
    fn a_known_event_round_trips_and_keeps_new_fields() {
        let text = concat!(
            r#"{"v":1,"event":"turn_ended","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","#,
            r#""turn":"00000000000000bb","completed":true,"interrupted":false,"new_field":{"a":[1,2]},"other":null}"#,
            "\n"
        );
        assert_eq!(round_trip(text), text);
        let event = decode(text.as_bytes()).unwrap();
        assert!(matches!(&event.body, Body::TurnEnded(end) if end.completed));
        assert_eq!(event.extra.fields().unwrap().len(), 2);
    }

    #[test]
    fn an_unknown_kind_round_trips_with_its_version() {
        let text = "{\"v\":7,\"event\":\"future\",\"id\":\"00000000000000aa\",\"ts\":17,\"what\":\"ever\"}\n";
        assert_eq!(round_trip(text), text);
    }

    #[test]
    fn an_unknown_word_of_a_list_round_trips() {
        let text = concat!(
            r#"{"v":1,"event":"tool_call","id":"00000000000000aa","ts":17,"run":"000000000000000000000000000000ff","#,
            r#""turn":"00000000000000bb","span":"00000000000000cc","tool":"t","status":"teleported"}"#,
            "\n"
        );
        assert_eq!(round_trip(text), text);
    }

    #[test]
    fn a_malformed_known_event_is_an_error() {
        for text in [
            r#"{"v":1,"event":"turn_ended","id":"00000000000000aa","ts":17,"turn":"00000000000000bb"}"#,
            r#"{"v":1,"event":"turn_ended","id":"xx","ts":17,"turn":"00000000000000bb","completed":true,"interrupted":false}"#,
            r#"{"v":1,"event":"turn_ended","id":"00000000000000aa","ts":17,"turn":"00000000000000bb","completed":true,"interrupted":false}"#,
            r#"{"v":1,"event":"process_ended","id":"00000000000000aa","ts":"late"}"#,
            r#"{"event":"future"}"#,
            r#"[]"#,
            "",
            "\0\0\0",
        ] {
            assert!(decode(text.as_bytes()).is_err(), "{text}");
        }
    }

    #[test]
    fn every_line_of_schema_version_1_decodes_for_ever() {
        let golden = include_str!("../tests/golden/v1.jsonl");
        let mut kinds: Vec<String> = Vec::new();
        for text in golden.lines() {
            let event = decode(text.as_bytes()).unwrap_or_else(|error| panic!("{error}: {text}"));
            assert_eq!(line(&event).trim_end(), text);
            assert!(!matches!(event.body, Body::Unknown(_)), "{text}");
            kinds.push(event.body.kind().to_owned());
        }
        for kind in Body::KINDS {
            assert!(kinds.iter().any(|k| k == kind), "no golden line of kind {kind}");
        }
    }
}
