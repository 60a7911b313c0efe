//! Keyword arguments of a hook as a [`Payload`]: read where they lie, only what is asked for, without running Python.

use pyo3::prelude::*;
use pyo3::types::{PyBool, PyDict, PyFloat, PyInt, PyList, PyString, PyTuple};
use telemetry_hooks::payload::{Payload, Value};

use crate::keys;
use crate::walk::{self, Elements};

/// Whether an object of the host may be looked into.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Objects {
    /// It is [`Value::Other`]. The rule for almost every hook: its facts come as plain values, and an object is machinery.
    Opaque,
    /// Its instance attributes are fields. `pre_gateway_dispatch` gives its facts in a `MessageEvent` only, and what
    /// `post_api_request` says is whole in a `NormalizedResponse` only.
    Open,
}

/// A dict of the host, borrowed for one call.
pub(crate) struct Fields<'a, 'py> {
    dict: &'a Bound<'py, PyDict>,
    objects: Objects,
}

impl<'a, 'py> Fields<'a, 'py> {
    pub(crate) fn new(dict: &'a Bound<'py, PyDict>, objects: Objects) -> Self {
        Self { dict, objects }
    }
}

impl Payload for Fields<'_, '_> {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        let found = match keys::interned(self.dict.py(), key) {
            Some(key) => self.dict.get_item(key),
            None => self.dict.get_item(key),
        };
        if let Ok(Some(value)) = found {
            show(&value, self.objects, f);
        }
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        walk::fields(self.dict, self.objects, f);
    }
}

/// Text first: most of what is read is an identifier.
pub(crate) fn show(value: &Bound<'_, PyAny>, objects: Objects, f: &mut dyn FnMut(Value<'_>)) {
    if let Ok(text) = value.cast::<PyString>() {
        return match text.to_str() {
            Ok(text) => f(Value::Str(text)),
            // A lone surrogate (a file name, a broken emoji) has no UTF-8; the rest of the text is still good.
            Err(_) => f(Value::Str(&text.to_string_lossy())),
        };
    }
    if value.is_none() {
        return f(Value::Null);
    }
    // Before the integer: Python's bool is one.
    if let Ok(flag) = value.cast::<PyBool>() {
        return f(Value::Bool(flag.is_true()));
    }
    if let Ok(number) = value.cast::<PyInt>() {
        return show_integer(number, f);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return f(Value::Float(number.value()));
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        return f(Value::Map(&Fields::new(dict, objects)));
    }
    if let Ok(list) = value.cast::<PyList>() {
        return f(Value::List(&Elements::new(list, objects)));
    }
    if let Ok(tuple) = value.cast::<PyTuple>() {
        return f(Value::List(&Elements::new(tuple, objects)));
    }
    match (objects == Objects::Open).then(|| attributes(value)).flatten() {
        Some(dict) => f(Value::Map(&Fields::new(&dict, objects))),
        None => f(Value::Other),
    }
}

fn show_integer(number: &Bound<'_, PyInt>, f: &mut dyn FnMut(Value<'_>)) {
    if let Ok(number) = number.extract::<i64>() {
        return f(Value::Int(number));
    }
    // Too large for us, so somebody's identifier: its digits keep it exact. `__str__` of a subclass would be code of
    // the host, and beyond 4300 digits Python refuses.
    match number.is_exact_instance_of::<PyInt>().then(|| number.str()) {
        Some(Ok(digits)) => f(Value::Str(&digits.to_string_lossy())),
        _ => f(Value::Other),
    }
}

/// The instance attributes of an object: of a data class its fields, of an enum member `_value_` and `_name_`.
///
/// Not `getattr` by name, which would run properties and `__getattr__` of the host inside our callback.
fn attributes<'py>(value: &Bound<'py, PyAny>) -> Option<Bound<'py, PyDict>> {
    value.getattr("__dict__").ok()?.cast_into().ok()
}
