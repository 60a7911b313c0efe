//! Everything in a container of the host, for content: dicts, lists and tuples walked in C, without running Python.
//!
//! No `__iter__`, `__getitem__` or `__str__` of the host is called, not even of a subclass of these types. We hold the GIL
//! and run no Python in between, so nobody changes a container while it is walked.

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyTuple};
use telemetry_hooks::payload::{List, Value};

use crate::payload::{Objects, show};

/// Every field of a dict. JSON knows keys of text alone: numbers, truth values and None become the words that Python's own
/// `json` makes of them, and anything else `?`.
pub(crate) fn fields(dict: &Bound<'_, PyDict>, objects: Objects, f: &mut dyn FnMut(&str, Value<'_>)) {
    for (key, value) in dict.iter() {
        show(&key, Objects::Opaque, &mut |key| {
            let word;
            let key = match key {
                Value::Str(text) => text,
                Value::Bool(true) => "true",
                Value::Bool(false) => "false",
                Value::Null => "null",
                Value::Int(number) => {
                    word = number.to_string();
                    &word
                }
                Value::Float(number) => {
                    word = number.to_string();
                    &word
                }
                _ => "?",
            };
            show(&value, objects, &mut |value| f(key, value));
        });
    }
}

/// The elements of a list or a tuple.
pub(crate) struct Elements<'a, 'py, S> {
    sequence: &'a Bound<'py, S>,
    objects: Objects,
}

impl<'a, 'py, S> Elements<'a, 'py, S> {
    pub(crate) fn new(sequence: &'a Bound<'py, S>, objects: Objects) -> Self {
        Self { sequence, objects }
    }
}

impl List for Elements<'_, '_, PyList> {
    fn len(&self) -> usize {
        self.sequence.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.sequence.iter().for_each(|element| show(&element, self.objects, f));
    }
}

impl List for Elements<'_, '_, PyTuple> {
    fn len(&self) -> usize {
        self.sequence.len()
    }

    fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
        self.sequence.iter().for_each(|element| show(&element, self.objects, f));
    }
}
