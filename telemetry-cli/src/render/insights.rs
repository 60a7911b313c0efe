//! The answers on one page.

use std::collections::BTreeMap;
use std::io::{self, Write};

use telemetry_store::insights::{CallGroup, Distribution, Insights, Rate, RunGroup, Runs, ToolGroup};

use super::table::{Side, Table};
use super::text::{clean, count, duration, grouped, percent};
use crate::args::Dimension;

/// Rows of a breakdown on the page; `--by` shows all.
const TOP: usize = 5;

pub(crate) fn insights(out: &mut dyn Write, found: &Insights, by: Option<Dimension>) -> io::Result<()> {
    match by {
        Some(Dimension::Model) => return calls(out, "model", &found.by.model, usize::MAX),
        Some(Dimension::Provider) => return calls(out, "provider", &found.by.provider, usize::MAX),
        Some(Dimension::Platform) => return surfaces(out, "platform", &found.by.platform),
        Some(Dimension::Entrypoint) => return surfaces(out, "entrypoint", &found.by.entrypoint),
        Some(Dimension::Tool) => return tools(out, &found.by.tool, usize::MAX),
        None => {}
    }
    if found.runs.total == 0 {
        return writeln!(out, "no runs in this window");
    }
    ended(out, "runs", &found.runs)?;
    ended(out, "turns", &found.turns.ended)?;
    if found.subagents.total > 0 {
        line(
            out,
            "subagents",
            &format!("{}   {}", grouped(found.subagents.total as i64), parts(&found.subagents.by_status)),
        )?;
    }
    spent(out, found)?;
    writeln!(out)?;
    latency(out, found)?;
    writeln!(out)?;
    tokens_and_cost(out, found)?;
    errors(out, found)?;
    if !found.by.model.is_empty() {
        writeln!(out)?;
        calls(out, "model", &found.by.model, TOP)?;
    }
    if !found.by.tool.is_empty() {
        writeln!(out)?;
        tools(out, &found.by.tool, TOP)?;
    }
    missing(out, found)
}

fn line(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{name:<10}  {text}")
}

/// `completed 12 · errored 3`, largest first.
fn parts(counts: &BTreeMap<String, u64>) -> String {
    let mut counts: Vec<_> = counts.iter().collect();
    counts.sort_by_key(|(_, n)| std::cmp::Reverse(**n));
    let part = |(word, n): (&String, &u64)| format!("{} {}", clean(word), grouped(*n as i64));
    counts.into_iter().map(part).collect::<Vec<_>>().join(" · ")
}

fn ended(out: &mut dyn Write, name: &str, runs: &Runs) -> io::Result<()> {
    line(out, name, &format!("{}   {}", grouped(runs.total as i64), parts(&runs.by_outcome)))?;
    if let (Some(completion), Some(failure)) = (&runs.completion_rate, &runs.failure_rate) {
        let left_out = runs.total - completion.n;
        let left_out = if left_out > 0 { format!(", {left_out} left out") } else { String::new() };
        line(
            out,
            "",
            &format!(
                "{} completed, {} failed, of {}{left_out}",
                rate(completion),
                rate(failure),
                completion.n
            ),
        )?;
    }
    if !runs.by_reason.is_empty() {
        line(out, "", &format!("why: {}", parts(&runs.by_reason)))?;
    }
    Ok(())
}

/// `67 % (44 to 84)`.
fn rate(rate: &Rate) -> String {
    format!("{} ({:.0} to {:.0})", percent(rate.value), rate.low * 100.0, rate.high * 100.0)
}

fn spent(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let spent = &found.turns.breakdown_ms;
    let whole = spent.model + spent.tool + spent.approval + spent.other;
    if whole <= 0.0 {
        return Ok(());
    }
    let part = |name: &str, ms: f64| format!("{name} {}", percent(ms / whole));
    let parts = [
        part("model", spent.model),
        part("tools", spent.tool),
        part("approvals", spent.approval),
        part("other", spent.other),
    ];
    line(out, "turn time", &format!("{}   {}", duration(Some(whole)), parts.join(" · ")))
}

fn latency(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let mut table = Table::new([
        ("took", Side::Left(24)),
        ("n", Side::Right),
        ("avg", Side::Right),
        ("p50", Side::Right),
        ("p95", Side::Right),
        ("p99", Side::Right),
        ("max", Side::Right),
    ]);
    let mut row = |name: &str, of: &Distribution| {
        if of.n > 0 {
            let cells = [of.avg, of.p50, of.p95, of.p99, of.max].map(duration);
            table.row([name.to_owned(), grouped(of.n as i64)].into_iter().chain(cells));
        }
    };
    row("run", &found.runs.duration_ms);
    row("turn", &found.turns.ended.duration_ms);
    row("model call, retries in", &found.model_calls.latency_ms);
    row("answered attempt alone", &found.model_calls.attempt_ms);
    row("first token", &found.model_calls.ttft_ms);
    row("tool call", &found.tool_calls.duration_ms);
    table.print(out)
}

