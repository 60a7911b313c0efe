//! Processes that do anything, as the events they emit.

use proptest::collection::vec;
use proptest::prelude::*;
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::{
    AttemptFailed, Billing, Body, Dropped, Event, Feedback, ModelCall, ProcessEnded, ProcessStarted,
    RunEnded, RunStarted, Stats, ToolCall, TurnEnded, TurnStarted,
};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{ErrorClass, ProcessEnd, RunClose, ToolStatus};

use super::NEW_YEAR;

/// One thing a session does.
#[derive(Debug, Clone)]
pub enum Step {
    Turn,
    Call { usage: Option<(u32, u32, u32)>, model: u8, latency: Option<u32>, attempt: bool },
    Failed { exhausted: bool, class: u8 },
    Tool { status: u8, of_call: bool },
    Feedback,
    TurnEnd { completed: bool, interrupted: bool },
    RunEnd(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        3 => Just(Step::Turn),
        5 => (any::<Option<(u32, u32, u32)>>(), 0..3_u8, any::<Option<u32>>(), any::<bool>())
            .prop_map(|(usage, model, latency, attempt)| Step::Call { usage, model, latency, attempt }),
        2 => (any::<bool>(), 0..4_u8).prop_map(|(exhausted, class)| Step::Failed { exhausted, class }),
        3 => (0..6_u8, any::<bool>()).prop_map(|(status, of_call)| Step::Tool { status, of_call }),
        1 => Just(Step::Feedback),
        3 => (any::<bool>(), any::<bool>())
            .prop_map(|(completed, interrupted)| Step::TurnEnd { completed, interrupted }),
        1 => (0..3_u8).prop_map(Step::RunEnd),
    ]
}

/// What a process does: its sessions' steps, each so many nanoseconds after the one before, and how it ends.
pub type Life = (Vec<Vec<(Step, u32)>>, Option<bool>);

pub fn lives() -> impl Strategy<Value = Vec<Life>> {
    vec((vec(vec((step(), any::<u32>()), 0..14), 1..3), any::<Option<bool>>()), 1..4)
}

/// All that the processes tell, one after the other.
pub fn events(lives: &[Life]) -> Vec<Event> {
    let mut all = Vec::new();
    for (number, (sessions, end)) in lives.iter().enumerate() {
        let process = ProcessId(number as u128 + 1);
        let mut last = UnixNanos(NEW_YEAR);
        let started = ProcessStarted {
            process,
            host: "hermes".into(),
            pid: 1,
            birthplace: None,
            born: None,
            version: None,
        };
        all.push(Event::new(last, None, &Key::new("process_started").number(process.0), started));
        for (nth, steps) in sessions.iter().enumerate() {
            last = last.max(session(process, nth, steps, &mut all));
        }
        let lost =
            Stats { process, dropped: vec![Dropped { reason: "queue_full".into(), events: number as u64 }] };
        all.push(Event::new(last, None, &Key::new("stats").number(process.0), lost));
        if let Some(exits) = end {
            let end = if *exits { ProcessEnd::Exit } else { ProcessEnd::Lost };
            all.push(ProcessEnded::event(process, end, last));
        }
    }
    all
}

