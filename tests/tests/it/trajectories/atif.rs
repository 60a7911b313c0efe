//! The rules of a document of ATIF 1.7, as its text says them.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::Facts;

const DOCUMENT: [&str; 10] = [
    "schema_version",
    "session_id",
    "trajectory_id",
    "agent",
    "steps",
    "notes",
    "final_metrics",
    "continued_trajectory_ref",
    "extra",
    "subagent_trajectories",
];
const STEP: [&str; 12] = [
    "step_id",
    "timestamp",
    "source",
    "message",
    "model_name",
    "reasoning_effort",
    "reasoning_content",
    "tool_calls",
    "metrics",
    "observation",
    "llm_call_count",
    "extra",
];
const OF_AGENT: [&str; 5] = ["model_name", "reasoning_content", "tool_calls", "metrics", "llm_call_count"];
const METRICS: [&str; 5] = ["prompt_tokens", "completion_tokens", "cached_tokens", "cost_usd", "extra"];

/// What is wrong with a document.
pub(super) fn broken(document: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    look(document, &mut wrong);
    wrong
}

fn look(document: &Value, wrong: &mut Vec<String>) {
    let mut rule = |holds: bool, rule: &str, at: &Value| {
        if !holds {
            wrong.push(format!("{rule}: {at}"));
        }
    };
    rule(only(document, &DOCUMENT), "no key but its own", document);
    rule(document["schema_version"] == "ATIF-v1.7", "the version", document);
    rule(document["session_id"].is_string(), "a session", document);
    rule(document["trajectory_id"] == document["session_id"], "an id that is the same again", document);
    rule(
        document["agent"]["name"].is_string() && document["agent"]["version"].is_string(),
        "an agent",
        document,
    );
    let steps = document["steps"].as_array().cloned().unwrap_or_default();
    rule(!steps.is_empty(), "a step", document);
    let embedded = document["subagent_trajectories"].as_array().cloned().unwrap_or_default();
    let ids: BTreeSet<&str> = embedded.iter().filter_map(|one| one["trajectory_id"].as_str()).collect();
    rule(ids.len() == embedded.len(), "each subagent once", document);
    let (mut called, mut referred, mut before) = (BTreeSet::new(), BTreeSet::new(), String::new());
    let mut sums = [0, 0, 0];
    let mut cost = 0.0;
    for (nth, step) in steps.iter().enumerate() {
        rule(only(step, &STEP), "no key but its own", step);
        rule(step["step_id"] == nth + 1, "steps are numbered from 1", step);
        rule(step["message"].is_string(), "a message", step);
        let timestamp = step["timestamp"].as_str().unwrap_or_default().to_owned();
        rule(timestamp.len() == 27 && timestamp.ends_with('Z'), "microseconds in UTC", step);
        rule(timestamp >= before, "in the order of time", step);
        before = timestamp;
        let is_agent = step["source"] == "agent";
        rule(is_agent || step["source"] == "user" || step["source"] == "system", "who says it", step);
        rule(is_agent || OF_AGENT.iter().all(|key| step.get(key).is_none()), "what an agent has", step);
        rule(!is_agent || step["llm_call_count"].is_u64(), "how many calls", step);
        let by_model = step["llm_call_count"] != 0 || step.get("metrics").is_none();
        rule(by_model, "no metrics without a call", step);
        let results = step["observation"]["results"].as_array().cloned().unwrap_or_default();
        let answered: Vec<&Value> =
            results.iter().filter_map(|result| result.get("source_call_id")).collect();
        let asked = step["tool_calls"].as_array().cloned().unwrap_or_default();
        let asked: Vec<&Value> = asked.iter().map(|call| &call["tool_call_id"]).collect();
        rule(asked == answered, "a result for each call, in the order of the calls", step);
        for call in step["tool_calls"].as_array().into_iter().flatten() {
            rule(called.insert(call["tool_call_id"].to_string()), "an id of its own", call);
            rule(call["arguments"].is_object() && call["function_name"].is_string(), "a call", call);
        }
        for result in &results {
            let says =
                ["content", "subagent_trajectory_ref", "extra"].iter().any(|key| result.get(key).is_some());
            rule(says, "a result that says something", result);
            for refer in result["subagent_trajectory_ref"].as_array().into_iter().flatten() {
                let id = refer["trajectory_id"].as_str().unwrap_or_default();
                rule(ids.contains(id), "a subagent that is there", refer);
                referred.insert(id.to_owned());
            }
        }
        let metrics = &step["metrics"];
        rule(metrics.is_null() || only(metrics, &METRICS), "no key but its own", metrics);
        for (sum, key) in sums.iter_mut().zip(["prompt_tokens", "completion_tokens", "cached_tokens"]) {
            *sum += metrics[key].as_u64().unwrap_or(0);
        }
        rule(
            metrics["cached_tokens"].as_u64() <= metrics["prompt_tokens"].as_u64(),
            "cached is a part",
            step,
        );
        cost += metrics["cost_usd"].as_f64().unwrap_or(0.0);
        let management = &step["extra"]["context_management"];
        let replaced = results.iter().any(|result| result["content"].is_string());
        rule(management["boundary"] != "replace" || replaced, "what replaces the context", step);
    }
    rule(ids.iter().all(|id| referred.contains(*id)), "each subagent is referred to", document);
    let metrics = &document["final_metrics"];
    rule(metrics["total_steps"] == steps.len(), "so many steps", metrics);
    for (sum, key) in
        sums.iter().zip(["total_prompt_tokens", "total_completion_tokens", "total_cached_tokens"])
    {
        rule(metrics[key].as_u64().unwrap_or(0) == *sum, "the sum of its steps", metrics);
    }
    cost += embedded.iter().filter_map(|one| one["final_metrics"]["total_cost_usd"].as_f64()).sum::<f64>();
    if let Some(total) = metrics["total_cost_usd"].as_f64() {
        rule((total - cost).abs() < 1e-9, "the cost of all of it", metrics);
    }
    for one in &embedded {
        look(one, wrong);
    }
}

