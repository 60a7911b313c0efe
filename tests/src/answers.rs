//! The product's answers, reduced to what an oracle can say about them, and the oracle's answers in the same form.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::oracle::{BUCKETS, Oracle, Verdict};

/// `runs --json`, each run with its parent's session instead of ids of ours, and without its cost and times.
///
/// # Panics
/// When it is not a list of runs.
pub fn comparable_runs(document: &Value) -> Value {
    let runs = document["runs"].as_array().unwrap_or_else(|| panic!("no list of runs: {document}"));
    let session =
        |id: &Value| runs.iter().find(|run| run["run_id"] == *id).map(|run| run["session_id"].clone());
    let one = |run: &Value| {
        let copy = |key: &str| run[key].clone();
        let parent = match &run["parent_run_id"] {
            Value::Null => Value::Null,
            id => session(id).unwrap_or_else(|| json!(format!("no run {id}"))),
        };
        json!({
            "session_id": copy("session_id"),
            "parent_session_id": parent,
            "host": copy("host"),
            "platform": run["platform"].as_str().filter(|platform| !platform.is_empty()),
            "entrypoint": copy("entrypoint"),
            "outcome": copy("outcome"),
            "reason": copy("reason"),
            "turns": copy("turns"),
            "model_calls": copy("model_calls"),
            "failed_attempts": copy("failed_attempts"),
            "tool_calls": copy("tool_calls"),
            "errors": copy("errors"),
            "tokens": buckets(&run["tokens"]),
        })
    };
    runs.iter().map(one).collect()
}

/// `insights --json` without what no oracle knows: the distributions (see [`assert_distributions`]) and the lists by
/// dimension.
pub fn comparable_insights(document: &Value) -> Value {
    let outcomes = |part: &Value| {
        json!({
            "total": part["total"],
            "running": part["running"],
            "by_outcome": counts(&part["by_outcome"]),
            "by_reason": counts(&part["by_reason"]),
            "completion_rate": rate(&part["completion_rate"]),
            "failure_rate": rate(&part["failure_rate"]),
        })
    };
    let (models, tools) = (&document["model_calls"], &document["tool_calls"]);
    json!({
        "runs": outcomes(&document["runs"]),
        "turns": outcomes(&document["turns"]),
        "model_calls": {
            "total": models["total"],
            "failed_attempts": models["failed_attempts"],
            "cache_hit_rate": rounded(&models["cache_hit_rate"]),
            "tokens": buckets(&models["tokens"]),
        },
        "tool_calls": {
            "total": tools["total"],
            "by_status": counts(&tools["by_status"]),
            "failure_rate": rate(&tools["failure_rate"]),
        },
        "errors": {
            "total": document["errors"]["total"],
            "by_class": counts(&document["errors"]["by_class"]),
        },
        "subagents": { "total": document["subagents"]["total"] },
        "cost": {
            "included_calls": document["cost"]["included_calls"],
            "unknown_calls": document["cost"]["unknown_calls"],
        },
        "quality": {
            "dropped_events": document["quality"]["dropped_events"],
            "unreadable_lines": document["quality"]["unreadable_lines"],
            "usage_coverage": rounded(&document["quality"]["usage_coverage"]),
            "cost_coverage": rounded(&document["quality"]["cost_coverage"]),
            "ttft_coverage": rounded(&document["quality"]["ttft_coverage"]),
        },
    })
}

