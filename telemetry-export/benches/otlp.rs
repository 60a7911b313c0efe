//! From events to requests of OTLP as they are sent, under each profile, beside opentelemetry_sdk with the same spans.
//!
//!     cargo bench -p telemetry-export --features otlp --bench otlp
//!
//! Ours takes events: it puts spans together, prices calls, maps and encodes. The SDK is given what comes out of that, span by
//! span: it is told every attribute, makes its messages and encodes them, and does nothing of the rest.
//!
//! Last numbers, events per second, ours and the SDK's: two shared cores (AMD EPYC, KVM), Linux, glibc, Rust 1.95, 2026-11-21, idle,
//! least time of 10. genai 191,000 and 190,000; openinference 178,000 and 170,000; langfuse 154,000 and 147,000; all 103,000 and
//! 89,000. Both are the allocator's: OpenTelemetry's messages have a text of its own for every name of every attribute. Mapped
//! all at once and not a request at a time ours took twice as long.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::time::{Duration, Instant, SystemTime};

use opentelemetry::trace::{SpanContext, SpanId, SpanKind, Status, TraceFlags, TraceId, TraceState};
use opentelemetry::{Array, InstrumentationScope, KeyValue, StringValue, Value};
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Said;
use opentelemetry_proto::tonic::trace::v1::Span as Message;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use opentelemetry_proto::transform::common::tonic::ResourceAttributesWithSchema;
use opentelemetry_proto::transform::trace::tonic::group_spans_by_resource_and_scope;
use opentelemetry_sdk::Resource as SdkResource;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanLinks};
use prost::Message as _;
use table::{grouped, heading, row};
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::{Body, Event, ModelCall, RunStarted, ToolCall, TurnEnded, TurnStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId as Id};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{Entrypoint, ToolStatus};
use telemetry_export::otlp::{Config, Courier, Otlp, Request, Resource};
use telemetry_export::{Delivered, Exporter as _, Undelivered};
use telemetry_policy::otlp::{Profile, Signals};
use telemetry_policy::{Cleared, Gate, Settings};

const TURNS: u64 = 2_000;
/// As many events as are read at once.
const PART: usize = 2_048;
/// As many spans as the SDK's exporters take at once.
const SPANS: usize = 512;
/// The least time of these is printed, ours and theirs taken in turns: what the machine's other work adds does not count.
const RUNS: usize = 10;

const PROFILES: [Profile; 4] = [Profile::GenAi, Profile::OpenInference, Profile::Langfuse, Profile::All];

fn main() {
    let events = events();
    let count = events.len() as u64;
    println!("{} events: turns of two model calls and three tool calls", grouped(count));
    heading("one thread", &["us/event", "events/s", "spans/s", "bytes/span"]);
    let mut rows = Vec::new();
    for profile in PROFILES {
        let traces = Signals { traces: true, ..Signals::NONE };
        let told = told(&events, profile);
        let [all, spans, theirs] =
            least([&|| ours(&events, profile, Signals::ALL), &|| ours(&events, profile, traces), &|| {
                by_the_sdk(&told)
            }]);
        let number = told.len() as u64;
        let print = |what: &str, (time, bytes): (Duration, usize)| {
            let micros = time.as_secs_f64() * 1e6 / count as f64;
            row(
                &format!("{}: {what}", profile.as_str()),
                &[
                    format!("{micros:.2}"),
                    grouped(rate(count, time)),
                    grouped(rate(number, time)),
                    grouped(bytes as u64 / number),
                ],
            );
        };
        print("spans, metrics and log records", all);
        print("spans alone", spans);
        print("opentelemetry_sdk, the spans alone", theirs);
        rows.push(format!(
            "row\tOTLP, {}, events to spans encoded\t{}/s\topentelemetry_sdk, told the spans\t{}/s\t{:.1}\t-",
            profile.as_str(),
            grouped(rate(count, spans.0)),
            grouped(rate(count, theirs.0)),
            theirs.0.as_secs_f64() / spans.0.as_secs_f64()
        ));
    }
    rows.iter().for_each(|row| println!("{row}"));
}

fn rate(number: u64, time: Duration) -> u64 {
    number * 1_000_000_000 / (time.as_nanos() as u64).max(1)
}

