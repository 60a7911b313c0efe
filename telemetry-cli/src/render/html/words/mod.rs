//! The texts of a page, and whose they are.
//!
//! [`Words`] are made of literals, of [`figures`], and of other people's names by way of [`Names`], which takes secrets out
//! of them and makes what cannot be seen visible. There is no other way in, so nothing else can stand on a page.

pub(super) mod figures;

use std::borrow::Cow;

use telemetry_policy::redact::Redactor;

use crate::render::text;

/// Characters of a name that are shown; the whole of it is its tooltip.
const SHOWN: usize = 64;
/// Characters of a tooltip.
const WHOLE: usize = 1_000;

/// A text that may stand on a page.
#[derive(Debug, Clone, Default)]
pub(super) struct Words {
    pieces: Vec<Piece>,
}

/// A part of a text.
#[derive(Debug, Clone)]
pub(super) struct Piece {
    /// What is shown, not escaped yet.
    pub said: Cow<'static, str>,
    /// Whether somebody else wrote it: it may be in any script and direction, and is kept apart from what is around it.
    pub foreign: bool,
    /// All of it, where only its beginning is shown.
    pub whole: Option<String>,
}

impl Words {
    /// These words and then those.
    pub(super) fn then(mut self, more: impl Into<Words>) -> Self {
        self.pieces.extend(more.into().pieces);
        self
    }

    /// All of them, one after the other, with `between` between.
    pub(super) fn joined(all: impl IntoIterator<Item = Words>, between: &'static str) -> Self {
        let joined = |before: Words, next: Words| before.then(between).then(next);
        all.into_iter().reduce(joined).unwrap_or_default()
    }

    /// The parts.
    pub(super) fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// What was worked out here and not taken from anybody: for [`figures`].
    fn figure(text: String) -> Self {
        Words { pieces: vec![Piece { said: text.into(), foreign: false, whole: None }] }
    }
}

impl From<&'static str> for Words {
    fn from(said: &'static str) -> Self {
        Words { pieces: vec![Piece { said: said.into(), foreign: false, whole: None }] }
    }
}

/// The way other people's names take to the page.
#[derive(Debug)]
pub(crate) struct Names {
    redactor: Redactor,
}

impl Names {
    /// Names as `redactor` leaves them.
    pub(crate) fn new(redactor: Redactor) -> Self {
        Names { redactor }
    }

    /// A name without its secrets, controls and directions of writing visible, cut where it is too long to read.
    pub(super) fn of(&self, name: &str) -> Words {
        let redacted = self.redactor.redact_text(name);
        if redacted.trim().is_empty() {
            return "(empty)".into();
        }
        // Redacted before it is cut: half a secret is not recognised. Cut before it is cleaned: an escape stays whole.
        let beginning = |length: usize| match redacted.char_indices().nth(length) {
            None => (text::clean(&redacted).into_owned(), false),
            Some((end, _)) => (format!("{}…", text::clean(redacted.get(..end).unwrap_or_default())), true),
        };
        let (said, cut) = beginning(SHOWN);
        let whole = cut.then(|| beginning(WHOLE).0);
        Words { pieces: vec![Piece { said: said.into(), foreign: true, whole }] }
    }

    /// A name, or `otherwise` where there is none.
    pub(super) fn or(&self, name: Option<&str>, otherwise: &'static str) -> Words {
        name.map_or_else(|| otherwise.into(), |name| self.of(name))
    }

    /// `errored: rate_limit`, or the outcome alone.
    pub(super) fn ended(&self, outcome: &str, reason: Option<&str>) -> Words {
        match reason {
            Some(reason) => self.of(outcome).then(": ").then(self.of(reason)),
            None => self.of(outcome),
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_policy::redact::Options;

    use super::*;

    fn shown(name: &str) -> (String, Option<String>) {
        let words = Names::new(Redactor::new(Options::default())).of(name);
        let piece = words.pieces()[0].clone();
        (piece.said.into_owned(), piece.whole)
    }

    #[test]
    fn names_are_shown_and_never_obeyed() {
        assert_eq!(shown("gpt-5"), ("gpt-5".into(), None));
        assert_eq!(shown("模型 α"), ("模型 α".into(), None));
        assert_eq!(shown(" "), ("(empty)".into(), None));
        assert_eq!(shown("a\u{202e}b\u{0}c\u{61c}").0, "a\\u{202e}b\\u{0}c\\u{61c}");
    }

    #[test]
    fn a_long_name_is_cut_and_its_tooltip_too() {
        let (said, whole) = shown(&"ab".repeat(5_000));
        assert_eq!(said.chars().count(), SHOWN + 1);
        assert_eq!(whole.unwrap().chars().count(), WHOLE + 1);
    }

    #[test]
    fn a_secret_in_a_name_is_gone_before_the_name_is_cut() {
        let secret = concat!("ghp_", "k3Jd82hQm1Xw7Lp0Zs9Vb4Nc6Rt5Yf2GaEu8");
        let (said, whole) = shown(&format!("{} {secret}", "x".repeat(SHOWN - 6)));
        assert!(!format!("{said}{whole:?}").contains("k3Jd"), "{said} {whole:?}");
    }
}
