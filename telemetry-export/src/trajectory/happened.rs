//! What happened, as its event says it.

use serde_json::Value;
use telemetry_core::codec;
use telemetry_core::event::Event;

use super::turn::Happened;

/// The fields that every event has.
const HEAD: [&str; 5] = ["v", "event", "id", "ts", "run"];

pub(super) fn of(event: &Event) -> Happened {
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    let mut fields: Value = serde_json::from_slice(&line).unwrap_or_default();
    if let Value::Object(fields) = &mut fields {
        fields.retain(|key, _| !HEAD.contains(&key.as_str()));
    }
    Happened { id: event.id, at: event.ts, kind: event.body.kind().to_owned(), fields }
}