/// Adds the events of a session; when the last of them was.
fn session(process: ProcessId, nth: usize, steps: &[(Step, u32)], all: &mut Vec<Event>) -> UnixNanos {
    let session = format!("s{nth}");
    let run = RunId::of(process, &session);
    let mut now = UnixNanos(NEW_YEAR + nth as i64);
    let started = RunStarted {
        process,
        session_id: Name::new(&session),
        host: "hermes".into(),
        platform: Some("cli".into()),
        entrypoint: None,
        profile: None,
        model: None,
        parent: None,
        continues: None,
    };
    all.push(Event::new(now, run, &Key::new("run_started").number(run.0), started));
    let span = |kind, number: usize| SpanId(Key::new(kind).number(run.0).number(number as u64).narrow());
    let mut turn = span("turn", 0);
    let (mut call, mut failed) = (span("call", 0), 0_u32);
    for (number, (step, after)) in steps.iter().enumerate() {
        // A day holds a few of the longest pauses.
        now = now.plus(i64::from(*after) * 4_000);
        let (key, body): (Key, Body) = match step {
            Step::Turn => {
                turn = span("turn", number);
                let started = TurnStarted { turn, turn_id: None, model: None, first: None };
                (Key::new("turn_started").number(turn.0), started.into())
            }
            Step::Call { usage, model, latency, attempt } => {
                let latency_ns = latency.map(i64::from);
                let answer = ModelCall {
                    turn,
                    call,
                    model: Some(match model {
                        0 => "claude-opus-4-8".into(),
                        model => Name::new(&format!("m{model}")),
                    }),
                    response_model: (*model == 1).then(|| "m1-answered".into()),
                    provider: (*model != 2).then(|| if *model == 0 { "anthropic" } else { "p" }.into()),
                    base_url: None,
                    api_mode: None,
                    start_ns: latency_ns.map(|latency| now.plus(-latency - 7)),
                    latency_ns,
                    attempt_ns: latency_ns.map(|latency| latency / 2).filter(|_| *attempt),
                    ttft_ns: None,
                    retries: failed,
                    finish_reason: None,
                    messages: None,
                    tool_calls: None,
                    usage: usage.map(|(input, output, cache_read)| Usage {
                        input: input.into(),
                        output: output.into(),
                        cache_read: cache_read.into(),
                        ..Usage::default()
                    }),
                    billing: (*model == 2).then(|| Box::new(reported(number))),
                };
                let key = Key::new("model_call").number(call.0);
                (call, failed) = (span("call", number + 1), 0);
                (key, answer.into())
            }
            Step::Failed { exhausted, class } => {
                let attempt = failed;
                failed += 1;
                let classes = ["rate_limit", "provider_timeout", "auth", "overloaded"];
                let failure = AttemptFailed {
                    turn,
                    call,
                    attempt,
                    class: ErrorClass::from(classes[usize::from(*class)]),
                    reason: None,
                    error_type: None,
                    status_code: None,
                    exhausted: *exhausted,
                    model: Some("m0".into()),
                    provider: None,
                    base_url: None,
                    elapsed_ns: Some(i64::from(*after)),
                    attempt_ns: None,
                };
                (Key::new("attempt_failed").number(call.0).number(attempt), failure.into())
            }
            Step::Tool { status, of_call } => {
                let span = span("tool", number);
                let statuses = ["ok", "error", "timeout", "blocked", "denied", "cancelled"];
                let tool = ToolCall {
                    turn,
                    span,
                    call: of_call.then_some(call),
                    tool: "terminal".into(),
                    tool_call_id: None,
                    status: ToolStatus::from(statuses[usize::from(*status)]),
                    error_type: None,
                    duration_ns: Some(i64::from(*after)),
                };
                (Key::new("tool_call").number(span.0), tool.into())
            }
            Step::Feedback => {
                (Key::new("feedback").number(number as u64), Feedback { kind: "approval_once".into() }.into())
            }
            Step::TurnEnd { completed, interrupted } => {
                let (completed, interrupted) = (*completed, *interrupted);
                let ended = TurnEnded { turn, completed, interrupted, failed: false, reason: None };
                (Key::new("turn_ended").number(turn.0).number(number as u64), ended.into())
            }
            Step::RunEnd(close) => {
                let closes = [RunClose::Finalized, RunClose::Reset, RunClose::Compressed];
                let ended = RunEnded { close: closes[usize::from(*close)].clone(), reason: None };
                (Key::new("run_ended").number(run.0).number(number as u64), ended.into())
            }
        };
        all.push(Event::new(now, run, &key, body));
    }
    now
}

/// What a provider may report: sums, and what no sum holds.
fn reported(number: usize) -> Billing {
    let nanos = [0, 1, 250_000_000, i64::MAX, -1][number % 5];
    Billing { reported: Some(NanoDollars(nanos)), batch: number.is_multiple_of(2), ..Billing::default() }
}
