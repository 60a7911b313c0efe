//! Fields of JSON objects, as the protocol's JSON has them and as real clients write them.

use serde_json::{Map, Value};

use super::Malformed;

/// An object.
#[derive(Clone, Copy)]
pub(super) struct Fields<'a>(Option<&'a Map<String, Value>>);

impl<'a> Fields<'a> {
    /// The fields of a value; none of null.
    pub fn of(value: &'a Value, name: &str) -> Result<Self, Malformed> {
        match value {
            Value::Object(fields) => Ok(Fields(Some(fields))),
            Value::Null => Ok(Fields(None)),
            _ => Err(wrong(name, "an object")),
        }
    }

    /// A field that is there and not null.
    pub fn get(self, name: &str) -> Option<&'a Value> {
        self.0?.get(name).filter(|value| !value.is_null())
    }

    pub fn object(self, name: &str) -> Result<Option<Fields<'a>>, Malformed> {
        self.get(name).map(|value| Fields::of(value, name)).transpose()
    }

    /// Each element of a list of objects, read; nothing where there is no list.
    pub fn each<T>(
        self,
        name: &str,
        read: impl Fn(Fields<'a>) -> Result<T, Malformed>,
    ) -> Result<Vec<T>, Malformed> {
        self.list(name)?.iter().map(|value| read(Fields::of(value, name)?)).collect()
    }

    pub fn list(self, name: &str) -> Result<&'a [Value], Malformed> {
        match self.get(name) {
            None => Ok(&[]),
            Some(Value::Array(values)) => Ok(values),
            Some(_) => Err(wrong(name, "a list")),
        }
    }

    pub fn text(self, name: &str) -> Result<String, Malformed> {
        match self.get(name) {
            None => Ok(String::new()),
            Some(Value::String(text)) => Ok(text.clone()),
            Some(_) => Err(wrong(name, "a text")),
        }
    }

    pub fn flag(self, name: &str) -> Result<bool, Malformed> {
        match self.get(name) {
            None => Ok(false),
            Some(value) => flag(value).ok_or_else(|| wrong(name, "true or false")),
        }
    }

    /// A number that is not negative; 0 where there is none.
    pub fn unsigned<T: TryFrom<u64> + Default>(self, name: &str) -> Result<T, Malformed> {
        let Some(value) = self.get(name) else { return Ok(T::default()) };
        let number = unsigned(value).and_then(|number| T::try_from(number).ok());
        number.ok_or_else(|| wrong(name, "a number that is not negative"))
    }

    pub fn signed(self, name: &str) -> Result<i32, Malformed> {
        let Some(value) = self.get(name) else { return Ok(0) };
        let number = signed(value).and_then(|number| i32::try_from(number).ok());
        number.ok_or_else(|| wrong(name, "a number"))
    }

    /// A member of an enumeration: its number, or one of `words`, each with the number it stands for.
    pub fn member(self, name: &str, words: &[(&str, i32)]) -> Result<i32, Malformed> {
        match self.get(name) {
            Some(Value::String(text)) if text.parse::<i64>().is_err() => {
                let known = words.iter().find(|(word, _)| word == text);
                known.map(|(_, number)| *number).ok_or_else(|| wrong(name, "a number"))
            }
            _ => self.signed(name),
        }
    }

    pub fn float(self, name: &str) -> Result<Option<f64>, Malformed> {
        self.get(name).map(|value| float(value).ok_or_else(|| wrong(name, "a number"))).transpose()
    }

    pub fn floats(self, name: &str) -> Result<Vec<f64>, Malformed> {
        let read = |value| float(value).ok_or_else(|| wrong(name, "numbers"));
        self.list(name)?.iter().map(read).collect()
    }

    pub fn counts(self, name: &str) -> Result<Vec<u64>, Malformed> {
        let read = |value| unsigned(value).ok_or_else(|| wrong(name, "numbers that are not negative"));
        self.list(name)?.iter().map(read).collect()
    }

    /// An id in hex digits, of any length.
    pub fn id(self, name: &str) -> Result<Vec<u8>, Malformed> {
        let text = match self.get(name) {
            None => return Ok(Vec::new()),
            Some(Value::String(text)) => text.as_bytes(),
            Some(_) => return Err(wrong(name, "hex digits")),
        };
        let digit = |byte: u8| (byte as char).to_digit(16).map(|digit| digit as u8);
        let (pairs, rest) = text.as_chunks::<2>();
        let byte = |[high, low]: &[u8; 2]| Some(digit(*high)? << 4 | digit(*low)?);
        let id = pairs.iter().map(byte).collect::<Option<Vec<u8>>>().filter(|_| rest.is_empty());
        id.ok_or_else(|| wrong(name, "hex digits"))
    }
}

pub(super) fn wrong(name: &str, what: &str) -> Malformed {
    Malformed::new(format!("`{name}` must be {what}"))
}

pub(super) fn flag(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(flag) => Some(*flag),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn unsigned(value: &Value) -> Option<u64> {
    match value {
        Value::Number(number) => number.as_u64().or_else(|| {
            let number = number.as_f64()?;
            // Exact up to here: nobody means a fraction of a nanosecond or of a thing.
            (number.fract() == 0.0 && (0.0..=9_007_199_254_740_992.0).contains(&number))
                .then_some(number as u64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn signed(value: &Value) -> Option<i64> {
    match value {
        Value::Number(number) => number.as_i64().or_else(|| {
            let number = number.as_f64()?;
            (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
        }),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}

/// A float; `NaN`, `Infinity` and `-Infinity` are texts in the protocol's JSON.
pub(super) fn float(value: &Value) -> Option<f64> {
    match value {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => match text.as_str() {
            "NaN" => Some(f64::NAN),
            "Infinity" => Some(f64::INFINITY),
            "-Infinity" => Some(f64::NEG_INFINITY),
            text => text.parse().ok(),
        },
        _ => None,
    }
}
