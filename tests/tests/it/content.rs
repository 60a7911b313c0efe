//! What was said: in the content log and nowhere else while it is recorded, nowhere at all while it is not.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;

use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Recording};

/// The arguments of hooks that hold what was said, and whether it is kept while content is recorded.
const SAID: [(&str, &[(&str, bool)]); 14] = [
    ("pre_llm_call", &[("user_message", true), ("conversation_history", false)]),
    (
        "post_llm_call",
        &[("assistant_response", true), ("user_message", false), ("conversation_history", false)],
    ),
    (
        "pre_api_request",
        &[
            ("request_messages", true),
            ("request", true),
            ("user_message", false),
            ("conversation_history", false),
        ],
    ),
    ("post_api_request", &[("assistant_message", true), ("response", false)]),
    ("api_request_error", &[("error", true), ("request", false)]),
    ("pre_tool_call", &[("args", false)]),
    ("post_tool_call", &[("args", true), ("result", true), ("error_message", true)]),
    ("transform_tool_result", &[("args", false), ("result", false), ("error_message", false)]),
    ("transform_terminal_output", &[("command", false), ("output", false)]),
    ("transform_llm_output", &[("response_text", false)]),
    ("pre_approval_request", &[("command", true), ("description", true)]),
    // Said with the question.
    ("post_approval_response", &[("command", false), ("description", false)]),
    ("subagent_start", &[("child_goal", true)]),
    ("subagent_stop", &[("child_summary", true)]),
];

/// Every planted text begins with this, so that even one cut by the end of a page of a database is found.
const PLANTED: &str = "PLANTED-";

/// All recordings with a text of its own planted in every place where something was said, and which of these are kept.
struct Planted {
    files: Vec<Recording>,
    all: BTreeSet<String>,
    kept: BTreeSet<String>,
}

fn planted(home: &Home) -> Planted {
    let mut planted = Planted { files: Vec::new(), all: BTreeSet::new(), kept: BTreeSet::new() };
    for recording in Recording::all() {
        let mut text = String::new();
        for line in &recording.lines {
            let mut line: Value = serde_json::from_str(line).unwrap();
            let hook = line["hook"].as_str().unwrap_or_default().to_owned();
            let said = SAID.iter().find(|(name, _)| *name == hook).map_or(&[][..], |(_, said)| *said);
            for (key, kept) in said {
                let Some(value) = line["kwargs"].get_mut(*key).filter(|value| !value.is_null()) else {
                    continue;
                };
                let marker = format!("{PLANTED}{:05}-{key}", planted.all.len());
                plant(&hook, key, value, &marker);
                planted.all.insert(marker.clone());
                if *kept {
                    planted.kept.insert(marker);
                }
            }
            if hook == "pre_gateway_dispatch" {
                let marker = format!("{PLANTED}{:05}-event", planted.all.len());
                line["kwargs"]["event"]["text"] = json!(marker);
                planted.all.insert(marker);
            }
            text += &format!("{line}\n");
        }
        let path = home.file(&format!("planted/{}.jsonl", recording.name), text);
        planted.files.push(Recording::open(&path));
    }
    assert!(planted.all.len() > 1_000 && planted.kept.len() > 400, "{}", planted.all.len());
    planted
}

/// Puts `marker` where the value says something: what a recording left out is put in, and nested objects hold it deep.
fn plant(hook: &str, key: &str, value: &mut Value, marker: &str) {
    let message = |role: &str| json!({"role": role, "content": [{"type": "text", "text": marker}]});
    match (hook, key) {
        (_, "request_messages" | "conversation_history") => {
            *value = json!([message("user"), message("tool")])
        }
        (_, "request") => {
            let function = json!({"name": "f", "parameters": {"properties": {"a": {"description": marker}}}});
            *value = json!({"method": "POST", "body": {"tools": [{"type": "function", "function": function}],
                            "messages": [message("user")], "system": marker}});
        }
        (_, "error") => value["message"] = json!(format!("Error code: 401 - {marker}")),
        ("post_api_request", "assistant_message") => {
            value["content"] = json!(marker);
            value["tool_calls"] =
                json!([{"id": "c", "name": "f", "arguments": json!({"a": marker}).to_string()}]);
            value["provider_data"] = json!({"reasoning_content": marker});
        }
        ("post_api_request", _) => value["assistant_message"]["content"] = json!(marker),
        (_, "args") => *value = json!({"path": marker, "nested": {"list": [1, {"deep": marker}]}}),
        (_, "result") => *value = json!(json!({"output": marker, "exit_code": 3}).to_string()),
        _ => *value = json!(marker),
    }
}

