//! Text that events carry: model, tool and provider names, host ids, reasons.

mod words;

use std::borrow::Borrow;
use std::fmt;

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An immutable text, one pointer wide, cheap to clone and to move through a queue.
///
/// Vocabulary (a model, a tool, a platform) comes from [`Name::intern`]: the same text is stored once for the
/// life of the process and a clone is a copy of a pointer. What is different every time (a session id, a tool
/// call id) comes from [`Name::new`] and is counted.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(ArcStr);

impl Name {
    /// A text of its own.
    pub fn new(text: &str) -> Self {
        Name(ArcStr::from(text))
    }

    /// A word of the vocabulary. Takes no lock, so neither another thread nor a fork can hold it up.
    pub fn intern(text: &str) -> Self {
        Name(words::intern(text))
    }

    /// A word known at compile time.
    pub fn fixed(text: &'static str) -> Self {
        Name::intern(text)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;
    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self
    }
}

impl PartialEq<str> for Name {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Name {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self)
    }
}

impl From<&str> for Name {
    fn from(text: &str) -> Self {
        Name::new(text)
    }
}

impl Serialize for Name {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;
        impl de::Visitor<'_> for Visitor {
            type Value = Name;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a string")
            }
            fn visit_str<E: de::Error>(self, text: &str) -> Result<Name, E> {
                Ok(Name::new(text))
            }
        }
        deserializer.deserialize_str(Visitor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interned_and_shared_texts_are_equal() {
        assert_eq!(Name::intern("gpt"), Name::new("gpt"));
        assert_eq!(Name::fixed("gpt"), Name::intern("gpt"));
    }

    #[test]
    fn a_name_is_one_pointer_wide() {
        // A dozen of them may be in an event, and the queue holds many thousands of those.
        assert_eq!(size_of::<Option<Name>>(), size_of::<usize>());
    }
}
