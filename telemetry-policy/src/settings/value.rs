//! From what stands in a file to a typed value.

use std::borrow::Cow;
use std::fmt;

use telemetry_core::budget::Budget;
use telemetry_core::cost::Overrides;

use super::destination::{self, Endpoint, HeaderVariable};
use super::node::Node;
use super::prices;
use crate::otlp::Signals;

/// The value of a key.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(untagged)]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A number of whole days.
    Days(u32),
    /// A word, an id, a zone, a directory or the name of a variable; empty when not set.
    Text(Cow<'static, str>),
    /// Where to send to.
    Endpoint(Endpoint),
    /// Environment variables that hold headers.
    Headers(Vec<HeaderVariable>),
    /// What is sent.
    Signals(Signals),
    /// How much may be spent.
    Budgets(Vec<Budget>),
    /// Rates of the owner's own.
    Prices(#[serde(serialize_with = "prices::for_whom")] Overrides),
}

impl Value {
    pub(crate) const fn word(word: &'static str) -> Self {
        Self::Text(Cow::Borrowed(word))
    }
}

/// As it would be written in the file; an empty text is empty.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch(on) => f.pad(if *on { "true" } else { "false" }),
            Self::Days(days) => f.pad(&days.to_string()),
            Self::Text(text) => f.pad(text),
            Self::Endpoint(endpoint) => endpoint.fmt(f),
            Self::Headers(headers) => {
                let names: Vec<&str> = headers.iter().map(|header| header.variable.as_str()).collect();
                f.pad(&names.join(", "))
            }
            Self::Signals(signals) => signals.fmt(f),
            Self::Budgets(budgets) => {
                let titles: Vec<String> = budgets.iter().map(Budget::to_string).collect();
                f.pad(&titles.join(", "))
            }
            Self::Prices(overrides) => f.pad(&overrides.names().collect::<Vec<_>>().join(", ")),
        }
    }
}

/// What may be written for a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `true` or `false`, or `yes`, `no`, `on`, `off`, 1, 0.
    Switch,
    /// A switch that is on whatever is written.
    AlwaysOn,
    /// A whole number of days, 1 to 36,500.
    Days,
    /// One of these words, exactly.
    Choice(&'static [&'static str]),
    /// Up to 128 visible ASCII characters without a blank; empty means not set.
    Identifier,
    /// An IANA time zone name; empty means this machine's.
    Zone,
    /// An `http` or `https` URL; empty means not set.
    Endpoint,
    /// The name of an environment variable; empty means not set.
    Variable,
    /// Names of environment variables: one, a list, or a mapping from headers to names.
    Headers,
    /// Some of traces, metrics and logs: a list, a text with commas between them, or `none`.
    Signals,
    /// An absolute path; empty means not set.
    Directory,
    /// A list of budgets, each of which holds or not for itself.
    Budgets,
    /// A list of rates of the owner's own; empty means none.
    Prices,
}

/// What may be written, in words that end the sentence "… must be".
impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Switch => f.write_str("true or false"),
            Self::AlwaysOn => f.write_str("true: secrets are always redacted"),
            Self::Days => write!(f, "a whole number of days from 1 to {MAX_DAYS}"),
            Self::Choice(words) => f.write_str(&words.join(" or ")),
            Self::Identifier => write!(f, "a quoted id of at most {MAX_IDENTIFIER} visible ASCII characters"),
            Self::Zone => f.write_str("a time zone name such as Europe/Berlin, or empty"),
            Self::Endpoint => f.write_str("an http or https URL, or empty"),
            Self::Variable => f.write_str("the name of an environment variable in capitals, or empty"),
            Self::Prices => f.write_str("a list of entries with a provider, a model and rates"),
            Self::Headers => f.write_str(
                "names of environment variables in capitals: one, a list, or a mapping from headers",
            ),
            Self::Signals => f.write_str("some of traces, metrics and logs in a list, or none"),
            Self::Directory => f.write_str("an absolute path (~ is the user's home), or empty"),
            Self::Budgets => f.write_str("a list of budgets such as {per: day, usd: 5.00}"),
        }
    }
}

/// A hundred years: "for ever", written so that it can be told from a slip of the finger.
const MAX_DAYS: u32 = 36_500;

