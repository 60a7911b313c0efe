//! A value of a host as JSON text: whole, or not at all.

use std::cell::Cell;

use serde::ser::{SerializeMap as _, SerializeSeq as _};
use serde::{Serialize, Serializer};
use serde_json::value::{RawValue, to_raw_value};

use super::{List, Payload, Value};

/// What a value may hold in another. Deeper than any message, and a host's value that holds itself comes to an end.
const DEEPEST: usize = 64;

/// A value that writes itself as JSON until it has grown too long.
///
/// One that is too long is left out as a whole, never cut: a cut may split a secret in two, and no rule finds the halves.
pub(crate) struct Text<'a> {
    value: Value<'a>,
    depth: usize,
    /// Bytes so far, of this value and of those it is inside of.
    written: &'a Cell<usize>,
    most: usize,
}

impl<'a> Text<'a> {
    /// The JSON of `value`, or `{"omitted_bytes":n}` when it is longer than `most` bytes. How much longer is not looked
    /// at: it is `n` bytes long at the least.
    pub(crate) fn of(value: Value<'a>, most: usize) -> Box<RawValue> {
        let written = Cell::new(0);
        to_raw_value(&Text { value, depth: 0, written: &written, most })
            .unwrap_or_else(|_| omitted(written.get()))
    }

    fn count<E: serde::ser::Error>(&self, bytes: usize) -> Result<(), E> {
        let written = self.written.get().saturating_add(bytes);
        self.written.set(written);
        if written > self.most { Err(E::custom("too long")) } else { Ok(()) }
    }

    fn inside<'b>(&'b self, value: Value<'b>) -> Text<'b> {
        Text { value, depth: self.depth + 1, written: self.written, most: self.most }
    }
}

/// What stands for a value of `bytes` bytes that is not kept.
pub(crate) fn omitted(bytes: usize) -> Box<RawValue> {
    let omitted = [("omitted_bytes", bytes)];
    to_raw_value(&std::collections::BTreeMap::from(omitted)).unwrap_or_default()
}

impl Serialize for Text<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // A number, a comma, brackets: about as many bytes as they will take.
        self.count(match self.value {
            Value::Str(text) => text.len() + 2,
            _ => 4,
        })?;
        match self.value {
            Value::Bool(flag) => serializer.serialize_bool(flag),
            Value::Int(number) => serializer.serialize_i64(number),
            // What is no number becomes null: JSON has no word for it.
            Value::Float(number) => serializer.serialize_f64(number),
            Value::Str(text) => serializer.serialize_str(text),
            Value::Map(map) if self.depth < DEEPEST => self.map(map, serializer),
            Value::List(list) if self.depth < DEEPEST => self.list(list, serializer),
            Value::Null | Value::Other | Value::Map(_) | Value::List(_) => serializer.serialize_unit(),
        }
    }
}

impl Text<'_> {
    fn map<S: Serializer>(&self, map: &dyn Payload, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(None)?;
        let mut result = Ok(());
        map.each(&mut |key, value| {
            if result.is_ok() {
                result =
                    self.count(key.len() + 3).and_then(|()| object.serialize_entry(key, &self.inside(value)));
            }
        });
        result?;
        object.end()
    }

    fn list<S: Serializer>(&self, list: &dyn List, serializer: S) -> Result<S::Ok, S::Error> {
        let mut array = serializer.serialize_seq(None)?;
        let mut result = Ok(());
        list.each(&mut |value| {
            if result.is_ok() {
                result = array.serialize_element(&self.inside(value));
            }
        });
        result?;
        array.end()
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Fields, Values};
    use super::*;

    fn text(value: Value<'_>, most: usize) -> String {
        Text::of(value, most).get().to_owned()
    }

    #[test]
    fn every_kind_of_value_is_one_line_of_json() {
        let inner = [("b\"", Value::Float(f64::NAN)), ("c", Value::Other)];
        let list = [Value::Int(-1), "line\nend \u{1F980}".into(), Value::Map(&inner), 0.5.into()];
        let fields = [("a", Value::List(&list)), ("d", true.into()), ("e", Value::Null)];
        let expected = r#"{"a":[-1,"line\nend 🦀",{"b\"":null,"c":null},0.5],"d":true,"e":null}"#;
        assert_eq!(text(Value::Map(&fields), 1_000), expected);
        assert_eq!(text(Value::Map(&Fields(&fields)), 1_000), expected);
        assert_eq!(text(Value::List(&Values(&list[..1])), 1_000), "[-1]");
        let json = serde_json::json!({"z": [1, u64::MAX, {"deep": []}], "a": null});
        assert_eq!(
            text(Value::Map(&json), 1_000),
            r#"{"a":null,"z":[1,"18446744073709551615",{"deep":[]}]}"#
        );
    }

    #[test]
    fn what_is_too_long_is_left_out_and_not_cut() {
        assert_eq!(text("0123456789".into(), 12), r#""0123456789""#);
        assert_eq!(text("0123456789".into(), 11), r#"{"omitted_bytes":12}"#);
        let list = ["0123456789".into(), "never looked at".into()];
        assert_eq!(text(Value::List(&list), 15), r#"{"omitted_bytes":16}"#);
    }

    /// A list that holds itself, as a list of Python may.
    struct Ouroboros;

    impl List for Ouroboros {
        fn len(&self) -> usize {
            2
        }

        fn each(&self, f: &mut dyn FnMut(Value<'_>)) {
            f(Value::List(self));
            f(Value::List(self));
        }
    }

    #[test]
    fn a_value_that_holds_itself_comes_to_an_end() {
        assert_eq!(text(Value::List(&Ouroboros), 1_000), r#"{"omitted_bytes":1004}"#);
    }
}
