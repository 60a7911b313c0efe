//! Attributes by name, as agents write them: numbers may be texts, and flags too.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue};
use telemetry_core::name::Name;

/// The longest text that is kept of an attribute, in bytes: what is longer is no name of anything.
const LONGEST: usize = 255;

/// The attributes of one thing.
///
/// They are looked through for each name, and not put into a table first: a span has some fifteen, whose names nearly all differ in
/// length from the one that is wanted, and to hash them all costs more than that.
pub(super) struct Attributes<'a>(&'a [KeyValue]);

impl<'a> Attributes<'a> {
    pub fn of(list: &'a [KeyValue]) -> Self {
        Attributes(list)
    }

    /// What is said by a name; the last, where it is said twice.
    fn get(&self, name: &str) -> Option<&'a Said> {
        let named = self.0.iter().rev().filter(|attribute| attribute.key == name);
        named.filter_map(said).next()
    }

    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }

    /// The first of `names` that is a text and not empty.
    pub fn text(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| match self.get(name) {
            Some(Said::StringValue(text)) if !text.is_empty() => Some(text.as_str()),
            _ => None,
        })
    }

    /// The same, as a name of something: cut to what a name can be.
    pub fn name(&self, names: &[&str]) -> Option<Name> {
        self.text(names).map(name)
    }

    /// The first of `names` that is a number, or a text that is one.
    pub fn number(&self, names: &[&str]) -> Option<f64> {
        names.iter().find_map(|name| match self.get(name)? {
            Said::IntValue(number) => Some(*number as f64),
            Said::DoubleValue(number) => Some(*number).filter(|number| number.is_finite()),
            Said::StringValue(text) => text.parse().ok().filter(|number: &f64| number.is_finite()),
            _ => None,
        })
    }

    /// The same, of what is counted.
    pub fn count(&self, names: &[&str]) -> Option<u64> {
        names.iter().find_map(|name| match self.get(name)? {
            Said::IntValue(number) => u64::try_from(*number).ok(),
            Said::DoubleValue(number) if (0.0..=1e15).contains(number) => Some(*number as u64),
            Said::StringValue(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// Milliseconds, as nanoseconds.
    pub fn millis(&self, names: &[&str]) -> Option<i64> {
        // A float has room for the nanoseconds of a hundred days.
        self.number(names).map(|millis| (millis * 1e6) as i64).filter(|nanos| *nanos >= 0)
    }

    /// The first of `names` that is true or false, or a text that says so.
    pub fn flag(&self, names: &[&str]) -> Option<bool> {
        names.iter().find_map(|name| match self.get(name)? {
            Said::BoolValue(flag) => Some(*flag),
            Said::StringValue(text) => text.parse().ok(),
            _ => None,
        })
    }

    /// The first text of a list, or the text that is there in its place.
    pub fn first(&self, names: &[&str]) -> Option<Name> {
        names.iter().find_map(|wanted| match self.get(wanted)? {
            Said::ArrayValue(list) => list.values.iter().find_map(text_of).map(name),
            Said::StringValue(text) if !text.is_empty() => Some(name(text)),
            _ => None,
        })
    }

    /// Attributes whose names begin with `prefix`, without it.
    pub fn below<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = (&'a str, &'a Said)> + use<'s, 'a> {
        self.0
            .iter()
            .filter_map(move |attribute| Some((attribute.key.strip_prefix(prefix)?, said(attribute)?)))
    }
}

fn said(attribute: &KeyValue) -> Option<&Said> {
    attribute.value.as_ref()?.value.as_ref()
}

fn text_of(value: &AnyValue) -> Option<&str> {
    match value.value.as_ref()? {
        Said::StringValue(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// A text as a name: no longer than names are, and with nothing in it that a database or a terminal would not take.
pub(super) fn name(text: &str) -> Name {
    let end = (0..=LONGEST.min(text.len())).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
    let cut = &text[..end];
    match cut.contains(char::is_control) {
        false => Name::new(cut),
        true => Name::new(&cut.replace(char::is_control, " ")),
    }
}

/// The text of a body that is one.
pub(super) fn text(value: Option<&AnyValue>) -> Option<&str> {
    value.and_then(text_of)
}

/// The texts of a body that is a list of them.
pub(super) fn texts(value: Option<&AnyValue>) -> Vec<&str> {
    match value.and_then(|value| value.value.as_ref()) {
        Some(Said::ArrayValue(list)) => list.values.iter().filter_map(text_of).collect(),
        _ => Vec::new(),
    }
}
