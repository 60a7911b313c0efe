//! Log records: what is no span, and attempts that failed.

use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, KeyValueList};
use opentelemetry_proto::tonic::logs::v1::{LogRecord, SeverityNumber};
use serde_json::Value;
use telemetry_core::codec;
use telemetry_core::event::{Body, Event};
use telemetry_core::vocabulary::ProcessEnd;

use super::traces::{session, span_id, trace_id};
use super::{model, nanos};
use crate::otlp::attributes::{Attributes, attribute};
use crate::otlp::convention::Conventions;
use crate::otlp::names;
use crate::spans::{Fact, Moment, Run, Span};

/// The convention's event for a request to a provider that failed.
const EXCEPTION: &str = "gen_ai.client.operation.exception";
/// What our own events and their fields begin with.
const OURS: &str = "telemetry.";
/// Per cent of a budget from which on its crossing is a warning.
const WARNED_FROM: u32 = 80;

/// The record of an attempt that failed; `None` for any other span.
pub(in crate::otlp) fn of_span(span: &Span) -> Option<LogRecord> {
    let Fact::Attempt(over) = &span.fact else { return None };
    let failed = over.failed.as_ref()?;
    let mut attributes = common(&span.id.to_string(), Some(&span.run));
    attributes.put(names::ERROR_TYPE, failed.class.as_str());
    attributes.put(names::EXCEPTION_TYPE, model::exception(failed));
    attributes.put_known(names::FAILURE_REASON, failed.reason.as_deref());
    attributes.put_known(names::HTTP_STATUS, failed.status_code.map(i64::from).as_ref());
    attributes.put(names::ATTEMPT, &i64::from(over.attempt));
    attributes.put(names::EXHAUSTED, &failed.exhausted);
    model::who(
        failed.provider.as_deref(),
        failed.base_url.as_deref(),
        failed.model.as_deref(),
        &mut attributes,
    );
    Some(LogRecord {
        span_id: span_id(span.id),
        trace_id: trace_id(span.run.trace),
        ..record(nanos(span.end), SeverityNumber::Warn, EXCEPTION.to_owned(), attributes)
    })
}

/// The record of a moment; `None` for what its spans tell.
pub(in crate::otlp) fn of_moment(moment: &Moment) -> Option<LogRecord> {
    let (event, run) = (&*moment.event, moment.run.as_deref());
    let severity = severity(&event.body)?;
    let kind = event.body.kind();
    let mut attributes = common(&event.id.to_string(), run);
    for (field, value) in fields(event) {
        if let Some(value) = said(value) {
            attributes.add(attribute(format!("{OURS}{kind}.{field}"), value));
        }
    }
    let span = match &event.body {
        Body::Skill(skill) => Some(skill.turn),
        Body::Memory(memory) => Some(memory.turn),
        _ => run.map(|run| run.id.span()),
    };
    Some(LogRecord {
        trace_id: run.map(|run| trace_id(run.trace)).unwrap_or_default(),
        span_id: span.filter(|_| run.is_some()).map(span_id).unwrap_or_default(),
        ..record(nanos(event.ts), severity, format!("{OURS}{kind}"), attributes)
    })
}

/// How much an event matters; `None` for one that only opens or closes what becomes a span, and for counts of nothing.
fn severity(body: &Body) -> Option<SeverityNumber> {
    match body {
        Body::GatewayMessage(_) | Body::Cron(_) | Body::Skill(_) | Body::Memory(_) | Body::Feedback(_) => {
            Some(SeverityNumber::Info)
        }
        Body::BudgetCrossed(crossed) if crossed.threshold >= WARNED_FROM => Some(SeverityNumber::Warn),
        Body::BudgetCrossed(_) => Some(SeverityNumber::Info),
        Body::ProcessEnded(ended) if ended.end == ProcessEnd::Lost => Some(SeverityNumber::Warn),
        Body::Stats(stats) if stats.dropped.iter().any(|dropped| dropped.events > 0) => {
            Some(SeverityNumber::Warn)
        }
        // Of a hook or a kind that this version does not know.
        Body::Hook(_) | Body::Unknown(_) => Some(SeverityNumber::Debug),
        _ => None,
    }
}

fn record(at: u64, severity: SeverityNumber, event_name: String, attributes: Attributes) -> LogRecord {
    LogRecord {
        time_unix_nano: at,
        // When it was first told: the log has no other clock.
        observed_time_unix_nano: at,
        severity_number: severity.into(),
        severity_text: severity.as_str_name().trim_start_matches("SEVERITY_NUMBER_").to_owned(),
        event_name,
        attributes: attributes.into_list(),
        ..LogRecord::default()
    }
}

/// What every record has: an id that makes a repeat harmless, and whose it is.
fn common(id: &str, run: Option<&Run>) -> Attributes {
    let mut attributes = Attributes::new(Conventions::UNIVERSAL, 16);
    attributes.put(names::LOG_UID, id);
    if let Some(run) = run {
        attributes.put(names::RUN, &*run.id.to_string());
        attributes.put_known(names::SESSION, session(run));
        attributes.put_known(names::OWN_SESSION, run.session_id.as_deref());
    }
    attributes
}

/// The event's own fields, as its line in the log has them.
fn fields(event: &Event) -> impl Iterator<Item = (String, Value)> + use<> {
    const HEAD: [&str; 5] = ["v", "event", "id", "ts", "run"];
    let mut line = Vec::new();
    codec::encode(event, &mut line);
    let fields = match serde_json::from_slice(&line) {
        Ok(Value::Object(fields)) => fields,
        _ => serde_json::Map::new(),
    };
    fields.into_iter().filter(|(name, _)| !HEAD.contains(&name.as_str()))
}

/// JSON as an attribute's value; nothing for null.
fn said(value: Value) -> Option<Said> {
    let any = |value| AnyValue { value: said(value) };
    Some(match value {
        Value::Null => return None,
        Value::Bool(switch) => Said::BoolValue(switch),
        Value::Number(number) => match number.as_i64() {
            Some(whole) => Said::IntValue(whole),
            None => Said::DoubleValue(number.as_f64()?),
        },
        Value::String(text) => Said::StringValue(text),
        Value::Array(values) => {
            Said::ArrayValue(ArrayValue { values: values.into_iter().map(any).collect() })
        }
        Value::Object(fields) => {
            let values = fields.into_iter().filter_map(|(name, value)| Some(attribute(name, said(value)?)));
            Said::KvlistValue(KeyValueList { values: values.collect() })
        }
    })
}
