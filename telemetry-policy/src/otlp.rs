//! What the owner chose of OTLP (`telemetry.export.otlp`): how it is encoded, by which names, and what of it is sent.

use std::fmt;

use serde::{Serialize, Serializer};

/// How messages travel (`telemetry.export.otlp.protocol`), in the words of `OTEL_EXPORTER_OTLP_PROTOCOL`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Protocol {
    /// Protobuf over HTTP.
    #[default]
    HttpProtobuf,
    /// JSON over HTTP.
    HttpJson,
}

impl Protocol {
    /// The words of the config file.
    pub(crate) const WORDS: &'static [&'static str] = &["http/protobuf", "http/json"];

    pub(crate) fn from_word(word: &str) -> Self {
        if word == Self::HttpJson.as_str() { Self::HttpJson } else { Self::HttpProtobuf }
    }

    /// The word as it stands in the config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::HttpProtobuf => "http/protobuf",
            Self::HttpJson => "http/json",
        }
    }
}

/// Whose names attributes have (`telemetry.export.otlp.profile`). It decides the names, never the numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Profile {
    /// OpenTelemetry's semantic conventions for generative AI.
    #[default]
    GenAi,
    /// OpenInference's.
    OpenInference,
    /// Langfuse's.
    Langfuse,
    /// Every one of them on each span.
    All,
}

impl Profile {
    /// The words of the config file.
    pub(crate) const WORDS: &'static [&'static str] = &["genai", "openinference", "langfuse", "all"];

    pub(crate) fn from_word(word: &str) -> Self {
        match word {
            "openinference" => Self::OpenInference,
            "langfuse" => Self::Langfuse,
            "all" => Self::All,
            _ => Self::GenAi,
        }
    }

    /// The word as it stands in the config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GenAi => "genai",
            Self::OpenInference => "openinference",
            Self::Langfuse => "langfuse",
            Self::All => "all",
        }
    }
}

/// What a metric counts from (`telemetry.export.otlp.temporality`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Temporality {
    /// From the beginning.
    #[default]
    Cumulative,
    /// From the last time it was sent.
    Delta,
}

impl Temporality {
    /// The words of the config file.
    pub(crate) const WORDS: &'static [&'static str] = &["cumulative", "delta"];

    pub(crate) fn from_word(word: &str) -> Self {
        if word == Self::Delta.as_str() { Self::Delta } else { Self::Cumulative }
    }

    /// The word as it stands in the config file.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Cumulative => "cumulative",
            Self::Delta => "delta",
        }
    }
}

/// Which signals are sent (`telemetry.export.otlp.signals`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Signals {
    /// Spans.
    pub traces: bool,
    /// Counts and histograms.
    pub metrics: bool,
    /// Log records.
    pub logs: bool,
}

impl Signals {
    /// All three.
    pub const ALL: Self = Self { traces: true, metrics: true, logs: true };
    /// None: nothing is sent.
    pub const NONE: Self = Self { traces: false, metrics: false, logs: false };

    /// These words, in any order and however often; `none` stands alone.
    pub(crate) fn from_words<'a>(words: impl IntoIterator<Item = &'a str>) -> Option<Self> {
        let (mut signals, mut none) = (Self::NONE, false);
        for word in words {
            match word {
                "traces" => signals.traces = true,
                "metrics" => signals.metrics = true,
                "logs" => signals.logs = true,
                "none" => none = true,
                _ => return None,
            }
        }
        (!none || signals == Self::NONE).then_some(signals)
    }

    /// The words of those that are on.
    pub fn words(self) -> impl Iterator<Item = &'static str> {
        let signals = [("traces", self.traces), ("metrics", self.metrics), ("logs", self.logs)];
        signals.into_iter().filter_map(|(word, on)| on.then_some(word))
    }
}

impl Default for Signals {
    fn default() -> Self {
        Self::ALL
    }
}

/// `traces, logs`; `none` when there are none.
impl fmt::Display for Signals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self == Self::NONE {
            true => f.pad("none"),
            false => f.pad(&self.words().collect::<Vec<_>>().join(", ")),
        }
    }
}

impl Serialize for Signals {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.words())
    }
}
