//! What was said, on its way out.

use serde_json::Value;
use serde_json::value::to_raw_value;
use telemetry_core::content::Content;
use telemetry_core::conversation::{Message, Session};

use super::Gate;
use super::sealed::Clear;

/// A piece as it was recorded has a body and nothing else to say; while the plane is off the body is null.
impl Clear for Content {
    fn clear(&mut self, gate: &Gate) {
        // What was read from a log is JSON; what is none is withheld like what nobody could look at.
        let mut body =
            Some(serde_json::from_str(self.body.get()).unwrap_or_else(|_| Value::from(Gate::WITHHELD)));
        gate.say(&mut body);
        self.body = to_raw_value(&body).unwrap_or_default();
    }
}

impl Clear for Session {
    fn clear(&mut self, gate: &Gate) {
        gate.name(&mut self.model);
        gate.say(&mut self.title);
    }
}

impl Clear for Message {
    fn clear(&mut self, gate: &Gate) {
        gate.name(&mut self.tool_name);
        for request in &mut self.tool_calls {
            gate.name(&mut request.name);
            gate.say(&mut request.arguments);
        }
        gate.say(&mut self.arguments);
        gate.say(&mut self.content);
        gate.say(&mut self.reasoning);
    }
}
