//! The page.

use std::cmp::Reverse;

use serde_json::{Value, json};
use telemetry_tests::Home;
use telemetry_tests::json::moment_ns;
use telemetry_tests::truth::compare::assert_true;
use telemetry_tests::truth::generate;
use telemetry_tests::truth::insights::Question;
use telemetry_tests::truth::lists;
use telemetry_tests::truth::story::World;
use telemetry_tests::truth::zone::{ZONES, moment, zone};

use super::{line, told, windows};

/// All windows, in the zones they are of.
pub(super) fn check_windows(home: &Home, world: &World, what: &str) {
    // A window is the same in every zone: here, each zone has its own.
    for (number, zone) in ZONES.iter().enumerate() {
        let (since, until) = windows(zone)[number];
        let question = Question { since, until, zone, filters: &[] };
        let answer = home.json(line(&question, None));
        let what = format!("{what}: {:?}", line(&question, None));
        assert_true(&what, &answer, &question.answers(world));
        for dimension in ["model", "provider", "platform", "entrypoint", "tool", "day"] {
            let what = format!("{what}: by {dimension}");
            assert_true(&what, &answer["by"][dimension], &question.groups(world, &[dimension]));
        }
    }
}

#[test]
fn the_page_says_the_truth() {
    for seed in 1..=2 {
        let world = generate::world(seed);
        check_windows(&told(&world), &world, &format!("seed {seed}"));
    }
}

/// The window before is as long and ends where this one begins; both halves of every change are what the page of that
/// window says, and the difference is theirs.
#[test]
fn a_comparison_is_of_two_true_pages() {
    let world = generate::world(13);
    let home = told(&world);
    let zone = zone("Europe/Berlin");
    let (middle, until) = (moment(2026, 9, 27, 3) + 7, moment(2026, 11, 2, 0));
    let now = Question { since: Some(middle), until: Some(until), zone, filters: &[] };
    let before = Question { since: Some(2 * middle - until), until: Some(middle), ..now };
    let (now, before) = (line(&now, None), line(&before, None));
    let compared = home.json(now.iter().map(String::as_str).chain(["--compare"]))["compared"].clone();
    let (now, before) = (home.json(now), home.json(before));
    assert_eq!(compared["window"], before["window"]);
    let changes = compared["changes"].as_array().unwrap();
    assert!(changes.len() > 10, "{compared}");
    for change in changes {
        let metric = change["metric"].as_str().unwrap();
        let number = |page: &Value| {
            let found = page.pointer(&format!("/{}", metric.replace('.', "/"))).unwrap_or(&Value::Null);
            found.get("value").unwrap_or(found).as_f64()
        };
        let (now, before) = (number(&now), number(&before));
        assert_eq!([change["now"].as_f64(), change["before"].as_f64()], [now, before], "{change}");
        let delta = now.zip(before).map(|(now, before)| now - before);
        assert_eq!(change["delta"].as_f64(), delta, "{change}");
    }
}

/// The runs that cost most come first, and of those that cost the same the ones that took longest.
#[test]
fn the_top_runs_are_the_top() {
    let world = generate::world(14);
    let home = told(&world);
    let question = Question { since: None, until: None, zone: zone("UTC"), filters: &[] };
    let shown = home.json(line(&question, None).iter().map(String::as_str).chain(["--top", "9"]));
    let names: Vec<Value> = shown["top_runs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|run| json!([run["session_id"], run["started_at"].as_str().and_then(moment_ns)]))
        .collect();
    let mut truth = lists::runs(&world, &question);
    // Of a cost that is not wholly known, what is.
    let known = |run: &Value| run["cost"]["usd"].as_i64().or(run["cost"]["priced_part_usd"].as_i64());
    truth.sort_by_key(|(_, run)| (Reverse(known(run)), Reverse(run["duration_ms"].as_i64())));
    let truth: Vec<Value> = truth.into_iter().take(9).map(|(name, _)| json!(name)).collect();
    assert_eq!(names, truth);
}
