//! Nothing that was said is on the disk: with the trajectories plane off, content ends at the hook's edge.

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Recording};

/// The arguments of hooks that carry content, whatever their shape.
const CONTENT: [&str; 13] = [
    "args",
    "assistant_message",
    "assistant_response",
    "child_goal",
    "child_summary",
    "command",
    "error_message",
    "event",
    "output",
    "request_messages",
    "response",
    "response_text",
    "result",
];

/// Shorter texts turn up by chance.
const SHORTEST: usize = 12;
/// A database splits a long text over pages: look for its beginning.
const LONGEST: usize = 60;

/// Everything that was said in a recording. `vocabulary` is what the same recording says outside of content (ids,
/// model names, enumerations), which may of course be kept.
fn said(recording: &Recording) -> BTreeSet<String> {
    let (mut content, mut vocabulary) = (BTreeSet::new(), BTreeSet::new());
    for call in recording.calls() {
        for (key, value) in &call.kwargs {
            match key.as_str() {
                "user_message" => collect(value, &mut content),
                "error" => collect(&value["message"], &mut content),
                key if CONTENT.contains(&key) => collect(value, &mut content),
                _ => collect(value, &mut vocabulary),
            }
        }
    }
    content.retain(|text| !vocabulary.iter().any(|word| word.contains(text.as_str())));
    // The recorder's own words for the objects it met.
    content.retain(|text| !text.starts_with("agent.transports") && !text.starts_with("gateway."));
    content
}

/// All texts in a value, those in JSON inside a text too, each line on its own.
fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) => match serde_json::from_str::<Value>(text) {
            Ok(inner @ (Value::Object(_) | Value::Array(_))) => {
                found.extend(text.get(..LONGEST).map(str::to_owned));
                collect(&inner, found);
            }
            _ => {
                let lines = text.lines().filter(|line| line.chars().count() >= SHORTEST);
                found.extend(lines.map(|line| line.chars().take(LONGEST).collect::<String>()));
            }
        },
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, found)),
        _ => {}
    }
}

/// Whether a file holds a text, as it is or as JSON spells it.
fn holds(bytes: &[u8], text: &str) -> bool {
    let spelled = serde_json::to_string(text).unwrap();
    let find = |needle: &[u8]| bytes.windows(needle.len()).any(|window| window == needle);
    find(text.as_bytes()) || find(&spelled.as_bytes()[1..spelled.len() - 1])
}

fn assert_silent(home: &Home, said: &BTreeSet<String>, what: &str) {
    let files = files_below(&home.path());
    assert!(!files.is_empty(), "nothing was written at all");
    for file in files {
        let bytes = fs::read(&file).unwrap();
        for text in said {
            assert!(!holds(&bytes, text), "{what}: {} holds {text:?}", file.display());
        }
    }
}

#[test]
fn the_test_knows_what_was_said() {
    let all: BTreeSet<String> = Recording::all().iter().flat_map(said).collect();
    for text in [
        "Delegate reading alpha.txt",
        "Plain fake answer.",
        "CHILD: read alpha.txt and report",
        "Child is done.",
        "rm -rf ./scratch_dir && chmod -R 777 .",
        "File not found: does-not-exist.txt",
        "Webhook says hello one",
        "does-not-exist.txt",
        "1|alpha line 1",
    ] {
        assert!(all.contains(text), "{text} in {all:?}");
    }
    assert!(all.iter().any(|text| text.starts_with("Error code: 401 - {'error'")), "{all:?}");
    assert!(!all.contains("AuthenticationError"), "a kind of error is no content");
}

#[test]
fn no_word_of_any_recording_is_on_the_disk() {
    for recording in Recording::all() {
        let home = Home::with([&recording]);
        home.insights();
        assert_silent(&home, &said(&recording), &recording.name);
    }
}

/// Nor does any answer or export repeat one.
#[test]
fn no_word_of_any_recording_is_in_an_answer() {
    let recordings = Recording::all();
    // What one recording says in passing (a tool call's id in an answer), another says as an id.
    let all = Recording {
        lines: recordings.iter().flat_map(|one| one.lines.clone()).collect(),
        ..recordings[0].clone()
    };
    let said = said(&all);
    let home = Home::with(&recordings);
    let mut commands: Vec<Vec<String>> =
        ["runs --json", "insights --json", "status --json", "preview --json", "runs"]
            .iter()
            .chain(&["insights", "status", "preview", "export --out -", "export --out - --format json"])
            .map(|command| command.split(' ').map(str::to_owned).collect())
            .collect();
    for run in home.runs()["runs"].as_array().unwrap() {
        commands.push(vec!["show".to_owned(), run["run_id"].as_str().unwrap().to_owned()]);
    }
    for command in commands {
        let output = home.ok(&command);
        for text in &said {
            let printed = format!("{}{}", output.stdout, output.stderr);
            assert!(!holds(printed.as_bytes(), text), "{command:?} prints {text:?}");
        }
    }
}

/// A secret planted in every text a host could hand over never reaches the disk, ids and names excepted: those are
/// structure, and a host that puts a secret into one is beyond help here.
#[test]
fn a_secret_in_any_content_stays_out() {
    const SECRET: &str = "sk-live-PLANTED0123456789abcdefPLANTED";
    for name in
        ["tool", "h401", "toolerr", "interactive_approval", "delegate_inline", "gateway_webhook_sigterm"]
    {
        let home = Home::new();
        let plant = |line: &String| {
            let mut value: Value = serde_json::from_str(line).unwrap();
            let fields = value.get_mut("kwargs").and_then(Value::as_object_mut);
            for (key, field) in fields.into_iter().flatten() {
                if key == "user_message" || CONTENT.contains(&key.as_str()) {
                    plant_in(field, SECRET);
                } else if key == "error" {
                    plant_in(&mut field["message"], SECRET);
                }
            }
            format!("{value}\n")
        };
        let text: String = Recording::named(name).lines.iter().map(plant).collect();
        assert!(text.contains(SECRET));
        home.replay([&Recording::open(&home.file("planted.jsonl", text))]);
        home.insights();
        assert_silent(&home, &BTreeSet::from([SECRET.to_owned()]), name);
    }
}

fn plant_in(value: &mut Value, secret: &str) {
    match value {
        Value::String(text) => text.push_str(secret),
        Value::Array(items) => items.iter_mut().for_each(|item| plant_in(item, secret)),
        Value::Object(fields) => {
            // An enumeration of the host (`platform`, `message_type`) is structure.
            let content = fields.iter_mut().filter(|(_, field)| field.get("_value_").is_none());
            content.for_each(|(_, field)| plant_in(field, secret));
        }
        _ => {}
    }
}
