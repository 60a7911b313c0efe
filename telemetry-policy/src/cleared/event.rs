//! Events on their way out.

use serde_json::{Map, Value};
use telemetry_core::event::{Body, Event, Extra};

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
