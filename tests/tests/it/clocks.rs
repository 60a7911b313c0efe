//! A host whose clock is set while it works: an hour back, or over midnight UTC, at any moment of a session.

use serde_json::{Value, json};
use telemetry_tests::{Home, Recording};

const HOUR_NS: i64 = 3_600_000_000_000;
const DAY_NS: i64 = 24 * HOUR_NS;

/// Sessions that have between them a tool, failed attempts, an approval and a subagent.
const SESSIONS: [&str; 4] = ["tool", "flaky500", "interactive_approval", "delegate_inline"];

/// What was done. Outcomes are not in it: they follow the latest fact by its time, and that is what was changed.
fn counts(home: &Home) -> Value {
    let insights = home.insights();
    let total = |of: &str| insights[of]["total"].clone();
    json!({
        "runs": total("runs"),
        "turns": total("turns"),
        "model_calls": total("model_calls"),
        "failed_attempts": insights["model_calls"]["failed_attempts"],
        "tokens": insights["model_calls"]["tokens"],
        "tool_calls": insights["tool_calls"]["by_status"],
        "subagents": total("subagents"),
        "unreadable_lines": insights["quality"]["unreadable_lines"],
    })
}

/// Replays a session whose clock is set by `step` before its line `at`, and says what the clock said.
fn set_clock(recording: &Recording, at: usize, step: i64) -> (Home, Vec<i64>) {
    let mut times = Vec::new();
    let line = |(number, line): (usize, &String)| {
        let mut line: Value = serde_json::from_str(line).unwrap();
        let time = line["wall_ns"].as_i64().unwrap() + if number < at { 0 } else { step };
        line["wall_ns"] = json!(time);
        times.push(time);
        format!("{line}\n")
    };
    let text: String = recording.lines.iter().enumerate().map(line).collect();
    let home = Home::new();
    let file = home.file("session.jsonl", text);
    home.replay([&Recording::open(&file)]);
    (home, times)
}

/// Every event of the log, by the name of its day.
fn log(home: &Home) -> Vec<(String, Value)> {
    let days = home.files().into_iter().filter(|path| path.parent().unwrap().ends_with("log"));
    let mut events = Vec::new();
    for day in days {
        let name = day.file_stem().unwrap().to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&day).unwrap();
        events.extend(text.lines().map(|line| (name.clone(), serde_json::from_str(line).unwrap())));
    }
    events
}

/// Numbers that say how long, and are below zero.
fn negative_durations(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(fields) => {
            for (key, value) in fields {
                let negative = value.as_f64().is_some_and(|number| number < 0.0);
                if negative && (key.ends_with("_ns") || key.ends_with("_ms")) {
                    found.push(format!("{key}: {value}"));
                }
                if key.ends_with("_ms") {
                    // `{"n", "avg", "p50", …}`, or one number for each part of a turn.
                    let parts = value.as_object().into_iter().flatten();
                    found.extend(
                        parts
                            .filter(|(_, part)| part.as_f64().is_some_and(|number| number < 0.0))
                            .map(|(part, number)| format!("{key}.{part}: {number}")),
                    );
                }
                negative_durations(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| negative_durations(item, found)),
        _ => {}
    }
}

#[test]
fn an_hour_back_at_any_moment_keeps_the_counts_and_makes_no_negative_duration() {
    for name in SESSIONS {
        let recording = Recording::named(name);
        let as_recorded = counts(&Home::with([&recording]));
        for at in 1..recording.lines.len() {
            let (home, times) = set_clock(&recording, at, -HOUR_NS);
            let what = format!("{name}, line {at}");
            assert_eq!(counts(&home), as_recorded, "{what}");
            let runs = home.runs();
            let mut negative = Vec::new();
            for (_, event) in log(&home) {
                let time = event["ts"].as_i64().unwrap();
                assert!(times.contains(&time), "{what}: a time the host's clock never showed: {event}");
                negative_durations(&event, &mut negative);
            }
            negative_durations(&home.insights(), &mut negative);
            negative_durations(&runs, &mut negative);
            for run in runs["runs"].as_array().unwrap() {
                let run = run["run_id"].as_str().unwrap();
                negative_durations(&home.json(["show", run, "--json"]), &mut negative);
            }
            assert!(negative.is_empty(), "{what}: {negative:?}");
        }
    }
}

#[test]
fn a_leap_over_midnight_announces_process_and_runs_again() {
    for name in SESSIONS {
        let recording = Recording::named(name);
        let as_recorded = counts(&Home::with([&recording]));
        for at in 1..recording.lines.len() {
            let (home, _) = set_clock(&recording, at, DAY_NS);
            let what = format!("{name}, line {at}");
            assert_eq!(counts(&home), as_recorded, "{what}");

            // Each day tells, of every run it speaks of, what that run is.
            let events = log(&home);
            for day in ["2026-01-01", "2026-01-02"] {
                let of_day = || events.iter().filter(|(of, _)| of == day).map(|(_, event)| event);
                for event in of_day().filter(|event| !event["run"].is_null()) {
                    let told = of_day().any(|e| e["event"] == "run_started" && e["run"] == event["run"]);
                    assert!(told, "{what}, {day}: {event}");
                }
                let hooks = of_day().any(|event| event["event"] != "process_ended");
                let process = of_day().any(|event| event["event"] == "process_started");
                assert_eq!(hooks, process, "{what}, {day}");
            }
        }
    }
}
