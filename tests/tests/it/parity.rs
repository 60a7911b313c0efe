//! One session, every export: each says the same of the same calls, whatever it calls them.
//!
//! What is expected is read off the lines of NDJSON, which are those of the log, and the costs are worked out here from the
//! rates and the tokens. Times are compared in microseconds: ATOF has no finer ones.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use telemetry_policy::otlp::Profile;
use telemetry_tests::{Home, Recording};

use crate::otlp::{Logged, Span};
use crate::trajectories::{documents, lines, stream};

/// Dollars for a million tokens, which are thousands of nano-dollars for one.
const INPUT: i64 = 3_000;
const OUTPUT: i64 = 15_000;
const CACHE_READ: i64 = 300;
const CACHE_WRITE: i64 = 3_750;

/// What an export says of a home, by the ids of spans.
#[derive(Debug, Default, PartialEq)]
struct Facts {
    calls: BTreeMap<String, Call>,
    tools: BTreeMap<String, Tool>,
    /// The classes of failed requests, sorted.
    failures: Vec<String>,
    /// Sessions, by who delegated to them.
    sessions: BTreeMap<String, Option<String>>,
}

#[derive(Debug, PartialEq)]
struct Call {
    model: Option<String>,
    /// Prompt tokens with those of caches, completion tokens, tokens read from a cache; `None` where nobody said.
    tokens: Option<[i64; 3]>,
    cost_nanos: Option<i64>,
    /// `None` where it is not told.
    duration_us: Option<i64>,
}

#[derive(Debug, PartialEq)]
struct Tool {
    name: String,
    failed: bool,
    duration_us: i64,
}

fn text(value: &Value) -> Option<String> {
    value.as_str().map(str::to_owned)
}

/// Dollars, exact to the nano-dollar.
fn nanos(dollars: &Value) -> Option<i64> {
    dollars.as_f64().map(|dollars| (dollars * 1e9).round() as i64)
}

fn of_ndjson(home: &Home) -> Facts {
    let mut facts = Facts::default();
    let mut sessions = BTreeMap::new();
    let mut parents = BTreeMap::new();
    for line in lines(&home.ok(["export", "--out", "-"]).stdout) {
        let (ts, count) = (line["ts"].as_i64().unwrap(), |value: &Value| value.as_i64().unwrap_or(0));
        match line["event"].as_str().unwrap() {
            "run_started" => {
                sessions.insert(text(&line["run"]).unwrap(), text(&line["session_id"]).unwrap());
                if let Some(parent) = text(&line["parent"]) {
                    parents.insert(text(&line["run"]).unwrap(), parent);
                }
            }
            "subagent_started" => {
                parents.insert(text(&line["child"]).unwrap(), text(&line["run"]).unwrap());
            }
            "model_call" => {
                let usage = &line["usage"];
                let [input, output, read, write] =
                    ["input_tokens", "output_tokens", "cache_read_tokens", "cache_write_tokens"]
                        .map(|bucket| count(&usage[bucket]));
                let cost = input * INPUT + output * OUTPUT + read * CACHE_READ + write * CACHE_WRITE;
                let priced =
                    usage.is_object() && line["provider"] == "custom" && line["model"] == "fake-model";
                let start = line["start_ns"].as_i64().unwrap_or(ts - count(&line["latency_ns"]));
                facts.calls.insert(
                    text(&line["call"]).unwrap(),
                    Call {
                        model: text(&line["model"]),
                        tokens: usage.is_object().then_some([input + read + write, output, read]),
                        cost_nanos: priced.then_some(cost),
                        duration_us: Some(ts / 1_000 - start / 1_000),
                    },
                );
            }
            "attempt_failed" => {
                facts.failures.push(text(&line["class"]).unwrap());
            }
            "tool_call" => {
                let tool = Tool {
                    name: text(&line["tool"]).unwrap(),
                    failed: line["status"] == "error" || line["status"] == "timeout",
                    duration_us: ts / 1_000 - (ts - count(&line["duration_ns"])) / 1_000,
                };
                facts.tools.insert(text(&line["span"]).unwrap(), tool);
            }
            _ => {}
        }
    }
    for (run, session) in &sessions {
        let parent = parents.get(run).and_then(|parent| sessions.get(parent)).cloned();
        facts.sessions.insert(session.clone(), parent);
    }
    facts
}