/// The least time of each, and how many bytes it came to.
fn least(measures: [&dyn Fn() -> (Duration, usize); 3]) -> [(Duration, usize); 3] {
    let mut least = [(Duration::MAX, 0); 3];
    for _ in 0..RUNS {
        for (least, measure) in least.iter_mut().zip(measures) {
            *least = (*least).min(measure());
        }
    }
    least
}

/// Encodes as the way to a receiver does, before it compresses.
#[derive(Default)]
struct Encoded(usize);

impl Courier<Request> for &mut Encoded {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        let items = request.items();
        self.0 += match request {
            Request::Traces(request) => request.encode_to_vec().len(),
            Request::Metrics(request) => request.encode_to_vec().len(),
            Request::Logs(request) => request.encode_to_vec().len(),
        };
        Ok(Delivered { items, ..Delivered::default() })
    }
}

fn ours(events: &[Cleared<Event>], profile: Profile, signals: Signals) -> (Duration, usize) {
    let events = events.to_vec();
    let mut encoded = Encoded::default();
    let config = Config { profile, signals, ..Config::default() };
    let mut exporter = Otlp::new(config, Prices::new(Overrides::default()), &mut encoded);
    let start = Instant::now();
    for (number, event) in events.into_iter().enumerate() {
        exporter.event(event);
        if number % PART == PART - 1 {
            exporter.deliver(UnixNanos(0)).expect("it is only encoded");
        }
    }
    exporter.finish();
    exporter.deliver(UnixNanos(0)).expect("it is only encoded");
    let took = start.elapsed();
    drop(exporter);
    (took, encoded.0)
}

