//! Events as a team sends them: many machines, each with sessions of a few dozen events.

use telemetry_collector::intake::Recorded;
use telemetry_core::codec;
use telemetry_core::event::{Body, Event, ModelCall, RunEnded, RunStarted, ToolCall, TurnEnded, TurnStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{RunClose, ToolStatus};

/// Machines.
const HOSTS: u64 = 100;
/// Turns of a session, and rounds of a model call and a tool call in each.
const TURNS: u64 = 4;
const ROUNDS: u64 = 4;
/// 2026-03-02T00:00:00Z.
const BEGIN: i64 = 1_772_409_600_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// The first `many` events, in the order in which machines that work beside each other send them.
pub fn events(many: usize) -> Vec<Recorded> {
    let mut events = Vec::with_capacity(many);
    let mut round = 0;
    while events.len() < many {
        let sessions: Vec<_> = (0..HOSTS).map(|host| session(host, round)).collect();
        let longest = sessions.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..longest {
            events.extend(sessions.iter().filter_map(|session| session.get(at).cloned()));
        }
        round += 1;
    }
    events.truncate(many);
    events
}

fn session(host: u64, round: u64) -> Vec<Recorded> {
    let process = ProcessId(Key::new("bench").number(host).wide());
    let id = format!("session-{host}-{round}");
    let run = RunId::of(process, &id);
    let host_name = format!("builder-{host:03}");
    let mut now = BEGIN + (round as i64 * 600 + host as i64 % 7) * SECOND + host as i64;
    let mut events = Vec::new();
    let mut say = |body: Body| {
        now += SECOND;
        let key = Key::new("bench").number(run.0).number(now as u128);
        let event = Event::new(UnixNanos(now), run, &key, body);
        let mut line = Vec::new();
        codec::encode(&event, &mut line);
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        events.push(Recorded { host: host_name.clone(), event, line });
    };
    let model = ["claude-opus-4-5", "claude-sonnet-4-5", "claude-haiku-4-5"][host as usize % 3];
    say(Body::RunStarted(RunStarted {
        process,
        session_id: Name::new(&id),
        host: Name::fixed("hermes"),
        platform: Some(Name::fixed("cli")),
        entrypoint: None,
        profile: None,
        model: Some(Name::intern(model)),
        parent: None,
        continues: None,
    }));
    for number in 0..TURNS {
        let turn = SpanId(Key::new("turn").number(run.0).number(number).narrow());
        say(Body::TurnStarted(TurnStarted { turn, turn_id: None, model: None, first: None }));
        for step in 0..ROUNDS {
            let span = |what| SpanId(Key::new(what).number(turn.0).number(step).narrow());
            say(Body::ModelCall(call(turn, span("call"), model, step)));
            say(Body::ToolCall(ToolCall {
                turn,
                span: span("tool"),
                call: Some(span("call")),
                tool: Name::intern(["Bash", "Read", "Edit", "Grep"][step as usize % 4]),
                toolset: None,
                tool_call_id: None,
                status: if step == 3 { ToolStatus::Error } else { ToolStatus::Ok },
                error_type: None,
                duration_ns: Some(40_000_000 + step as i64 * 7_000_000),
            }));
        }
        let ended = TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None };
        say(Body::TurnEnded(ended));
    }
    say(Body::RunEnded(RunEnded { close: RunClose::Finalized, reason: None }));
    events
}

fn call(turn: SpanId, call: SpanId, model: &str, step: u64) -> ModelCall {
    ModelCall {
        turn,
        call,
        model: Some(Name::intern(model)),
        response_model: None,
        provider: Some(Name::fixed("anthropic")),
        base_url: Some(Name::fixed("https://api.anthropic.com/v1")),
        api_mode: Some(Name::fixed("anthropic_messages")),
        start_ns: None,
        latency_ns: Some(844_721_079 + step as i64 * 31_000_000),
        attempt_ns: Some(844_721_079),
        ttft_ns: None,
        retries: 0,
        finish_reason: Some(Name::fixed("tool_use")),
        messages: Some(12),
        tool_calls: Some(1),
        usage: Some(Usage {
            input: 1_204,
            output: 310,
            cache_read: 48_210,
            cache_write: 512,
            cache_write_1h: 0,
            reasoning: 120,
        }),
        billing: None,
    }
}
