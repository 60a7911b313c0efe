//! Trajectories: valid by the rules of their formats, the same facts as in any other answer, and as files that grow.

mod atif;
mod atof;
mod golden;
mod live;
mod sessions;

use std::fs;
use std::path::Path;

use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Recording};

/// A home in which content is recorded, or not.
fn home_with<'a>(content: bool, recordings: impl IntoIterator<Item = &'a Recording>) -> Home {
    let home = Home::new();
    let config = format!("telemetry: {{trajectories: {{enabled: {content}}}}}\n");
    fs::write(home.path().join("config.yaml"), config).unwrap();
    let mut recordings = recordings.into_iter().peekable();
    if recordings.peek().is_some() {
        home.replay(recordings);
    }
    home
}

/// The lines of the stream that the command writes.
pub(crate) fn stream(home: &Home, args: &[&str]) -> Vec<Value> {
    let output = home.ok([&["export", "--format", "atof", "--out", "-"], args].concat());
    lines(&output.stdout)
}

pub(crate) fn lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

/// The documents that the command writes, by the name of their file.
pub(crate) fn documents(home: &Home, args: &[&str]) -> Vec<(String, Value)> {
    let folder = home.root().join("documents");
    let _ = fs::remove_dir_all(&folder);
    let out = folder.display().to_string();
    home.ok([&["export", "--format", "atif", "--out", &out], args].concat());
    files_below(&folder).iter().map(|path| (name(path), document(path))).collect()
}

