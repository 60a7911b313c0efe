//! What a fact is called: by whom, and under which profile.
//!
//! [`names`](super::names) is made of these from the one pinned list. Whoever maps writes a [`Fact`] and its value; which
//! names that has is decided by the profile alone, so that no profile can have other numbers than another.

use std::marker::PhantomData;

use telemetry_policy::otlp::Profile;

use super::names;

/// Who gave a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Convention {
    /// OpenTelemetry's semantic conventions for generative AI.
    GenAi,
    /// OpenTelemetry's semantic conventions, otherwise.
    General,
    /// OpenInference.
    OpenInference,
    /// Langfuse.
    Langfuse,
    /// MLflow.
    Mlflow,
    /// This project.
    Ours,
}

/// Some of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Conventions(u8);

impl Conventions {
    /// What log records and metric points have under every profile: the others say nothing of those.
    pub const UNIVERSAL: Self = Self::of(&[Convention::GenAi, Convention::General, Convention::Ours]);

    /// These.
    pub const fn of(conventions: &[Convention]) -> Self {
        let (mut bits, mut at) = (0, 0);
        while at < conventions.len() {
            bits |= 1 << conventions[at] as u8;
            at += 1;
        }
        Conventions(bits)
    }

    /// Those whose names are sent under `profile`.
    pub fn under(profile: Profile) -> Self {
        match profile {
            Profile::GenAi => names::GENAI,
            Profile::OpenInference => names::OPENINFERENCE,
            Profile::Langfuse => names::LANGFUSE,
            Profile::All => names::ALL,
        }
    }

    /// Whether it is one of them.
    pub fn contains(self, convention: Convention) -> bool {
        self.0 & (1 << convention as u8) != 0
    }
}

/// Something that is said of a span, a log record, a metric point or a resource, with a value of the kind `V` (`str`, `i64`,
/// `f64`, `bool`, or `[Name]`).
pub(crate) struct Fact<V: ?Sized> {
    names: &'static [(Convention, &'static str)],
    value: PhantomData<fn(&V)>,
}

impl<V: ?Sized> Fact<V> {
    pub(super) const fn new(names: &'static [(Convention, &'static str)]) -> Self {
        Fact { names, value: PhantomData }
    }

    /// Its names by those conventions.
    pub fn names(self, by: Conventions) -> impl Iterator<Item = &'static str> {
        self.names.iter().filter(move |(convention, _)| by.contains(*convention)).map(|(_, name)| *name)
    }
}

impl<V: ?Sized> Clone for Fact<V> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<V: ?Sized> Copy for Fact<V> {}

/// A metric.
pub(crate) struct Instrument {
    pub name: &'static str,
    pub unit: &'static str,
    pub note: &'static str,
    /// Of what is counted, how many are one of the unit: 1,000,000,000 where nanoseconds are sent as seconds.
    pub per: u64,
    /// The upper bounds of a histogram's buckets, each of which includes its own, in what is counted. None for a sum.
    pub bounds: &'static [u64],
}

/// A provider that the conventions have a word for.
pub(crate) struct Provider {
    /// `gen_ai.provider.name`.
    pub name: &'static str,
    /// `llm.provider`.
    pub openinference: &'static str,
    /// What else hosts call it.
    pub words: &'static [&'static str],
    /// How the hosts of its endpoints end.
    pub endpoints: &'static [&'static str],
}
