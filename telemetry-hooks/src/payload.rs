//! What a host hands to a callback, read where it lies.
//!
//! A host calls a hook with named values: Python keyword arguments, a JSON object, a few fields on the stack. Copying
//! them first would cost more than everything else a callback does, and most of them (prompts, answers, whole
//! histories) are never looked at. So a payload is only asked for the keys somebody wants, and answers with a
//! borrowed [`Value`].
//!
//! Payloads are made by machines of other versions, so reading is lenient: any field may be missing, null, of another
//! type, or new. The readers on `dyn Payload` say `None` to what they cannot use and never fail.
//!
//! ```
//! use telemetry_hooks::payload::{Payload, Value};
//!
//! let usage = [("input_tokens", Value::from(120)), ("output_tokens", "7".into())];
//! let fields = [("session_id", "s-1".into()), ("usage", Value::Map(&usage)), ("status_code", Value::Null)];
//! let payload: &dyn Payload = &fields;
//!
//! assert_eq!(payload.text("session_id", str::to_owned).as_deref(), Some("s-1"));
//! assert_eq!(payload.map("usage", |usage| usage.integer("output_tokens")), Some(Some(7)));
//! assert_eq!(payload.integer("status_code"), None);
//! ```

mod json;
mod stack;
mod text;

use std::fmt;

pub use stack::{Fields, Values};
pub(crate) use text::{Text, omitted};

/// One field of a payload, borrowed from the host.
#[derive(Clone, Copy, Default)]
#[non_exhaustive]
pub enum Value<'a> {
    /// Present and empty; readers treat it as missing.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// An integer that fits. One that does not is better given as [`Value::Str`] of its decimal digits, which keeps it
    /// exact as an identifier, than as a rounded [`Value::Float`].
    Int(i64),
    /// A floating point number; may be NaN or infinite.
    Float(f64),
    /// Text.
    Str(&'a str),
    /// Named values inside this one.
    Map(&'a dyn Payload),
    /// Values in order.
    List(&'a dyn List),
    /// Something there is no use for, such as an object of the host. Present, but nothing else is known of it.
    Other,
}

/// Named values a host hands to a callback.
///
/// An implementer owes:
/// - `visit` calls `f` at most once, with the value of `key`, and not at all (or with [`Value::Null`]) when there is none;
/// - it converts only what was asked for, and neither blocks nor runs code of the host that may fail: a value it cannot
///   represent is [`Value::Other`];
/// - the same key gives the same value for as long as the callback runs.
pub trait Payload {
    /// Shows the value of `key` to `f`.
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>));

    /// Shows every field to `f`, in the order they were given. Asked for content alone, and only while it is kept; who has
    /// nothing nested to tell need not say it, and a map that does not is kept as an empty object.
    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        let _ = f;
    }
}