/// The same from an oracle. No recording has a priced model, a time to first token or a drop.
pub fn expected_insights(oracle: &Oracle) -> Value {
    let answered = oracle.answered().count();
    let share = |part: usize| if answered == 0 { Value::Null } else { round(part as f64 / answered as f64) };
    let mut tokens: BTreeMap<&str, u64> = BTreeMap::new();
    for (bucket, count) in oracle.runs.iter().flat_map(crate::oracle::Run::tokens) {
        *tokens.entry(bucket).or_default() += count;
    }
    let of = |bucket: &str| tokens.get(bucket).copied().unwrap_or(0);
    let prompt = of("input") + of("cache_read") + of("cache_write");
    let statuses = count(oracle.tools().map(|(_, status, _)| status.clone()));
    let status = |name: &str| statuses.get(name).copied().unwrap_or(0);
    let executed = status("ok") + status("error") + status("timeout");
    let classes: Vec<_> = oracle.runs.iter().flat_map(crate::oracle::Run::errors).collect();
    json!({
        "runs": verdicts(oracle.runs.iter().map(crate::oracle::Run::verdict).collect()),
        "turns": verdicts(oracle.turns().filter_map(|turn| turn.verdict.clone()).collect()),
        "model_calls": {
            "total": answered,
            "failed_attempts": oracle.runs.iter().map(crate::oracle::Run::failed_attempts).sum::<usize>(),
            "cache_hit_rate": if prompt == 0 { Value::Null } else { round(of("cache_read") as f64 / prompt as f64) },
            "tokens": BUCKETS.iter().map(|(bucket, _)| (bucket.to_string(), json!(of(bucket)))).collect::<Map<_, _>>(),
        },
        "tool_calls": {
            "total": oracle.tools().count(),
            "by_status": statuses,
            "failure_rate": wilson(status("error") + status("timeout"), executed),
        },
        "errors": { "total": classes.len(), "by_class": count(classes.iter().map(|class| class.to_string())) },
        "subagents": { "total": oracle.subagents.len() },
        "cost": { "included_calls": 0, "unknown_calls": answered },
        "quality": {
            "dropped_events": 0,
            "unreadable_lines": 0,
            "usage_coverage": share(oracle.answered().filter(|call| call.has_usage).count()),
            "cost_coverage": share(0),
            "ttft_coverage": share(0),
        },
    })
}

/// Fails unless the distributions of `insights` are those of the values: number, mean and maximum to the millisecond,
/// and every percentile between the two values around it, however it is interpolated.
///
/// # Panics
/// When one is not.
pub fn assert_distributions(what: &str, insights: &Value, runs: &Value, oracle: &Oracle) {
    let of_runs = |run: &Value| run["duration_ms"].as_f64();
    let durations = runs["runs"].as_array().into_iter().flatten().filter_map(of_runs).collect();
    assert_distribution(&format!("{what}: runs"), &insights["runs"]["duration_ms"], durations);
    let latencies = oracle.answered().map(|call| call.latency_ms).collect();
    assert_distribution(&format!("{what}: model calls"), &insights["model_calls"]["latency_ms"], latencies);
    let ttft = &insights["model_calls"]["ttft_ms"];
    assert_distribution(&format!("{what}: time to first token"), ttft, Vec::new());
    let executed = |status: &str| matches!(status, "ok" | "error" | "timeout");
    let tools = &insights["tool_calls"]["duration_ms"];
    let all: Vec<f64> = oracle.tools().map(|tool| tool.2).collect();
    let ran: Vec<f64> = oracle.tools().filter(|tool| executed(&tool.1)).map(|tool| tool.2).collect();
    // Whether a cancelled call has a duration worth showing is not for this test to say.
    let shown = if number(tools, "n") == all.len() as f64 { all } else { ran };
    assert_distribution(&format!("{what}: tool calls"), tools, shown);
    assert_turn_times(what, insights, oracle);
}

/// The time of turns splits into parts that sum to the whole (D9), and the whole is the time on the wall.
fn assert_turn_times(what: &str, insights: &Value, oracle: &Oracle) {
    let turns = &insights["turns"];
    let whole = number(&turns["duration_ms"], "n") * number(&turns["duration_ms"], "avg");
    let parts: f64 =
        ["model", "tool", "approval", "other"].iter().map(|part| number(&turns["breakdown_ms"], part)).sum();
    let slack = 0.001 * (1.0 + number(&turns["duration_ms"], "n"));
    assert!(
        (parts - whole).abs() <= slack,
        "{what}: the parts of the turns sum to {parts}, not to {whole} ms"
    );
    let slack = 2.0 + 2.0 * number(&turns["duration_ms"], "n");
    let ended = |verdict: &Verdict| matches!(verdict.0, "completed" | "limited");
    let known: f64 = oracle
        .turns()
        .filter(|turn| turn.verdict.as_ref().is_some_and(ended))
        .filter_map(|turn| Some((turn.ended_ns? - turn.started_ns) as f64 / 1e6))
        .sum();
    if oracle.turns().all(|turn| turn.verdict.as_ref().is_some_and(ended)) {
        assert!((whole - known).abs() <= slack, "{what}: turns took {whole} ms, on the wall {known} ms");
    }
}

