//! Spans and log records, checked and with what they are of.

use opentelemetry_proto::tonic::common::v1::AnyValue;
use opentelemetry_proto::tonic::logs::v1::LogRecord;
use opentelemetry_proto::tonic::trace::v1::span::Event;
use opentelemetry_proto::tonic::trace::v1::{Span, status::StatusCode};
use telemetry_core::ids::SpanId;
use telemetry_core::time::UnixNanos;

use super::attributes::{Attributes, text};
use super::gathered::Origin;

/// A span that has an id and a time.
pub(super) struct SpanItem<'a> {
    pub origin: &'a Origin,
    pub scope: &'a str,
    pub name: &'a str,
    pub id: SpanId,
    pub parent: Option<SpanId>,
    pub trace: u128,
    pub start: UnixNanos,
    pub end: UnixNanos,
    pub status: StatusCode,
    pub of: Attributes<'a>,
    pub events: &'a [Event],
}

impl<'a> SpanItem<'a> {
    /// # Errors
    /// What it lacks.
    pub fn of(origin: &'a Origin, scope: &'a str, span: &'a Span) -> Result<Self, &'static str> {
        let trace = trace_id(&span.trace_id).ok_or("a span without a trace id of 16 bytes")?;
        let id = span_id(&span.span_id).ok_or("a span without a span id of 8 bytes")?;
        let end = moment(span.end_time_unix_nano).ok_or("a span without the time of its end")?;
        let start = moment(span.start_time_unix_nano).filter(|start| *start <= end).unwrap_or(end);
        Ok(SpanItem {
            origin,
            scope,
            name: &span.name,
            id,
            parent: span_id(&span.parent_span_id),
            trace,
            start,
            end,
            status: span.status.as_ref().map_or(StatusCode::Unset, |status| status.code()),
            of: Attributes::of(&span.attributes),
            events: &span.events,
        })
    }

    /// How long it took, in nanoseconds.
    pub fn took(&self) -> i64 {
        self.end.since(self.start)
    }

    pub fn failed(&self) -> bool {
        self.status == StatusCode::Error
    }

    /// The trace, where a name of something is wanted.
    pub fn trace_name(&self) -> String {
        format!("{:032x}", self.trace)
    }
}

/// A log record that has a time.
pub(super) struct LogItem<'a> {
    pub origin: &'a Origin,
    pub scope: &'a str,
    /// What it is called, by its attribute, its field or its body.
    pub name: &'a str,
    pub at: UnixNanos,
    pub trace: Option<u128>,
    pub span: Option<SpanId>,
    pub of: Attributes<'a>,
    pub body: Option<&'a AnyValue>,
}

impl<'a> LogItem<'a> {
    /// # Errors
    /// What it lacks.
    pub fn of(origin: &'a Origin, scope: &'a str, record: &'a LogRecord) -> Result<Self, &'static str> {
        let at = moment(record.time_unix_nano).or_else(|| moment(record.observed_time_unix_nano));
        let of = Attributes::of(&record.attributes);
        let field = Some(record.event_name.as_str()).filter(|name| !name.is_empty());
        let name = of.text(&["event.name"]).or(field).or_else(|| text(record.body.as_ref()));
        Ok(LogItem {
            origin,
            scope,
            name: name.unwrap_or_default(),
            at: at.ok_or("a log record without a time")?,
            trace: trace_id(&record.trace_id),
            span: span_id(&record.span_id),
            of,
            body: record.body.as_ref(),
        })
    }

    pub fn trace_name(&self) -> Option<String> {
        self.trace.map(|trace| format!("{trace:032x}"))
    }
}

pub(super) fn moment(nanos: u64) -> Option<UnixNanos> {
    i64::try_from(nanos).ok().filter(|nanos| *nanos > 0).map(UnixNanos)
}

fn trace_id(bytes: &[u8]) -> Option<u128> {
    bytes.try_into().ok().map(u128::from_be_bytes).filter(|id| *id != 0)
}

pub(super) fn span_id(bytes: &[u8]) -> Option<SpanId> {
    bytes.try_into().ok().map(u64::from_be_bytes).filter(|id| *id != 0).map(SpanId)
}
