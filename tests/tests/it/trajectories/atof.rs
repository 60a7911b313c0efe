//! The rules of a stream of ATOF 0.1, as the specification of its core says them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::Facts;

const CATEGORIES: [&str; 11] = [
    "agent",
    "function",
    "llm",
    "tool",
    "retriever",
    "embedder",
    "reranker",
    "guardrail",
    "evaluator",
    "custom",
    "unknown",
];
const SCOPE: [&str; 13] = [
    "kind",
    "scope_category",
    "atof_version",
    "category",
    "category_profile",
    "uuid",
    "parent_uuid",
    "data",
    "data_schema",
    "timestamp",
    "name",
    "attributes",
    "metadata",
];

/// What is wrong with a stream.
pub(super) fn broken(lines: &[Value]) -> Vec<String> {
    let mut wrong = Vec::new();
    let (mut starts, mut ends) = (BTreeMap::new(), BTreeMap::new());
    let (mut marks, mut before) = (BTreeSet::new(), String::new());
    for line in lines {
        let mut rule = |holds: bool, rule: &str| {
            if !holds {
                wrong.push(format!("{rule}: {line}"));
            }
        };
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let keys: BTreeSet<&str> = line.as_object().unwrap().keys().map(String::as_str).collect();
        let is_scope = line["kind"] == "scope";
        let of_kind =
            SCOPE.into_iter().filter(|key| is_scope || !["scope_category", "attributes"].contains(key));
        rule(keys == of_kind.collect(), "all keys of its kind, and no others");
        rule(is_scope || line["kind"] == "mark", "a kind");
        rule(line["atof_version"] == "0.1", "the version");
        rule(is_uuid_v7(&text("uuid")), "an id of version 7");
        rule(line["parent_uuid"].is_null() || is_uuid_v7(&text("parent_uuid")), "an id of its parent");
        rule(line["data"].is_null() || line["data"].is_object(), "data is an object or null");
        rule(line["metadata"].is_object(), "metadata");
        rule(!text("name").is_empty(), "a name");
        let timestamp = text("timestamp");
        rule(timestamp.len() == 27 && timestamp.ends_with('Z'), "microseconds in UTC");
        rule(timestamp >= before, "in the order of time");
        before = timestamp;
        if !is_scope {
            rule(line["category"].is_null() && line["data"].is_null(), "a mark is no step of a conversation");
            rule(marks.insert(text("uuid")), "a mark's id is its own");
            continue;
        }
        rule(CATEGORIES.contains(&text("category").as_str()), "a category of the list");
        let subtype = !line["category_profile"]["subtype"].is_null();
        rule(subtype == (line["category"] == "custom"), "a subtype where it is custom");
        rule(line["attributes"].is_array(), "attributes");
        let is_tool = line["category"] == "tool";
        rule(!is_tool || line["category_profile"]["tool_call_id"].is_string(), "a tool call's id");
        let has_schema = line["data_schema"] == json!({"name": "openai/chat-completions", "version": "1"});
        rule(has_schema == (line["category"] == "llm" && !line["data"].is_null()), "the shape of its data");
        let ends_of = match text("scope_category").as_str() {
            "start" => &mut starts,
            "end" => &mut ends,
            _ => {
                rule(false, "a start or an end");
                continue;
            }
        };
        rule(ends_of.insert(text("uuid"), line).is_none(), "one start and one end");
    }
    pairs(&starts, &ends, &mut wrong);
    for line in lines {
        let Some(parent) = line["parent_uuid"].as_str() else {
            if line["category"] != "agent" {
                wrong.push(format!("only the top has no parent: {line}"));
            }
            continue;
        };
        match starts.get(parent) {
            Some(start) if start["timestamp"].as_str() <= line["timestamp"].as_str() => {
                let is_call = line["category"] == "llm" || line["category"] == "tool";
                if is_call && start["category"] != "agent" {
                    wrong.push(format!("calls are in their agent: {line}"));
                }
            }
            Some(_) => wrong.push(format!("before its parent: {line}")),
            None => wrong.push(format!("a parent of the stream: {line}")),
        }
    }
    wrong
}

