//! What runs come to.

use std::collections::BTreeMap;

use telemetry_collector::rollup::{Fact, Hour, Measure, Series, Sums};
use telemetry_collector::settle::{Derive as _, Deriver};
use telemetry_collector::storage::{Derived, Unit};
use telemetry_core::event::{
    Event, ModelCall, ProcessEnded, RunStarted, SubagentStarted, ToolCall, TurnEnded, TurnStarted,
};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{Entrypoint, ProcessEnd, ToolStatus};

/// 2026-01-01T00:59:59Z: the hour ends a second later.
const START: i64 = 1_767_229_199_000_000_000;
const SECOND: i64 = 1_000_000_000;
const PROCESS: ProcessId = ProcessId(7);

fn run(session: &str) -> RunId {
    RunId::of(PROCESS, session)
}

fn at(seconds: i64) -> UnixNanos {
    UnixNanos(START + seconds * SECOND)
}

/// A turn that asks a model, uses a tool in the next hour and comes to its end; it began at 0 and was over after 4 seconds.
fn session(session: &str) -> Vec<Event> {
    let run = run(session);
    let key = |kind: &'static str| Key::new(kind).number(run.0);
    let (turn, call) = (SpanId(run.0 as u64), SpanId(run.0 as u64 + 1));
    let started = RunStarted {
        process: PROCESS,
        session_id: Name::new(session),
        host: Name::new("hermes"),
        platform: Some(Name::new("cli")),
        entrypoint: Some(Entrypoint::Cli),
        profile: None,
        model: Some(Name::new("claude-opus-4-5")),
        parent: None,
        continues: None,
    };
    let answer = ModelCall {
        turn,
        call,
        model: Some(Name::new("claude-opus-4-5")),
        response_model: None,
        provider: Some(Name::new("anthropic")),
        base_url: None,
        api_mode: None,
        start_ns: Some(at(0)),
        latency_ns: Some(2 * SECOND),
        attempt_ns: Some(SECOND),
        ttft_ns: None,
        retries: 1,
        finish_reason: None,
        messages: Some(3),
        tool_calls: Some(1),
        usage: Some(Usage { input: 1_000, output: 100, ..Usage::default() }),
        billing: None,
    };
    let tool = ToolCall {
        turn,
        span: SpanId(run.0 as u64 + 2),
        call: Some(call),
        tool: Name::new("read"),
        tool_call_id: None,
        status: ToolStatus::Ok,
        error_type: None,
        duration_ns: Some(SECOND),
        toolset: None,
    };
    let end = TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None };
    vec![
        Event::new(at(0), run, &key("r"), started),
        Event::new(at(0), run, &key("t"), TurnStarted { turn, turn_id: None, model: None, first: None }),
        Event::new(at(2), run, &key("c"), answer),
        Event::new(at(3), run, &key("o"), tool),
        Event::new(at(4), run, &key("e"), end),
    ]
}

fn unit(name: &str, events: Vec<Event>) -> Unit {
    Unit { run: run(name), host: "build-1".to_owned(), events }
}

fn one(unit: Unit) -> Derived {
    let mut found = Deriver::default().derive(&[unit]).unwrap();
    assert_eq!(found.len(), 1);
    found.remove(0)
}

