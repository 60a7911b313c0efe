//! The same spans by way of OpenTelemetry's SDK for Rust: what it would send means the same.
//!
//! The SDK's spans are made here from what was assembled, by the conventions and not by our list of names.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime};

use opentelemetry::trace::{
    Event, Link, SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState,
};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, Span as Message};
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use telemetry_core::ids::RunId;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ToolStatus;
use telemetry_export::otlp::Request;
use telemetry_export::spans::{Assembler, Fact, Piece, Span};
use telemetry_policy::otlp::Profile;
use telemetry_policy::{Gate, Settings};

use crate::session::{config, events, prices, requests};

fn assembled() -> Vec<Span> {
    let gate = Gate::new(&Settings::default());
    let (mut assembler, mut spans) = (Assembler::new(prices()), Vec::new());
    let mut keep = |piece| {
        if let Piece::Span(span) = piece {
            spans.push(span);
        }
    };
    events().into_iter().for_each(|event| assembler.take(gate.clear(event), &mut keep));
    assembler.finish(&mut keep);
    spans
}

fn time(at: UnixNanos) -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_nanos(at.0.try_into().unwrap())
}

fn context(trace: RunId, span: telemetry_core::ids::SpanId) -> SpanContext {
    let (trace, span) = (trace.to_string(), span.to_string());
    let (trace, span) = (TraceId::from_hex(&trace).unwrap(), SpanId::from_hex(&span).unwrap());
    SpanContext::new(trace, span, TraceFlags::default(), false, TraceState::default())
}

fn text(name: &'static str, value: &str) -> KeyValue {
    KeyValue::new(name, value.to_owned())
}

fn failed(message: &str) -> Status {
    Status::error(message.to_owned())
}

/// The span as somebody would have made it who instruments an agent with the SDK.
fn by_the_sdk(span: &Span) -> SpanData {
    let session = span.run.trace_session_id.as_ref().or(span.run.session_id.as_ref()).unwrap();
    let mut attributes = vec![text("gen_ai.conversation.id", session)];
    let name;
    let (mut kind, mut status) = (SpanKind::Internal, Status::Unset);
    let (mut events, mut links) = (SpanEvents::default(), SpanLinks::default());
    match &span.fact {
        Fact::Run(over) => {
            let agent = span.run.role.as_ref().or(span.run.host.as_ref()).unwrap();
            name = format!("invoke_agent {agent}");
            attributes.push(text("gen_ai.operation.name", "invoke_agent"));
            attributes.push(text("gen_ai.agent.name", agent));
            if over.verdict.outcome == Outcome::Completed {
                status = Status::Ok;
            }
            if let Some(other) = &span.run.continues {
                let of = vec![
                    text("telemetry.link", "continues"),
                    text("telemetry.run.id", &other.run.to_string()),
                    text("gen_ai.conversation.id", other.session_id.as_ref().unwrap()),
                ];
                links.links.push(Link::new(context(other.trace, other.run.span()), of, 0));
            }
        }
        Fact::Turn(over) => {
            name = "turn".to_owned();
            match over.verdict.outcome.class(None) {
                OutcomeClass::Success => status = Status::Ok,
                OutcomeClass::Failure => {
                    status = failed("errored: auth");
                    attributes.push(text("error.type", "auth"));
                }
                _ => {}
            }
        }
        Fact::Call(over) => {
            let call = &over.call;
            let model = call.model.as_ref().unwrap();
            (name, kind) = (format!("chat {model}"), SpanKind::Client);
            attributes.push(text("gen_ai.operation.name", "chat"));
            attributes.push(text("gen_ai.provider.name", call.provider.as_ref().unwrap()));
            attributes.push(text("gen_ai.request.model", model));
            let reason = StringValue::from(call.finish_reason.as_ref().unwrap().to_string());
            let reasons = Value::Array(Array::String(vec![reason]));
            attributes.push(KeyValue::new("gen_ai.response.finish_reasons", reasons));
            let usage = call.usage.unwrap();
            let input = usage.input + usage.cache_read + usage.cache_write;
            for (name, tokens) in [
                ("gen_ai.usage.input_tokens", input),
                ("gen_ai.usage.output_tokens", usage.output),
                ("gen_ai.usage.cache_read.input_tokens", usage.cache_read),
                ("gen_ai.usage.cache_write.input_tokens", usage.cache_write),
                ("gen_ai.usage.reasoning.output_tokens", usage.reasoning),
            ] {
                attributes.push(KeyValue::new(name, i64::try_from(tokens).unwrap()));
            }
            if let Some(waited) = call.ttft_ns {
                let seconds = Duration::from_nanos(waited.try_into().unwrap()).as_secs_f64();
                attributes.push(KeyValue::new("gen_ai.response.time_to_first_chunk", seconds));
            }
        }
        Fact::FailedCall(over) => {
            let last = &over.failed.last().unwrap().1;
            let model = last.model.as_ref().unwrap();
            (name, kind, status) = (format!("chat {model}"), SpanKind::Client, failed("auth (HTTP 401)"));
            attributes.push(text("gen_ai.operation.name", "chat"));
            attributes.push(text("gen_ai.request.model", model));
            attributes.push(text("error.type", last.class.as_str()));
        }
        Fact::Attempt(over) => {
            name = "attempt".to_owned();
            if let Some(error) = &over.failed {
                status = failed(match error.status_code {
                    Some(429) => "rate_limit (HTTP 429): rate_limited",
                    _ => "auth (HTTP 401)",
                });
                attributes.push(text("error.type", error.class.as_str()));
                let of = vec![text("exception.type", error.error_type.as_ref().unwrap())];
                events.events.push(Event::new("exception", time(span.end), of, 0));
            }
        }
        Fact::Tool(call) => {
            name = format!("execute_tool {}", call.tool);
            attributes.push(text("gen_ai.operation.name", "execute_tool"));
            attributes.push(text("gen_ai.tool.name", &call.tool));
            attributes.push(text("gen_ai.tool.call.id", call.tool_call_id.as_ref().unwrap()));
            if call.status == ToolStatus::Error {
                status = failed("error: exit_code");
                attributes.push(text("error.type", "exit_code"));
            }
        }
        Fact::Approval(_) => name = "approval".to_owned(),
    }
    let parent = span.parent.map(|parent| SpanId::from_hex(&parent.to_string()).unwrap());
    SpanData {
        span_context: context(span.run.trace, span.id),
        parent_span_id: parent.unwrap_or(SpanId::INVALID),
        parent_span_is_remote: false,
        span_kind: kind,
        name: name.into(),
        start_time: time(span.start),
        end_time: time(span.end),
        attributes,
        dropped_attributes_count: 0,
        events,
        links,
        status,
        instrumentation_scope: InstrumentationScope::builder("telemetry").build(),
    }
}

