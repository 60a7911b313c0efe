//! Consent and the three planes.

use std::fmt;

/// What the owner of this install has agreed to (`telemetry.consent_state`).
///
/// Anything that is not one of the three words is [`Unknown`](Consent::Unknown): consent is given, never
/// guessed, so the word must match exactly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Consent {
    /// Nobody has been asked, or the answer was not understood.
    #[default]
    Unknown,
    /// Local only: nothing may leave, not even as an aggregate.
    Local,
    /// Aggregates may be uploaded, if `telemetry.allow_aggregate` allows it too.
    Aggregate,
}

impl Consent {
    /// The words of the config file.
    pub(crate) const WORDS: &'static [&'static str] = &["unknown", "local", "aggregate"];

    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "local" => Self::Local,
            "aggregate" => Self::Aggregate,
            _ => Self::Unknown,
        }
    }

    /// The word as it stands in the config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Local => "local",
            Self::Aggregate => "aggregate",
        }
    }
}

impl fmt::Display for Consent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What is taken out of content on its way out, beside secrets, which are always taken out
/// (`telemetry.content_redaction`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ContentRedaction {
    /// Secrets only.
    #[default]
    None,
    /// Secrets and personal data.
    Pii,
}

impl ContentRedaction {
    /// The words of the config file.
    pub(crate) const WORDS: &'static [&'static str] = &["none", "pii"];

    /// The stricter of the two for any word that is not exactly `none`.
    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "none" => Self::None,
            _ => Self::Pii,
        }
    }

    /// The word as it stands in the config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Pii => "pii",
        }
    }
}

impl fmt::Display for ContentRedaction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Which of the three planes are on. With `local` off, all are: there is nothing to upload and nothing to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Planes {
    /// Structural events are recorded on this machine. They never leave it by themselves.
    pub local: bool,
    /// Aggregates may be uploaded. No uploader exists; this is what one would have to ask.
    pub aggregate: bool,
    /// Content (prompts, answers, tool arguments and results) is recorded, for the owner's own destinations.
    pub trajectories: bool,
}
