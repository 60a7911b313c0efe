//! Every output's numbers are the sums of the log's lines: of all recorded sessions, read as text by nobody but us.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use rusqlite::{Connection, OpenFlags};
use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Recording};

/// What can be counted everywhere.
type Sums = BTreeMap<&'static str, i64>;

/// The names of the buckets in a line of the log, and in an answer.
const BUCKETS: [(&str, &str); 5] = [
    ("input_tokens", "input"),
    ("output_tokens", "output"),
    ("cache_read_tokens", "cache_read"),
    ("cache_write_tokens", "cache_write"),
    ("reasoning_tokens", "reasoning"),
];

/// The sums of lines, of which the same may be there more than once.
fn of_lines(lines: impl Iterator<Item = Value>) -> Sums {
    let (mut sums, mut seen, mut turns) = (Sums::new(), BTreeSet::new(), BTreeSet::new());
    let mut add = |what, number| *sums.entry(what).or_default() += number;
    for line in lines {
        if !seen.insert((line["ts"].as_i64(), line["id"].to_string())) {
            continue;
        }
        match line["event"].as_str().unwrap() {
            "model_call" => add("model_calls", 1),
            "attempt_failed" => add("failed_attempts", 1),
            "tool_call" => add("tool_calls", 1),
            _ => {}
        }
        for (bucket, name) in BUCKETS {
            add(name, line["usage"][bucket].as_i64().unwrap_or(0));
        }
        if line["event"] != "subagent_started"
            && line["event"] != "subagent_ended"
            && let Some(turn) = line["turn"].as_str()
        {
            turns.insert((line["run"].to_string(), turn.to_owned()));
        }
    }
    sums.insert("turns", turns.len() as i64);
    sums
}

fn parse(text: &str) -> impl Iterator<Item = Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap())
}

fn of_tokens(sums: &mut Sums, tokens: &Value) {
    for (_, name) in BUCKETS {
        *sums.entry(name).or_default() += tokens[name].as_i64().unwrap_or(0);
    }
}

fn of_insights(insights: &Value) -> Sums {
    let number = |pointer: &str| insights.pointer(pointer).and_then(Value::as_i64).unwrap();
    let mut sums = Sums::from([
        ("turns", number("/turns/total")),
        ("model_calls", number("/model_calls/total")),
        ("failed_attempts", number("/model_calls/failed_attempts")),
        ("tool_calls", number("/tool_calls/total")),
    ]);
    of_tokens(&mut sums, &insights["model_calls"]["tokens"]);
    sums
}

/// The groups of one breakdown, which must add up to the whole.
fn of_groups(insights: &Value, dimension: &str) -> Sums {
    let mut sums = Sums::new();
    for group in insights["by"][dimension].as_array().unwrap() {
        *sums.entry("model_calls").or_default() += group["model_calls"].as_i64().unwrap();
        of_tokens(&mut sums, &group["tokens"]);
    }
    sums
}

fn of_runs(runs: &Value) -> Sums {
    let mut sums = Sums::new();
    for run in runs["runs"].as_array().unwrap() {
        for what in ["turns", "model_calls", "failed_attempts", "tool_calls"] {
            *sums.entry(what).or_default() += run[what].as_i64().unwrap();
        }
        of_tokens(&mut sums, &run["tokens"]);
    }
    sums
}

/// Each run in full, without the runs it delegated to, which are runs of their own.
fn of_shows(home: &Home, runs: &Value) -> Sums {
    let mut sums = Sums::new();
    for run in runs["runs"].as_array().unwrap() {
        let shown = home.json(["show", run["run_id"].as_str().unwrap(), "--json"]);
        for turn in shown["turns"].as_array().unwrap() {
            *sums.entry("turns").or_default() += 1;
            for what in ["model_calls", "failed_attempts", "tool_calls"] {
                *sums.entry(what).or_default() += turn[what].as_array().unwrap().len() as i64;
            }
            turn["model_calls"]
                .as_array()
                .unwrap()
                .iter()
                .for_each(|call| of_tokens(&mut sums, &call["tokens"]));
        }
    }
    sums
}

fn of_views(home: &Home) -> Sums {
    let path = home.telemetry().join("telemetry.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let number = |sql: &str| -> i64 { database.query_row(sql, [], |row| row.get(0)).unwrap() };
    let mut sums = Sums::from([
        ("turns", number("SELECT count(*) FROM tel_turns")),
        ("model_calls", number("SELECT count(*) FROM tel_model_calls")),
        ("failed_attempts", number("SELECT count(*) FROM tel_attempts")),
        ("tool_calls", number("SELECT count(*) FROM tel_tool_calls")),
    ]);
    for (column, name) in BUCKETS {
        sums.insert(name, number(&format!("SELECT coalesce(sum({column}), 0) FROM tel_model_calls")));
    }
    sums
}

#[test]
fn every_output_adds_up_to_the_log() {
    let recordings = Recording::all();
    let home = Home::with(&recordings);
    // Some of it twice, as after a crash in the middle of a write.
    for file in files_below(&home.telemetry().join("log")) {
        let text = fs::read_to_string(&file).unwrap();
        let twice: String = text.lines().step_by(3).map(|line| format!("{line}\n")).collect();
        fs::write(&file, text + &twice).unwrap();
    }
    let log: String = files_below(&home.telemetry().join("log"))
        .iter()
        .map(|file| fs::read_to_string(file).unwrap())
        .collect();
    let expected = of_lines(parse(&log));
    assert!(expected.values().all(|sum| *sum > 0) || expected["cache_write"] == 0, "{expected:?}");

    let (runs, insights) = (home.runs(), home.insights());
    assert_eq!(of_insights(&insights), expected, "insights --json");
    assert_eq!(of_runs(&runs), expected, "runs --json");
    assert_eq!(of_shows(&home, &runs), expected, "show --json of every run");
    assert_eq!(of_views(&home), expected, "the views");
    assert_eq!(of_lines(parse(&home.ok(["export", "--out", "-"]).stdout)), expected, "export, line by line");
    let document = home.json(["export", "--out", "-", "--format", "json"]);
    let events = document["events"].as_array().unwrap().clone();
    assert_eq!(of_lines(events.into_iter()), expected, "export, as a document");
    for dimension in ["model", "provider", "platform", "entrypoint"] {
        let mut whole = expected.clone();
        whole.retain(|what, _| !["turns", "failed_attempts", "tool_calls"].contains(what));
        assert_eq!(of_groups(&insights, dimension), whole, "insights by {dimension}");
    }
}