fn document(path: &Path) -> Value {
    serde_json::from_slice(&fs::read(path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

fn name(path: &Path) -> String {
    path.file_name().unwrap().to_string_lossy().into_owned()
}

/// What a run, or a document with its subagents, comes to.
#[derive(Debug, Default, PartialEq, Eq)]
struct Facts {
    model_calls: u64,
    failed_attempts: u64,
    tool_calls: u64,
    input: u64,
    output: u64,
    cached: u64,
}

/// What the index says of all runs.
fn facts_of_runs(home: &Home) -> Facts {
    let mut facts = Facts::default();
    for run in home.runs()["runs"].as_array().unwrap() {
        let count = |value: &Value| value.as_u64().unwrap();
        let tokens = &run["tokens"];
        facts.model_calls += count(&run["model_calls"]);
        facts.failed_attempts += count(&run["failed_attempts"]);
        facts.tool_calls += count(&run["tool_calls"]);
        facts.input += count(&tokens["input"]) + count(&tokens["cache_read"]) + count(&tokens["cache_write"]);
        facts.output += count(&tokens["output"]);
        facts.cached += count(&tokens["cache_read"]);
    }
    facts
}

/// Each recorded session alone, with what was said and without: valid, and with the facts of the index.
#[test]
fn every_recorded_session_is_valid_and_has_the_facts_of_the_index() {
    for recording in Recording::all() {
        for content in [true, false] {
            let home = home_with(content, [&recording]);
            let lines = stream(&home, &[]);
            let said = format!("{} {content}", recording.name);
            assert_eq!(atof::broken(&lines), [] as [String; 0], "{said}");
            let expected = facts_of_runs(&home);
            assert_eq!(atof::facts(&lines), expected, "{said}");
            let mut facts = Facts::default();
            for (name, document) in documents(&home, &[]) {
                assert_eq!(atif::broken(&document), [] as [String; 0], "{said} {name}");
                atif::facts(&document, &mut facts);
            }
            assert_eq!(facts, expected, "{said}");
            let told = lines.iter().any(|line| !line["data"]["messages"].is_null());
            assert!(content || !told, "{said}");
        }
    }
}

/// A checker that never finds anything is none.
#[test]
fn what_is_broken_is_found() {
    let home = home_with(true, [&Recording::named("delegate_inline")]);
    atof::each_rule_fires(&stream(&home, &[]));
    atif::each_rule_fires(&documents(&home, &[])[0].1);
}

/// Recordings share a session id, so this is one session of many runs that overlap, with ids of tool calls used again.
#[test]
fn all_recorded_sessions_in_one_home_are_valid_too() {
    let home = home_with(true, &Recording::all());
    let lines = stream(&home, &[]);
    assert_eq!(atof::broken(&lines), [] as [String; 0]);
    let expected = facts_of_runs(&home);
    assert_eq!(atof::facts(&lines), expected);
    let mut facts = Facts::default();
    for (name, document) in documents(&home, &[]) {
        assert_eq!(atif::broken(&document), [] as [String; 0], "{name}");
        atif::facts(&document, &mut facts);
    }
    assert_eq!(facts, expected);
    // By trees the same lines as in one stream.
    let folder = home.root().join("streams");
    home.ok(["export", "--format", "atof", "--out", &folder.display().to_string()]);
    let files = files_below(&folder);
    let by_tree: Vec<Value> =
        files.iter().flat_map(|path| self::lines(&fs::read_to_string(path).unwrap())).collect();
    let sorted = |lines: Vec<Value>| {
        let mut lines: Vec<String> = lines.iter().map(Value::to_string).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(by_tree), sorted(lines));
}

#[test]
fn what_makes_no_sense_is_refused_in_one_line() {
    let home = home_with(true, &Recording::all());
    let refused = |args: &[&str], code: i32, says: &str| {
        let output = home.run([&["export"], args].concat()).assert_code(code);
        assert_eq!(output.stdout, "");
        assert!(output.stderr.contains(says), "{output}");
    };
    let file = home.root().join("one.json").display().to_string();
    let to_file = ["--format", "atif", "--out", &file];
    refused(&to_file, 1, "an ATIF document holds one session, and these are 4: give --session ID");
    assert!(!Path::new(&file).exists());
    refused(
        &[&to_file[..], &["--session", "nobody"]].concat(),
        1,
        "no session nobody; `telemetry runs` lists them",
    );
    refused(&[&to_file[..], &["--run", "ffff"]].concat(), 1, "no run ffff; `telemetry runs` lists them");
    refused(&[&to_file[..], &["--run", ""]].concat(), 1, "runs begin with ; give more of the id");
    refused(&[&to_file[..], &["--include-content"]].concat(), 2, "--include-content is of ndjson and json");
    refused(
        &["--out", "-", "--run", "f"],
        2,
        "--run and --session are of trajectories, --format atof or atif",
    );
    refused(&["--format", "json", "--out", "-", "--subagents", "all"], 2, "--subagents is of --format atif");
    refused(&["--format", "atof", "--out", "-", "--subagents", "all"], 2, "--subagents is of --format atif");
    let empty = Home::new();
    let _ = empty.run(["export", "--format", "atif", "--out", "-"]).assert_code(1);
    assert_eq!(empty.ok(["export", "--format", "atof", "--out", "-"]).stdout, "");
}

#[test]
fn a_run_and_a_session_are_chosen_with_their_trees() {
    let home = home_with(true, [&Recording::named("nested_inline"), &Recording::named("interactive_new")]);
    let runs = home.runs();
    let leaf =
        runs["runs"].as_array().unwrap().iter().find(|run| run["session_id"] == "20260101_000000_000002");
    let leaf = leaf.unwrap()["run_id"].as_str().unwrap();
    let lines = stream(&home, &["--run", &leaf[..8]]);
    let sessions = |lines: &[Value]| -> std::collections::BTreeSet<String> {
        lines.iter().map(|line| line["metadata"]["session_id"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(sessions(&lines).len(), 3, "whose subagent it is, and who is above that");
    assert_eq!(atof::broken(&lines), [] as [String; 0]);
    let file = home.root().join("one.json");
    home.ok(["export", "--format", "atif", "--run", leaf, "--out", &file.display().to_string()]);
    let document = document(&file);
    assert_eq!(
        document["subagent_trajectories"][0]["subagent_trajectories"][0]["session_id"],
        "20260101_000000_000002"
    );
    #[cfg(unix)]
    {
        let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(&file).unwrap().permissions());
        assert_eq!(mode & 0o777, 0o600);
    }
}