fn assert_distribution(what: &str, shown: &Value, mut values: Vec<f64>) {
    values.sort_by(f64::total_cmp);
    assert_eq!(number(shown, "n"), values.len() as f64, "{what}: {shown} is not of {values:?}");
    let (Some(&first), Some(&last)) = (values.first(), values.last()) else {
        for key in ["avg", "p50", "p95", "p99", "max"] {
            let nothing = shown.is_null() || shown[key].is_null() || shown[key].as_f64() == Some(0.0);
            assert!(nothing, "{what}: {key} of nothing in {shown}");
        }
        return;
    };
    let near = |key: &str, low: f64, high: f64| {
        let value = number(shown, key);
        assert!((low - 1.0..=high + 1.0).contains(&value), "{what}: {key} of {shown} is not of {values:?}");
    };
    let mean = values.iter().sum::<f64>() / values.len() as f64;
    near("avg", mean, mean);
    near("max", last, last);
    for (key, share) in [("p50", 0.5), ("p95", 0.95), ("p99", 0.99)] {
        let rank = share * values.len() as f64;
        let below = values.get((rank - 1.0).floor().max(0.0) as usize).copied().unwrap_or(first);
        let above = values.get(rank.ceil() as usize).copied().unwrap_or(last);
        near(key, below, above);
    }
}

fn number(value: &Value, key: &str) -> f64 {
    value[key].as_f64().unwrap_or(0.0)
}

fn verdicts(verdicts: Vec<Verdict>) -> Value {
    let number = |class: &str| verdicts.iter().filter(|verdict| class_of(verdict) == class).count() as u64;
    let (success, failure, user) = (number("success"), number("failure"), number("user"));
    json!({
        "total": verdicts.len(),
        "running": 0,
        "by_outcome": count(verdicts.iter().map(|(outcome, _)| outcome.to_string())),
        "by_reason": count(verdicts.iter().filter_map(|(_, reason)| reason.clone())),
        "completion_rate": wilson(success, success + failure + user),
        "failure_rate": wilson(failure, success + failure + user),
    })
}

fn class_of((outcome, reason): &Verdict) -> &'static str {
    match (*outcome, reason.as_deref()) {
        ("completed", _) => "success",
        ("timed_out", Some("idle_timeout")) | ("reset" | "compressed", _) => "neutral",
        ("timed_out" | "errored" | "limited", _) => "failure",
        ("interrupted", _) => "user",
        _ => "unknown",
    }
}

fn count(words: impl Iterator<Item = String>) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    words.for_each(|word| *counts.entry(word).or_default() += 1);
    counts
}

/// The 95 % Wilson score interval.
fn wilson(hits: u64, n: u64) -> Value {
    if n == 0 {
        return Value::Null;
    }
    let (z, n_real) = (1.959_963_984_540_054_f64, n as f64);
    let p = hits as f64 / n_real;
    let middle = (p + z * z / (2.0 * n_real)) / (1.0 + z * z / n_real);
    let half = z / (1.0 + z * z / n_real) * (p * (1.0 - p) / n_real + z * z / (4.0 * n_real * n_real)).sqrt();
    json!({ "value": round(p), "n": n, "low": round(middle - half), "high": round(middle + half) })
}

/// A rate of nothing is null, be it as a whole or in its value.
fn rate(shown: &Value) -> Value {
    if shown.is_null() || (shown["n"] == json!(0) && shown["value"].is_null()) {
        return Value::Null;
    }
    json!({
        "value": rounded(&shown["value"]),
        "n": shown["n"],
        "low": rounded(&shown["low"]),
        "high": rounded(&shown["high"]),
    })
}

fn rounded(value: &Value) -> Value {
    value.as_f64().map_or_else(|| value.clone(), round)
}

fn round(value: f64) -> Value {
    // Two decimals: enough to tell formulas apart, and no quarrel over the last digit printed. (0.0 + hides -0.0.)
    json!(0.0 + (value * 100.0).round() / 100.0)
}

/// A map of counts without its zeros.
fn counts(value: &Value) -> Value {
    match value.as_object() {
        Some(counts) => {
            let seen = counts.iter().filter(|(_, count)| **count != json!(0));
            Value::Object(seen.map(|(key, count)| (key.clone(), count.clone())).collect())
        }
        None => value.clone(),
    }
}

fn buckets(tokens: &Value) -> Value {
    Value::Object(BUCKETS.iter().map(|(bucket, _)| (bucket.to_string(), tokens[*bucket].clone())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn wilson_is_that_of_the_books() {
        // Newcombe 1998, table I: 81 of 263 is 0.2553 to 0.3662.
        assert_eq!(wilson(81, 263), json!({ "value": 0.31, "n": 263, "low": 0.26, "high": 0.37 }));
        assert_eq!(wilson(0, 0), Value::Null);
        assert_eq!(wilson(0, 20), json!({ "value": 0.0, "n": 20, "low": 0.0, "high": 0.16 }));
    }
}