/// Values in order. An implementer owes what one of [`Payload`] owes.
pub trait List {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Shows each of them to `f`, in order.
    fn each(&self, f: &mut dyn FnMut(Value<'_>));
}

/// The lenient readers. `None` means missing, null, or of a type the reader cannot use.
impl dyn Payload + '_ {
    /// Text that is not empty. An integer is rendered, because some hosts give identifiers as numbers.
    pub fn text<R>(&self, key: &str, read: impl FnOnce(&str) -> R) -> Option<R> {
        self.read(key, |value| match value {
            Value::Str(text) if !text.is_empty() => Some(read(text)),
            Value::Int(number) => Some(read(&number.to_string())),
            _ => None,
        })
    }

    /// An integer, a float without a fraction, or text holding either. A truth value is not a number, and what does
    /// not fit an `i64` is `None` rather than clamped.
    pub fn integer(&self, key: &str) -> Option<i64> {
        self.read(key, |value| value.integer())
    }

    /// A finite number, or text holding one. A truth value is not a number.
    pub fn number(&self, key: &str) -> Option<f64> {
        self.read(key, |value| value.number())
    }

    /// A truth value, the words `true` and `false` in any case, or the numbers 0 and 1.
    pub fn flag(&self, key: &str) -> Option<bool> {
        self.read(key, |value| match value {
            Value::Bool(flag) => Some(flag),
            Value::Str(text) if text.trim().eq_ignore_ascii_case("true") => Some(true),
            Value::Str(text) if text.trim().eq_ignore_ascii_case("false") => Some(false),
            other => match other.integer() {
                Some(0) => Some(false),
                Some(1) => Some(true),
                _ => None,
            },
        })
    }

    /// The named values under `key`.
    pub fn map<R>(&self, key: &str, read: impl FnOnce(&dyn Payload) -> R) -> Option<R> {
        self.read(key, |value| match value {
            Value::Map(map) => Some(read(map)),
            _ => None,
        })
    }

    /// The list under `key`.
    pub fn list<R>(&self, key: &str, read: impl FnOnce(&dyn List) -> R) -> Option<R> {
        self.read(key, |value| match value {
            Value::List(list) => Some(read(list)),
            _ => None,
        })
    }

    /// Whether there is anything but null under `key`, whatever its type. Empty text is something.
    pub fn is_present(&self, key: &str) -> bool {
        self.read(key, |value| (!matches!(value, Value::Null)).then_some(())).is_some()
    }

    /// Runs `read` on the first value shown, if any.
    pub(crate) fn read<R>(&self, key: &str, read: impl FnOnce(Value<'_>) -> Option<R>) -> Option<R> {
        let mut read = Some(read);
        let mut answer = None;
        self.visit(key, &mut |value| {
            if let Some(read) = read.take() {
                answer = read(value);
            }
        });
        answer
    }
}

/// Longer text is not a number anybody meant; parsing it would only cost time.
const LONGEST_NUMBER: usize = 64;

impl Value<'_> {
    fn integer(self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(number),
            Value::Float(number) => integral(number),
            Value::Str(text) if text.len() <= LONGEST_NUMBER => {
                let text = text.trim();
                text.parse().ok().or_else(|| integral(text.parse().ok()?))
            }
            _ => None,
        }
    }

    fn number(self) -> Option<f64> {
        let number = match self {
            Value::Int(number) => number as f64,
            Value::Float(number) => number,
            Value::Str(text) if text.len() <= LONGEST_NUMBER => text.trim().parse().ok()?,
            _ => return None,
        };
        number.is_finite().then_some(number)
    }
}

/// The integer a float stands for. 2^63 is the first float above every `i64`; casting it would clamp, silently.
fn integral(number: f64) -> Option<i64> {
    const LIMIT: f64 = 9_223_372_036_854_775_808.0;
    ((-LIMIT..LIMIT).contains(&number) && number.fract() == 0.0).then_some(number as i64)
}

/// Shows shapes, never text: a payload holds prompts and keys, and a debug line ends up in somebody's log.
impl fmt::Debug for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("Null"),
            Value::Bool(flag) => write!(f, "Bool({flag})"),
            Value::Int(number) => write!(f, "Int({number})"),
            Value::Float(number) => write!(f, "Float({number})"),
            Value::Str(text) => write!(f, "Str({} bytes)", text.len()),
            Value::Map(_) => f.write_str("Map(..)"),
            Value::List(list) => write!(f, "List({} values)", list.len()),
            Value::Other => f.write_str("Other"),
        }
    }
}

impl<'a> From<&'a str> for Value<'a> {
    fn from(text: &'a str) -> Self {
        Value::Str(text)
    }
}

impl<'a> From<&'a String> for Value<'a> {
    fn from(text: &'a String) -> Self {
        Value::Str(text)
    }
}

impl From<bool> for Value<'_> {
    fn from(flag: bool) -> Self {
        Value::Bool(flag)
    }
}

impl From<i32> for Value<'_> {
    fn from(number: i32) -> Self {
        Value::Int(number.into())
    }
}

impl From<i64> for Value<'_> {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

/// Beyond `i64::MAX` this is a rounded float: a number still, no longer an integer.
impl From<u64> for Value<'_> {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Value::Float(number as f64), Value::Int)
    }
}

impl From<f64> for Value<'_> {
    fn from(number: f64) -> Self {
        Value::Float(number)
    }
}

impl<'a> From<&'a dyn Payload> for Value<'a> {
    fn from(map: &'a dyn Payload) -> Self {
        Value::Map(map)
    }
}

impl<'a> From<&'a dyn List> for Value<'a> {
    fn from(list: &'a dyn List) -> Self {
        Value::List(list)
    }
}

impl<'a, T: Into<Value<'a>>> From<Option<T>> for Value<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

impl<P: Payload + ?Sized> Payload for &P {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        (**self).visit(key, f);
    }

    fn each(&self, f: &mut dyn FnMut(&str, Value<'_>)) {
        (**self).each(f);
    }
}