fn pairs(starts: &BTreeMap<String, &Value>, ends: &BTreeMap<String, &Value>, wrong: &mut Vec<String>) {
    for (uuid, start) in starts {
        let Some(end) = ends.get(uuid) else {
            wrong.push(format!("an end: {start}"));
            continue;
        };
        if start["timestamp"].as_str() >= end["timestamp"].as_str() {
            wrong.push(format!("an end after its start: {end}"));
        }
        for key in ["name", "category", "attributes", "parent_uuid"] {
            if start[key] != end[key] {
                wrong.push(format!("the same {key} at both ends: {end}"));
            }
        }
    }
    wrong.extend(
        ends.iter().filter(|(uuid, _)| !starts.contains_key(*uuid)).map(|(_, end)| format!("a start: {end}")),
    );
}

fn is_uuid_v7(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let lengths: Vec<usize> = parts.iter().map(|part| part.len()).collect();
    lengths == [8, 4, 4, 4, 12]
        && parts.concat().bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        && parts[2].starts_with('7')
        && parts[3].starts_with(['8', '9', 'a', 'b'])
}

/// What a stream says happened.
pub(super) fn facts(lines: &[Value]) -> Facts {
    let mut facts = Facts::default();
    for end in lines.iter().filter(|line| line["scope_category"] == "end") {
        let count = |key: &str| end["metadata"]["usage"][key].as_u64().unwrap_or(0);
        match (end["category"].as_str(), end["metadata"]["status"].as_str()) {
            (Some("llm"), Some("error")) => facts.failed_attempts += 1,
            (Some("llm"), _) => {
                facts.model_calls += 1;
                facts.input +=
                    count("input_tokens") + count("cache_read_tokens") + count("cache_write_tokens");
                facts.output += count("output_tokens");
                facts.cached += count("cache_read_tokens");
            }
            (Some("tool"), _) => facts.tool_calls += 1,
            _ => {}
        }
    }
    facts
}

/// Breaks a good stream in every way that is looked for.
#[track_caller]
pub(super) fn each_rule_fires(good: &[Value]) {
    assert_eq!(broken(good), [] as [String; 0]);
    let with = |change: &dyn Fn(&mut Vec<Value>)| {
        let mut lines = good.to_vec();
        change(&mut lines);
        broken(&lines)
    };
    let at = |category: &str, which: &str| {
        let is_it = |line: &Value| line["category"] == category && line["scope_category"] == which;
        good.iter().position(is_it).unwrap()
    };
    let (llm, tool) = (at("llm", "end"), at("tool", "start"));
    for (key, value) in [
        ("atof_version", json!("1.0")),
        ("uuid", json!("x")),
        ("parent_uuid", json!("019b76da-b5c8-7c99-9f11-0fe46d4687b7")),
        ("parent_uuid", Value::Null),
        ("data", json!("text")),
        ("data_schema", Value::Null),
        ("timestamp", json!("2026-01-01T00:00:00Z")),
        ("name", json!("")),
        ("attributes", Value::Null),
        ("category", json!("model")),
        ("category_profile", json!({"subtype": "a"})),
        ("scope_category", json!("middle")),
        ("metadata", Value::Null),
        ("kind", json!("event")),
        ("status", json!("ok")),
    ] {
        assert_ne!(with(&|lines| lines[llm][key] = value.clone()), [] as [String; 0], "{key}");
    }
    assert_ne!(with(&|lines| lines[tool]["category_profile"] = Value::Null), [] as [String; 0]);
    assert_ne!(with(&|lines| lines.swap(0, llm)), [] as [String; 0]);
    assert_ne!(with(&|lines| drop(lines.remove(llm))), [] as [String; 0]);
    assert_ne!(with(&|lines| drop(lines.remove(tool))), [] as [String; 0]);
    assert_ne!(with(&|lines| lines.push(lines[lines.len() - 1].clone())), [] as [String; 0]);
}
