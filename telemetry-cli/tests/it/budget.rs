//! Budgets as a script sees them.

use std::fs;

use serde_json::Value;
use telemetry_core::event::{Event, ModelCall, RunStarted, TurnStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;

use crate::home::Home;

/// A home in which one call of a thousand tokens was answered just now.
fn home(budgets: &str) -> Home {
    let home = Home::empty();
    fs::write(
        home.path().join("config.yaml"),
        format!("telemetry:\n  timezone: UTC\n  budgets: {budgets}\n"),
    )
    .unwrap();
    let run = RunId::of(ProcessId(1), "s");
    let (turn, now) = (SpanId(1), UnixNanos::now());
    let started = RunStarted {
        process: ProcessId(1),
        session_id: "s".into(),
        host: "hermes".into(),
        platform: Some("cli".into()),
        entrypoint: None,
        profile: None,
        model: None,
        parent: None,
        continues: None,
    };
    let call = ModelCall {
        turn,
        call: SpanId(2),
        model: Some("m".into()),
        response_model: None,
        provider: None,
        base_url: None,
        api_mode: None,
        start_ns: None,
        latency_ns: None,
        attempt_ns: None,
        ttft_ns: None,
        retries: 0,
        finish_reason: None,
        messages: None,
        tool_calls: None,
        usage: Some(Usage { input: 900, output: 100, ..Usage::default() }),
        billing: None,
    };
    let begun = TurnStarted { turn, turn_id: None, model: None, first: None };
    let events = [
        Event::new(now, run, &Key::new("r"), started),
        Event::new(now, run, &Key::new("t"), begun),
        Event::new(now, run, &Key::new("c"), call),
    ];
    LogWriter::new(Layout::of(&home.path())).write(&events).unwrap();
    home
}

#[test]
fn an_exceeded_budget_is_told_by_the_exit_code() {
    let home = home("[{per: month, tokens: 2000}, {name: mine, per: month, tokens: 4000, model: m}]");
    let within = home.ask(&["budget"]);
    assert_eq!((within.code, within.err.as_str()), (0, ""));
    assert!(within.out.contains("2000 tokens a month") && within.out.contains("50 %"), "{}", within.out);

    let tight = self::home("[{per: month, tokens: 2000}, {per: month, tokens: 1000}]");
    let exceeded = tight.ask(&["budget", "--json"]);
    assert_eq!((exceeded.code, exceeded.err.as_str()), (3, ""));
    let document: Value = serde_json::from_str(&exceeded.out).unwrap();
    assert_eq!(document["schema"], "telemetry.budget/1");
    assert_eq!((&document["exceeded"], &document["timezone"]), (&true.into(), &"UTC".into()));
    let budgets = document["budgets"].as_array().unwrap();
    let said = |at: usize, key: &str| budgets[at][key].clone();
    assert_eq!([said(0, "exceeded"), said(1, "exceeded")], [Value::from(false), true.into()]);
    assert_eq!([said(0, "spent_tokens"), said(1, "limit_tokens")], [Value::from(1000), 1000.into()]);
    assert_eq!(tight.ask(&["budget", "--csv"]).code, 3);
}

#[test]
fn a_budget_with_a_mistake_is_told_of_and_the_others_hold() {
    let home = home("[{per: month, tokens: lots}, {per: month, tokens: 1000}]");
    let answer = home.ask(&["budget"]);
    assert_eq!(answer.code, 3);
    assert!(answer.err.contains("`telemetry.budgets[0].tokens` is \"lots\""), "{}", answer.err);
}

#[test]
fn whoever_asks_records_what_was_crossed_once() {
    let home = home("[{per: month, tokens: 1250}]");
    let crossed = |home: &Home| {
        let events = home.ask(&["export", "--out", "-"]).out;
        let of = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        let crossed = events.lines().map(of).filter(|event| event["event"] == "budget_crossed");
        crossed.map(|event| event["threshold"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(crossed(&home), [] as [Value; 0], "an export asks nothing");
    for command in ["insights", "runs", "budget", "reindex", "budget"] {
        home.ask(&[command]);
        assert_eq!(crossed(&home), [Value::from(50), 80.into()], "{command}");
    }
}

#[test]
fn nothing_is_recorded_while_recording_is_off() {
    let home = home("[{per: month, tokens: 1000}]\n  local: false");
    assert_eq!(home.ask(&["budget"]).code, 3);
    assert!(!home.ask(&["export", "--out", "-"]).out.contains("budget_crossed"));
}
