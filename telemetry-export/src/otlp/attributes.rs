//! Attributes as they are sent.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValue};

use telemetry_core::name::Name;

use super::convention::{Conventions, Fact};

/// Attributes under the names of some conventions.
pub(crate) struct Attributes {
    by: Conventions,
    list: Vec<KeyValue>,
}

impl Attributes {
    /// None yet, with room for about `room`.
    pub fn new(by: Conventions, room: usize) -> Self {
        Attributes { by, list: Vec::with_capacity(room) }
    }

    /// Says `fact`, under each of its names.
    pub fn put<V: Said + ?Sized>(&mut self, fact: Fact<V>, value: &V) {
        for name in fact.names(self.by) {
            self.list.push(attribute(name, value.said()));
        }
    }

    /// Says `fact` where it is known.
    pub fn put_known<V: Said + ?Sized>(&mut self, fact: Fact<V>, value: Option<&V>) {
        if let Some(value) = value {
            self.put(fact, value);
        }
    }

    /// Says `fact` where any of its names is asked for, of a value that takes some making.
    pub fn put_with<V: Said + ?Sized, T: AsRef<V>>(&mut self, fact: Fact<V>, value: impl FnOnce() -> T) {
        if fact.names(self.by).next().is_some() {
            self.put(fact, value().as_ref());
        }
    }

    /// Adds one that has a name of its own.
    pub fn add(&mut self, attribute: KeyValue) {
        self.list.push(attribute);
    }

    /// None yet, under the same names.
    pub fn like(&self) -> Self {
        Attributes::new(self.by, 0)
    }

    /// All of them.
    pub fn into_list(self) -> Vec<KeyValue> {
        self.list
    }
}

/// A value that can be said.
pub(crate) trait Said {
    fn said(&self) -> Value;
}

impl Said for str {
    fn said(&self) -> Value {
        Value::StringValue(self.to_owned())
    }
}

impl Said for i64 {
    fn said(&self) -> Value {
        Value::IntValue(*self)
    }
}

impl Said for f64 {
    fn said(&self) -> Value {
        Value::DoubleValue(*self)
    }
}

impl Said for bool {
    fn said(&self) -> Value {
        Value::BoolValue(*self)
    }
}

impl Said for [Name] {
    fn said(&self) -> Value {
        let values = self.iter().map(|text| AnyValue { value: Some(text.as_str().said()) }).collect();
        Value::ArrayValue(ArrayValue { values })
    }
}

/// One attribute.
pub(crate) fn attribute(name: impl Into<String>, value: Value) -> KeyValue {
    KeyValue { key: name.into(), value: Some(AnyValue { value: Some(value) }), key_strindex: 0 }
}