/// The planted texts in each file that holds one.
fn found(home: &Home) -> BTreeMap<PathBuf, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    for file in files_below(&home.path()) {
        let bytes = fs::read(&file).unwrap();
        let text = String::from_utf8_lossy(&bytes);
        let is_marker = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        let markers: BTreeSet<String> = text
            .match_indices(PLANTED)
            .map(|(at, _)| text[at..].chars().take_while(|c| is_marker(*c)).collect())
            .collect();
        if !markers.is_empty() {
            found.insert(file, markers);
        }
    }
    found
}

fn record_content(home: &Home, on: bool) {
    fs::write(home.path().join("config.yaml"), format!("telemetry: {{trajectories: {{enabled: {on}}}}}\n"))
        .unwrap();
}

#[test]
fn while_it_is_off_nothing_that_was_said_is_on_the_disk() {
    let home = Home::new();
    let planted = planted(&home);
    for off in [None, Some(false)] {
        off.into_iter().for_each(|on| record_content(&home, on));
        home.replay(&planted.files);
        home.answers();
        assert_eq!(found(&home), BTreeMap::new());
        assert!(!home.telemetry().join("content").exists(), "not even a folder for it");
    }
}

#[test]
fn while_it_is_on_it_is_in_the_content_log_and_nowhere_else() {
    let home = Home::new();
    record_content(&home, true);
    let planted = planted(&home);
    home.replay(&planted.files);
    home.answers();
    let found = found(&home);
    let content = home.telemetry().join("content");
    let elsewhere: Vec<&PathBuf> = found.keys().filter(|file| !file.starts_with(&content)).collect();
    assert_eq!(elsewhere, [] as [&PathBuf; 0]);
    let kept: BTreeSet<String> = found.into_values().flatten().collect();
    assert_eq!(kept.symmetric_difference(&planted.kept).collect::<Vec<_>>(), [] as [&String; 0]);
}