/// What each profile has for tokens: all of the prompt, the completion, read from a cache; and for a cost.
fn of_otlp(logged: &Logged, profile: Profile) -> Facts {
    let mut facts = Facts::default();
    let spans = logged.spans(profile);
    let by_id: BTreeMap<&str, &Span> = spans.iter().map(|span| (span.id.as_str(), span)).collect();
    for span in &spans {
        let duration_us = (span.end / 1_000) as i64 - (span.start / 1_000) as i64;
        let failed = span.status.0 == 2;
        match span.text("telemetry.kind").unwrap() {
            "model_call" if !failed => {
                let call = Call {
                    model: span.name.strip_prefix("chat ").map(str::to_owned),
                    tokens: tokens(span, profile),
                    cost_nanos: cost(span, profile),
                    duration_us: Some(duration_us),
                };
                facts.calls.insert(span.id.clone(), call);
            }
            "attempt" if failed => facts.failures.push(span.text("error.type").unwrap().to_owned()),
            "tool_call" => {
                let name = span.name.strip_prefix("execute_tool ").unwrap().to_owned();
                facts.tools.insert(span.id.clone(), Tool { name, failed, duration_us });
            }
            "run" => {
                let mut above = span.parent.as_deref().and_then(|parent| by_id.get(parent));
                while let Some(other) = above.filter(|other| other.text("telemetry.kind") != Some("run")) {
                    above = other.parent.as_deref().and_then(|parent| by_id.get(parent));
                }
                let session = |span: &Span| span.text("telemetry.session.id").unwrap().to_owned();
                facts.sessions.insert(session(span), above.map(|above| session(above)));
            }
            _ => {}
        }
    }
    facts
}

fn tokens(span: &Span, profile: Profile) -> Option<[i64; 3]> {
    let read = |name: &str| span.int(name).unwrap_or(0);
    match profile {
        Profile::OpenInference => Some([
            span.int("llm.token_count.prompt")?,
            read("llm.token_count.completion"),
            read("llm.token_count.prompt_details.cache_read"),
        ]),
        Profile::Langfuse => {
            let usage = span.json("langfuse.observation.usage_details")?;
            let count = |bucket: &str| usage[bucket].as_i64().unwrap_or(0);
            let cached = count("input_cached_tokens");
            let output = count("output") + count("output_reasoning_tokens");
            Some([count("input") + cached + count("input_cache_creation"), output, cached])
        }
        _ => Some([
            span.int("gen_ai.usage.input_tokens")?,
            read("gen_ai.usage.output_tokens"),
            read("gen_ai.usage.cache_read.input_tokens"),
        ]),
    }
}

fn cost(span: &Span, profile: Profile) -> Option<i64> {
    match profile {
        Profile::OpenInference => nanos(span.attributes.get("llm.cost.total")?),
        Profile::Langfuse => nanos(&span.json("langfuse.observation.cost_details")?["total"]),
        _ => nanos(&span.json("mlflow.llm.cost")?["total_cost"]),
    }
}

fn micros(timestamp: &Value) -> i64 {
    let moment: jiff::Timestamp = timestamp.as_str().unwrap().parse().unwrap();
    moment.as_microsecond()
}

fn of_atof(home: &Home) -> Facts {
    let mut facts = Facts::default();
    let lines = stream(home, &[]);
    let starts: BTreeMap<&str, &Value> = lines
        .iter()
        .filter(|line| line["scope_category"] == "start")
        .map(|line| (line["uuid"].as_str().unwrap(), line))
        .collect();
    let session_of = |uuid: &Value| {
        let above = starts.get(uuid.as_str()?)?;
        text(&above["metadata"]["session_id"])
    };
    for end in lines.iter().filter(|line| line["scope_category"] == "end") {
        let metadata = &end["metadata"];
        let start = starts[end["uuid"].as_str().unwrap()];
        let duration_us = micros(&end["timestamp"]) - micros(&start["timestamp"]);
        let failed = metadata["otel.status_code"] == "ERROR";
        match end["category"].as_str().unwrap() {
            "llm" if failed => facts.failures.push(text(&metadata["error"]["type"]).unwrap()),
            "llm" => {
                let usage = &end["data"]["usage"];
                let count = |value: &Value| value.as_i64().unwrap_or(0);
                let call = Call {
                    model: text(&start["category_profile"]["model_name"]),
                    tokens: usage.is_object().then(|| {
                        let cached = count(&usage["prompt_tokens_details"]["cached_tokens"]);
                        [count(&usage["prompt_tokens"]), count(&usage["completion_tokens"]), cached]
                    }),
                    cost_nanos: nanos(&metadata["cost"]["usd"]),
                    // A scope is one attempt, a call all of them.
                    duration_us: (metadata["attempt"] == 0).then_some(duration_us),
                };
                facts.calls.insert(text(&metadata["call_span_id"]).unwrap(), call);
            }
            "tool" => {
                let name = text(&end["name"]).unwrap();
                facts.tools.insert(text(&metadata["span_id"]).unwrap(), Tool { name, failed, duration_us });
            }
            "agent" => {
                let session = text(&metadata["session_id"]).unwrap();
                facts.sessions.insert(session, session_of(&end["parent_uuid"]));
            }
            _ => {}
        }
    }
    facts
}

