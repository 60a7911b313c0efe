//! `/telemetry [7d]` in a chat: today, the last week and the budgets, or one window, in a few lines.
//!
//! In a gateway the person asking is on the other end of a messenger. So there is no way from here to the rest of the
//! CLI: not to another home, not to a file, not to a prompt; only sums.

use pyo3::prelude::*;
use serde_json::Value;

use crate::command;

/// A message that is longer is not read on a phone.
const BUDGETS: usize = 4;

const USAGE: &str =
    "Usage: /telemetry [window], for example /telemetry 7d. The window is a number and m, h, d or w.";

/// The text to answer with. Never raises: the host would show the exception in the chat.
#[pyfunction]
#[pyo3(signature = (raw_arguments=""))]
pub(crate) fn summary(raw_arguments: &str) -> String {
    match raw_arguments.trim() {
        "" => at_a_glance(),
        window if is_window(window) => of(window).map(|insights| describe(window, &insights)),
        _ => Ok(USAGE.to_owned()),
    }
    .unwrap_or_else(|failed| format!("Telemetry has no answer: {failed}"))
}

/// The answers of a window, or what the command said instead.
fn of(window: &str) -> Result<Value, String> {
    let (code, out, err) = command::capture(["insights", "--since", window, "--json"]);
    serde_json::from_str(&out).ok().filter(|_| code == 0).ok_or_else(|| err.trim().to_owned())
}

/// Today, seven days and the budgets: a dozen short lines at the most.
fn at_a_glance() -> Result<String, String> {
    let mut lines = vec!["Telemetry".to_owned()];
    for (title, window) in [("Today", "today"), ("7 days", "7d")] {
        lines.extend(glance(title, &of(window)?));
    }
    lines.extend(budgets());
    Ok(lines.join("\n"))
}

fn glance(title: &str, insights: &Value) -> Vec<String> {
    let turns = integer(insights, "/turns/total");
    let calls = integer(insights, "/model_calls/total");
    if turns == 0 && calls == 0 {
        return vec![format!("{title}: nothing")];
    }
    let mut first = format!("{title}: {}", counted(turns, "turn"));
    if let Some(rate) = number(insights, "/turns/completion_rate/value") {
        first += &format!(", {:.0} % completed", rate * 100.0);
    }
    let failed: u64 = ["errored", "timed_out", "limited"]
        .iter()
        .map(|outcome| integer(insights, &format!("/turns/by_outcome/{outcome}")))
        .sum();
    if failed > 0 {
        first += &format!(", {failed} failed");
    }
    let mut lines = vec![first, format!("  {}", cost(insights).to_lowercase().replacen("cost", "spent", 1))];
    let took = |percentile: &str| number(insights, &format!("/turns/duration_ms/{percentile}"));
    if let (Some(p50), Some(p95)) = (took("p50"), took("p95")) {
        lines.push(format!("  a turn takes {}, one in 20 {} or more", duration(p50), duration(p95)));
    }
    lines
}

/// A line for each of the first few budgets.
fn budgets() -> Vec<String> {
    // It leaves with 3 when one is exceeded, and says the same.
    let (_, out, _) = command::capture(["budget", "--json"]);
    let document: Value = serde_json::from_str(&out).unwrap_or_default();
    let Some(budgets) = document.get("budgets").and_then(Value::as_array) else { return Vec::new() };
    let line = |budget: &Value| {
        let name: String = budget["name"].as_str().unwrap_or_default().chars().take(40).collect();
        let share = budget["share"].as_f64().unwrap_or_default();
        let exceeded = budget["exceeded"].as_bool() == Some(true);
        let least = if integer(budget, "/unknown_calls") > 0 { "at least " } else { "" };
        // What is nearly all is not all.
        let share = if exceeded { share } else { share.min(0.99) };
        format!("{name}: {least}{:.0} %{}", share * 100.0, if exceeded { ", exceeded" } else { "" })
    };
    let mut lines: Vec<String> = budgets.iter().take(BUDGETS).map(line).collect();
    if budgets.len() > BUDGETS {
        lines.push(format!("and {} more budgets", budgets.len() - BUDGETS));
    }
    lines
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

fn number(insights: &Value, pointer: &str) -> Option<f64> {
    insights.pointer(pointer).and_then(Value::as_f64)
}

/// Milliseconds at two digits or so.
fn duration(ms: f64) -> String {
    let seconds = ms / 1_000.0;
    match () {
        () if ms < 999.5 => format!("{ms:.0} ms"),
        () if seconds < 59.95 => format!("{seconds:.1} s"),
        () if seconds < 3_570.0 => format!("{:.0} min", seconds / 60.0),
        () => format!("{:.1} h", seconds / 3_600.0),
    }
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 { format!("1 {noun}") } else { format!("{count} {noun}s") }
}
