//! An answer, whatever provider it is from.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// What a model answered.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Message {
    /// Its text, as the host has it: a text, or parts of one.
    pub content: Option<Value>,
    /// The tool calls it asks for, in the model's order.
    pub asked: Vec<Asked>,
}

/// A tool call that an answer asks for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// The model's id of it.
    pub id: Option<String>,
    /// The tool.
    pub name: String,
    /// What it is to be called with, as the model wrote it.
    pub arguments: Value,
}

impl Message {
    /// Reads the host's object: `content`, and `tool_calls` with `id`, and `name` and `arguments` beside it or in
    /// `function`.
    pub fn read(said: &Value) -> Self {
        let asked = said["tool_calls"].as_array().into_iter().flatten().filter_map(Asked::read).collect();
        let content = said.get("content").filter(|content| !content.is_null());
        // An answer that could not be kept, or not be looked at, is what stands in its place.
        let other = (!said.is_object() || said.get("omitted_bytes").is_some()).then_some(said);
        Message { content: content.or(other).cloned(), asked }
    }

    /// Its text, parts joined.
    pub fn text(&self) -> String {
        self.content.as_ref().map(text).unwrap_or_default()
    }
}

impl Asked {
    fn read(said: &Value) -> Option<Self> {
        let function = said.get("function").filter(|function| function.is_object()).unwrap_or(said);
        let id = ["id", "call_id"].iter().find_map(|key| said[*key].as_str()).filter(|id| !id.is_empty());
        let name = function["name"].as_str()?.to_owned();
        Some(Asked { id: id.map(str::to_owned), name, arguments: function["arguments"].clone() })
    }
}

/// A value as a text: a text is itself, the texts of parts are joined, anything else is its JSON.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(parts) if parts.iter().all(|part| part["text"].is_string()) => {
            parts.iter().filter_map(|part| part["text"].as_str()).collect::<Vec<_>>().join("\n")
        }
        other => other.to_string(),
    }
}

/// A value as an object: one is itself, a text that is the JSON of one is that, and anything else stands in it under
/// `key`.
pub(crate) fn object(value: &Value, key: &str) -> Map<String, Value> {
    match value {
        Value::Object(fields) => fields.clone(),
        Value::Null => Map::new(),
        Value::String(text) => match serde_json::from_str(text) {
            Ok(Value::Object(fields)) => fields,
            _ if text.is_empty() => Map::new(),
            _ => Map::from_iter([(key.to_owned(), value.clone())]),
        },
        other => Map::from_iter([(key.to_owned(), json!(other))]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_in_either_shape() {
        let asked = |id: &str| Asked {
            id: Some(id.to_owned()),
            name: "read".to_owned(),
            arguments: json!("{\"path\":\"a\"}"),
        };
        let flat = json!({"id": "1", "name": "read", "arguments": "{\"path\":\"a\"}"});
        let nested = json!({"id": "2", "function": {"name": "read", "arguments": "{\"path\":\"a\"}"}});
        let read = Message::read(&json!({"content": "so", "tool_calls": [flat, nested, {"id": "3"}]}));
        assert_eq!(read, Message { content: Some(json!("so")), asked: vec![asked("1"), asked("2")] });
        assert_eq!(Message::read(&json!({"content": null})), Message::default());
        assert_eq!(Message::read(&json!("[redaction-unavailable]")).text(), "[redaction-unavailable]");
        assert_eq!(Message::read(&json!({"omitted_bytes": 7})).text(), r#"{"omitted_bytes":7}"#);
    }

    #[test]
    fn texts_and_objects_are_what_they_say() {
        assert_eq!(text(&json!([{"type": "text", "text": "a"}, {"text": "b"}])), "a\nb");
        assert_eq!(text(&json!({"a": 1})), r#"{"a":1}"#);
        let is = |value: Value| Value::Object(object(&value, "result"));
        assert_eq!(is(json!("{\"a\":1}")), json!({"a": 1}));
        assert_eq!(is(json!("[1]")), json!({"result": "[1]"}));
        assert_eq!(is(json!(7)), json!({"result": 7}));
        assert_eq!(is(json!("")), json!({}));
    }
}
