//! A span as it arrives.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use telemetry_export::otlp::Request;

/// A span, with plain values.
#[derive(Debug, Clone, PartialEq)]
pub struct Span {
    pub trace: String,
    pub id: String,
    pub parent: Option<String>,
    pub name: String,
    pub start: u64,
    pub end: u64,
    pub status: (i32, String),
    pub attributes: BTreeMap<String, Value>,
}

impl Span {
    pub fn text(&self, name: &str) -> Option<&str> {
        self.attributes.get(name).map(|value| value.as_str().unwrap())
    }

    pub fn int(&self, name: &str) -> Option<i64> {
        self.attributes.get(name).map(|value| value.as_i64().unwrap())
    }

    /// A text that is JSON.
    pub fn json(&self, name: &str) -> Option<Value> {
        self.text(name).map(|text| serde_json::from_str(text).unwrap())
    }
}

/// All spans of some requests, in the order they are sent.
pub fn spans(requests: &[Request]) -> Vec<Span> {
    let mut spans = Vec::new();
    for request in requests {
        let Request::Traces(request) = request else { continue };
        let document = serde_json::to_value(request).unwrap();
        for of_host in document["resourceSpans"].as_array().unwrap() {
            for scope in of_host["scopeSpans"].as_array().unwrap() {
                spans.extend(scope["spans"].as_array().unwrap().iter().map(span));
            }
        }
    }
    spans
}

fn span(span: &Value) -> Span {
    let text = |name: &str| span[name].as_str().unwrap().to_owned();
    let nanos = |name: &str| span[name].as_str().unwrap().parse().unwrap();
    let status = &span["status"];
    Span {
        trace: text("traceId"),
        id: text("spanId"),
        parent: Some(text("parentSpanId")).filter(|parent| !parent.is_empty()),
        name: text("name"),
        start: nanos("startTimeUnixNano"),
        end: nanos("endTimeUnixNano"),
        status: (status["code"].as_i64().unwrap() as i32, status["message"].as_str().unwrap().to_owned()),
        attributes: attributes(&span["attributes"]),
    }
}

/// Attributes by name. One that is there twice is nobody's.
pub fn attributes(attributes: &Value) -> BTreeMap<String, Value> {
    let mut found = BTreeMap::new();
    for attribute in attributes.as_array().unwrap() {
        let name = attribute["key"].as_str().unwrap().to_owned();
        let before = found.insert(name, plain(&attribute["value"]));
        assert_eq!(before, None, "{attributes}");
    }
    found
}

fn plain(value: &Value) -> Value {
    let (kind, value) = value.as_object().unwrap().iter().next().unwrap();
    match kind.as_str() {
        "intValue" => json!(value.as_str().unwrap().parse::<i64>().unwrap()),
        "arrayValue" => value["values"].as_array().unwrap().iter().map(plain).collect(),
        _ => value.clone(),
    }
}
