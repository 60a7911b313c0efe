//! Error lines: one each, that says what is wrong and what to do, and the exit code.

use crate::home::{Answer, Home, RECORDED, ask};

/// The words, what they were answered with, and the exit code.
fn refused(home: &Home, words: &[&str]) -> String {
    let Answer { code, out, err } = home.ask(words);
    assert_eq!(out, "", "{words:?}");
    format!("$ telemetry {}\n{err}= {code}\n\n", home.fixed(&words.join(" ")))
}

#[test]
fn wrong_usage_exits_with_2() {
    let commands: [&[&str]; 40] = [
        &["insight"],
        &["insights", "--by", "colour"],
        &["insights", "--by", "model,model"],
        &["insights", "--by", "model,tool,day"],
        &["insights", "--where", "model"],
        &["insights", "--where", "colour=red"],
        &["insights", "--where", "outcome=complete"],
        &["insights", "--where", "hour=8"],
        &["insights", "--where", "day=2026-1-31"],
        &["insights", "--where", "weekday=monday"],
        &["insights", "--compare"],
        &["insights", "--csv", "--json"],
        &["insights", "--csv", "--by", "model", "--by", "tool"],
        &["insights", "--since"],
        &["insights", "--since", "yesterday"],
        &["insights", "--since", "2026-01-02", "--until", "2026-01-01"],
        &["runs", "--tz", "Mars/Base"],
        &["runs", "--csv", "--json"],
        &["show"],
        &["show", ""],
        &["tail", "--where", "terminal"],
        &["tail", "--where", "colour=red"],
        &["tail", "--where", "event=model_cal"],
        &["tail", "--lines", "few"],
        &["tail", "--since", "soon"],
        &["top"],
        &["top", "--interval", "0s"],
        &["top", "--interval", "2"],
        &["preview", "--days", "0"],
        &["export"],
        &["export", "--out", "-", "--format", "csv"],
        &["export", "--out", "-", "--since", "x"],
        &["replay"],
        &["report"],
        &["report", "--html", "-", "--where", "colour=red"],
        &["report", "--html", "-", "--compare"],
        &["report", "--html", "-", "--top", "101"],
        &["redact", "--strict"],
        &["reindex", "--force"],
        &["status", "--verbose"],
    ];
    let text: String = commands.iter().map(|words| refused(&RECORDED, words)).collect();
    assert_eq!(text.matches("= 2\n").count(), commands.len(), "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn what_cannot_be_done_exits_with_1_and_one_line() {
    let home = Home::empty();
    let nowhere = home.beside().join("nowhere/events.ndjson").display().to_string();
    let folder = home.beside().join("folder").display().to_string();
    std::fs::create_dir(&folder).unwrap();
    let missing = home.beside().join("missing.jsonl").display().to_string();
    let commands: [&[&str]; 7] = [
        &["show", "0000"],
        &["replay", &missing],
        &["replay", &folder],
        &["redact", &missing],
        &["redact", &folder],
        &["export", "--out", &nowhere],
        &["export", "--out", &folder],
    ];
    let mut text: String = commands.iter().map(|words| refused(&home, words)).collect();
    text += &refused(&RECORDED, &["show", "nothing-of-that-name"]);
    assert_eq!(text.matches("= 1\n").count(), commands.len() + 1, "{text}");
    assert_eq!(text.matches("telemetry: ").count(), commands.len() + 1, "{text}");
    insta::assert_snapshot!(text);
}

#[test]
fn a_part_of_an_id_that_says_too_little_is_refused() {
    let Answer { code, out, err } = RECORDED.ask(&["show", "7"]);
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!(err);
}

#[test]
fn a_session_of_several_runs_shows_the_latest_and_names_the_others() {
    let Answer { code, out, err } = RECORDED.ask(&["show", "20260101_000000_000001"]);
    assert_eq!(code, 0);
    insta::assert_snapshot!(format!("{err}\n{out}"));
}

#[test]
fn recording_that_is_off_refuses_a_replay() {
    let home = Home::empty();
    std::fs::write(home.path().join("config.yaml"), "telemetry:\n  local: false\n").unwrap();
    let recording = crate::home::recording("tool").display().to_string();
    let Answer { code, out, err } = home.ask(&["replay", &recording]);
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!(err);
}

#[test]
fn a_home_that_is_a_file_is_refused() {
    let home = Home::empty();
    let file = home.path().join("config.yaml").display().to_string();
    let Answer { code, out, err } = ask(&["telemetry", "runs", "--home", &file]);
    assert_eq!((code, out.as_str()), (1, ""));
    insta::assert_snapshot!(home.fixed(&err));
}

#[test]
fn no_words_at_all_are_answered_with_help() {
    let Answer { code, out, err } = ask(&["telemetry"]);
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(err.contains("Usage: telemetry"), "{err}");
}
