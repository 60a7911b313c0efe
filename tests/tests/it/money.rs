//! What a session costs, from the hooks of its host to what commands answer, against sums worked out by hand.

use rusqlite::Connection;
use serde_json::{Value, json};
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

/// From the recordings' New Year to 2026-11-21, when there are rates for batches and tiers.
const LATER_NS: i64 = 324 * 86_400 * 1_000_000_000;

/// The recorded session `plain` with other calls in the place of its own, some months later. What a call does not say is as
/// recorded.
fn session_of(calls: &[Value]) -> Home {
    let mut lines = Vec::new();
    for line in &Recording::named("plain").lines {
        let mut line: Value = serde_json::from_str(line).unwrap();
        line["wall_ns"] = json!(line["wall_ns"].as_i64().unwrap() + LATER_NS);
        if line["hook"] != "post_api_request" {
            lines.push(line);
            continue;
        }
        for (number, call) in calls.iter().enumerate() {
            let mut line = line.clone();
            line["wall_ns"] = json!(line["wall_ns"].as_i64().unwrap() + number as i64);
            let id = format!("{}:{number}", line["kwargs"]["api_request_id"]);
            let recorded = json!({ "api_request_id": id, "base_url": null, "started_at": null, "ended_at": null,
                                   "response_model": null });
            for (key, value) in recorded.as_object().into_iter().chain(call.as_object()).flatten() {
                line["kwargs"][key] = value.clone();
            }
            lines.push(line);
        }
    }
    let home = Home::new();
    let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
    let file = home.file("session.jsonl", text);
    home.replay([&Recording::open(&file)]);
    home
}

/// A call of Opus 4.8, whose prompt came from a cache and went to one.
fn opus(more: Value) -> Value {
    let mut call = json!({
        "provider": "anthropic", "model": "claude-opus-4-8",
        "usage": { "input_tokens": 10_000, "output_tokens": 1_000, "cache_read_tokens": 80_000, "cache_write_tokens": 10_000 },
    });
    for (key, value) in more.as_object().unwrap() {
        call[key] = value.clone();
    }
    call
}

fn gpt(more: Value) -> Value {
    let mut call = json!({
        "provider": "openai", "model": "gpt-5.5",
        "usage": { "input_tokens": 10_000, "output_tokens": 2_000, "cache_read_tokens": 5_000 },
    });
    for (key, value) in more.as_object().unwrap() {
        call[key] = value.clone();
    }
    call
}

fn calls_of(home: &Home) -> Vec<Value> {
    let run = home.runs()["runs"][0]["run_id"].as_str().unwrap().to_owned();
    let shown = home.json(["show", "--json", &run]);
    let calls = shown["turns"][0]["model_calls"].as_array().unwrap();
    calls.iter().map(|call| call["cost"].clone()).collect()
}

