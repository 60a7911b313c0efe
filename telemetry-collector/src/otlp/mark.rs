//! What an event that came over OTLP says of itself, so that of a call that was told of twice one is made.

use serde::{Deserialize, Serialize};
use serde_json::Map;
use telemetry_core::event::{Event, Extra};
use telemetry_core::ids::SpanId;

/// The field of an event's line.
const FIELD: &str = "otlp";

/// By what an event was told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Signal {
    /// A span.
    #[default]
    Span,
    /// A log record.
    Log,
    /// A point of a metric.
    Metric,
}

/// The field.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// By what it was told.
    pub signal: Signal,
    /// Nothing names what it tells of, so its time has to do: the other signal may tell of the same.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub loose: bool,
    /// A failed request that the agent tries again as a new one, which nothing ties to this.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub chained: bool,
    /// The turn is not told: it is the one that was at work then.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub turn_unsaid: bool,
    /// Another span by which the other signal knows the same turn.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub turn_is: Option<SpanId>,
    /// Another span by which the other signal knows the same tool call.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub also: Option<SpanId>,
    /// The end of a turn of which is told when it was, and not how.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub end_unsaid: bool,
    /// The sender tells how its turns end, so nothing is to be concluded.
    #[serde(skip_serializing_if = "std::ops::Not::not", default)]
    pub whole: bool,
}

impl Mark {
    /// Of a span.
    pub const SPAN: Self = Self::of_signal(Signal::Span);
    /// Of a log record.
    pub const LOG: Self = Self::of_signal(Signal::Log);

    const fn of_signal(signal: Signal) -> Self {
        Mark {
            signal,
            loose: false,
            chained: false,
            turn_unsaid: false,
            turn_is: None,
            also: None,
            end_unsaid: false,
            whole: false,
        }
    }

    /// The mark of an event; `None` for one of our own wire.
    pub fn of(event: &Event) -> Option<Self> {
        serde_json::from_value(event.extra.fields()?.get(FIELD)?.clone()).ok()
    }

    /// Marks an event.
    pub fn put(self, event: &mut Event) {
        let value = serde_json::to_value(self).unwrap_or_default();
        event.extra = Extra::new(Map::from_iter([(FIELD.to_owned(), value)]));
    }

    /// The same, of something that nothing names.
    #[must_use]
    pub fn loose(self) -> Self {
        Mark { loose: true, ..self }
    }

    /// The same, of a failed request that is tried again as a new one.
    #[must_use]
    pub fn chained(self) -> Self {
        Mark { chained: true, ..self }
    }

    /// The same, where the turn is not told.
    #[must_use]
    pub fn turn_unsaid(self) -> Self {
        Mark { turn_unsaid: true, ..self }
    }
}
