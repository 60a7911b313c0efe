//! JSON of strangers: what a database would choke on is refused before it gets there.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

/// Levels of objects and arrays in what is taken in. PostgreSQL's own limit is a matter of its stack.
pub const MOST_LEVELS: usize = 64;

/// Whether `text` has more levels than [`MOST_LEVELS`], whether it is JSON or not. Takes no stack and no memory for it.
pub fn is_too_deep(text: &[u8]) -> bool {
    let (mut levels, mut deepest) = (0_usize, 0);
    let mut rest = text;
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'[' | b'{' | b']' | b'}')) {
        let byte = rest[at];
        rest = &rest[at + 1..];
        match byte {
            b'"' => rest = after_string(rest),
            b'[' | b'{' => levels += 1,
            _ => levels = levels.saturating_sub(1),
        }
        deepest = deepest.max(levels);
    }
    deepest > MOST_LEVELS
}

/// What is left after a string's end.
fn after_string(mut rest: &[u8]) -> &[u8] {
    while let Some(at) = memchr::memchr2(b'"', b'\\', rest) {
        let past = if rest[at] == b'"' { at + 1 } else { at + 2 };
        let ends = rest[at] == b'"';
        rest = rest.get(past..).unwrap_or_default();
        if ends {
            return rest;
        }
    }
    &[]
}

/// Whether JSON has the character U+0000 in a string, which PostgreSQL has no room for. A raw one is no JSON.
pub fn has_nul(text: &[u8]) -> bool {
    memchr::memmem::find_iter(text, br"\u0000").any(|at| {
        // Unless the backslash is itself escaped.
        let backslashes = text[..at].iter().rev().take_while(|byte| **byte == b'\\').count();
        backslashes % 2 == 0
    })
}

/// A value of any type, of which only those that can be told apart are kept. Reading one never fails for its type.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Loose<'a> {
    /// Not there, or null.
    #[default]
    Missing,
    /// A string.
    Text(Cow<'a, str>),
    /// An integer, or a number without a fraction.
    Integer(i64),
    /// A truth value.
    Bool(bool),
    /// Anything else.
    Other,
}

impl<'de: 'a, 'a> Deserialize<'de> for Loose<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(AnyType)
    }
}

struct AnyType;

impl<'de> Visitor<'de> for AnyType {
    type Value = Loose<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Loose<'de>, E> {
        Ok(Loose::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Loose<'de>, E> {
        Ok(Loose::Integer(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Loose<'de>, E> {
        Ok(i64::try_from(number).map_or(Loose::Other, Loose::Integer))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Loose<'de>, E> {
        // Up to there every integer is a number of this type.
        let is_integer = number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0;
        Ok(if is_integer { Loose::Integer(number as i64) } else { Loose::Other })
    }

    fn visit_bool<E>(self, value: bool) -> Result<Loose<'de>, E> {
        Ok(Loose::Bool(value))
    }

    fn visit_unit<E>(self) -> Result<Loose<'de>, E> {
        Ok(Loose::Missing)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Loose<'de>, A::Error> {
        while items.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Loose<'de>, A::Error> {
        while entries.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Loose::Other)
    }
}

/// An object of any content, written anew: what a database might not take (a lone half of a surrogate pair, a number beyond
/// any range) is found while it is read.
///
/// # Errors
/// What is wrong with it.
pub fn object(text: &str) -> Result<String, &'static str> {
    if has_nul(text.as_bytes()) {
        return Err("has the character U+0000");
    }
    match serde_json::from_str(text) {
        Ok(value @ Value::Object(_)) => Ok(value.to_string()),
        Ok(_) => Err("must be an object"),
        Err(_) => Err("has a number or a character that cannot be kept"),
    }
}

/// What is wrong with a document that is no JSON, and where, without a word of it.
pub fn no_json(error: &serde_json::Error) -> String {
    let what = match error.classify() {
        serde_json::error::Category::Eof => "it ends too early",
        _ => "it is not as it must be",
    };
    format!(
        "this is no JSON document that can be read: {what}, at line {} column {}",
        error.line(),
        error.column()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_are_those_outside_of_strings() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(!is_too_deep(nested(MOST_LEVELS).as_bytes()));
        assert!(is_too_deep(nested(MOST_LEVELS + 1).as_bytes()));
        assert!(is_too_deep("{\"a\":".repeat(1_000_000).as_bytes()), "and not the stack's");
        let quoted = format!(r#"["\"{}"]"#, "[".repeat(200));
        assert!(!is_too_deep(quoted.as_bytes()));
        assert!(!is_too_deep("[],".repeat(200).as_bytes()), "beside each other they are no levels");
        assert!(!is_too_deep(br#"["\"#), "torn");
    }

    #[test]
    fn a_nul_is_one_and_what_looks_like_one_is_not() {
        assert!(has_nul(br#"{"a":"\u0000"}"#) && has_nul(br#""\\\u0000""#));
        assert!(!has_nul(br#"{"a":"\\u0000"}"#) && !has_nul(br#""u0000""#));
    }

    #[test]
    fn an_object_is_kept_as_what_it_says() {
        assert_eq!(object(r#"{"b": 1, "a": [null, "\u00e4"]}"#).as_deref(), Ok(r#"{"a":[null,"ä"],"b":1}"#));
        for refused in ["[]", "1", r#"{"a":"\ud800"}"#, r#"{"a":1e999}"#, r#"{"a":"\u0000"}"#] {
            assert!(object(refused).is_err(), "{refused}");
        }
    }

    #[test]
    fn a_number_without_a_fraction_is_an_integer() {
        let read = |text| serde_json::from_str::<Loose<'_>>(text).unwrap();
        assert_eq!(
            (read("12"), read("12.0"), read("1.2e1")),
            (Loose::Integer(12), Loose::Integer(12), Loose::Integer(12))
        );
        assert_eq!(
            (read("12.5"), read("1e300"), read("18446744073709551615")),
            (Loose::Other, Loose::Other, Loose::Other)
        );
        assert_eq!((read("null"), read("{\"a\":[1]}")), (Loose::Missing, Loose::Other));
    }
}