fn tokens_and_cost(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let calls = &found.model_calls;
    let tokens = &calls.tokens;
    let failed = match calls.failed_attempts {
        0 => String::new(),
        n => format!(", {}", count(n, "failed attempt", "failed attempts")),
    };
    line(out, "models", &format!("{}{failed}", count(calls.total, "call", "calls")))?;
    let hit =
        calls.cache_hit_rate.map(|share| format!(" ({} of the prompt)", percent(share))).unwrap_or_default();
    line(
        out,
        "tokens",
        &format!(
            "input {} · cache read {}{hit} · cache write {} · output {} (reasoning {})",
            grouped(tokens.input),
            grouped(tokens.cache_read),
            grouped(tokens.cache_write),
            grouped(tokens.output),
            grouped(tokens.reasoning)
        ),
    )?;
    let cost = match (found.cost.actual_usd, found.cost.estimated_usd) {
        (None, None) => "unknown: no call has a price".to_owned(),
        (actual, estimated) => {
            let part = |usd: Option<f64>, word: &str| usd.map(|usd| format!("${usd:.4} {word}"));
            [part(actual, "reported"), part(estimated, "estimated")]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>()
                .join(" · ")
        }
    };
    line(out, "cost", &cost)?;
    let tools = &found.tool_calls;
    if tools.total > 0 {
        let failed =
            tools.failure_rate.map(|r| format!("   {} failed of {} run", rate(&r), r.n)).unwrap_or_default();
        line(
            out,
            "tools",
            &format!("{}   {}{failed}", count(tools.total, "call", "calls"), parts(&tools.by_status)),
        )?;
    }
    Ok(())
}

fn errors(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let errors = &found.errors;
    if errors.total == 0 && errors.recovered_attempts == 0 {
        return Ok(());
    }
    let recovered = match errors.recovered_attempts {
        0 => String::new(),
        n => format!("   and {} recovered by a retry", count(n, "attempt", "attempts")),
    };
    let list = parts(&errors.by_class);
    line(out, "errors", &format!("{} unanswered   {list}{recovered}", count(errors.total, "call", "calls")))
}

fn calls(out: &mut dyn Write, name: &'static str, groups: &[CallGroup], top: usize) -> io::Result<()> {
    let mut table = Table::new([
        (name, Side::Left(28)),
        ("calls", Side::Right),
        ("failed", Side::Right),
        ("p50", Side::Right),
        ("p95", Side::Right),
        ("input", Side::Right),
        ("cached", Side::Right),
        ("output", Side::Right),
    ]);
    for group in groups.iter().take(top) {
        table.row([
            group.key.clone(),
            grouped(group.model_calls as i64),
            grouped(group.failed_attempts as i64),
            duration(group.latency_ms.p50),
            duration(group.latency_ms.p95),
            grouped(group.tokens.input),
            grouped(group.tokens.cache_read + group.tokens.cache_write),
            grouped(group.tokens.output),
        ]);
    }
    table.print(out)?;
    more(out, groups.len(), top, name)
}

fn surfaces(out: &mut dyn Write, name: &'static str, groups: &[RunGroup]) -> io::Result<()> {
    let mut table = Table::new([
        (name, Side::Left(20)),
        ("runs", Side::Right),
        ("completed", Side::Right),
        ("failed", Side::Right),
        ("p50", Side::Right),
        ("calls", Side::Right),
        ("tools", Side::Right),
        ("tokens", Side::Right),
    ]);
    for group in groups {
        let key = if group.key.is_empty() { "(empty)".to_owned() } else { group.key.clone() };
        let share =
            |rate: &Option<Rate>| rate.as_ref().map_or_else(|| "-".to_owned(), |rate| percent(rate.value));
        table.row([
            key,
            grouped(group.runs.total as i64),
            share(&group.runs.completion_rate),
            share(&group.runs.failure_rate),
            duration(group.runs.duration_ms.p50),
            grouped(group.model_calls as i64),
            grouped(group.tool_calls as i64),
            grouped(group.tokens.total()),
        ]);
    }
    table.print(out)
}

fn tools(out: &mut dyn Write, groups: &[ToolGroup], top: usize) -> io::Result<()> {
    let mut table = Table::new([
        ("tool", Side::Left(28)),
        ("calls", Side::Right),
        ("failed", Side::Right),
        ("p50", Side::Right),
        ("p95", Side::Right),
        ("ended", Side::Left(32)),
    ]);
    for group in groups.iter().take(top) {
        let calls = &group.calls;
        table.row([
            group.key.clone(),
            grouped(calls.total as i64),
            calls.failure_rate.as_ref().map_or_else(|| "-".to_owned(), |rate| percent(rate.value)),
            duration(calls.duration_ms.p50),
            duration(calls.duration_ms.p95),
            parts(&calls.by_status),
        ]);
    }
    table.print(out)?;
    more(out, groups.len(), top, "tool")
}

fn more(out: &mut dyn Write, all: usize, top: usize, dimension: &str) -> io::Result<()> {
    match all.saturating_sub(top) {
        0 => Ok(()),
        n => writeln!(out, "and {n} more: telemetry insights --by {dimension}"),
    }
}

fn missing(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let quality = &found.quality;
    let mut missing = Vec::new();
    let mut calls_without = |coverage: Option<f64>, what: &str| {
        if let Some(coverage) = coverage.filter(|coverage| *coverage < 1.0) {
            missing.push(format!("{what} of {} of calls", percent(1.0 - coverage)));
        }
    };
    calls_without(quality.usage_coverage, "token usage");
    calls_without(quality.cost_coverage, "cost");
    calls_without(quality.ttft_coverage, "first-token time");
    if quality.dropped_events > 0 {
        missing.push(count(quality.dropped_events, "dropped event", "dropped events"));
    }
    if quality.unreadable_lines > 0 {
        missing.push(count(quality.unreadable_lines, "unreadable line", "unreadable lines"));
    }
    match missing.is_empty() {
        true => Ok(()),
        false => writeln!(out, "\nmissing: {}", missing.join(" · ")),
    }
}