fn only(object: &Value, keys: &[&str]) -> bool {
    object.as_object().is_some_and(|fields| fields.keys().all(|key| keys.contains(&key.as_str())))
}

/// Adds what a document says happened, its subagents included.
pub(super) fn facts(document: &Value, facts: &mut Facts) {
    let metrics = &document["final_metrics"];
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    facts.model_calls += count(&metrics["extra"]["model_calls"]);
    facts.failed_attempts += count(&metrics["extra"]["failed_attempts"]);
    facts.tool_calls += count(&metrics["extra"]["tool_calls"]);
    facts.input += count(&metrics["total_prompt_tokens"]);
    facts.output += count(&metrics["total_completion_tokens"]);
    facts.cached += count(&metrics["total_cached_tokens"]);
    let answered = document["steps"].as_array().unwrap().iter().filter(|step| step["llm_call_count"] == 1);
    assert_eq!(answered.count() as u64, count(&metrics["extra"]["model_calls"]), "{document}");
    for one in document["subagent_trajectories"].as_array().into_iter().flatten() {
        self::facts(one, facts);
    }
}

/// Breaks a good document, of a user who has one call with a subagent made, in every way that is looked for.
#[track_caller]
pub(super) fn each_rule_fires(good: &Value) {
    assert_eq!(broken(good), [] as [String; 0]);
    for (place, value) in [
        ("/schema_version", json!("ATIF-v1.6")),
        ("/session_id", Value::Null),
        ("/trajectory_id", json!("another")),
        ("/agent/version", Value::Null),
        ("/steps", json!([])),
        ("/steps/0/step_id", json!(2)),
        ("/steps/0/message", Value::Null),
        ("/steps/0/timestamp", json!("2026-01-01T00:00:00Z")),
        ("/steps/0/timestamp", json!("2027-01-01T00:00:00.000000Z")),
        ("/steps/0/source", json!("assistant")),
        ("/steps/1/source", json!("user")),
        ("/steps/1/llm_call_count", Value::Null),
        ("/steps/1/llm_call_count", json!(0)),
        ("/steps/1/observation", json!({"results": []})),
        ("/steps/1/tool_calls/0/arguments", json!("{}")),
        ("/steps/1/observation/results/0/subagent_trajectory_ref", json!([])),
        ("/steps/1/observation/results/0/subagent_trajectory_ref/0/trajectory_id", json!("another")),
        ("/steps/1/metrics/prompt_tokens", json!(1)),
        ("/steps/1/metrics/extra", json!({})),
        ("/final_metrics/total_steps", json!(1)),
        ("/final_metrics/total_cached_tokens", json!(1)),
        ("/subagent_trajectories/0/steps/0/step_id", json!(0)),
    ] {
        let mut document = good.clone();
        if place == "/steps/1/metrics/extra" {
            document["steps"][1]["metrics"]["total"] = json!(1);
        } else {
            *document.pointer_mut(place).unwrap_or_else(|| panic!("{place}: {good}")) = value;
        }
        assert_ne!(broken(&document), [] as [String; 0], "{place}");
    }
    let mut twice = good.clone();
    twice["subagent_trajectories"].as_array_mut().unwrap().push(good["subagent_trajectories"][0].clone());
    assert_ne!(broken(&twice), [] as [String; 0]);
    let mut again = good.clone();
    again["steps"].as_array_mut().unwrap().push(good["steps"][1].clone());
    assert!(broken(&again).iter().any(|wrong| wrong.starts_with("an id of its own")));
    let mut replaced = good.clone();
    replaced["steps"][0]["extra"]["context_management"] = json!({"boundary": "replace"});
    assert!(broken(&replaced).iter().any(|wrong| wrong.starts_with("what replaces the context")));
    let mut dear = good.clone();
    dear["final_metrics"]["total_cost_usd"] = json!(1);
    assert!(broken(&dear).iter().any(|wrong| wrong.starts_with("the cost of all of it")));
}
