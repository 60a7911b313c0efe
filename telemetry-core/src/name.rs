//! Text that events carry: model, tool and provider names, host ids, reasons.

use std::borrow::Borrow;
use std::collections::HashSet;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::{Arc, LazyLock};

use parking_lot::RwLock;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// An immutable text, cheap to clone and to move through a queue.
///
/// Vocabulary (a model, a tool, a platform) comes from [`Name::intern`]: the same text is stored once for the
/// life of the process and a clone is a copy of a pointer. What is different every time (a session id, a tool
/// call id) comes from [`Name::new`].
#[derive(Clone)]
pub struct Name(Text);

#[derive(Clone)]
enum Text {
    Interned(&'static str),
    Shared(Arc<str>),
}

/// Interned texts are never freed, so there is an end to them: a host that makes up names without bound gets
/// shared texts after this many, not a leak.
const MAX_INTERNED: usize = 16_384;
/// A longer text is no vocabulary.
const MAX_INTERNED_BYTES: usize = 256;

static INTERNED: LazyLock<RwLock<HashSet<&'static str>>> = LazyLock::new(RwLock::default);

impl Name {
    /// A text of its own.
    pub fn new(text: &str) -> Self {
        Name(Text::Shared(text.into()))
    }

    /// A word of the vocabulary.
    pub fn intern(text: &str) -> Self {
        if let Some(&known) = INTERNED.read().get(text) {
            return Name(Text::Interned(known));
        }
        let mut interned = INTERNED.write();
        if let Some(&known) = interned.get(text) {
            return Name(Text::Interned(known));
        }
        if interned.len() >= MAX_INTERNED || text.len() > MAX_INTERNED_BYTES {
            return Self::new(text);
        }
        let kept: &'static str = Box::leak(text.into());
        interned.insert(kept);
        Name(Text::Interned(kept))
    }

    /// A word known at compile time.
    pub const fn fixed(text: &'static str) -> Self {
        Name(Text::Interned(text))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Text::Interned(text) => text,
            Text::Shared(text) => text,
        }
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

impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Name {}

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

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Name {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
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
        assert!(std::ptr::eq(Name::intern("once").as_str().as_ptr(), Name::intern("once").as_str().as_ptr()));
    }

    #[test]
    fn what_is_no_vocabulary_is_not_kept_for_ever() {
        let long = "m".repeat(MAX_INTERNED_BYTES + 1);
        assert!(matches!(Name::intern(&long).0, Text::Shared(_)));
    }
}
