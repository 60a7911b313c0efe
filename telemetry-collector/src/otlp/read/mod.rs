//! Requests as bytes, to the messages of OTLP's protocol.

mod fields;
mod json;
mod points;

use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::metrics::v1::ExportMetricsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use prost::Message;

use super::mark::Signal;

/// How a request is written, and so its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// `application/x-protobuf`.
    Protobuf,
    /// `application/json`.
    Json,
}

impl Encoding {
    /// The encoding of a media type; parameters after it do not matter.
    pub fn of(content_type: &str) -> Option<Self> {
        let media = content_type.split(';').next().unwrap_or_default().trim();
        [Encoding::Protobuf, Encoding::Json]
            .into_iter()
            .find(|encoding| media.eq_ignore_ascii_case(encoding.media_type()))
    }

    /// Its media type.
    pub fn media_type(self) -> &'static str {
        match self {
            Encoding::Protobuf => "application/x-protobuf",
            Encoding::Json => "application/json",
        }
    }
}

/// What was sent.
#[derive(Debug, Clone, PartialEq)]
pub enum Request {
    /// To `/v1/traces`.
    Traces(ExportTraceServiceRequest),
    /// To `/v1/logs`.
    Logs(ExportLogsServiceRequest),
    /// To `/v1/metrics`.
    Metrics(ExportMetricsServiceRequest),
}

/// Bytes that are no such request. What it says is ours and never a piece of them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

impl Malformed {
    fn new(what: impl Into<String>) -> Self {
        Malformed(what.into())
    }
}

/// Reads a request for `signal`. JSON may be as real clients write it: numbers as texts and texts as numbers where a number is meant,
/// values that are empty or null, fields that are missing or unknown.
///
/// # Errors
/// When it is no such request, or is nested deeper than anybody means: 100 messages, or 128 brackets.
///
/// # Examples
/// ```
/// use telemetry_collector::otlp::read::{Encoding, Request, read};
/// use telemetry_collector::otlp::mark::Signal;
///
/// let Ok(Request::Logs(logs)) = read(Signal::Log, Encoding::Json, br#"{"resourceLogs":[{"resource":null}]}"#) else { panic!() };
/// assert_eq!(logs.resource_logs.len(), 1);
/// assert!(read(Signal::Log, Encoding::Json, b"[]").is_err());
/// ```
pub fn read(signal: Signal, encoding: Encoding, body: &[u8]) -> Result<Request, Malformed> {
    match encoding {
        Encoding::Json => {
            let value = serde_json::from_slice(body).map_err(|error| {
                Malformed::new(format!("not JSON at line {}, column {}", error.line(), error.column()))
            })?;
            match signal {
                Signal::Span => json::traces(&value).map(Request::Traces),
                Signal::Log => json::logs(&value).map(Request::Logs),
                Signal::Metric => points::metrics(&value).map(Request::Metrics),
            }
        }
        Encoding::Protobuf => match signal {
            Signal::Span => decoded(body).map(Request::Traces),
            Signal::Log => decoded(body).map(Request::Logs),
            Signal::Metric => decoded(body).map(Request::Metrics),
        },
    }
}

fn decoded<M: Message + Default>(body: &[u8]) -> Result<M, Malformed> {
    // What prost says names fields of the protocol and no content.
    M::decode(body).map_err(|error| Malformed::new(format!("not such a message: {error}")))
}