#[test]
fn a_run_counts_in_the_hours_and_series_of_its_facts() {
    let derived = one(unit("s", session("s")));
    assert_eq!((derived.process, derived.provider.as_deref()), (Some(PROCESS), Some("anthropic")));
    assert_eq!((derived.start, derived.end), (at(0), Some(at(4))));
    assert_eq!(derived.summary.outcome, "completed");
    let (first, next) = (Hour::of(at(0)), Hour::of(at(2)));
    assert_ne!(first, next);
    let series = |fact| Series {
        host: "build-1".to_owned(),
        agent: "hermes".to_owned(),
        platform: "cli".to_owned(),
        entrypoint: "cli".to_owned(),
        outcome: "completed".to_owned(),
        ..Series::new(fact)
    };
    let model = || "claude-opus-4-5".to_owned();
    let asked = |fact| Series { model: model(), provider: "anthropic".to_owned(), ..series(fact) };
    let lasted = |seconds| Sums { n: 1, durations: 1, duration_ns: seconds * SECOND, ..Sums::default() };
    let call = Sums {
        attempts: 1,
        attempt_ns: SECOND,
        messages: 3,
        with_usage: 1,
        input_tokens: 1_000,
        output_tokens: 100,
        // 1,000 at 5 dollars a million, 100 at 25.
        cost_nanos: 7_500_000,
        ..lasted(2)
    };
    let turn = Sums { model_ns: 2 * SECOND, tool_ns: SECOND, ..lasted(4) };
    let expected = BTreeMap::from([
        ((first, Series { model: model(), ..series(Fact::Run) }), lasted(4)),
        ((first, series(Fact::Turn)), turn),
        ((next, Series { status: "estimated".to_owned(), ..asked(Fact::ModelCall) }), call),
        (
            (next, Series { tool: "read".to_owned(), status: "ok".to_owned(), ..asked(Fact::ToolCall) }),
            lasted(1),
        ),
    ]);
    let sums: BTreeMap<_, _> = derived.cells.0.iter().map(|(key, cell)| (key.clone(), cell.sums)).collect();
    assert_eq!(sums, expected);
    let measured: Vec<_> = derived.cells.0.values().flat_map(|cell| cell.latencies.iter()).collect();
    assert!(measured.iter().all(|(_, sketch)| sketch.n() == 1), "{measured:?}");
    let of = |wanted| measured.iter().filter(|(measure, _)| **measure == wanted).count();
    assert_eq!(Measure::ALL.map(of), [4, 0, 1, 0]);
}

#[test]
fn runs_of_one_step_have_no_part_in_each_other() {
    let lost = ProcessEnded::event(PROCESS, ProcessEnd::Lost, at(3));
    let mut open = session("open");
    open.pop();
    open.push(lost.clone());
    let mut other = session("other");
    other.push(lost);
    let units = [unit("open", open), unit("other", other)];
    let alone: Vec<Derived> = units.iter().cloned().map(one).collect();
    assert_eq!(Deriver::default().derive(&units).unwrap(), alone);
    assert_eq!(alone[0].summary.reason.as_deref(), Some("process_lost"));
}

#[test]
fn what_a_parent_says_makes_a_subagent_and_counts_for_the_parent_alone() {
    let (parent, child) = (run("parent"), run("child"));
    let started = SubagentStarted {
        child,
        child_session_id: Name::new("child"),
        turn: None,
        subagent_id: None,
        role: None,
    };
    let told = Event::new(at(1), parent, &Key::new("told").number(child.0), started);
    let mut events = session("child");
    events.push(told.clone());
    let derived = one(unit("child", events));
    assert_eq!(derived.parent, Some(parent));
    assert!(derived.cells.0.keys().all(|(_, series)| series.kind == "subagent"), "{:#?}", derived.cells);
    assert!(derived.cells.0.keys().all(|(_, series)| series.fact != Fact::Subagent), "{:#?}", derived.cells);
    let mut events = session("parent");
    events.push(told.clone());
    let counted = one(unit("parent", events)).cells;
    assert_eq!(counted.0.keys().filter(|(_, series)| series.fact == Fact::Subagent).count(), 1);
    // Of a child that was only heard of there is nothing to say.
    assert_eq!(Deriver::default().derive(&[unit("child", vec![told])]).unwrap(), []);
}

#[cfg(feature = "otlp")]
#[test]
fn what_metrics_report_counts_where_no_call_is_told_of() {
    use telemetry_collector::otlp::reported::{Bucket, UsageReported};
    let point = UsageReported {
        series: "a".to_owned(),
        model: Some(Name::new("claude-opus-4-5")),
        provider: Some(Name::new("anthropic")),
        adds: vec![Bucket::Input],
        takes: Vec::new(),
        tokens: 1_000,
        cumulative: false,
        start_ns: None,
    };
    let told = point.event(at(3), Some(run("s")));
    let usage = |events: Vec<Event>| {
        let cells = one(unit("s", events)).cells.0.into_iter();
        cells.filter(|((_, series), _)| series.fact == Fact::Usage).collect::<Vec<_>>()
    };
    let mut events = session("s");
    events.push(told);
    assert_eq!(usage(events.clone()), []);
    events.remove(2);
    let found = usage(events);
    let ((hour, series), cell) = &found[0];
    assert_eq!((found.len(), *hour, series.status.as_str()), (1, Hour::of(at(3)), "estimated"));
    assert_eq!((series.agent.as_str(), series.model.as_str()), ("hermes", "claude-opus-4-5"));
    // At 5 dollars a million.
    let sums = Sums { n: 1, input_tokens: 1_000, cost_nanos: 5_000_000, ..Sums::default() };
    assert_eq!(cell.sums, sums);
}
