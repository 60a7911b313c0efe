//! What every database takes as JSON.

use serde_json::Value;
use telemetry_collector::intake::json::MOST_LEVELS;

/// Whether PostgreSQL takes it as `jsonb`: without U+0000, and no deeper than its stack is sure to be.
///
/// # Panics
/// When it does not.
pub(crate) fn is_storable(value: &Value) {
    let mut rest = vec![(value, 1)];
    while let Some((value, level)) = rest.pop() {
        let has_no_nul = |text: &str| assert!(!text.contains('\0'), "{text:?} has U+0000");
        match value {
            Value::Null | Value::Bool(_) | Value::Number(_) => continue,
            Value::String(text) => {
                has_no_nul(text);
                continue;
            }
            Value::Array(items) => rest.extend(items.iter().map(|item| (item, level + 1))),
            Value::Object(fields) => {
                fields.keys().for_each(|name| has_no_nul(name));
                rest.extend(fields.values().map(|value| (value, level + 1)));
            }
        }
        assert!(level <= MOST_LEVELS, "it has {level} levels");
    }
}
