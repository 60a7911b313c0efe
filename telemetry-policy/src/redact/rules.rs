//! The rules for credentials that are known by their form, from `rules/credentials.toml`.

use std::sync::OnceLock;

use regex::bytes::{Regex, RegexBuilder};

use super::finding::Kind;
use super::lexis::{is_word, starts_word};
use super::randomness::{could_be_generated, is_dummy};

include!(concat!(env!("OUT_DIR"), "/rules.rs"));

/// How far from its keyword a credential may reach, in bytes. What matched up to there is followed to its end.
const REACH: usize = 512;

/// The form of one vendor's credential.
pub(crate) struct Rule {
    pub id: &'static str,
    /// Fixed text of every such credential, in lower case.
    pub keywords: &'static [&'static str],
    /// For credentials without a form of their own: part of the name they are assigned to, in lower case.
    pub names: &'static [&'static str],
    pattern: &'static str,
    /// How far before its keyword the credential may begin, in bytes.
    lead: usize,
    /// Whether the form alone says too little.
    random: bool,
    /// Compiled when it is first needed: most texts meet a handful of the rules.
    compiled: OnceLock<Option<Regex>>,
}

impl Rule {
    const fn new(
        id: &'static str,
        keywords: &'static [&'static str],
        names: &'static [&'static str],
        pattern: &'static str,
        lead: usize,
        random: bool,
    ) -> Self {
        Self { id, keywords, names, pattern, lead, random, compiled: OnceLock::new() }
    }

    /// The credential whose keyword stands at `start..end` of `text`, as a range of `text`.
    pub(crate) fn find(&self, text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
        // The cheapest question first: most keywords stand in the middle of a word.
        if self.lead == 0 && !starts_word(text, start, end - start >= 4) {
            return None;
        }
        let from = start.saturating_sub(self.lead);
        let upto = text.len().min(end + REACH);
        let (at, mut past) = if self.lead == 0 {
            let found = self.regex()?.find(&text[from..upto])?;
            (from, from + found.end())
        } else {
            // Nearest first: a number before a token's own number would make the greedy match begin too early.
            let found = self.regex()?.find(&text[from..upto])?;
            let (at, past) = (from + found.start(), from + found.end());
            if past < end || at > start || !starts_word(text, at, false) {
                return None;
            }
            (at, past)
        };
        if past == upto {
            while text.get(past).is_some_and(|byte| is_word(*byte) || b"-+/=".contains(byte)) {
                past += 1;
            }
        }
        if text.get(past).is_some_and(|byte| is_word(*byte)) && is_word(text[past - 1]) {
            return None;
        }
        let body = if self.lead == 0 { &text[end.min(past)..past] } else { &text[at..past] };
        (!is_dummy(body) && (!self.random || could_be_generated(body))).then_some((at, past))
    }

    /// Whether `value`, all of it, is such a credential: for the rules with names.
    pub(crate) fn is_value(&self, value: &[u8]) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(value)) && !is_dummy(value)
    }

    /// The compiled pattern. Without Unicode and anchored where it can be: a wrong place costs one comparison.
    fn regex(&self) -> Option<&Regex> {
        let compiled = self.compiled.get_or_init(|| {
            let pattern = match (self.names.is_empty(), self.lead) {
                (false, _) => format!(r"\A(?:{})\z", self.pattern),
                (true, 0) => format!(r"\A(?:{})", self.pattern),
                (true, _) => self.pattern.to_owned(),
            };
            RegexBuilder::new(&pattern).unicode(false).build().ok()
        });
        compiled.as_ref()
    }

    /// Compiles every rule now.
    pub(crate) fn compile_all() -> usize {
        RULES.iter().filter(|rule| rule.regex().is_some()).count()
    }
}

/// The rule of this number, as what a finding is.
pub(crate) fn kind(number: u16) -> Kind {
    Kind(RULES.get(usize::from(number)).map_or("credential", |rule| rule.id))
}
