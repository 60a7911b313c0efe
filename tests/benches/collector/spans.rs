//! Spans as an agent's instrumentation makes them: turns of two model calls and two tool calls, by OpenTelemetry's conventions for
//! generative AI and without content, which those leave out unless told otherwise.

use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::common::v1::{AnyValue, ArrayValue, InstrumentationScope, KeyValue};
use opentelemetry_proto::tonic::resource::v1::Resource;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::{ResourceSpans, ScopeSpans, Span, Status, status::StatusCode};
use prost::Message as _;

use crate::template::{MARK, MARK_BYTES, STEP, Template};

/// Spans of a trace: the turn, and what was called in it by turns.
const OF_A_TRACE: usize = 5;
/// Traces of a conversation, in one request.
const OF_A_CONVERSATION: usize = 5;

/// A request of so many spans that began at `from`; no two of its times are the same.
pub fn template(spans: usize, from: i64) -> Template {
    let spans: Vec<Span> = (0..spans).map(|number| span(number, from)).collect();
    let times: Vec<i64> = spans
        .iter()
        .flat_map(|span| [span.start_time_unix_nano, span.end_time_unix_nano])
        .map(|time| time as i64)
        .collect();
    let request = ExportTraceServiceRequest {
        resource_spans: vec![ResourceSpans {
            resource: Some(Resource { attributes: of_the_service(), ..Resource::default() }),
            scope_spans: vec![ScopeSpans {
                scope: Some(InstrumentationScope {
                    name: "opentelemetry.instrumentation.openai_v2".to_owned(),
                    version: "2.3b0".to_owned(),
                    ..InstrumentationScope::default()
                }),
                spans,
                ..ScopeSpans::default()
            }],
            ..ResourceSpans::default()
        }],
    };
    Template::new(request.encode_to_vec()).fixed(&times)
}

fn span(number: usize, from: i64) -> Span {
    let (trace, place) = (number / OF_A_TRACE, number % OF_A_TRACE);
    let (name, kind, attributes) = match place {
        0 => ("invoke_agent reviewer", SpanKind::Internal, of_a_turn(trace)),
        1 | 3 => ("chat gpt-5.4", SpanKind::Client, of_a_call(number)),
        _ => ("execute_tool read_file", SpanKind::Internal, of_a_tool(number)),
    };
    // The turn begins before what is in it and ends after that.
    let start = from + (trace * OF_A_TRACE + place) as i64 * 2 * STEP;
    let end =
        if place == 0 { start + (2 * OF_A_TRACE as i64 - 1) * STEP } else { start + STEP + number as i64 };
    Span {
        trace_id: id(trace, 16),
        span_id: id(number, 8),
        parent_span_id: if place == 0 { Vec::new() } else { id(number - place, 8) },
        name: name.to_owned(),
        kind: kind.into(),
        start_time_unix_nano: start as u64,
        end_time_unix_nano: end as u64,
        attributes,
        status: Some(Status { code: StatusCode::Unset.into(), ..Status::default() }),
        flags: 0x101,
        ..Span::default()
    }
}

/// An id of so many bytes that no other request has.
fn id(number: usize, length: usize) -> Vec<u8> {
    let mut id = MARK_BYTES.to_vec();
    id.resize(length - 2, 0);
    id.extend((number as u16 + 1).to_be_bytes());
    id
}

fn of_the_service() -> Vec<KeyValue> {
    vec![
        text("service.name", "review-agent"),
        text("service.version", "1.8.2"),
        text("host.name", "hermes"),
        text("deployment.environment.name", "production"),
        number("process.pid", 4_711),
        text("telemetry.sdk.language", "python"),
        text("telemetry.sdk.name", "opentelemetry"),
        text("telemetry.sdk.version", "1.41.0"),
        // Where Phoenix puts them.
        text("openinference.project.name", "bench"),
    ]
}

fn of_a_turn(trace: usize) -> Vec<KeyValue> {
    vec![
        text("gen_ai.operation.name", "invoke_agent"),
        text("gen_ai.provider.name", "openai"),
        text("gen_ai.agent.name", "reviewer"),
        text("gen_ai.agent.id", "asst_5j66UpCpwteGg4YSxUnt7lPY"),
        conversation(trace),
        text("gen_ai.request.model", "gpt-5.4"),
        number("gen_ai.usage.input_tokens", 9_800),
        number("gen_ai.usage.output_tokens", 420),
    ]
}

fn of_a_call(span: usize) -> Vec<KeyValue> {
    let stop = AnyValue { value: Some(Value::StringValue("tool_calls".to_owned())) };
    vec![
        text("gen_ai.operation.name", "chat"),
        text("gen_ai.provider.name", "openai"),
        conversation(span / OF_A_TRACE),
        text("gen_ai.request.model", "gpt-5.4"),
        number("gen_ai.request.max_tokens", 4_096),
        of("gen_ai.request.temperature", Value::DoubleValue(0.2)),
        text("gen_ai.response.id", &format!("chatcmpl-{MARK}{span:04}")),
        text("gen_ai.response.model", "gpt-5.4-2026-03-05"),
        of("gen_ai.response.finish_reasons", Value::ArrayValue(ArrayValue { values: vec![stop] })),
        text("gen_ai.output.type", "text"),
        number("gen_ai.usage.input_tokens", 4_900),
        number("gen_ai.usage.output_tokens", 210),
        number("gen_ai.usage.cache_read.input_tokens", 4_000),
        text("server.address", "api.openai.com"),
        number("server.port", 443),
    ]
}

fn of_a_tool(span: usize) -> Vec<KeyValue> {
    vec![
        text("gen_ai.operation.name", "execute_tool"),
        conversation(span / OF_A_TRACE),
        text("gen_ai.tool.name", "read_file"),
        text("gen_ai.tool.type", "function"),
        text("gen_ai.tool.call.id", &format!("call_{MARK}{span:04}")),
        text("gen_ai.tool.description", "Reads a file of the workspace, or a part of it by lines"),
    ]
}

fn conversation(trace: usize) -> KeyValue {
    text("gen_ai.conversation.id", &format!("conv_{MARK}{:04}", trace / OF_A_CONVERSATION))
}

fn text(key: &str, value: &str) -> KeyValue {
    of(key, Value::StringValue(value.to_owned()))
}

fn number(key: &str, value: i64) -> KeyValue {
    of(key, Value::IntValue(value))
}

fn of(key: &str, value: Value) -> KeyValue {
    KeyValue { key: key.to_owned(), value: Some(AnyValue { value: Some(value) }), ..KeyValue::default() }
}
