//! The answers on one page.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::{Distribution, Insights, Rate, Runs, Window};

use super::breakdown::{TOP, calls, tools};
use super::table::{Side, Table};
use super::text::{count, duration, grouped, nothing, parts, percent, span};

pub(crate) fn insights(
    out: &mut dyn Write,
    found: &Insights,
    window: Window,
    zone: &TimeZone,
) -> io::Result<()> {
    if found.runs.total == 0 {
        writeln!(out, "{}\n", span(window, zone))?;
        return writeln!(out, "{}", nothing("runs", window));
    }
    writeln!(out, "{}, rates with their 95 % intervals\n", span(window, zone))?;
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
    if !found.by("model").is_empty() {
        writeln!(out)?;
        calls(out, "model", found.by("model"), TOP)?;
    }
    if !found.by("tool").is_empty() {
        writeln!(out)?;
        tools(out, found.by("tool"), TOP)?;
    }
    missing(out, found)
}

fn line(out: &mut dyn Write, name: &str, text: &str) -> io::Result<()> {
    writeln!(out, "{name:<10}  {text}")
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
    row("model call with retries", &found.model_calls.latency_ms);
    row("  its last attempt", &found.model_calls.attempt_ms);
    row("first token", &found.model_calls.ttft_ms);
    row("tool call", &found.tool_calls.ends.duration_ms);
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
        let failed = tools
            .ends
            .failure_rate
            .map(|r| format!("   {} failed of {} run", rate(&r), r.n))
            .unwrap_or_default();
        line(
            out,
            "tools",
            &format!("{}   {}{failed}", count(tools.total, "call", "calls"), parts(&tools.ends.by_status)),
        )?;
    }
    Ok(())
}

fn errors(out: &mut dyn Write, found: &Insights) -> io::Result<()> {
    let errors = &found.errors;
    if errors.total == 0 && errors.recovered_attempts == 0 {
        return Ok(());
    }
    let mut said = vec![format!("{} unanswered", count(errors.total, "call", "calls"))];
    if errors.total > 0 {
        said.push(parts(&errors.by_class));
    }
    if errors.recovered_attempts > 0 {
        let attempts = count(errors.recovered_attempts, "attempt", "attempts");
        said.push(format!("{attempts} recovered by a retry"));
    }
    line(out, "errors", &said.join("   "))
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