fn of_atif(home: &Home) -> Facts {
    let mut facts = Facts::default();
    for (_, document) in documents(home, &[]) {
        of_document(&document, None, &mut facts);
    }
    facts
}

fn of_document(document: &Value, parent: Option<&str>, facts: &mut Facts) {
    let session = document["session_id"].as_str().unwrap();
    facts.sessions.insert(session.to_owned(), parent.map(str::to_owned));
    let took = |extra: &Value| (extra["duration_ms"].as_f64().unwrap_or(0.0) * 1e3) as i64;
    for step in document["steps"].as_array().unwrap() {
        let extra = &step["extra"];
        for failed in extra["failed_attempts"].as_array().into_iter().flatten() {
            facts.failures.push(text(&failed["error_class"]).unwrap());
        }
        if step["llm_call_count"] == 1 {
            let metrics = &step["metrics"];
            let count = |bucket: &str| metrics[bucket].as_i64().unwrap_or(0);
            let tokens = metrics["prompt_tokens"]
                .is_i64()
                .then(|| [count("prompt_tokens"), count("completion_tokens"), count("cached_tokens")]);
            let call = Call {
                model: text(&step["model_name"]),
                tokens,
                cost_nanos: nanos(&metrics["cost_usd"]),
                duration_us: Some(took(extra)),
            };
            facts.calls.insert(text(&extra["span_id"]).unwrap(), call);
        }
        let names: BTreeMap<&str, &Value> = step["tool_calls"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|call| (call["tool_call_id"].as_str().unwrap(), &call["function_name"]))
            .collect();
        for result in step["observation"]["results"].as_array().into_iter().flatten() {
            let (Some(id), Some(span)) =
                (result["source_call_id"].as_str(), text(&result["extra"]["span_id"]))
            else {
                continue;
            };
            let status = &result["extra"]["status"];
            let tool = Tool {
                name: text(names[id]).unwrap(),
                failed: *status == json!("error") || *status == json!("timeout"),
                duration_us: took(&result["extra"]),
            };
            facts.tools.insert(span, tool);
        }
    }
    for child in document["subagent_trajectories"].as_array().into_iter().flatten() {
        of_document(child, Some(session), facts);
    }
}

/// The same but for a microsecond, which is how far two moments that were rounded may be from where they were.
fn assert_same(name: &str, mut found: Facts, expected: &Facts) {
    found.failures.sort();
    let near = |found: i64, expected: i64| (found - expected).abs() <= 1;
    for (id, call) in &mut found.calls {
        let Some(expected) = expected.calls.get(id) else { continue };
        if call.duration_us.is_none_or(|found| near(found, expected.duration_us.unwrap())) {
            call.duration_us = expected.duration_us;
        }
    }
    for (id, tool) in &mut found.tools {
        let Some(expected) = expected.tools.get(id) else { continue };
        if near(tool.duration_us, expected.duration_us) {
            tool.duration_us = expected.duration_us;
        }
    }
    assert_eq!(&found, expected, "{name}");
}

#[test]
fn every_export_has_the_facts_of_the_log() {
    let overrides =
        "[{provider: custom, model: fake-model, input: 3, output: 15, cache_read: 0.3, cache_write: 3.75}]";
    let mut calls = 0;
    for recording in Recording::all() {
        let home = Home::new();
        let config =
            format!("telemetry: {{trajectories: {{enabled: true}}, pricing: {{overrides: {overrides}}}}}\n");
        std::fs::write(home.path().join("config.yaml"), config).unwrap();
        home.replay([&recording]);
        let mut expected = of_ndjson(&home);
        expected.failures.sort();
        calls += expected.calls.len();
        let logged = Logged::of(recording.name.clone(), &home);
        for profile in [Profile::GenAi, Profile::OpenInference, Profile::Langfuse] {
            assert_same(&format!("{} {profile:?}", recording.name), of_otlp(&logged, profile), &expected);
        }
        assert_same(&format!("{} ATOF", recording.name), of_atof(&home), &expected);
        assert_same(&format!("{} ATIF", recording.name), of_atif(&home), &expected);
    }
    assert!(calls > 60, "{calls}");
}
