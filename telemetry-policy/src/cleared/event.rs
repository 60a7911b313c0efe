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
/// Ids stay, as in conversations: they are what records are joined by. Should it leave no event, identity and kind stay
/// and nothing else.
fn looked_at(event: &Event, gate: &Gate) -> Event {
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    let mut fields: Value = serde_json::from_slice(&line).unwrap_or_default();
    let before = fields.clone();
    gate.look_at(&mut fields);
    if fields == before {
        return event.clone();
    }
    if let (Value::Object(fields), Value::Object(before)) = (&mut fields, before) {
        fields.extend(before.into_iter().filter(|(key, _)| is_identity(key)));
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

fn is_identity(key: &str) -> bool {
    const IDS: [&str; 13] = [
        "v",
        "event",
        "id",
        "ts",
        "run",
        "turn",
        "call",
        "span",
        "approval",
        "process",
        "parent",
        "child",
        "continues",
    ];
    IDS.contains(&key) || key.ends_with("_id")
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
