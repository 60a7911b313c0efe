//! Breakdowns by every dimension and pairs of them, and conditions.

use telemetry_tests::Home;
use telemetry_tests::truth::compare::differences;
use telemetry_tests::truth::facts::DIMENSIONS;
use telemetry_tests::truth::generate;
use telemetry_tests::truth::insights::Question;
use telemetry_tests::truth::story::World;
use telemetry_tests::truth::zone::{ZONES, moment, zone};

use super::{line, told};

/// What a breakdown says that is not so, each with the question before it.
fn untrue(home: &Home, world: &World, question: &Question<'_>, dimensions: &[&str]) -> Vec<String> {
    let by = dimensions.join(",");
    let line = line(question, Some(&by));
    let found = differences(&home.json(&line)["by"][&by], &question.groups(world, dimensions));
    found.iter().take(3).map(|one| format!("{}: {one}", line[2..].join(" "))).collect()
}

#[track_caller]
fn assert_none(untrue: &[String]) {
    assert!(untrue.is_empty(), "{untrue:#?}");
}

#[test]
fn every_breakdown_says_the_truth() {
    let world = generate::world(4);
    let home = told(&world);
    let mut found = Vec::new();
    for dimension in DIMENSIONS {
        for zone in &ZONES {
            let calendar = matches!(dimension, "day" | "hour" | "weekday");
            if calendar || zone.name == "UTC" {
                let question = Question { since: None, until: None, zone, filters: &[] };
                found.extend(untrue(&home, &world, &question, &[dimension]));
            }
        }
        let question = Question {
            since: Some(moment(2026, 3, 8, 7) + 1),
            until: Some(moment(2026, 10, 25, 1)),
            zone: zone("Europe/Berlin"),
            filters: &[],
        };
        found.extend(untrue(&home, &world, &question, &[dimension]));
    }
    assert_none(&found);
}

#[test]
fn pairs_say_the_truth() {
    let world = generate::world(5);
    let home = told(&world);
    let question = Question { since: None, until: None, zone: zone("Pacific/Chatham"), filters: &[] };
    let mut found = Vec::new();
    for (index, one) in DIMENSIONS.into_iter().enumerate() {
        // Each with two others: every dimension is first and second at least once.
        for step in [1, 5] {
            found.extend(untrue(
                &home,
                &world,
                &question,
                &[one, DIMENSIONS[(index + step) % DIMENSIONS.len()]],
            ));
        }
    }
    assert_none(&found);
}

#[test]
fn conditions_say_the_truth() {
    let world = generate::world(6);
    let home = told(&world);
    let conditions: &[&[(&str, &str)]] = &[
        &[("model", "gpt-5.5")],
        &[("provider", "openai-codex")],
        &[("platform", "cli"), ("outcome", "completed")],
        &[("tool", "house_shell")],
        &[("toolset", "(unknown)")],
        &[("error", "rate_limit")],
        &[("weekday", "Sun"), ("hour", "03")],
        &[("kind", "subagent")],
        &[("day", "2026-10-25"), ("model", "claude-opus-4-8")],
        &[("reason", "process_lost")],
        &[("command", "chat -q")],
        &[("model", "(unknown)")],
        &[("model", "nothing of the kind")],
    ];
    let mut found = Vec::new();
    for filters in conditions {
        let question = Question { since: None, until: None, zone: zone("America/New_York"), filters };
        let page = differences(&home.json(line(&question, None)), &question.answers(&world));
        found.extend(page.iter().take(3).map(|one| format!("{filters:?}: {one}")));
        found.extend(untrue(&home, &world, &question, &["model"]));
        found.extend(untrue(&home, &world, &question, &["day", "outcome"]));
    }
    assert_none(&found);
}
