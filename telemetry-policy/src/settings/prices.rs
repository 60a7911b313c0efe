//! Rates of the owner's own, as they stand in a file.
//!
//! What they may be is [`Overrides`]' to say.

use serde::Serializer;
use serde_json::{Map, Number, Value};
use telemetry_core::cost::{OverrideError, Overrides};

use super::near_miss::tidy;
use super::node::Node;

/// More mistakes than this are not told one by one.
const MAX_TOLD: usize = 3;

pub(super) fn read(node: &Node) -> Result<Overrides, Vec<OverrideError>> {
    Overrides::read(&json(node))
}

/// What is wrong with a list that is no list of rates, by entry.
pub(super) fn shown(node: &Node) -> String {
    let errors = read(node).err().unwrap_or_default();
    if !matches!(node, Node::List(_)) {
        return node.type_name().to_owned();
    }
    let told = errors.iter().take(MAX_TOLD).map(|error| format!("{} {}", tidy(&error.place), error.problem));
    let told: Vec<String> = told.collect();
    let more = match errors.len().saturating_sub(MAX_TOLD) {
        0 => String::new(),
        n => format!("; and {n} more"),
    };
    format!("a list with mistakes ({}{more})", told.join("; "))
}

/// For whom the owner has rates: those themselves are the owner's business.
pub(super) fn for_whom<S: Serializer>(overrides: &Overrides, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(overrides.names())
}

/// The node as JSON, which has a form for all a list of rates may hold.
fn json(node: &Node) -> Value {
    match node {
        Node::Null => Value::Null,
        Node::Bool(on) => Value::Bool(*on),
        Node::Int(number) => i64::try_from(*number).map_or(Value::Null, Value::from),
        Node::Float(number) => Number::from_f64(*number).map_or(Value::Null, Value::Number),
        Node::Text(text) => Value::String(text.clone()),
        Node::List(items) => Value::Array(items.iter().map(json).collect()),
        Node::Map(fields) => {
            let fields = fields.iter().map(|(key, field)| (key.clone(), json(&field.node)));
            Value::Object(fields.collect::<Map<_, _>>())
        }
        Node::Opaque(name) => Value::String((*name).to_owned()),
    }
}
