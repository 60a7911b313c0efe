//! Events on their way out.

use serde_json::{Map, Value};
use telemetry_core::codec;
use telemetry_core::event::{Body, Event, Extra, SCHEMA_VERSION, Unknown};

use super::Gate;
use super::sealed::Clear;

impl Clear for Event {
    fn clear(&mut self, gate: &Gate) {
        match &mut self.body {
            Body::Unknown(unknown) => withhold_fields(&mut unknown.fields),
            Body::Skill(skill) if !gate.trajectories => skill.skill_name = None,
            _ => {}
        }
        if let Some(fields) = self.extra.fields() {
            let mut fields = fields.clone();
            withhold_fields(&mut fields);
            self.extra = Extra::new(fields);
        }
        if gate.redactor.is_some() {
            *self = looked_at(self, gate);
        }
    }
}

/// The event with what the redactor leaves of its words: a host may have been given a secret in the place of a name.
/// Should it change what an event is known by, or leave none, the kind stays and nothing else of it.
fn looked_at(event: &Event, gate: &Gate) -> Event {
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    let mut fields: Value = serde_json::from_slice(&line).unwrap_or_default();
    let before = fields.clone();
    gate.look_at(&mut fields);
    if fields == before {
        return event.clone();
    }
    let known = |event: &Event| (event.id, event.ts, event.run, event.body.kind().to_owned());
    match codec::decode(fields.to_string().as_bytes()) {
        Ok(redacted) if known(&redacted) == known(event) => redacted,
        _ => {
            let unknown =
                Unknown { version: SCHEMA_VERSION, kind: event.body.kind().to_owned(), fields: Map::new() };
            Event { body: Body::Unknown(unknown), extra: Extra::default(), ..event.clone() }
        }
    }
}

fn withhold_fields(fields: &mut Map<String, Value>) {
    fields.values_mut().for_each(withhold);
}

fn withhold(value: &mut Value) {
    match value {
        Value::String(text) => Gate::WITHHELD.clone_into(text),
        Value::Array(items) => items.iter_mut().for_each(withhold),
        Value::Object(fields) => withhold_fields(fields),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
