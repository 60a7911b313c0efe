//! `telemetry.budgets`: a list whose entries hold, or not, each for itself.
//!
//! ```yaml
//! telemetry:
//!   budgets:
//!     - {per: day, usd: 5.00}
//!     - {name: experiments, per: month, tokens: 20000000, model: gpt-5, platform: cli}
//! ```
//! An entry with a mistake is left out whole: without the key that was misspelt it would limit something else.

use telemetry_core::budget::{Budget, Limit, Per};
use telemetry_core::cost::NanoDollars;
use telemetry_core::name::Name;

use super::environment::{Environment, expanded};
use super::near_miss::tidy;
use super::node::{Field, Fields, Node};

/// The keys of an entry.
const KEYS: [&str; 6] = ["name", "per", "usd", "tokens", "model", "platform"];

/// Room for any model's name; too little for a document.
const MAX_NAME: usize = 512;

/// What is wrong with an entry.
pub(super) struct Mistake {
    pub line: Option<u64>,
    /// Where, below the list: `[2].usd`.
    pub place: String,
    /// What, what may be written there, and what comes of it.
    pub message: String,
}

/// The budgets of a list, and the mistakes in it; `None` for what is no list.
pub(super) fn read(node: &Node, environment: Environment<'_>) -> Option<(Vec<Budget>, Vec<Mistake>)> {
    let Node::List(entries) = node else { return None };
    let (mut budgets, mut mistakes) = (Vec::<Budget>::new(), Vec::new());
    for (index, node) in entries.iter().enumerate() {
        let entry = match node {
            Node::Map(fields) => Entry { index, fields, environment }.read(),
            other => Err(Mistake {
                line: None,
                place: format!("[{index}]"),
                message: format!(
                    "is {}, but must be a mapping such as {{per: day, usd: 5.00}}",
                    other.shown()
                ),
            }),
        };
        match entry {
            Ok(budget) => match budgets.iter().position(|known| known.key().wide() == budget.key().wide()) {
                None => budgets.push(budget),
                Some(_) => mistakes.push(Mistake {
                    line: match node {
                        Node::Map(fields) => first_line(fields),
                        _ => None,
                    },
                    place: format!("[{index}]"),
                    message: format!("limits the same as another entry ({budget}); remove one"),
                }),
            },
            Err(mistake) => mistakes.push(mistake),
        }
    }
    for mistake in &mut mistakes {
        mistake.message += "; the entry is left out, the others hold";
    }
    Some((budgets, mistakes))
}

struct Entry<'a> {
    index: usize,
    fields: &'a Fields,
    environment: Environment<'a>,
}

impl Entry<'_> {
    fn read(&self) -> Result<Budget, Mistake> {
        if let Some((key, field)) = self.fields.iter().find(|(key, _)| !KEYS.contains(&key.as_str())) {
            let known = KEYS.join(", ");
            return Err(self.mistake(
                &tidy(key),
                field.line,
                format!("is no key of a budget; they are {known}"),
            ));
        }
        let per = self.value("per", "day, week or month", |node| {
            let Node::Text(text) = node else { return None };
            Per::ALL.into_iter().find(|per| per.as_str() == text.trim())
        })?;
        let dollars = self.value("usd", "dollars such as 5.00, more than 0", dollars)?.map(Limit::Usd);
        let tokens =
            self.value("tokens", "a whole number of tokens, more than 0", tokens)?.map(Limit::Tokens);
        let whole = |message: &str| self.mistake("", first_line(self.fields), message.to_owned());
        let limit = match (dollars, tokens) {
            (Some(limit), None) | (None, Some(limit)) => limit,
            (None, None) => return Err(whole("has neither `usd` nor `tokens`; give one, such as usd: 5.00")),
            (Some(_), Some(_)) => return Err(whole("has both `usd` and `tokens`; make it two entries")),
        };
        let per = per.ok_or_else(|| whole("has no `per`; give day, week or month"))?;
        let named = |key| self.value(key, &format!("a name of at most {MAX_NAME} bytes"), name);
        Ok(Budget { name: named("name")?, per, limit, model: named("model")?, platform: named("platform")? })
    }

    /// The value of a key, if it is there.
    fn value<T>(
        &self,
        key: &str,
        must_be: &str,
        read: impl Fn(&Node) -> Option<T>,
    ) -> Result<Option<T>, Mistake> {
        let Some(Field { line, node }) = self.fields.get(key) else { return Ok(None) };
        if matches!(node, Node::Null) {
            return Ok(None);
        }
        let value = expanded(node, self.environment);
        match read(value.as_ref().unwrap_or(node)) {
            Some(value) => Ok(Some(value)),
            // As written, so that a variable's value is not told.
            None => Err(self.mistake(key, *line, format!("is {}, but must be {must_be}", node.shown()))),
        }
    }

    fn mistake(&self, key: &str, line: Option<u64>, message: String) -> Mistake {
        let dot = if key.is_empty() { "" } else { "." };
        Mistake { line, place: format!("[{}]{dot}{key}", self.index), message }
    }
}

fn first_line(fields: &Fields) -> Option<u64> {
    fields.values().filter_map(|field| field.line).min()
}

/// Digit by digit. A number of YAML has been a float on its way here, whose shortest form is what was written, up to 15
/// digits; a quoted one has any number.
fn dollars(node: &Node) -> Option<NanoDollars> {
    let written = match node {
        Node::Int(number) => number.to_string(),
        Node::Float(number) => number.to_string(),
        Node::Text(text) => text.trim().to_owned(),
        _ => return None,
    };
    NanoDollars::from_dollars(&written).filter(|dollars| *dollars > NanoDollars::ZERO)
}

fn tokens(node: &Node) -> Option<i64> {
    let number = match node {
        Node::Int(number) => i64::try_from(*number).ok()?,
        // `1e6` is a float to YAML.
        Node::Float(number) if number.fract() == 0.0 => format!("{number:.0}").parse().ok()?,
        Node::Text(text) => text.trim().replace('_', "").parse().ok()?,
        _ => return None,
    };
    (number > 0).then_some(number)
}

fn name(node: &Node) -> Option<Name> {
    let Node::Text(text) = node else { return None };
    let text = text.trim();
    (1..=MAX_NAME).contains(&text.len()).then(|| Name::new(text))
}
