//! The `telemetry` section as it stands, before anybody asks what it means.
//!
//! The host's file is large and everybody's: tags, anchors, merges, keys that are lists, keys that stand there
//! twice. All of it is read past, and only our section is kept. A key that stands twice means its last value,
//! as it does to the host (PyYAML).

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{
    Deserialize, Deserializer, EnumAccess, IgnoredAny, MapAccess, SeqAccess, VariantAccess, Visitor,
};
use serde_saphyr::Spanned;

use super::keys::SECTION;

/// A YAML value.
#[derive(Debug)]
pub(crate) enum Node {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Map(Fields),
    /// Something no key takes, by its name: nothing of it is kept.
    Opaque(&'static str),
}

pub(crate) type Fields = BTreeMap<String, Field>;

/// A value and the line its key stands on.
#[derive(Debug)]
pub(crate) struct Field {
    pub(crate) line: Option<u64>,
    pub(crate) node: Node,
}

impl Node {
    /// With its article, as a person would say it.
    pub(crate) fn type_name(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Int(_) | Self::Float(_) => "a number",
            Self::Text(text) if text.is_empty() => "an empty string",
            Self::Text(_) => "a string",
            Self::List(_) => "a list",
            Self::Map(_) => "a mapping",
            Self::Opaque(name) => name,
        }
    }

    /// The value as a warning may show it. A text may be a secret that went to the wrong line, so only what
    /// looks like words is quoted: short ones, of letters as people write them, or of a few digits.
    pub(crate) fn shown(&self) -> String {
        match self {
            Self::Bool(on) => on.to_string(),
            Self::Int(number) if number.unsigned_abs() < 1_000_000 => number.to_string(),
            Self::Float(number) if number.is_finite() && number.abs() < 1e6 => number.to_string(),
            Self::Text(text) if looks_like_a_word(text) => format!("\"{text}\""),
            other => other.type_name().to_owned(),
        }
    }
}

fn looks_like_a_word(text: &str) -> bool {
    let mut parts = text.split(|c: char| !c.is_ascii_alphanumeric());
    (1..=32).contains(&text.len())
        && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b" _-/+.${}".contains(&byte))
        && text.bytes().filter(u8::is_ascii_digit).count() <= 4
        && parts.all(is_plain)
}

/// Lower case, upper case or capitalized, or digits: what mixes them is hardly a word, and may be a key.
fn is_plain(part: &str) -> bool {
    let rest = part.get(1..).unwrap_or_default();
    part.len() <= 12
        && (part.bytes().all(|byte| byte.is_ascii_digit())
            || part.bytes().all(|byte| byte.is_ascii_uppercase())
            || (part.bytes().all(|byte| byte.is_ascii_alphabetic())
                && rest.bytes().all(|byte| byte.is_ascii_lowercase())))
}

/// The whole file, of which only our section was kept.
#[derive(Debug)]
pub(crate) enum Root {
    /// A mapping, or nothing at all.
    Mapping {
        section: Option<Field>,
        /// Top-level keys that look as if they were meant for our section (`telemetry.local: false`).
        flat: Vec<(String, Option<u64>)>,
    },
    /// Something else, by its name.
    Other(&'static str),
}

impl<'de> Deserialize<'de> for Root {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct RootVisitor;

        impl<'de> Visitor<'de> for RootVisitor {
            type Value = Root;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a mapping of sections")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Root, A::Error> {
                let (mut section, mut flat) = (None, Vec::new());
                while let Some(key) = map.next_key::<Spanned<KeyText>>()? {
                    let line = line_of(&key);
                    let KeyText(name) = key.value;
                    if name == SECTION {
                        section = Some(Field { line, node: map.next_value()? });
                        continue;
                    }
                    map.next_value::<IgnoredAny>()?;
                    if super::keys::is_under(&name, SECTION) {
                        flat.push((name, line));
                    }
                }
                Ok(Root::Mapping { section, flat })
            }

