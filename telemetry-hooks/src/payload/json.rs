//! Documents of `serde_json` as payloads.

use serde_json::{Map, Value as Json};

use super::{List, Payload, Value};

impl Payload for Map<String, Json> {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        if let Some(value) = self.get(key) {
            show(value, f);
        }
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        for (key, value) in self {
            show(value, &mut |value| f(key, value));
        }
    }
}

/// Anything but an object has no fields.
impl Payload for Json {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        if let Self::Object(fields) = self {
            fields.visit(key, f);
        }
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        if let Self::Object(fields) = self {
            fields.each(f);
        }
    }
}

impl List for Vec<Json> {
    fn len(&self) -> usize {
        self.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.iter().for_each(|value| show(value, f));
    }
}

fn show(value: &Json, f: &mut dyn FnMut(Value<'_>)) {
    f(match value {
        Json::Null => Value::Null,
        Json::Bool(flag) => Value::Bool(*flag),
        Json::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(number), _, _) => Value::Int(number),
            (None, Some(number), _) => return f(Value::Str(&number.to_string())),
            (None, None, Some(number)) => Value::Float(number),
            (None, None, None) => Value::Other,
        },
        Json::String(text) => Value::Str(text),
        Json::Object(fields) => Value::Map(fields),
        Json::Array(items) => Value::List(items),
    });
}
