//! Bulk export with sessions and messages: what is told, from where, and what is not.

use std::fs;

use rusqlite::Connection;
use serde_json::{Value, json};
use telemetry_tests::{Home, Output, Recording};

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
    let content = [piece("tool_arguments", 1, "SAID-arguments"), piece("tool_result", 2, "SAID-result")];
    let folder = home.telemetry().join("content");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("2026-01-01.jsonl"), content.join("\n") + "\n").unwrap();
    let host = Connection::open(home.path().join("state.db")).unwrap();
    host.execute_batch(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY, title TEXT, started_at REAL);
         CREATE TABLE messages (id INTEGER PRIMARY KEY, session_id TEXT, role TEXT, content TEXT, timestamp REAL);
         INSERT INTO sessions VALUES ('20250101_000000_abcdef', 'SAID-title', 1735689600);
         INSERT INTO messages VALUES (1, '20250101_000000_abcdef', 'user', 'SAID-before, my key is ghp_a1B2c3D4e5F6a1B2c3D4e5F6a1B2c3D4e5F6', 1735689600);
         INSERT INTO messages VALUES (2, '20260101_000000_000000', 'user', 'SAID-twice', 1767225605);",
    )
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
               "title_bytes": 10, "start_ns": 1_735_689_600_000_000_000_i64, "counts": {}})
    );
    assert_eq!(sessions[1]["counts"], json!({"turns": 1, "model_calls": 2, "tool_calls": 1}));
    let tool = &messages[0];
    assert_eq!(
        [&tool["source"], &tool["role"], &tool["tool_name"], &tool["tool_call_id"], &tool["content_bytes"]],
        [&json!("content"), &json!("tool"), &json!("read_file"), &json!("call_fake_0001"), &json!(11)]
    );
    assert_eq!(tool["arguments_bytes"], 14);
    assert_eq!((messages.len(), &messages[1]["content_bytes"]), (2, &json!(63)));
}

/// Of a session in both the content log is told; of one that only the host knows, what it kept.
#[test]
fn with_trajectories_what_was_said_passes_the_gate() {
    let home = home(ON);
    let output = home.ok(["export", "--out", "-", "--include-content"]);
    let [_, sessions, messages] = exported(&output);
    assert_eq!(sessions[0]["title"], "SAID-title");
    let told: Vec<_> = messages
        .iter()
        .map(|message| (message["session_id"].as_str().unwrap(), message["source"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("20260101_000000_000000", "content"), ("20250101_000000_abcdef", "host")]);
    let said = [&messages[0]["content"], &messages[0]["arguments"], &messages[1]["content"]];
    assert_eq!(said[..2], ["SAID-result", "SAID-arguments"]);
    let redacted = said[2].as_str().unwrap();
    assert!(redacted.starts_with("SAID-before, my key is [REDACTED:"), "{redacted}");
    assert!(!output.stdout.contains("SAID-twice"), "{output}");
    assert!(output.stderr.is_empty(), "{output}");
}

#[test]
fn the_document_has_what_the_lines_have() {
    let home = home(ON);
    let args = ["export", "--out", "-", "--include-content"];
    let lines = exported(&home.ok(args));
    let document = home.json(args.into_iter().chain(["--format", "json"]));
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