fn all(resources: &[ResourceSpans]) -> Vec<Message> {
    resources.iter().flat_map(|of_host| &of_host.scope_spans).flat_map(|scope| scope.spans.clone()).collect()
}

type Said = BTreeMap<String, serde_json::Value>;

fn said(attributes: &[opentelemetry_proto::tonic::common::v1::KeyValue]) -> Said {
    attributes.iter().map(|one| (one.key.clone(), serde_json::to_value(&one.value).unwrap())).collect()
}

#[test]
fn it_would_send_the_same() {
    let spans: Vec<_> = assembled().iter().map(by_the_sdk).collect();
    let nobody = ResourceAttributesWithSchema::from(&Resource::builder_empty().build());
    let theirs = all(&group_spans_by_resource_and_scope(spans, &nobody));
    let requests = requests(config(Profile::GenAi));
    let Some(Request::Traces(request)) = requests.first() else { panic!("{requests:?}") };
    let ours = all(&request.resource_spans);
    let by_id = |spans: Vec<Message>| -> BTreeMap<_, _> {
        spans.into_iter().map(|span| (span.span_id.clone(), span)).collect()
    };
    let (theirs, mut ours) = (by_id(theirs), by_id(ours));
    assert_eq!(ours.len(), theirs.len());
    for (id, mut theirs) in theirs {
        let mut ours = ours.remove(&id).unwrap();
        // We say more of each, and nothing else of what they say; what they leave out is no error of ours.
        let (more, less) = (said(&ours.attributes), said(&theirs.attributes));
        for (name, value) in &less {
            assert_eq!(more.get(name), Some(value), "{name} of {}", ours.name);
        }
        assert_eq!(more.get("error.type"), less.get("error.type"), "{}", ours.name);
        for (ours, theirs) in ours.links.iter_mut().zip(&mut theirs.links) {
            // They say whether a context is of another process, which nobody can say of a recorded one.
            (ours.flags, theirs.flags) = (0, 0);
        }
        (ours.flags, theirs.flags) = (0, 0);
        (ours.attributes, theirs.attributes) = (Vec::new(), Vec::new());
        assert_eq!(ours, theirs);
    }
}
