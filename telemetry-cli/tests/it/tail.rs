//! `tail`, as far as it ends: what it shows of what is there. `tests/tests/it/tail.rs` follows.

use std::fs;

use crate::home::{Answer, RECORDED};

/// What `tail --no-follow` prints with these words.
fn tail(words: &[&str]) -> String {
    let Answer { code, out, err } = RECORDED.ask(&[&["tail", "--no-follow"], words].concat());
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    out
}

/// How many events it shows.
fn count(words: &[&str]) -> usize {
    tail(&[words, &["--json", "--since", "2020-01-01"]].concat()).lines().count()
}

/// The log of the recorded home.
fn log() -> String {
    fs::read_to_string(RECORDED.path().join("telemetry/log/2026-01-01.jsonl")).unwrap()
}

#[test]
fn the_last_events_are_shown() {
    insta::assert_snapshot!(tail(&[]));
    insta::assert_snapshot!(tail(&["--where", "run=111651d9", "--lines", "50"]));
    assert_eq!(tail(&["--lines", "0"]), "");
}

#[test]
fn lines_are_printed_as_they_are() {
    let log = log();
    let lines: Vec<&str> = log.lines().collect();
    assert_eq!(tail(&["--json", "--since", "2026-01-01"]), log);
    assert_eq!(tail(&["--json", "--lines", "3"]), lines[lines.len() - 3..].join("\n") + "\n");
    let since = "2026-01-01T00:00:09Z";
    let later = lines.iter().filter(|line| {
        let event: serde_json::Value = serde_json::from_str(line).unwrap();
        event["ts"].as_i64().unwrap() >= 1_767_225_609_000_000_000
    });
    let later: Vec<&str> = later.copied().collect();
    assert_eq!(tail(&["--json", "--since", since]), later.join("\n") + "\n");
    assert_eq!(
        tail(&["--json", "--since", since, "--lines", "2"]),
        later[later.len() - 2..].join("\n") + "\n"
    );
}

#[test]
fn filters_choose_by_what_an_event_says() {
    let log = log();
    let holding = |part: &str| log.lines().filter(|line| line.contains(part)).count();
    let kind = |kind: &str| holding(&format!("\"event\":\"{kind}\""));
    assert_eq!(count(&[]), log.lines().count());
    assert_eq!(count(&["--where", "event=model_call"]), kind("model_call"));
    // Any of one key, all of several.
    let both = ["--where", "event=model_call", "--where", "event=tool_call"];
    assert_eq!(count(&both), kind("model_call") + kind("tool_call"));
    let none = ["--where", "event=model_call", "--where", "tool=read_file"];
    assert_eq!(count(&none), 0);
    assert_eq!(count(&["--where", "tool=read_file"]), holding("\"tool\":\"read_file\""));
    assert_eq!(count(&["--where", "tool=read"]), 0, "names are whole");
    assert_eq!(count(&["--where", "run=111651d9"]), holding("\"run\":\"111651d9"));
    assert_eq!(count(&["--where", "model=fake-model"]), holding("\"model\":\"fake-model\""));
    assert_eq!(count(&["--where", "provider=nobody"]), 0);
    assert_eq!(count(&["--where", "error=auth"]), holding("\"class\":\"auth\""));
    assert_eq!(count(&["--where", "error=tool_error"]), holding("\"error_type\":\"tool_error\""));
}

/// Only the announcement of a run names its session and host, and it may be out of sight.
#[test]
fn what_only_the_beginning_of_a_run_tells_is_known_of_all_its_events() {
    let log = log();
    let of_a_run = log.lines().filter(|line| line.contains("\"run\":\"")).count();
    let started = log.matches("\"event\":\"process_started\"").count();
    assert_eq!(count(&["--where", "host=hermes"]), of_a_run + started);
    assert_eq!(count(&["--where", "host=other"]), 0);
    let all = ["--where", "session=20260101_", "--since", "2026-01-01"];
    assert_eq!(tail(&[&all[..], &["--json"]].concat()).lines().count(), of_a_run);
    let last = tail(&["--where", "session=20260101_000000_000000", "--lines", "1", "--json"]);
    assert!(last.contains("\"run\":\"") && !last.contains("run_started"), "{last}");
}

#[test]
fn errors_are_what_went_wrong() {
    let shown = tail(&["--errors", "--lines", "100"]);
    insta::assert_snapshot!(shown);
}
