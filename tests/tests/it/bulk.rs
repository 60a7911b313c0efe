//! Bulk export with sessions and messages: what is told, from where, and what is not.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use telemetry_tests::{Home, Output, Recording};

/// A key that a person could have typed anywhere; its beginning stands apart, so that nobody takes this file for a leak.
const SECRET: &str = concat!("ghp_", "16C7e42F292c6912E7710c838347Ae178B4a");

/// The lines of an export, by what they are: events, sessions, messages.
fn exported(output: &Output) -> [Vec<Value>; 3] {
    let mut found = [const { Vec::new() }; 3];
    for line in output.stdout.lines() {
        let record: Value = serde_json::from_str(line).unwrap();
        let kind = match record["record"].as_str() {
            None if record["event"].is_string() => 0,
            Some("session") => 1,
            Some("message") => 2,
            _ => panic!("no record: {line}"),
        };
        assert!(found[kind + 1..].iter().all(Vec::is_empty), "events, sessions, messages: {line}");
        found[kind].push(record);
    }
    found
}

/// A home with a recorded session that has content, and one that only the host kept.
fn home(config: &str) -> Home {
    let home = Home::with([&Recording::named("tool")]);
    fs::write(home.path().join("config.yaml"), config).unwrap();
    let events = exported(&home.ok(["export", "--out", "-"]))[0].clone();
    let tool = events.iter().find(|event| event["event"] == "tool_call").unwrap();
    let piece = |part: &str, id: u64, body: &str| {
        let (ts, run, span) = (&tool["ts"], &tool["run"], &tool["span"]);
        let id = format!("{id:016x}");
        json!({"v": 1, "content": part, "id": id, "ts": ts, "run": run, "span": span, "body": body})
            .to_string()
    };
    let content = [
        piece("tool_arguments", 1, "SAID-arguments"),
        piece("tool_result", 2, &format!("SAID-result token={SECRET}")),
    ];
    let folder = home.telemetry().join("content");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("2026-01-01.jsonl"), content.join("\n") + "\n").unwrap();
    let host = Connection::open(home.path().join("state.db")).unwrap();
    host.execute_batch(&format!(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT, started_at REAL);
         CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, timestamp REAL);
         INSERT INTO sessions VALUES ('20250101_000000_abcdef', 'SAID-title {SECRET}', 1735689600);
         INSERT INTO messages VALUES (1, '20250101_000000_abcdef', 'user', 'SAID-before {SECRET} a@example.com', 1735689600);
         INSERT INTO messages VALUES (2, '20260101_000000_000000', 'user', 'SAID-twice', 1767225605);"
    ))
    .unwrap();
    home
}

const ON: &str = "telemetry: {trajectories: {enabled: true}}\n";

#[test]
fn without_the_flag_an_export_is_events_alone() {
    for config in ["", ON] {
        let home = home(config);
        let output = home.ok(["export", "--out", "-"]);
        let [events, sessions, messages] = exported(&output);
        assert_eq!((events.len(), sessions.len(), messages.len()), (9, 0, 0));
        assert!(output.stderr.is_empty(), "{output}");
        let document = home.json(["export", "--out", "-", "--format", "json"]);
        assert!(document.get("sessions").is_none() && document.get("messages").is_none(), "{document}");
    }
}

/// Roles, names, counts and sizes; nothing that was said, and a word on why.
#[test]
fn without_trajectories_the_flag_gives_structure() {
    let home = home("");
    let output = home.ok(["export", "--out", "-", "--include-content"]);
    assert!(output.stderr.contains("telemetry.trajectories.enabled"), "{output}");
    assert!(!output.stdout.contains("SAID-"), "{output}");
    let [events, sessions, messages] = exported(&output);
    assert_eq!(events.len(), 9);
    assert_eq!(sessions.len(), 2);
    assert_eq!(
        sessions[0],
        json!({"v": 1, "record": "session", "session_id": "20250101_000000_abcdef", "source": "host", "runs": [],
               "title_bytes": 51, "start_ns": 1_735_689_600_000_000_000_i64, "counts": {}})
    );
    assert_eq!(sessions[1]["counts"], json!({"turns": 1, "model_calls": 2, "tool_calls": 1}));
    let tool = &messages[0];
    assert_eq!(
        [&tool["source"], &tool["role"], &tool["tool_name"], &tool["tool_call_id"], &tool["content_bytes"]],
        [&json!("content"), &json!("tool"), &json!("read_file"), &json!("call_fake_0001"), &json!(58)]
    );
    assert_eq!(tool["arguments_bytes"], 14);
    assert_eq!((messages.len(), &messages[1]["content_bytes"]), (2, &json!(66)));
}

