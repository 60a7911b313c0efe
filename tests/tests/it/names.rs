//! Names that other people chose: long ones, and some that would steer a terminal. Every command shows them, none obeys.

use serde_json::{Value, json};
use telemetry_tests::{Home, Output, Recording};

/// What a terminal must never get from us: C0 and C1 controls but for the end of a line, and marks that turn the direction
/// of writing or hide.
fn steers(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{061c}')
        || matches!(c, '\u{2028}' | '\u{2029}' | '\u{feff}')
}

/// Clears the screen, sets the title, rings, goes back, turns the writing around, and uses the 8-bit forms.
const HOSTILE: &str =
    "a\u{1b}[2J\u{1b}]0;owned\u{7}b\rc\u{8}\u{9b}31md\u{202e}gnp.exe\u{2066}\u{200f}\u{2028}\te\nf\0";

#[track_caller]
fn assert_harmless(output: &Output) {
    for (stream, text) in [("stdout", &output.stdout), ("stderr", &output.stderr)] {
        // Records of CSV end as RFC 4180 has it.
        let found: Vec<char> = text.replace("\r\n", "\n").chars().filter(|c| steers(*c)).collect();
        assert!(found.is_empty(), "{found:?} on {stream}\n{output}");
    }
}

/// A session in which every name a host gives is made by `name`.
fn home_of(name: impl Fn(&str) -> String) -> Home {
    let mut lines = Vec::new();
    for recording in ["delegate_inline", "interactive_approval", "h404"].map(Recording::named) {
        for line in &recording.lines {
            let mut line: Value = serde_json::from_str(line).unwrap();
            if let Some(arguments) = line["kwargs"].as_object_mut() {
                for (key, value) in arguments.iter_mut() {
                    let is_name = matches!(
                        key.as_str(),
                        "model"
                            | "provider"
                            | "platform"
                            | "tool_name"
                            | "toolset"
                            | "surface"
                            | "choice"
                            | "finish_reason"
                            | "child_status"
                            | "child_role"
                            | "error_type"
                            | "response_model"
                    );
                    let is_id =
                        key.ends_with("session_id") || key == "tool_call_id" || key.ends_with("turn_id");
                    match value {
                        Value::String(text) if is_name => *text = name(key),
                        Value::String(text) if is_id || key == "session_key" => *text = name(text),
                        _ => {}
                    }
                }
                if line["hook"] == "api_request_error" {
                    line["kwargs"]["reason"] = json!(name("reason"));
                    line["kwargs"]["error"] = json!({ "type": name("type") });
                }
                if line["hook"] == "post_tool_call" {
                    line["kwargs"]["status"] = json!("error");
                    line["kwargs"]["error_type"] = json!(name("error type"));
                }
            }
            lines.push(line.to_string());
        }
    }
    let home = Home::new();
    let file = home.file("names.jsonl", lines.join("\n"));
    home.replay([&Recording::open(&file)]);
    home
}

const DIMENSIONS: [&str; 17] = telemetry_tests::truth::facts::DIMENSIONS;

fn assert_every_command_is_harmless(home: &Home) {
    let runs = home.runs();
    let id = |index: usize| runs["runs"][index]["run_id"].as_str().unwrap().to_owned();
    let session = runs["runs"][0]["session_id"].as_str().unwrap().to_owned();
    let mut commands: Vec<Vec<String>> = [
        "insights",
        "insights --compare --since 2026-01-01 --until 2026-01-02",
        "runs",
        "status",
        "doctor",
        "preview",
        "reindex",
        "tail --since 2026-01-01 --no-follow",
        "budget",
        "insights --top 9",
    ]
    .iter()
    .map(|line| line.split(' ').map(str::to_owned).collect())
    .collect();
    for dimension in DIMENSIONS {
        commands.push(["insights", "--by", dimension].map(str::to_owned).to_vec());
        commands.push(["insights", "--by", dimension, "--csv"].map(str::to_owned).to_vec());
    }
    commands.extend((0..3).map(|index| vec!["show".to_owned(), id(index)]));
    // An argument may hold no zero byte.
    commands.push(vec!["show".to_owned(), session.replace('\0', "")]);
    commands.push(vec!["insights".to_owned(), "--by".to_owned(), HOSTILE.replace('\0', "")]);
    commands.push(vec![
        "insights".to_owned(),
        "--where".to_owned(),
        format!("model={}", HOSTILE.replace('\0', "")),
    ]);
    commands.push(vec!["sql".to_owned(), "SELECT * FROM tel_runs".to_owned()]);
    for command in commands {
        assert_harmless(&home.run(&command));
    }
}

#[test]
fn names_that_steer_terminals_are_shown_and_not_obeyed() {
    let home = home_of(|what| format!("{what}{HOSTILE}"));
    assert_every_command_is_harmless(&home);
    // They are kept as they are, for those who compare.
    let model = home.runs()["runs"][0]["model"].clone();
    assert_eq!(model, format!("model{HOSTILE}"));
    let file = home.root().join("page.html");
    home.ok(["report".as_ref(), "--html".as_ref(), file.as_os_str()]);
    let page = std::fs::read_to_string(file).unwrap();
    // The page itself puts names between marks of isolation, so that their direction stays their own.
    let own = ['\t', '\u{2068}', '\u{2069}'];
    let found: Vec<char> = page.chars().filter(|c| steers(*c) && !own.contains(c)).collect();
    assert!(found.is_empty(), "{found:?} in the page");
}

#[test]
fn names_of_ten_thousand_characters_are_names() {
    let home = home_of(|what| format!("{what}{}", "long ".repeat(2_000)));
    assert_every_command_is_harmless(&home);
    let model = format!("model{}", "long ".repeat(2_000));
    let insights = home.json(["insights", "--json", "--by", "model"]);
    assert_eq!(insights["by"]["model"][0]["key"], model);
    let filtered = home.json(["insights", "--json", "--where", &format!("model={model}")]);
    assert_eq!(filtered["model_calls"]["total"], insights["model_calls"]["total"]);
    for command in ["insights", "runs"] {
        let longest = home.ok([command]).stdout.lines().map(|line| line.chars().count()).max();
        assert!(
            longest.is_some_and(|characters| characters <= 200),
            "{command}: {longest:?} characters in a line"
        );
    }
}