/// The lines of the content log.
fn lines(home: &Home) -> Vec<Value> {
    let files = files_below(&home.telemetry().join("content"));
    let text: String = files.into_iter().map(|file| fs::read_to_string(file).unwrap()).collect();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Lines without their order.
fn sorted(lines: &[Value]) -> BTreeSet<String> {
    lines.iter().map(|line| line.to_string()).collect()
}

#[test]
fn every_piece_belongs_to_a_span_of_its_run() {
    let home = Home::new();
    record_content(&home, true);
    home.replay(&planted(&home).files);
    home.runs();
    let path = home.telemetry().join("telemetry.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let pairs = |query: &str| -> BTreeSet<(String, String)> {
        let mut statement = database.prepare(query).unwrap();
        let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.map(|row| row.unwrap()).collect()
    };
    let spans = pairs("SELECT run_id, span_id FROM tel_spans");
    // A call that was never answered is told of by its attempts; one that got neither answer nor error, by nothing.
    let calls = pairs("SELECT run_id, call_span_id FROM tel_attempts");
    let started: BTreeSet<(String, String)> = home
        .ok(["export", "--out", "-"])
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .filter(|event| event["event"] == "attempt_started")
        .map(|event| (event["run"].as_str().unwrap().to_owned(), event["call"].as_str().unwrap().to_owned()))
        .collect();
    let of_request = ["system_prompt", "tool_definitions", "request_messages"];
    let mut parts = BTreeSet::new();
    for line in lines(&home) {
        let place = (line["run"].as_str().unwrap().to_owned(), line["span"].as_str().unwrap().to_owned());
        let part = line["content"].as_str().unwrap();
        let requested = of_request.contains(&part) && (calls.contains(&place) || started.contains(&place));
        assert!(spans.contains(&place) || requested, "{line}");
        parts.insert(part.to_owned());
    }
    let expected = [
        "approval_request",
        "assistant_message",
        "error_message",
        "final_answer",
        "reasoning",
        "request_messages",
        "subagent_goal",
        "subagent_summary",
        "system_prompt",
        "tool_arguments",
        "tool_definitions",
        "tool_result",
        "user_message",
    ];
    assert_eq!(parts, expected.map(str::to_owned).into());
}

#[test]
fn twice_is_once_and_the_order_of_files_changes_nothing() {
    let recordings = Recording::all();
    let home = Home::new();
    record_content(&home, true);
    let said = home.replay(&recordings).stdout;
    assert!(said.contains(" new pieces of content"), "{said}");
    let once = lines(&home);
    assert!(once.len() > 200, "{}", once.len());
    let said = home.replay(&recordings).stdout;
    assert!(said.contains(", 0 new pieces of content"), "{said}");
    assert_eq!(lines(&home), once);
    let reversed = Home::new();
    record_content(&reversed, true);
    reversed.replay(&recordings.into_iter().rev().collect::<Vec<_>>());
    assert_eq!(sorted(&lines(&reversed)), sorted(&once));
}

/// Recording content changes no answer, but for attempts being told one by one.
#[test]
fn answers_are_the_same_with_and_without_it() {
    let recordings = Recording::all();
    let answers = |config: &str| {
        let home = Home::new();
        fs::write(home.path().join("config.yaml"), format!("telemetry: {config}\n")).unwrap();
        home.replay(&recordings);
        home.answers()
    };
    assert_eq!(answers("{trajectories: {enabled: true}}"), answers("{capture: {attempts: true}}"));
}

#[test]
fn status_doctor_and_prune_know_it() {
    let home = Home::new();
    record_content(&home, true);
    home.replay([&Recording::named("tool")]);
    let status = home.json(["status", "--json"]);
    let bytes: u64 = files_below(&home.telemetry().join("content"))
        .iter()
        .map(|file| fs::metadata(file).unwrap().len())
        .sum();
    assert_eq!(status["volumes"]["content_files"], 1);
    assert_eq!(status["volumes"]["content_bytes"], bytes);
    assert!(home.ok(["status"]).stdout.contains("trajectories  on: "));
    let check = |name: &str| {
        let doctor = home.run(["doctor", "--json"]).stdout;
        let doctor: Value = serde_json::from_str(&doctor).unwrap();
        let checks = doctor["checks"].as_array().unwrap();
        checks.iter().find(|check| check["name"] == name).unwrap().clone()
    };
    assert_eq!(check("content")["state"], "ok");
    record_content(&home, false);
    assert_eq!(check("content")["state"], "note", "it is still there");

    let file = files_below(&home.telemetry().join("content")).remove(0);
    assert_eq!(check("permissions")["state"], "ok");
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let open = check("permissions");
    assert_eq!(open["state"], "problem");
    assert!(open["says"].as_str().unwrap().contains(file.to_str().unwrap()), "{open}");

    // Recorded on 2026-01-01, which is long ago for content, if not for the log.
    fs::write(home.path().join("config.yaml"), "telemetry: {retention_days: 36500}\n").unwrap();
    let would = home.ok(["prune", "--dry-run"]).stdout;
    assert!(would.starts_with("would remove 2026-01-01 of content, "), "{would}");
    assert!(
        would.trim_end().ends_with("older than telemetry.trajectories.retention_days = 30 allows"),
        "{would}"
    );
    assert_eq!(check("retention")["state"], "note");
    home.ok(["prune"]);
    assert!(!file.exists());
    assert_eq!(home.runs()["runs"].as_array().map(Vec::len), Some(1), "the log stays");
}