/// Of a session in both the content log is told; of one that only the host knows, what it kept.
#[test]
fn with_trajectories_what_was_said_passes_the_gate() {
    let home = home(ON);
    let output = home.ok(["export", "--out", "-", "--include-content"]);
    let [_, sessions, messages] = exported(&output);
    let told: Vec<_> = messages
        .iter()
        .map(|message| (message["session_id"].as_str().unwrap(), message["source"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("20260101_000000_000000", "content"), ("20250101_000000_abcdef", "host")]);
    // Whatever a secret leaves behind, it is the same for the same secret, and nothing of it.
    let (said, placeholder) =
        messages[0]["content"].as_str().and_then(|said| said.split_once("token=")).unwrap();
    assert!(placeholder.starts_with("[REDACTED:"), "{placeholder}");
    let expected = [
        (&sessions[0]["title"], format!("SAID-title {placeholder}")),
        (&messages[0]["content"], format!("{said}token={placeholder}")),
        (&messages[0]["arguments"], "SAID-arguments".to_owned()),
        (&messages[1]["content"], format!("SAID-before {placeholder} a@example.com")),
    ];
    for (is, expected) in expected {
        assert_eq!(is, &expected);
    }
    assert!(!output.stdout.contains(&SECRET[4..12]) && !output.stdout.contains("SAID-twice"), "{output}");
    assert!(output.stderr.is_empty(), "{output}");
}

/// Personal data goes where the config says so.
#[test]
fn personal_data_is_taken_out_where_it_is_asked_for() {
    let home = home("telemetry: {trajectories: {enabled: true}, content_redaction: pii}\n");
    let output = home.ok(["export", "--out", "-", "--include-content"]);
    assert!(output.stdout.contains("SAID-before") && !output.stdout.contains("a@example.com"), "{output}");
}

#[test]
fn the_document_has_what_the_lines_have() {
    let home = home(ON);
    // A home that never recorded content has no key of its own for the tags of placeholders: each process makes one.
    let untagged = |output: Output| {
        let mut parts = output.stdout.split("github-pat:");
        let first = parts.next().unwrap_or_default().to_owned();
        Output { stdout: parts.fold(first, |whole, part| whole + "github-pat:" + &part[4..]), ..output }
    };
    let args = ["export", "--out", "-", "--include-content"];
    let lines = exported(&untagged(home.ok(args)));
    let document = untagged(home.ok(args.into_iter().chain(["--format", "json"]))).document();
    assert_eq!(
        [&document["events"], &document["sessions"], &document["messages"]],
        lines.each_ref().map(|l| json!(l)).each_ref()
    );
    // An empty one has all three lists too.
    let empty = Home::new().json(args.into_iter().chain(["--format", "json"]));
    assert_eq!(empty, json!({"schema": "telemetry.export/1", "events": [], "sessions": [], "messages": []}));
}

#[test]
fn since_counts_for_sessions_and_messages_too() {
    let home = home(ON);
    let [events, sessions, messages] =
        exported(&home.ok(["export", "--out", "-", "--include-content", "--since", "2025-12-01"]));
    assert_eq!((events.len(), sessions.len(), messages.len()), (9, 1, 1));
}

/// The host's database may be anything: the rest is exported, and it is said what is missing.
#[test]
fn a_host_database_that_cannot_be_read_is_said_and_survived() {
    for damage in [&b"no database at all, and long enough to be asked what it is. ".repeat(40)[..], b""] {
        let home = home(ON);
        fs::write(home.path().join("state.db"), damage).unwrap();
        let output = home.ok(["export", "--out", "-", "--include-content"]);
        let [events, sessions, messages] = exported(&output);
        assert_eq!((events.len(), sessions.len(), messages.len()), (9, 1, 1));
        assert!(output.stderr.contains("state.db"), "{output}");
    }
}

#[test]
fn a_file_is_told_by_what_is_in_it() {
    let home = home(ON);
    let output = home.ok(["export", "--include-content", "--out", "all.ndjson"]);
    assert_eq!(output.stdout, "exported 9 events, 2 sessions and 2 messages to all.ndjson\n");
}

/// What was really recorded, from the hooks to the messages.
#[test]
fn a_recorded_conversation_is_told_in_its_order() {
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), ON).unwrap();
    home.replay([&Recording::named("tool")]);
    let [events, sessions, messages] = exported(&home.ok(["export", "--out", "-", "--include-content"]));
    assert_eq!((sessions.len(), &sessions[0]["source"]), (1, &json!("content")));
    let told: Vec<_> = messages.iter().map(|message| message["role"].as_str().unwrap()).collect();
    assert_eq!(told, ["user", "assistant", "tool", "assistant"]);
    let numbered: Vec<_> = messages.iter().map(|message| message["seq"].as_u64().unwrap()).collect();
    assert_eq!(numbered, (0..4).collect::<Vec<_>>());
    let turn = &events.iter().find(|event| event["event"] == "turn_started").unwrap()["turn"];
    assert!(messages.iter().all(|message| &message["turn"] == turn), "{messages:#?}");
    let (asks, answers) = (&messages[1]["tool_calls"][0], &messages[2]);
    assert_eq!((&asks["name"], &asks["id"]), (&answers["tool_name"], &answers["tool_call_id"]));
    assert_eq!(answers["arguments"], json!({"path": "alpha.txt"}));
}
