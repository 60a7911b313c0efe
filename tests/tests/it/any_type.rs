//! Every field of a recorded line turned into every other type, one at a time: nothing fails, nothing is made up, and
//! what no rule stands on changes no answer.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use telemetry_tests::answers::comparable_runs;
use telemetry_tests::json::assert_same;
use telemetry_tests::oracle::Oracle;
use telemetry_tests::{Home, Recording};

/// What a field may turn into.
fn mutations() -> Vec<(&'static str, Option<Value>)> {
    vec![
        ("dropped", None),
        ("null", Some(Value::Null)),
        ("number", Some(json!(-7))),
        ("fraction", Some(json!(1.5e300))),
        ("big", Some(json!(u64::MAX))),
        ("list", Some(json!([1, {"a": []}]))),
        ("text", Some(json!("surprise"))),
        ("empty", Some(json!(""))),
        ("flag", Some(json!(true))),
        ("object", Some(json!({"surprise": {"deep": null}}))),
    ]
}

/// A recording as a process of its own: other ids, another process, another hour.
fn in_its_own_world(lines: &[Value], number: usize) -> String {
    let session = format!("m{number:05}");
    let shift = (number as i64 + 1) * 60_000_000_000;
    let mut text = String::new();
    for line in lines {
        let mut line = line.clone();
        if let Some(pid) = line["pid"].as_u64() {
            line["pid"] = json!(pid.saturating_add(10 * (number as u64 + 1)));
        }
        for clock in ["wall_ns", "mono_ns"] {
            if let Some(at) = line[clock].as_i64() {
                line[clock] = json!(at.saturating_add(shift));
            }
        }
        text += &line.to_string().replace("20260101_000000", &session);
        text.push('\n');
    }
    text
}

/// Fields the rules stand on. Any other may be anything without changing a single count or outcome.
const LOAD_BEARING: [&str; 18] = [
    "api_request_id",
    "child_session_id",
    "child_status",
    "completed",
    "interrupted",
    "max_retries",
    "parent_session_id",
    "platform",
    "reason",
    "retry_count",
    "retryable",
    "session_id",
    "session_key",
    "status",
    "tool_call_id",
    "turn_id",
    "usage",
    "parent_turn_id",
];

/// Hooks we are never called for: one change each is enough to see that nobody looks.
const UNHEARD: [&str; 5] = [
    "pre_tool_call",
    "transform_tool_result",
    "transform_llm_output",
    "transform_terminal_output",
    "post_llm_call",
];

/// Every argument of every hook turned into everything else, one at a time.
fn any_argument_may_be_of_any_type(name: &str) {
    let recording = Recording::named(name);
    let lines: Vec<Value> = recording.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut mutants = vec![Mutant { key: String::new(), what: "untouched".to_owned(), lines: lines.clone() }];
    for (index, line) in lines.iter().enumerate() {
        let hook = line["hook"].as_str().unwrap_or_default();
        for (key, value) in line["kwargs"].as_object().into_iter().flatten() {
            let mut paths = vec![vec!["kwargs", key]];
            if let ("usage" | "error", Some(inner)) = (key.as_str(), value.as_object()) {
                paths.extend(inner.keys().map(|inner| vec!["kwargs", key, inner]));
            }
            let (take, skip) = match (UNHEARD.contains(&hook), LOAD_BEARING.contains(&key.as_str())) {
                (true, _) => (1, index % 10),
                (false, true) => (10, 0),
                (false, false) => (4, index % 7),
            };
            for path in paths {
                for (what, with) in mutations().into_iter().skip(skip).take(take) {
                    let mut lines = lines.clone();
                    set(&mut lines[index], &path, with);
                    let what = format!("line {} ({hook}): {} {what}", index + 1, path.join("."));
                    mutants.push(Mutant { key: key.clone(), what, lines });
                }
            }
        }
    }
    replay_all(name, &mutants, &Oracle::of(&recording));
}

/// The envelope of a line is the recorder's, and may be damaged as well.
fn any_part_of_a_line_may_be_of_any_type(name: &str) {
    let recording = Recording::named(name);
    let lines: Vec<Value> = recording.lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let mut mutants = Vec::new();
    for index in 0..lines.len() {
        for key in ["seq", "kind", "hook", "kwargs", "types", "thread", "loop", "pid", "mono_ns", "wall_ns"] {
            for (what, with) in mutations() {
                let mut lines = lines.clone();
                set(&mut lines[index], &[key], with);
                let what = format!("line {}: {key} {what}", index + 1);
                mutants.push(Mutant { key: "session_id".to_owned(), what, lines });
            }
        }
    }
    replay_all(name, &mutants, &Oracle::of(&recording));
}

