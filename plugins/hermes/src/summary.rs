//! `/telemetry [7d]` in a chat: the last day, or another window, in a few lines.
//!
//! In a gateway the person asking is on the other end of a messenger. So there is no way from here to the rest of the
//! CLI: not to another home, not to a file, not to a prompt; only sums.

use pyo3::prelude::*;
use serde_json::Value;

use crate::command;

const DEFAULT_WINDOW: &str = "24h";

const USAGE: &str =
    "Usage: /telemetry [window], for example /telemetry 7d. The window is a number and m, h, d or w.";

/// The text to answer with. Never raises: the host would show the exception in the chat.
#[pyfunction]
#[pyo3(signature = (raw_arguments=""))]
pub(crate) fn summary(raw_arguments: &str) -> String {
    let window = match raw_arguments.trim() {
        "" => DEFAULT_WINDOW,
        given if is_window(given) => given,
        _ => return USAGE.to_owned(),
    };
    let (code, out, err) = command::capture(["insights", "--since", window, "--json"]);
    match serde_json::from_str(&out) {
        Ok(insights) if code == 0 => describe(window, &insights),
        _ => format!("Telemetry has no answer: {}", err.trim()),
    }
}

fn is_window(text: &str) -> bool {
    let number = text.trim_end_matches(['m', 'h', 'd', 'w']);
    number.len() + 1 == text.len()
        && number.len() <= 4
        && number.bytes().all(|byte| byte.is_ascii_digit())
        && !number.is_empty()
}

fn describe(window: &str, insights: &Value) -> String {
    let runs = integer(insights, "/runs/total");
    if runs == 0 {
        return format!("Telemetry, last {window}: no runs.");
    }
    let tokens = |kind: &str| integer(insights, &format!("/model_calls/tokens/{kind}"));
    [
        format!("Telemetry, last {window}: {}{}", counted(runs, "run"), outcomes(insights)),
        format!(
            "{}, {} failed; {}",
            counted(integer(insights, "/model_calls/total"), "model call"),
            counted(integer(insights, "/model_calls/failed_attempts"), "attempt"),
            counted(integer(insights, "/tool_calls/total"), "tool call"),
        ),
        format!(
            "Tokens: {} in, {} from cache, {} out",
            tokens("input") + tokens("cache_write"),
            tokens("cache_read"),
            tokens("output"),
        ),
        cost(insights),
        errors(insights),
    ]
    .join("\n")
}

/// ` (2 completed, 1 errored)`, the most frequent first.
fn outcomes(insights: &Value) -> String {
    match listed(insights, "/runs/by_outcome") {
        Some(outcomes) => format!(" ({outcomes})"),
        None => String::new(),
    }
}

fn errors(insights: &Value) -> String {
    let total = integer(insights, "/errors/total");
    match listed(insights, "/errors/by_class") {
        Some(classes) => format!("{}: {classes}", counted(total, "error")),
        None => counted(total, "error"),
    }
}

/// What is known is a sum; what is not known is said, never shown as zero.
fn cost(insights: &Value) -> String {
    let unknown = integer(insights, "/cost/unknown_calls");
    let known =
        ["/cost/estimated_usd", "/cost/actual_usd"].map(|key| insights.pointer(key).and_then(Value::as_f64));
    let dollars: f64 = known.iter().flatten().sum();
    match unknown {
        0 => format!("Cost: ${dollars:.4}"),
        _ if dollars == 0.0 => format!("Cost: unknown for {}", counted(unknown, "call")),
        _ => format!("Cost: ${dollars:.4}, unknown for {}", counted(unknown, "call")),
    }
}

fn listed(insights: &Value, pointer: &str) -> Option<String> {
    let mut counts: Vec<(&String, u64)> = insights
        .pointer(pointer)?
        .as_object()?
        .iter()
        .filter_map(|(name, count)| Some((name, count.as_u64().filter(|count| *count > 0)?)))
        .collect();
    counts.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(b.0)));
    let listed: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
    (!listed.is_empty()).then(|| listed.join(", "))
}

fn integer(insights: &Value, pointer: &str) -> u64 {
    insights.pointer(pointer).and_then(Value::as_u64).unwrap_or(0)
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