#[test]
fn a_session_with_caches_tiers_and_batches_costs_what_a_reader_works_out() {
    let hour = json!({ "usage": { "input_tokens": 10_000, "output_tokens": 1_000, "cache_read_tokens": 80_000,
                                  "cache_write_tokens": 10_000, "cache_write_1h_tokens": 4_000 } });
    let large =
        json!({ "usage": { "input_tokens": 200_000, "output_tokens": 1_000, "cache_read_tokens": 100_000 } });
    let home = session_of(&[
        // 10,000 at 5, 1,000 at 25, 80,000 at 0.50, 10,000 at 6.25.
        opus(json!({})),
        // Of these 4,000 for an hour, at 10.
        opus(hour),
        // 10,000 at 12.50, 2,000 at 75, 5,000 at 1.25.
        gpt(json!({ "service_tier": "priority" })),
        // Above 272,000: 200,000 at 10, 1,000 at 45, 100,000 at 1.
        gpt(large),
        // Half of 10,000 at 3, 1,000 at 15, 80,000 at 0.30 and 10,000 at 3.75.
        opus(json!({ "model": "claude-sonnet-4-5", "batch": true })),
    ]);
    let run = home.runs()["runs"][0].clone();
    // 0.1775, 0.1925, 0.28125, 2.145 and half of 0.1065.
    assert_same("the run", &run["cost"], &json!({ "usd": 2.8495, "status": "estimated" }));
    assert_same("its tree", &run["tree_cost"], &run["cost"]);
    let each: Vec<Value> = calls_of(&home).iter().map(|cost| cost["usd"].clone()).collect();
    assert_same("each call", &json!(each), &json!([0.1775, 0.1925, 0.28125, 2.145, 0.05325]));
    let index = Connection::open(home.telemetry().join("telemetry.db")).unwrap();
    let sum: (i64, i64) = index
        .query_row(
            "SELECT sum(cost_nanos), (SELECT cost_nanos FROM tel_runs) FROM tel_model_calls",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!(sum, (2_849_500_000, 2_849_500_000));
}

#[test]
fn the_providers_word_comes_before_ours_and_both_are_kept() {
    let home = session_of(&[
        gpt(
            json!({ "usage": { "input_tokens": 10_000, "output_tokens": 2_000, "cache_read_tokens": 5_000, "cost": 0.09 } }),
        ),
        gpt(json!({ "provider": "openai-codex" })),
        gpt(json!({ "cost_usd": 0.2, "cost_status": "estimated" })),
    ]);
    let keys = ["usd", "status", "source", "reported_usd", "estimate_usd"];
    let shown: Vec<Value> =
        calls_of(&home).iter().map(|cost| keys.iter().map(|key| cost[key].clone()).collect()).collect();
    let expected = json!([
        [0.09, "actual", "provider", 0.09, 0.1125],
        [0.0, "included", "subscription", null, 0.1125],
        [0.1125, "estimated", "price_table", null, 0.1125],
    ]);
    assert_same("each call", &json!(shown), &expected);
    assert_same("the run", &home.runs()["runs"][0]["cost"], &json!({ "usd": 0.2025, "status": "estimated" }));
}

/// Never a wrong number, never 0 for what nobody knows.
#[test]
fn calls_that_say_too_little_are_unknown() {
    let home = session_of(&[
        opus(json!({ "usage": null })),
        opus(json!({ "provider": null })),
        opus(json!({ "model": "claude-unheard-of" })),
        opus(json!({ "service_tier": "platinum" })),
        opus(json!({ "base_url": "http://127.0.0.1:4000/v1" })),
        opus(json!({})),
    ]);
    let shown: Vec<Value> = calls_of(&home)
        .iter()
        .map(|cost| json!([cost["usd"], cost["status"], cost["unpriced_reason"]]))
        .collect();
    let expected = json!([
        [null, "unknown", "no_usage"],
        [null, "unknown", "unknown_provider"],
        [null, "unknown", "unknown_model"],
        [null, "unknown", "unknown_terms"],
        [null, "unknown", "local_endpoint"],
        [0.1775, "estimated", null],
    ]);
    assert_same("each call", &json!(shown), &expected);
    let cost = json!({ "usd": null, "status": "unknown", "priced_part_usd": 0.1775 });
    assert_same("the run", &home.runs()["runs"][0]["cost"], &cost);
}

#[test]
fn an_override_reaches_what_is_new_and_a_repricing_the_rest() {
    let home = session_of(&[gpt(json!({ "provider": "custom", "model": "house-7b" }))]);
    let cost = || home.runs()["runs"][0]["cost"].clone();
    assert_same("before", &cost(), &json!({ "usd": null, "status": "unknown" }));
    let config = "telemetry: {pricing: {overrides: [{provider: custom, model: 'house-*', input: 1, output: 2, cache_read: 0.1}]}}";
    std::fs::write(home.path().join("config.yaml"), config).unwrap();
    assert_same("priced already", &cost(), &json!({ "usd": null, "status": "unknown" }));
    assert_same("is known", &home.json(["status", "--json"])["outdated_prices"], &json!(1));
    let dry = home.ok(["reprice", "--dry-run"]).stdout;
    assert!(dry.contains("would change 1 of 1 model call") && dry.contains("$0.0145"), "{dry}");
    assert_same("after a dry run", &cost(), &json!({ "usd": null, "status": "unknown" }));
    let done = home.json(["reprice", "--json"]);
    let expected = json!([{ "from": "unknown", "to": "estimated", "calls": 1 }]);
    assert_same("what changed", &done["statuses"], &expected);
    // 10,000 at 1, 2,000 at 2, 5,000 at 0.10.
    assert_same("after", &cost(), &json!({ "usd": 0.0145, "status": "estimated" }));
    assert_same("nothing is left", &home.json(["status", "--json"])["outdated_prices"], &json!(0));
    home.ok(["reindex"]);
    assert_same("made anew", &cost(), &json!({ "usd": 0.0145, "status": "estimated" }));
}

/// The stand-alone command alone reads the host's books.
#[test]
fn the_hosts_own_calls_are_told_apart() {
    let home = session_of(&[opus(json!({}))]);
    let host = Connection::open(home.path().join("state.db")).unwrap();
    host.execute_batch(
        "CREATE TABLE sessions (id TEXT PRIMARY KEY);
         CREATE TABLE session_model_usage (session_id TEXT, model TEXT, billing_provider TEXT, task TEXT, api_call_count INTEGER,
             input_tokens INTEGER, output_tokens INTEGER, first_seen REAL, last_seen REAL);
         INSERT INTO session_model_usage VALUES
             ('20260101_000000_000000', 'gpt-5.5', 'openai', 'title_generation', 2, 2000, 20, 1795219200, 1795219300),
             ('20260101_000000_000000', 'claude-opus-4-8', 'anthropic', '', 1, 10000, 1000, 1795219200, 1795219300)",
    )
    .unwrap();
    let auxiliary = &home.insights()["cost"]["auxiliary"];
    let tokens = json!({ "input": 2_000, "output": 20, "cache_read": 0, "cache_write": 0, "reasoning": 0 });
    // 2,000 at 5 and 20 at 30.
    let expected = json!({ "calls": 2, "tokens": tokens, "usd": 0.0106, "unknown_calls": 0 });
    assert_same("the host's own calls", auxiliary, &expected);
    let outside = home.json(["insights", "--json", "--until", "2026-01-02"]);
    assert_same("outside the window", &outside["cost"]["auxiliary"]["calls"], &json!(0));

    let (mut out, mut err) = (Vec::new(), Vec::new());
    let path = home.path();
    let args = ["telemetry", "insights", "--json", "--home", path.to_str().unwrap()];
    let code = telemetry_cli::run_from(args, &mut telemetry_cli::Streams::new(&mut out, &mut err));
    let inside: Value = serde_json::from_slice(&out).unwrap();
    assert_eq!((code, &inside["cost"]["auxiliary"]), (0, &Value::Null));
}
