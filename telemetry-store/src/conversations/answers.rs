//! Messages in the shape of a chat request, as hosts keep and send them.

use serde_json::{Map, Value};
use telemetry_core::conversation::{Message, ToolRequest, size};

/// Fills `message` from an answer of a model: a text, or an object in the shape of a chat message.
pub(super) fn fill(message: &mut Message, answer: Value) {
    let Value::Object(mut fields) = answer else {
        set_content(message, Some(answer));
        return;
    };
    set_content(message, fields.remove("content"));
    let thought = ["reasoning", "reasoning_content"].iter().find_map(|key| fields.remove(*key));
    set_reasoning(message, thought);
    message.tool_calls = tool_requests(fields.remove("tool_calls"));
    message.tool_call_id = text(fields.remove("tool_call_id"));
    if message.role == "tool" {
        message.tool_name = text(fields.remove("name")).or_else(|| text(fields.remove("tool_name")));
    }
}

/// The tool calls an answer asks for: a list, or the JSON of one, as `{"id","function":{"name","arguments"}}` or flat.
pub(super) fn tool_requests(calls: Option<Value>) -> Vec<ToolRequest> {
    match calls {
        Some(Value::Array(calls)) => calls.into_iter().map(tool_request).collect(),
        Some(Value::String(json)) if !json.trim().is_empty() => match serde_json::from_str(&json) {
            Ok(calls @ Value::Array(_)) => tool_requests(Some(calls)),
            Ok(Value::Null) => Vec::new(),
            // Not what we know, and still what was said.
            _ => vec![with_arguments(Map::new(), Some(Value::String(json)))],
        },
        _ => Vec::new(),
    }
}

fn tool_request(call: Value) -> ToolRequest {
    let Value::Object(mut fields) = call else { return with_arguments(Map::new(), Some(call)) };
    let mut function = match fields.remove("function") {
        Some(Value::Object(function)) => function,
        _ => fields.clone(),
    };
    let arguments = function.remove("arguments").or_else(|| function.remove("input"));
    if let Some(name) = function.remove("name") {
        fields.insert("name".to_owned(), name);
    }
    with_arguments(fields, arguments)
}

fn with_arguments(mut fields: Map<String, Value>, arguments: Option<Value>) -> ToolRequest {
    let arguments = arguments.filter(|arguments| !arguments.is_null());
    ToolRequest {
        id: text(fields.remove("id")),
        name: text(fields.remove("name")),
        arguments_bytes: arguments.as_ref().map(size),
        arguments,
    }
}

pub(super) fn set_content(message: &mut Message, content: Option<Value>) {
    message.content = content.filter(|content| !content.is_null());
    message.content_bytes = message.content.as_ref().map(size);
}

pub(super) fn set_reasoning(message: &mut Message, reasoning: Option<Value>) {
    message.reasoning = reasoning.filter(|thought| !thought.is_null() && thought != "");
    message.reasoning_bytes = message.reasoning.as_ref().map(size);
}

pub(super) fn set_arguments(message: &mut Message, arguments: Value) {
    message.arguments = Some(arguments).filter(|arguments| !arguments.is_null());
    message.arguments_bytes = message.arguments.as_ref().map(size);
}

fn text(value: Option<Value>) -> Option<String> {
    match value {
        Some(Value::String(text)) if !text.is_empty() => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn tool_calls_are_read_in_every_shape_and_never_lost() {
        let read = |calls: Value| {
            let requests = tool_requests(Some(calls)).into_iter();
            requests
                .map(|call| (call.id, call.name, call.arguments, call.arguments_bytes))
                .collect::<Vec<_>>()
        };
        let expected =
            vec![(Some("c1".to_owned()), Some("ls".to_owned()), Some(json!("{\"a\":1}")), Some(7u64))];
        let nested =
            json!([{"id": "c1", "type": "function", "function": {"name": "ls", "arguments": "{\"a\":1}"}}]);
        let flat = json!([{"id": "c1", "name": "ls", "arguments": "{\"a\":1}"}]);
        assert_eq!(read(nested.clone()), expected);
        assert_eq!(read(json!(nested.to_string())), expected);
        assert_eq!(read(flat), expected);
        let input = read(json!([{"id": "c1", "type": "tool_use", "name": "ls", "input": {"a": 1}}]));
        assert_eq!(input, [(Some("c1".to_owned()), Some("ls".to_owned()), Some(json!({"a": 1})), Some(7))]);
        assert_eq!(read(json!("not json")), [(None, None, Some(json!("not json")), Some(8))]);
        assert_eq!(read(json!([7])), [(None, None, Some(json!(7)), Some(1))]);
        assert!(read(json!("")).is_empty() && read(json!("null")).is_empty() && read(json!(null)).is_empty());
    }
}
