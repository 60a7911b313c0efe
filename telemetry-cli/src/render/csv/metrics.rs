//! Every number of the page, one a record.

use std::io::{self, Write};

use serde_json::Value;
use telemetry_store::insights::Insights;

use super::{cell, record, text};

/// The parts of the document that are numbers, in the order of the page. What is left out is tables.
const PARTS: [&str; 11] = [
    "window",
    "runs",
    "chains",
    "turns",
    "model_calls",
    "tool_calls",
    "approvals",
    "errors",
    "subagents",
    "cost",
    "quality",
];

/// `metric,value`: a metric is the path of the number in the JSON document.
pub(crate) fn metrics(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    record(out, ["metric".into(), "value".into()])?;
    let document = serde_json::to_value(found)?;
    for part in PARTS {
        numbers(out, part, &document[part])?;
    }
    let Some(compared) = &found.compared else { return Ok(()) };
    for change in &compared.changes {
        let significant = change.significant.map_or(Value::Null, Value::Bool);
        for (name, value) in [
            ("before", change.before.map_or(Value::Null, Value::from)),
            ("delta", change.delta.map_or(Value::Null, Value::from)),
            ("significant", significant),
        ] {
            let path = format!("compared.{}.{name}", change.metric);
            record(out, [text(&path), cell(Some(&value))])?;
        }
    }
    Ok(())
}

fn numbers(out: &mut dyn Write, path: &str, value: &Value) -> io::Result<()> {
    match value {
        Value::Object(parts) => {
            parts.iter().try_for_each(|(key, part)| numbers(out, &format!("{path}.{key}"), part))
        }
        value => record(out, [text(path), cell(Some(value))]),
    }
}