macro_rules! of_any_type {
    ($rule:ident: $($name:ident),+) => {
        mod $rule {
            $(#[test] fn $name() { super::$rule(stringify!($name)); })+
        }
    };
}

of_any_type!(
    any_argument_may_be_of_any_type: tool, h500, delegate_inline, interactive_new, interactive_approval,
    gateway_webhook_sigterm
);
of_any_type!(any_part_of_a_line_may_be_of_any_type: h401, interactive_ctrlc, delegate);

struct Mutant {
    key: String,
    what: String,
    lines: Vec<Value>,
}

fn set(line: &mut Value, path: &[&str], with: Option<Value>) {
    let Some((last, above)) = path.split_last() else { return };
    let object = above.iter().fold(line, |value, key| &mut value[*key]);
    let fields = object.as_object_mut().unwrap();
    match with {
        Some(value) => _ = fields.insert((*last).to_owned(), value),
        None => _ = fields.remove(*last),
    }
}

/// All mutants of a recording in one home, and each of them still what it was, or at least not more.
fn replay_all(name: &str, mutants: &[Mutant], oracle: &Oracle) {
    let home = Home::new();
    let texts = mutants.iter().enumerate().map(|(number, mutant)| in_its_own_world(&mutant.lines, number));
    let files: Vec<_> = texts
        .enumerate()
        .map(|(number, text)| home.file(&format!("mutants/{number:05}.jsonl"), text))
        .collect();
    for files in files.chunks(500) {
        home.ok([Path::new("replay")].into_iter().chain(files.iter().map(|file| file.as_path())));
    }
    home.json(["insights", "--json"]);
    home.json(["status", "--json"]);
    let mut worlds: BTreeMap<usize, Vec<Value>> = BTreeMap::new();
    for run in comparable_runs(&home.runs()).as_array().unwrap() {
        let number =
            |run: &Value| run["session_id"].as_str()?.strip_prefix('m')?.get(..5)?.parse::<usize>().ok();
        if let Some(number) = number(run) {
            worlds.entry(number).or_default().push(run.clone());
        }
    }
    let expected = oracle.runs_document();
    for (number, mutant) in mutants.iter().enumerate() {
        let shown = worlds.remove(&number).unwrap_or_default();
        let what = format!("{name}: {} (mutants/{number:05}.jsonl)", mutant.what);
        if LOAD_BEARING.contains(&mutant.key.as_str()) {
            assert_no_more(&what, &shown, expected.as_array().unwrap());
        } else {
            assert_same(&what, &stripped(&shown), &stripped(expected.as_array().unwrap()));
        }
    }
    assert!(worlds.is_empty(), "runs of no mutant: {worlds:?}");
}

/// Runs without what depends on the world they are in.
fn stripped(runs: &[Value]) -> Value {
    let strip = |run: &Value| {
        let mut run = run.clone();
        let fields = run.as_object_mut().unwrap();
        for id in ["session_id", "parent_session_id"] {
            let end = fields[id].as_str().map(|id| id.rsplit('_').next().unwrap_or("").to_owned());
            fields.insert(id.to_owned(), json!(end));
        }
        run
    };
    runs.iter().map(strip).collect()
}

/// Nothing is counted that was not there: a damaged field may lose a count, never make one up.
fn assert_no_more(what: &str, shown: &[Value], expected: &[Value]) {
    let sum = |runs: &[Value], path: &str| -> u64 {
        runs.iter().map(|run| run.pointer(path).and_then(Value::as_u64).unwrap_or(0)).sum()
    };
    for path in ["/model_calls", "/failed_attempts", "/tool_calls"] {
        let (shown, expected) = (sum(shown, path), sum(expected, path));
        assert!(shown <= expected, "{what}: {shown} {path}, there were {expected}");
    }
    // A number in a bucket is the host's word, however large; a wrong type is no number.
    let known =
        ["completed", "interrupted", "limited", "errored", "timed_out", "reset", "compressed", "unknown"];
    for run in shown {
        assert!(known.iter().any(|outcome| run["outcome"] == *outcome), "{what}: {run}");
    }
}
