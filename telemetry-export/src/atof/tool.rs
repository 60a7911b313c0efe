//! Tool calls as `tool` scopes.

use serde_json::{Value, json};
use telemetry_core::ids::Key;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::line::uuid;
use super::map::Place;
use super::scope::{Out, Scope, Side, correlation, with};
use crate::trajectory::{Tool, micros, object, text};

/// A tool call that is to be written: when it began, in microseconds, and what it is called.
pub(super) struct Running {
    pub start: i64,
    pub uuid: String,
}

impl Running {
    /// A tool call, which began before `first_child` of it, if it has one.
    pub fn of(tool: &Tool, place: &Place<'_>, first_child: Option<i64>) -> Self {
        let before = first_child.map_or(i64::MAX, |child| child - 1);
        let start = micros(tool.start).min(before).max(place.start);
        let key = Key::new("atof tool").number(place.run.id.0).number(tool.call.span.0);
        Running { start, uuid: uuid(start, &key) }
    }

    /// Writes it; when it was over.
    pub fn write(&self, tool: &Tool, turn_id: Option<&Name>, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
        let call = &tool.call;
        let metadata = with(correlation(place.run, call.span), json!({"turn_id": turn_id}));
        let failed = call.status != ToolStatus::Ok;
        let error = (failed || tool.error.is_some()).then(|| {
            let error = json!({"type": call.error_type, "message": tool.error.as_ref().map(text)});
            Value::Object(with(serde_json::Map::new(), error))
        });
        // One that was not let run, or was stopped, did not fail.
        let code = match &call.status {
            ToolStatus::Ok => Some("OK"),
            status => status.failed().then_some("ERROR"),
        };
        let last = json!({
            "status": call.status,
            "otel.status_code": code,
            "duration_ms": call.duration_ns.map(|nanos| nanos as f64 / 1e6),
            "toolset": call.toolset,
            "error": error,
        });
        let profile = json!({"tool_call_id": tool.id()});
        let data = |said: &Option<Value>, key| match said {
            Some(said) => Value::Object(object(said, key)),
            None => Value::Null,
        };
        Scope {
            category: "tool",
            uuid: self.uuid.clone(),
            parent: place.uuid,
            name: &call.tool,
            start: self.start,
            end: micros(tool.end),
            first: Side {
                profile: profile.clone(),
                data: data(&tool.arguments, "arguments"),
                metadata: metadata.clone(),
            },
            last: Side { profile, data: data(&tool.result, "result"), metadata: with(metadata, last) },
        }
        .write(out)
    }
}