/// What the SDK is told of a span: names that are known when it is built, and values that are not.
struct Told {
    context: SpanContext,
    parent: SpanId,
    kind: SpanKind,
    name: String,
    start: SystemTime,
    end: SystemTime,
    attributes: Vec<(&'static str, Value)>,
    status: Status,
}

fn by_the_sdk(told: &[Told]) -> (Duration, usize) {
    let scope = InstrumentationScope::builder("telemetry").with_version(env!("CARGO_PKG_VERSION")).build();
    let resource = SdkResource::builder_empty().with_service_name("hermes").build();
    let resource = ResourceAttributesWithSchema::from(&resource);
    let start = Instant::now();
    let mut bytes = 0;
    for part in told.chunks(SPANS) {
        let spans = part.iter().map(|told| SpanData {
            span_context: told.context.clone(),
            parent_span_id: told.parent,
            parent_span_is_remote: false,
            span_kind: told.kind.clone(),
            name: told.name.clone().into(),
            start_time: told.start,
            end_time: told.end,
            attributes: told
                .attributes
                .iter()
                .map(|(name, value)| KeyValue::new(*name, value.clone()))
                .collect(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: told.status.clone(),
            instrumentation_scope: scope.clone(),
        });
        let resource_spans = group_spans_by_resource_and_scope(spans.collect(), &resource);
        bytes += ExportTraceServiceRequest { resource_spans }.encode_to_vec().len();
    }
    (start.elapsed(), bytes)
}

#[derive(Default)]
struct Kept(Vec<Message>);

impl Courier<Request> for &mut Kept {
    fn send(&mut self, request: Request) -> Result<Delivered, Undelivered> {
        if let Request::Traces(request) = request {
            let scopes = request.resource_spans.into_iter().flat_map(|of_host| of_host.scope_spans);
            self.0.extend(scopes.flat_map(|scope| scope.spans));
        }
        Ok(Delivered::default())
    }
}

fn told(events: &[Cleared<Event>], profile: Profile) -> Vec<Told> {
    let mut kept = Kept::default();
    let config = Config { profile, resource: Resource::default(), ..Config::default() };
    let mut exporter = Otlp::new(config, Prices::new(Overrides::default()), &mut kept);
    events.iter().for_each(|event| exporter.event(event.clone()));
    exporter.finish();
    exporter.deliver(UnixNanos(0)).expect("it is only kept");
    drop(exporter);
    let mut known = std::collections::BTreeMap::<String, &'static str>::new();
    let mut name = |name: String| -> &'static str {
        known.entry(name).or_insert_with_key(|name| Box::leak(name.clone().into_boxed_str()))
    };
    let span_id = |bytes: &[u8]| SpanId::from_bytes(bytes.try_into().unwrap_or_default());
    kept.0
        .into_iter()
        .map(|span| {
            let trace = TraceId::from_bytes(span.trace_id.as_slice().try_into().expect("16 bytes"));
            let id = span_id(&span.span_id);
            let status = span.status.unwrap_or_default();
            Told {
                context: SpanContext::new(trace, id, TraceFlags::SAMPLED, false, TraceState::default()),
                parent: span_id(&span.parent_span_id),
                kind: if span.kind == 3 { SpanKind::Client } else { SpanKind::Internal },
                start: SystemTime::UNIX_EPOCH + Duration::from_nanos(span.start_time_unix_nano),
                end: SystemTime::UNIX_EPOCH + Duration::from_nanos(span.end_time_unix_nano),
                attributes: span
                    .attributes
                    .into_iter()
                    .map(|said| (name(said.key), value(said.value.and_then(|value| value.value))))
                    .collect(),
                status: match status.code() {
                    StatusCode::Ok => Status::Ok,
                    StatusCode::Unset => Status::Unset,
                    StatusCode::Error => Status::error(status.message),
                },
                name: span.name,
            }
        })
        .collect()
}

fn value(said: Option<Said>) -> Value {
    match said.expect("every attribute has a value") {
        Said::StringValue(text) => Value::from(text),
        Said::BoolValue(switch) => Value::from(switch),
        Said::IntValue(number) => Value::from(number),
        Said::DoubleValue(number) => Value::from(number),
        Said::ArrayValue(list) => {
            let texts = list.values.into_iter().map(|said| match value(said.value) {
                Value::String(text) => text,
                other => StringValue::from(other.to_string()),
            });
            Value::Array(Array::String(texts.collect()))
        }
        other => panic!("no span has {other:?}"),
    }
}

/// A run of many turns, each of which asks, runs three tools, and asks again.
fn events() -> Vec<Cleared<Event>> {
    let gate = Gate::new(&Settings::default());
    let word = Name::intern;
    let run = RunId(0x8e27_9fec_7403_c5b3_7582_dce8_d315_656d);
    let mut at = UnixNanos(1_767_225_600_000_000_000);
    let mut events = Vec::new();
    let mut add = |at: UnixNanos, body: Body| {
        let key = Key::new("bench").number(events.len() as u64);
        events.push(gate.clear(Event::new(at, run, &key, body)));
    };
    let started = RunStarted {
        process: ProcessId(1),
        session_id: Name::new("20260101_000000_000000"),
        host: word("hermes"),
        platform: Some(word("cli")),
        entrypoint: Some(Entrypoint::Cli),
        profile: None,
        model: Some(word("claude-opus-4-5")),
        parent: None,
        continues: None,
    };
    add(at, started.into());
    for number in 0..TURNS {
        let turn = Id(number * 16 + 1);
        let turn_id = Some(Name::new(&format!("20260101_000000_000000:{number:08}")));
        add(at, TurnStarted { turn, turn_id, model: Some(word("claude-opus-4-5")), first: None }.into());
        for part in [2, 6] {
            at = at.plus(844_721_079);
            let call = ModelCall {
                turn,
                call: Id(number * 16 + part),
                model: Some(word("claude-opus-4-5")),
                response_model: None,
                provider: Some(word("anthropic")),
                base_url: Some(word("https://api.anthropic.com/v1")),
                api_mode: Some(word("anthropic_messages")),
                start_ns: Some(at.plus(-844_000_000)),
                latency_ns: Some(844_000_000),
                attempt_ns: None,
                ttft_ns: None,
                retries: 0,
                finish_reason: Some(word("tool_use")),
                messages: Some(12),
                tool_calls: Some(3),
                usage: Some(Usage {
                    input: 1_204,
                    output: 310,
                    cache_read: 48_210,
                    cache_write: 512,
                    cache_write_1h: 0,
                    reasoning: 120,
                }),
                billing: None,
            };
            add(at, call.into());
            for tool in (1..4).filter(|_| part == 2) {
                at = at.plus(12_000_000);
                let call = ToolCall {
                    turn,
                    span: Id(number * 16 + 2 + tool),
                    call: Some(Id(number * 16 + 2)),
                    tool: word("read_file"),
                    toolset: Some(word("file")),
                    tool_call_id: Some(Name::new(&format!("toolu_{number:016}{tool}"))),
                    status: ToolStatus::Ok,
                    error_type: None,
                    duration_ns: Some(11_000_000),
                };
                add(at, call.into());
            }
        }
        at = at.plus(1_000_000);
        let ended = TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None };
        add(at, ended.into());
    }
    events
}
