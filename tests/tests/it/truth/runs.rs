//! Lists of runs, and runs in full.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::collections::BTreeMap;

use serde_json::{Value, json};
use telemetry_tests::Home;
use telemetry_tests::json::moment_ns;
use telemetry_tests::truth::compare::assert_true;
use telemetry_tests::truth::insights::Question;
use telemetry_tests::truth::story::{Process, World};
use telemetry_tests::truth::zone::{ZONES, rfc3339};
use telemetry_tests::truth::{generate, lists};

use super::{line, told, windows};

/// The list of runs, with parents by session and moment instead of ids.
fn named_runs(home: &Home, question: &Question<'_>) -> Vec<(lists::Name, Value)> {
    let mut command = line(question, None);
    command[0] = "runs".to_owned();
    let (shown, all) = (home.json(command), home.runs());
    let name = |run: &Value| {
        let session = run["session_id"].as_str().unwrap().to_owned();
        (session, moment_ns(run["started_at"].as_str().unwrap()).unwrap())
    };
    let names: BTreeMap<String, lists::Name> = all["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| (run["run_id"].as_str().unwrap().to_owned(), name(run)))
        .collect();
    let named = |id: &Value| id.as_str().map(|id| json!(names[id]));
    let mut runs: Vec<(lists::Name, Value)> = shown["runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| {
            let mut run = run.clone();
            run["parent"] = json!(named(&run["parent_run_id"]));
            run["continues"] = json!(named(&run["continues_run_id"]));
            for key in ["started_at", "ended_at"] {
                run[key] = json!(run[key].as_str().and_then(moment_ns).map(rfc3339));
            }
            (name(&run), run)
        })
        .collect();
    runs.sort_by(|(one, _), (other, _)| (one.1, &one.0).cmp(&(other.1, &other.0)));
    runs
}

pub(super) fn check_runs(home: &Home, world: &World) {
    for (since, until) in windows(&ZONES[0]) {
        let question = Question { since, until, zone: &ZONES[0], filters: &[] };
        let (shown, truth) = (named_runs(home, &question), lists::runs(world, &question));
        let names =
            |list: &[(lists::Name, Value)]| list.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&shown), names(&truth), "the runs from {since:?} until {until:?}");
        for ((name, shown), (_, truth)) in shown.iter().zip(&truth) {
            assert_true(&format!("run {name:?}"), shown, truth);
        }
    }
}

/// Every moment in a document to the nanosecond: answers leave zeros out.
fn with_full_moments(value: &mut Value) {
    match value {
        Value::Object(fields) => fields.values_mut().for_each(with_full_moments),
        Value::Array(items) => items.iter_mut().for_each(with_full_moments),
        Value::String(text) => {
            if let Some(at) = moment_ns(text).filter(|_| text.ends_with('Z')) {
                *text = rfc3339(at);
            }
        }
        _ => {}
    }
}

/// A run that nobody delegated to, and below it all it delegated to.
fn check_tree(shown: &Value, process: &Process, run: usize) {
    let truth = &process.runs[run];
    assert_true(&format!("show {} {}", truth.session, rfc3339(truth.start)), shown, &lists::show(truth));
    let children: Vec<usize> = (0..process.runs.len())
        .filter(|child| process.runs[*child].delegated.as_ref().is_some_and(|one| one.parent == run))
        .collect();
    let subagents = shown["subagents"].as_array().unwrap();
    assert_eq!(subagents.len(), children.len(), "{shown}");
    for child in children {
        let session = &process.runs[child].session;
        let below = subagents.iter().find(|one| one["run"]["session_id"] == **session).unwrap();
        check_tree(below, process, child);
    }
}

#[test]
fn runs_say_the_truth() {
    for seed in 1..=2 {
        let world = generate::world(seed);
        check_runs(&told(&world), &world);
    }
}

#[test]
fn a_run_in_full_says_the_truth() {
    let world = generate::world(3);
    let home = told(&world);
    let all = home.runs();
    let id = |session: &str, start: i64| {
        let is = |run: &&Value| {
            run["session_id"] == *session && run["started_at"].as_str().and_then(moment_ns) == Some(start)
        };
        all["runs"].as_array().unwrap().iter().find(is).unwrap()["run_id"].as_str().unwrap().to_owned()
    };
    for process in &world.processes {
        let roots = process.runs.iter().enumerate().filter(|(_, run)| run.delegated.is_none());
        for (index, run) in roots {
            let mut shown = home.json(["show", &id(&run.session, run.start), "--json"]);
            with_full_moments(&mut shown);
            check_tree(&shown, process, index);
        }
    }
}
