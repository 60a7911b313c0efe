//! Spans and log records of JSON.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use opentelemetry_proto::tonic::collector::logs::v1::ExportLogsServiceRequest;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::common::v1::{
    AnyValue, ArrayValue, InstrumentationScope, KeyValue, KeyValueList,
};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, ResourceLogs, ScopeLogs};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::{Event, Link};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status};
use serde_json::Value;

use super::Malformed;
use super::fields::{Fields, flag, float, signed, wrong};

const STATUSES: [(&str, i32); 3] =
    [("STATUS_CODE_UNSET", 0), ("STATUS_CODE_OK", 1), ("STATUS_CODE_ERROR", 2)];
const KINDS: [(&str, i32); 6] = [
    ("SPAN_KIND_UNSPECIFIED", 0),
    ("SPAN_KIND_INTERNAL", 1),
    ("SPAN_KIND_SERVER", 2),
    ("SPAN_KIND_CLIENT", 3),
    ("SPAN_KIND_PRODUCER", 4),
    ("SPAN_KIND_CONSUMER", 5),
];

pub(super) fn traces(value: &Value) -> Result<ExportTraceServiceRequest, Malformed> {
    let resource_spans = request(value)?.each("resourceSpans", |of| {
        Ok(ResourceSpans {
            resource: resource(of)?,
            scope_spans: of.each("scopeSpans", |of| {
                Ok(ScopeSpans {
                    scope: scope(of)?,
                    spans: of.each("spans", span)?,
                    schema_url: of.text("schemaUrl")?,
                })
            })?,
            schema_url: of.text("schemaUrl")?,
        })
    })?;
    Ok(ExportTraceServiceRequest { resource_spans })
}

pub(super) fn logs(value: &Value) -> Result<ExportLogsServiceRequest, Malformed> {
    let resource_logs = request(value)?.each("resourceLogs", |of| {
        Ok(ResourceLogs {
            resource: resource(of)?,
            scope_logs: of.each("scopeLogs", |of| {
                Ok(ScopeLogs {
                    scope: scope(of)?,
                    log_records: of.each("logRecords", log_record)?,
                    schema_url: of.text("schemaUrl")?,
                })
            })?,
            schema_url: of.text("schemaUrl")?,
        })
    })?;
    Ok(ExportLogsServiceRequest { resource_logs })
}

/// The request itself, which must be there.
pub(super) fn request(value: &Value) -> Result<Fields<'_>, Malformed> {
    if value.is_null() {
        return Err(wrong("the request", "an object"));
    }
    Fields::of(value, "the request")
}

pub(super) fn resource(of: Fields<'_>) -> Result<Option<Resource>, Malformed> {
    let Some(of) = of.object("resource")? else { return Ok(None) };
    Ok(Some(Resource {
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
        ..Resource::default()
    }))
}

pub(super) fn scope(of: Fields<'_>) -> Result<Option<InstrumentationScope>, Malformed> {
    let Some(of) = of.object("scope")? else { return Ok(None) };
    Ok(Some(InstrumentationScope {
        name: of.text("name")?,
        version: of.text("version")?,
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
    }))
}

fn span(of: Fields<'_>) -> Result<Span, Malformed> {
    Ok(Span {
        trace_id: of.id("traceId")?,
        span_id: of.id("spanId")?,
        trace_state: of.text("traceState")?,
        parent_span_id: of.id("parentSpanId")?,
        flags: of.unsigned("flags")?,
        name: of.text("name")?,
        kind: of.member("kind", &KINDS)?,
        start_time_unix_nano: of.unsigned("startTimeUnixNano")?,
        end_time_unix_nano: of.unsigned("endTimeUnixNano")?,
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
        events: of.each("events", event)?,
        dropped_events_count: of.unsigned("droppedEventsCount")?,
        links: of.each("links", link)?,
        dropped_links_count: of.unsigned("droppedLinksCount")?,
        status: match of.object("status")? {
            None => None,
            Some(of) => Some(Status { message: of.text("message")?, code: of.member("code", &STATUSES)? }),
        },
    })
}

fn event(of: Fields<'_>) -> Result<Event, Malformed> {
    Ok(Event {
        time_unix_nano: of.unsigned("timeUnixNano")?,
        name: of.text("name")?,
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
    })
}

fn link(of: Fields<'_>) -> Result<Link, Malformed> {
    Ok(Link {
        trace_id: of.id("traceId")?,
        span_id: of.id("spanId")?,
        trace_state: of.text("traceState")?,
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
        flags: of.unsigned("flags")?,
    })
}

fn log_record(of: Fields<'_>) -> Result<LogRecord, Malformed> {
    Ok(LogRecord {
        time_unix_nano: of.unsigned("timeUnixNano")?,
        observed_time_unix_nano: of.unsigned("observedTimeUnixNano")?,
        severity_number: of.signed("severityNumber")?,
        severity_text: of.text("severityText")?,
        body: of.get("body").map(any).transpose()?,
        attributes: attributes(of)?,
        dropped_attributes_count: of.unsigned("droppedAttributesCount")?,
        flags: of.unsigned("flags")?,
        trace_id: of.id("traceId")?,
        span_id: of.id("spanId")?,
        event_name: of.text("eventName")?,
    })
}

pub(super) fn attributes(of: Fields<'_>) -> Result<Vec<KeyValue>, Malformed> {
    of.each("attributes", attribute)
}

fn attribute(of: Fields<'_>) -> Result<KeyValue, Malformed> {
    let value = of.get("value").map(any).transpose()?;
    Ok(KeyValue { key: of.text("key")?, value, ..KeyValue::default() })
}

/// A value; one that says of which kind it is and nothing more, or nothing at all, is none.
fn any(value: &Value) -> Result<AnyValue, Malformed> {
    let of = Fields::of(value, "value")?;
    let said = if of.get("stringValue").is_some() {
        Some(Said::StringValue(of.text("stringValue")?))
    } else if let Some(value) = of.get("boolValue") {
        Some(Said::BoolValue(flag(value).ok_or_else(|| wrong("boolValue", "true or false"))?))
    } else if let Some(value) = of.get("intValue") {
        Some(Said::IntValue(signed(value).ok_or_else(|| wrong("intValue", "a number"))?))
    } else if let Some(value) = of.get("doubleValue") {
        Some(Said::DoubleValue(float(value).ok_or_else(|| wrong("doubleValue", "a number"))?))
    } else if let Some(of) = of.object("arrayValue")? {
        let values = of.list("values")?.iter().map(any).collect::<Result<_, _>>()?;
        Some(Said::ArrayValue(ArrayValue { values }))
    } else if let Some(of) = of.object("kvlistValue")? {
        Some(Said::KvlistValue(KeyValueList { values: of.each("values", attribute)? }))
    } else if of.get("bytesValue").is_some() {
        let bytes = BASE64_STANDARD.decode(of.text("bytesValue")?);
        Some(Said::BytesValue(bytes.map_err(|_| wrong("bytesValue", "base64"))?))
    } else {
        None
    };
    Ok(AnyValue { value: said })
}