            fn visit_unit<E>(self) -> Result<Root, E> {
                Ok(Root::Mapping { section: None, flat: Vec::new() })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Root, A::Error> {
                drain(seq)?;
                Ok(Root::Other("a list"))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Root, E> {
                Ok(Root::Other("a boolean"))
            }

            fn visit_i64<E>(self, _: i64) -> Result<Root, E> {
                Ok(Root::Other("a number"))
            }

            fn visit_u64<E>(self, _: u64) -> Result<Root, E> {
                Ok(Root::Other("a number"))
            }

            fn visit_i128<E>(self, _: i128) -> Result<Root, E> {
                Ok(Root::Other("a number"))
            }

            fn visit_u128<E>(self, _: u128) -> Result<Root, E> {
                Ok(Root::Other("a number"))
            }

            fn visit_f64<E>(self, _: f64) -> Result<Root, E> {
                Ok(Root::Other("a number"))
            }

            fn visit_str<E>(self, _: &str) -> Result<Root, E> {
                Ok(Root::Other("a string"))
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Root, E> {
                Ok(Root::Other("binary data"))
            }
        }

        deserializer.deserialize_any(RootVisitor)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct NodeVisitor;

        impl<'de> Visitor<'de> for NodeVisitor {
            type Value = Node;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_unit<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }

            fn visit_none<E>(self) -> Result<Node, E> {
                Ok(Node::Null)
            }

            fn visit_bool<E>(self, on: bool) -> Result<Node, E> {
                Ok(Node::Bool(on))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
                Ok(Node::Int(number.into()))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
                Ok(Node::Int(number.into()))
            }

            fn visit_i128<E>(self, number: i128) -> Result<Node, E> {
                Ok(Node::Int(number))
            }

            fn visit_u128<E>(self, _: u128) -> Result<Node, E> {
                Ok(Node::Opaque("a number"))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
                Ok(Node::Float(number))
            }

            fn visit_str<E>(self, text: &str) -> Result<Node, E> {
                Ok(Node::Text(text.to_owned()))
            }

            fn visit_bytes<E>(self, _: &[u8]) -> Result<Node, E> {
                Ok(Node::Opaque("binary data"))
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
                Node::deserialize(deserializer)
            }

            fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Node, D::Error> {
                Node::deserialize(deserializer)
            }

            fn visit_enum<A: EnumAccess<'de>>(self, data: A) -> Result<Node, A::Error> {
                let (IgnoredAny, variant) = data.variant()?;
                variant.newtype_variant::<IgnoredAny>()?;
                Ok(Node::Opaque("a tagged value"))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Node, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element()? {
                    items.push(item);
                }
                Ok(Node::List(items))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
                let mut fields = Fields::new();
                while let Some(key) = map.next_key::<Spanned<KeyText>>()? {
                    let line = line_of(&key);
                    fields.insert(key.value.0, Field { line, node: map.next_value()? });
                }
                Ok(Node::Map(fields))
            }
        }

        deserializer.deserialize_any(NodeVisitor)
    }
}

/// A mapping's key as text. YAML allows any value as a key; ours are all texts, so another type only has to be
/// named in a warning.
struct KeyText(String);

impl<'de> Deserialize<'de> for KeyText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Node::deserialize(deserializer)? {
            Node::Text(text) => text,
            Node::Bool(on) => on.to_string(),
            Node::Int(number) => number.to_string(),
            Node::Float(number) => number.to_string(),
            other => format!("({})", other.type_name()),
        }))
    }
}

fn line_of<T>(spanned: &Spanned<T>) -> Option<u64> {
    Some(spanned.referenced.line()).filter(|line| *line > 0)
}

fn drain<'de, A: SeqAccess<'de>>(mut seq: A) -> Result<(), A::Error> {
    while seq.next_element::<IgnoredAny>()?.is_some() {}
    Ok(())
}
