//! What is sent: bodies of requests of which each is another, though all are made of one text.

use std::fmt::Write as _;
use std::io::Write as _;

use flate2::Compression;
use flate2::write::GzEncoder;
use telemetry_core::codec::encode;
use telemetry_core::event::{Body, Event, ModelCall, RunStarted, ToolCall, TurnEnded, TurnStarted};
use telemetry_core::ids::{EventId, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::ToolStatus;

use crate::spans;
use crate::template::{MARK, STEP, Template};

/// Events of a session in the log's own form: its start, the turn's, four model calls, three tools and the end.
const OF_A_SESSION: u64 = 10;

/// Bodies of requests with as many events each.
#[derive(Clone)]
pub struct Load {
    pub path: &'static str,
    pub content_type: &'static str,
    /// The bodies are compressed, as quickly as can be: what it costs is the client's, and clients share the cores.
    pub gzip: bool,
    pub events: usize,
    pub template: Template,
}

impl Load {
    /// Lines of the log: sessions of some hours ago.
    pub fn lines(events: usize) -> Self {
        let mut text = Vec::new();
        for number in 0..events as u64 {
            encode(&event(number), &mut text);
        }
        let template = Template::new(text).decimals(b"\"ts\":");
        Load { path: "/api/v1/events", content_type: "application/x-ndjson", gzip: false, events, template }
    }

    /// The wire that existing clients speak.
    pub fn batch(events: usize) -> Self {
        let mut text = String::from("{\"events\":[");
        for number in 0..events {
            let comma = if number == 0 { "" } else { "," };
            let (host, tool) = (number % 20, ["Bash", "Read", "Edit", "Grep"][number % 4]);
            let (tier, latency) = (["haiku", "sonnet", "opus"][number % 3], 20 + number * 37 % 4_000);
            let decision = if number.is_multiple_of(10) { "DENIED" } else { "APPROVED" };
            let _ = write!(
                text,
                r#"{comma}{{"hostId":"host-{host}","sessionId":"{MARK}","eventType":"hook_decision","agentName":"reviewer","hookName":"guard","decision":"{decision}","toolName":"{tool}","workingDir":"/home/dev/project","latencyMs":{latency},"modelTier":"{tier}","modelName":"claude-{tier}-5","errorCount":0,"success":true,"timestamp":"{}","extraData":{{"n":{number}}}}}"#,
                UnixNanos(recently() + number as i64 * STEP),
            );
        }
        text.push_str("]}");
        let template = Template::new(text.into_bytes());
        Load {
            path: "/api/v1/telemetry/batch",
            content_type: "application/json",
            gzip: false,
            events,
            template,
        }
    }

    /// OTLP, in protobuf.
    pub fn spans(events: usize, gzip: bool) -> Self {
        let template = spans::template(events, recently());
        Load { path: "/v1/traces", content_type: "application/x-protobuf", gzip, events, template }
    }

    /// The body of request `number`.
    pub fn body(&self, number: u64, into: &mut Vec<u8>) {
        self.template.fill(number, into);
        if self.gzip {
            let mut packed = GzEncoder::new(Vec::with_capacity(into.len() / 4), Compression::fast());
            packed.write_all(into).expect("memory");
            *into = packed.finish().expect("memory");
        }
    }
}

/// Two hours ago, whole.
fn recently() -> i64 {
    const HOUR: i64 = 3_600_000_000_000;
    (UnixNanos::now().0 / HOUR - 2) * HOUR
}

fn event(number: u64) -> Event {
    let session = number / OF_A_SESSION;
    let mark = u64::from_str_radix(MARK, 16).unwrap_or_default();
    let run = RunId(u128::from(mark) << 64 | u128::from(session));
    let ts = UnixNanos(recently() + number as i64 * STEP);
    let (turn, model) =
        (SpanId(session + 1), Name::from(["gpt-5.4", "claude-opus-5-5"][(session % 2) as usize]));
    let body: Body = match number % OF_A_SESSION {
        0 => RunStarted {
            process: ProcessId(run.0),
            session_id: Name::from(format!("session-{session}").as_str()),
            host: Name::from("hermes"),
            platform: Some(Name::from("cli")),
            entrypoint: None,
            profile: None,
            model: Some(model),
            parent: None,
            continues: None,
        }
        .into(),
        1 => TurnStarted { turn, turn_id: None, model: Some(model), first: Some(true) }.into(),
        9 => TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None }.into(),
        place if place % 2 == 0 => model_call(turn, SpanId(number), model, ts).into(),
        _ => ToolCall {
            turn,
            span: SpanId(number),
            call: None,
            tool: Name::from(["terminal", "read_file", "patch"][(number % 3) as usize]),
            toolset: None,
            tool_call_id: None,
            status: ToolStatus::Ok,
            error_type: None,
            duration_ns: Some(4_000_000 + number as i64 % 900 * 1_000_000),
        }
        .into(),
    };
    // Of one request each has a time of its own, and each request its own ids.
    Event { id: EventId(mark), ts, run: Some(run), body, extra: telemetry_core::event::Extra::default() }
}

fn model_call(turn: SpanId, call: SpanId, model: Name, ts: UnixNanos) -> ModelCall {
    let latency = 300_000_000 + ts.0 / STEP % 5_000 * 1_000_000;
    ModelCall {
        turn,
        call,
        model: Some(model),
        response_model: None,
        provider: Some(Name::from("openai")),
        base_url: None,
        api_mode: None,
        start_ns: Some(UnixNanos(ts.0 - latency)),
        latency_ns: Some(latency),
        attempt_ns: None,
        ttft_ns: None,
        retries: 0,
        finish_reason: Some(Name::from("stop")),
        messages: Some(12),
        tool_calls: Some(1),
        usage: Some(Usage { input: 900, output: 210, cache_read: 4_000, ..Usage::default() }),
        billing: None,
    }
}
