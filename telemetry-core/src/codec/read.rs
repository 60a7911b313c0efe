//! Lines exactly as this version writes them, read several times faster than serde_json reads lines.
//!
//! What is in any way different (spaces, another order of the head, an escape, `null`, a fraction, a field or version
//! that is not ours) is [`NotOurs`], and the caller asks serde_json. So this may refuse whatever is awkward; what it
//! takes must mean to serde_json the same.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, Visitor};
use serde::{Deserialize, forward_to_deserialize_any};

/// Not a line as this version writes them; it may still be an event.
#[derive(Debug)]
pub(super) struct NotOurs;

impl fmt::Display for NotOurs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not as this version writes it")
    }
}

impl std::error::Error for NotOurs {}

impl Error for NotOurs {
    fn custom<T: fmt::Display>(_: T) -> Self {
        NotOurs
    }
}

/// A line, being read.
pub(super) struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    pub fn new(line: &'a [u8]) -> Result<Self, NotOurs> {
        std::str::from_utf8(line).map(|rest| Reader { rest }).map_err(|_| NotOurs)
    }

    /// Passes over `expected`, which must come now.
    #[inline]
    pub fn pass(&mut self, expected: &str) -> Result<(), NotOurs> {
        self.rest = self.rest.strip_prefix(expected).ok_or(NotOurs)?;
        Ok(())
    }

    /// Passes over `expected` if it comes now; whether it did.
    #[inline]
    pub fn passes(&mut self, expected: &str) -> bool {
        self.pass(expected).is_ok()
    }

    /// A value.
    #[inline]
    pub fn value<T: Deserialize<'a>>(&mut self) -> Result<T, NotOurs> {
        T::deserialize(self)
    }

    /// A struct from the remaining fields, each with a comma before it, of the object that is the line.
    #[inline]
    pub fn fields<T: Deserialize<'a>>(mut self) -> Result<T, NotOurs> {
        let read = T::deserialize(Fields(&mut self))?;
        self.pass("}")?;
        if matches!(self.rest, "" | "\n") { Ok(read) } else { Err(NotOurs) }
    }

    /// A text in quotes without an escape.
    #[inline]
    pub fn text(&mut self) -> Result<&'a str, NotOurs> {
        self.pass("\"")?;
        let length = memchr::memchr(b'"', self.rest.as_bytes()).ok_or(NotOurs)?;
        let text = &self.rest[..length];
        self.rest = &self.rest[length + 1..];
        // Without a branch for each byte, so that many are looked at at once.
        let plain = text.bytes().fold(true, |all, byte| all & (byte >= 0x20) & (byte != b'\\'));
        if plain { Ok(text) } else { Err(NotOurs) }
    }

    /// The digits of an integer as JSON spells it: no zero in front of others.
    #[inline]
    fn digits(&mut self) -> Result<u64, NotOurs> {
        let length = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        let (digits, rest) = self.rest.split_at(length);
        // 19 digits always fit.
        if length == 0 || length > 19 || (length > 1 && digits.starts_with('0')) {
            return Err(NotOurs);
        }
        self.rest = rest;
        Ok(digits.bytes().fold(0, |number, digit| number * 10 + u64::from(digit - b'0')))
    }

    #[inline]
    fn negative(&mut self) -> Result<i64, NotOurs> {
        self.pass("-")?;
        match i64::try_from(self.digits()?) {
            // `-0` is a fraction to serde_json.
            Ok(0) | Err(_) => Err(NotOurs),
            Ok(number) => Ok(-number),
        }
    }
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = NotOurs;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotOurs> {
        match self.rest.as_bytes().first() {
            Some(b'"') => visitor.visit_borrowed_str(self.text()?),
            Some(b'0'..=b'9') => visitor.visit_u64(self.digits()?),
            Some(b'-') => visitor.visit_i64(self.negative()?),
            Some(b't') => self.pass("true").and_then(|()| visitor.visit_bool(true)),
            Some(b'f') => self.pass("false").and_then(|()| visitor.visit_bool(false)),
            Some(b'{') => {
                let fields = visitor.visit_map(Members { reader: self, before: "{" })?;
                self.pass("}").map(|()| fields)
            }
            _ => Err(NotOurs),
        }
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotOurs> {
        visitor.visit_some(self)
    }

    /// A field that the struct does not know: serde_json keeps it.
    fn deserialize_ignored_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, NotOurs> {
        Err(NotOurs)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier
    }
}

/// The fields that follow the head of a line.
struct Fields<'r, 'a>(&'r mut Reader<'a>);

impl<'de> Deserializer<'de> for Fields<'_, 'de> {
    type Error = NotOurs;

    #[inline]
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, NotOurs> {
        visitor.visit_map(Members { reader: self.0, before: "," })
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        newtype_struct seq tuple tuple_struct map struct enum identifier ignored_any
    }
}

/// Fields of an object.
struct Members<'r, 'a> {
    reader: &'r mut Reader<'a>,
    /// What stands before the next field.
    before: &'static str,
}

impl<'de> MapAccess<'de> for Members<'_, 'de> {
    type Error = NotOurs;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(&mut self, seed: K) -> Result<Option<K::Value>, NotOurs> {
        if !self.reader.passes(std::mem::replace(&mut self.before, ",")) {
            return Ok(None);
        }
        // An empty object, `{}`, has no key either; nothing this version writes is one.
        seed.deserialize(&mut *self.reader).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, NotOurs> {
        self.reader.pass(":")?;
        seed.deserialize(&mut *self.reader)
    }
}
