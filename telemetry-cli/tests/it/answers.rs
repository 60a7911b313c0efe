//! The output of every command.

use crate::home::{Answer, Home, RECORDED, ask, recording, without_sizes};

/// What a command that worked printed.
fn told(words: &[&str]) -> String {
    let Answer { code, out, err } = RECORDED.ask(words);
    assert_eq!((code, err.as_str()), (0, ""), "{words:?}");
    out
}

/// The run of the fixed home that `is_it`.
fn run(is_it: impl Fn(&serde_json::Value) -> bool) -> String {
    let runs: serde_json::Value = serde_json::from_str(&told(&["runs", "--json"])).unwrap();
    let run = runs["runs"].as_array().unwrap().iter().find(|run| is_it(run)).unwrap();
    run["run_id"].as_str().unwrap().to_owned()
}

#[test]
fn demo() {
    let Answer { code, out, err } = ask(&["telemetry", "demo"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!(out);
}

#[test]
fn insights() {
    insta::assert_snapshot!(told(&["insights"]));
}

#[test]
fn insights_by_each_dimension() {
    for dimension in ["model", "provider", "platform", "entrypoint", "tool"] {
        insta::assert_snapshot!(format!("insights_by_{dimension}"), told(&["insights", "--by", dimension]));
    }
}

#[test]
fn budgets_of_the_config_are_on_the_page() {
    let home = Home::empty();
    let config = "telemetry:\n  timezone: UTC\n  budgets:\n    - {per: month, tokens: 1000}\n";
    std::fs::write(home.path().join("config.yaml"), config).unwrap();
    let page = home.ask(&["insights"]).out;
    assert!(
        page.contains("\nbudgets\n1000 tokens a month  ░░░░░░░░░░░░░░░░     0 %  0 of 1,000 tokens\n"),
        "{page}"
    );
    assert!(!home.ask(&["insights", "--by", "model"]).out.contains("budgets"));
}

#[test]
fn insights_for_spreadsheets() {
    let window = ["--until", "2026-01-02"];
    insta::assert_snapshot!("insights_csv", told(&[&["insights", "--csv"][..], &window].concat()));
    insta::assert_snapshot!("insights_csv_by_tool", told(&["insights", "--csv", "--by", "tool"]));
    insta::assert_snapshot!("runs_csv", told(&["runs", "--csv"]));
}

#[test]
fn top_cuts_what_was_named_and_nothing_else() {
    let document = |words: &[&str]| -> serde_json::Value {
        serde_json::from_str(&told(&[&["insights", "--json"][..], words].concat())).unwrap()
    };
    let groups = |document: &serde_json::Value, by: &str| document["by"][by].as_array().unwrap().len();
    let (all, cut) = (document(&[]), document(&["--by", "tool", "--top", "1"]));
    assert_eq!((groups(&all, "tool"), groups(&cut, "tool")), (3, 1));
    assert_eq!(groups(&all, "entrypoint"), groups(&cut, "entrypoint"));
    assert_eq!(told(&["insights", "--csv", "--by", "tool", "--top", "2"]).lines().count(), 3);
}

#[test]
fn insights_of_a_window() {
    let window = ["--since", "2026-01-01T00:00:04Z", "--until", "2026-01-01T00:00:06Z"];
    insta::assert_snapshot!(told(&[&["insights"][..], &window].concat()));
}

#[test]
fn insights_as_json() {
    insta::assert_snapshot!(told(&["insights", "--json", "--until", "2026-01-02"]));
}

#[test]
fn runs() {
    insta::assert_snapshot!(told(&["runs"]));
}

#[test]
fn runs_in_another_zone() {
    insta::assert_snapshot!(told(&["runs", "--tz", "Asia/Kolkata", "--since", "2026-01-01T05:30:09"]));
}

#[test]
fn runs_as_json() {
    insta::assert_snapshot!(told(&["runs", "--json", "--until", "2026-01-01T00:00:04Z"]));
}

#[test]
fn show_subagents_in_subagents() {
    let delegates = |run: &serde_json::Value| {
        let shown = told(&["show", run["run_id"].as_str().unwrap()]);
        run["parent_run_id"].is_null() && shown.contains("subagent")
    };
    insta::assert_snapshot!(told(&["show", &run(delegates)]));
}

#[test]
fn show_a_subagent_alone_in_another_zone() {
    let child = run(|run| !run["parent_run_id"].is_null() && run["tool_calls"] == 0);
    insta::assert_snapshot!(told(&["show", &child, "--tz", "Asia/Kolkata"]));
}

#[test]
fn show_a_retry_that_helped() {
    insta::assert_snapshot!(told(&["show", &run(|run| run["failed_attempts"] == 1 && run["errors"] == 0)]));
}

#[test]
fn show_retries_that_did_not() {
    insta::assert_snapshot!(told(&["show", &run(|run| run["reason"] == "rate_limit")]));
}

#[test]
fn show_an_approval() {
    let waited =
        |run: &serde_json::Value| told(&["show", run["run_id"].as_str().unwrap()]).contains("approval");
    insta::assert_snapshot!(told(&["show", &run(waited)]));
}

#[test]
fn show_a_process_that_was_killed() {
    insta::assert_snapshot!(told(&["show", &run(|run| run["reason"] == "process_lost")]));
}

#[test]
fn show_as_json() {
    insta::assert_snapshot!(told(&["show", "--json", &run(|run| run["reason"] == "auth")]));
}

#[test]
fn status() {
    insta::assert_snapshot!(without_sizes(&told(&["status"])));
}

#[test]
fn status_as_json() {
    insta::assert_snapshot!(without_sizes(&told(&["status", "--json"])));
}

#[test]
fn status_of_a_config_with_mistakes() {
    let home = Home::empty();
    let config = "telemetry:\n  timezone: UTC\n  retention_days: for ever\n  consent_sate: local\n  local: true\n  \
                  trajectories:\n    enabled: true\n";
    std::fs::write(home.path().join("config.yaml"), config).unwrap();
    let Answer { code, out, err } = home.ask(&["status"]);
    assert_eq!((code, err.as_str()), (0, ""));
    insta::assert_snapshot!(out);
}

#[test]
fn preview() {
    insta::assert_snapshot!(told(&["preview", "--days", "36500", "--limit", "5"]));
}

#[test]
fn preview_as_json() {
    insta::assert_snapshot!(told(&["preview", "--days", "36500", "--limit", "1", "--json"]));
}

#[test]
fn export() {
    let out = told(&["export", "--out", "-"]);
    let kinds: Vec<serde_json::Value> = out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    insta::assert_snapshot!(format!("{} events\n{}", kinds.len(), out.lines().next().unwrap()));
}

#[test]
fn nothing_yet() {
    let home = Home::empty();
    let commands: [&[&str]; 7] = [
        &["insights"],
        &["insights", "--by", "tool"],
        &["runs"],
        &["preview"],
        &["reindex"],
        &["export", "--out", "-"],
        &["export", "--out", "-", "--format", "json"],
    ];
    let mut text = String::new();
    for words in commands {
        let Answer { code, out, err } = home.ask(words);
        text += &format!("$ telemetry {}\n{out}{err}= {code}\n\n", words.join(" "));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_window_without_runs() {
    let window = ["--since", "2025-12-31T12:00", "--until", "2026-01-01"];
    let mut text = String::new();
    for words in [&["insights"][..], &["insights", "--by", "tool"], &["runs"]] {
        text += &format!("$ telemetry {} ...\n{}\n", words.join(" "), told(&[words, &window].concat()));
    }
    insta::assert_snapshot!(text);
}

#[test]
fn a_list_of_several_days_and_no_failures() {
    let home = Home::empty();
    let session = std::fs::read_to_string(recording("nested_inline")).unwrap();
    let (one, other) = (home.beside().join("one.jsonl"), home.beside().join("other.jsonl"));
    std::fs::write(&one, &session).unwrap();
    // Two days later.
    std::fs::write(&other, session.replace("\"wall_ns\": 17672", "\"wall_ns\": 17674")).unwrap();
    let files = [&one, &other].map(|path| path.display().to_string());
    assert_eq!(home.ask(&["replay", &files[0], &files[1]]).err, "");
    insta::assert_snapshot!(home.ask(&["runs"]).out);
}

#[test]
fn only_attempts_that_a_retry_recovered() {
    let home = Home::empty();
    assert_eq!(home.ask(&["replay", &recording("flaky500").display().to_string()]).err, "");
    let page = home.ask(&["insights"]).out;
    insta::assert_snapshot!(page.lines().find(|line| line.starts_with("errors")).unwrap());
}

#[test]
fn an_index_that_cannot_be_used_is_said() {
    let home = Home::empty();
    assert_eq!(home.ask(&["replay", &recording("tool").display().to_string()]).err, "");
    let expected = home.ask(&["runs"]).out;
    let database = home.path().join("telemetry/telemetry.db");
    std::fs::remove_file(&database).unwrap();
    std::fs::create_dir(&database).unwrap();
    let Answer { code, out, err } = home.ask(&["runs"]);
    assert_eq!((code, out), (0, expected));
    insta::assert_snapshot!(err);
}

#[test]
fn an_export_says_what_it_left_out() {
    let home = Home::empty();
    assert_eq!(home.ask(&["replay", &recording("tool").display().to_string()]).err, "");
    let log = home.path().join("telemetry/log/2026-01-01.jsonl");
    let events = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, format!("torn\n{events}")).unwrap();
    let Answer { code, out, err } = home.ask(&["export", "--out", "-"]);
    assert_eq!((code, out), (0, events));
    insta::assert_snapshot!(err);
}

#[test]
fn what_writes_says_what_it_did() {
    let home = Home::empty();
    let (good, bad) = (home.beside().join("session.jsonl"), home.beside().join("broken.jsonl"));
    let session = std::fs::read(recording("tool")).unwrap();
    std::fs::write(&good, &session).unwrap();
    std::fs::write(&bad, [b"not JSON\n{\"kind\":\"hook\"}\n", &session[..]].concat()).unwrap();
    let (good, bad) = (good.display().to_string(), bad.display().to_string());
    let to = home.beside().join("events.ndjson").display().to_string();
    let commands: [&[&str]; 5] =
        [&["replay", &good], &["replay", &good], &["replay", &bad], &["export", "--out", &to], &["reindex"]];
    let mut text = String::new();
    for words in commands {
        let Answer { code, out, err } = home.ask(words);
        text += &format!("$ telemetry {}\n{out}{err}= {code}\n\n", home.fixed(&words.join(" ")));
    }
    insta::assert_snapshot!(text);
}