/// Room for a UUID, a host name or an asset tag; too little for a document.
const MAX_IDENTIFIER: usize = 128;

impl Kind {
    /// Reads a node, after `${NAME}` in it was replaced. `None` when it is not what this kind takes.
    ///
    /// Takes what the host's `config set` writes, which turns `yes` into `true` and `30` into a number, and
    /// what people write by hand, with quotes.
    pub(crate) fn read(self, node: &Node) -> Option<Value> {
        match self {
            Self::Switch => switch(node).map(Value::Switch),
            Self::AlwaysOn => switch(node).filter(|on| *on).map(Value::Switch),
            Self::Days => days(node).map(Value::Days),
            Self::Choice(words) => {
                let Node::Text(text) = node else { return None };
                words.iter().find(|word| **word == text.trim()).map(|word| Value::word(word))
            }
            Self::Identifier => match node {
                Node::Text(text) => {
                    Some(text.trim()).filter(|id| id.is_empty() || is_identifier(id)).map(text_of)
                }
                Node::Int(number) => Some(text_of(&number.to_string())),
                _ => None,
            },
            Self::Zone => {
                let Node::Text(text) = node else { return None };
                let name = text.trim();
                (name.is_empty() || jiff::tz::TimeZone::get(name).is_ok()).then(|| text_of(name))
            }
            Self::Endpoint | Self::Variable | Self::Directory if is_empty(node) => Some(Value::word("")),
            Self::Endpoint => {
                let Node::Text(text) = node else { return None };
                Endpoint::parse(text).map(Value::Endpoint)
            }
            Self::Variable => destination::variable(node).map(|name| text_of(&name)),
            Self::Headers => destination::header_variables(node).map(Value::Headers),
            Self::Signals => signals(node).map(Value::Signals),
            Self::Directory => destination::directory(node).map(text_of),
            // Not by way of here, because its entries may be wrong one by one: `budgets::read`.
            Self::Budgets => None,
            Self::Prices => prices::read(node).ok().map(Value::Prices),
        }
    }

    /// What a warning may say of a node that this kind does not take: what belongs to a destination is hardly ever
    /// anything but a secret on the wrong line, however much it looks like a word.
    pub(crate) fn shown(self, node: &Node) -> String {
        match self {
            Self::Endpoint | Self::Variable | Self::Headers | Self::Directory => node.type_name().to_owned(),
            Self::Prices => prices::shown(node),
            _ => node.shown(),
        }
    }
}

/// Whether a text can be an id of an install.
pub(crate) fn is_identifier(text: &str) -> bool {
    (1..=MAX_IDENTIFIER).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_graphic())
}

fn is_empty(node: &Node) -> bool {
    matches!(node, Node::Text(text) if text.trim().is_empty())
}

fn text_of(text: &str) -> Value {
    Value::Text(Cow::Owned(text.to_owned()))
}

fn switch(node: &Node) -> Option<bool> {
    match node {
        Node::Bool(on) => Some(*on),
        Node::Int(1) => Some(true),
        Node::Int(0) => Some(false),
        Node::Text(text) => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "yes" | "on" | "1" => Some(true),
            "false" | "no" | "off" | "0" => Some(false),
            _ => None,
        },
        _ => None,
    }
}

fn signals(node: &Node) -> Option<Signals> {
    match node {
        // What `config set` writes of a list.
        Node::Text(text) => Signals::from_words(text.split(',').map(str::trim)),
        Node::List(items) => {
            let word = |item: &Node| match item {
                Node::Text(text) => Some(text.trim().to_owned()),
                _ => None,
            };
            let words: Vec<String> = items.iter().map(word).collect::<Option<_>>()?;
            Signals::from_words(words.iter().map(String::as_str))
        }
        _ => None,
    }
}

fn days(node: &Node) -> Option<u32> {
    let number = match node {
        Node::Int(number) => u32::try_from(*number).ok()?,
        // `config set retention_days 30.0` writes a float.
        Node::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok()?,
        Node::Text(text) => text.trim().parse().ok()?,
        _ => return None,
    };
    (1..=MAX_DAYS).contains(&number).then_some(number)
}
