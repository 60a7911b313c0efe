//! Breakdowns: one table for each dimension.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::{Group, Insights, Rate, Runs, Tokens, Window};

use super::table::{Side, Table};
use super::text::{duration, grouped, nothing, parts, percent, span};
use crate::args::Dimension;

/// Rows of a breakdown on the page; `--by` shows all.
pub(super) const TOP: usize = 5;

/// One breakdown in full.
pub(crate) fn breakdown(
    out: &mut dyn Write,
    found: &Insights,
    by: Dimension,
    window: Window,
    zone: &TimeZone,
) -> io::Result<()> {
    writeln!(out, "{}\n", span(window, zone))?;
    let word = match by {
        Dimension::Model => "model",
        Dimension::Provider => "provider",
        Dimension::Platform => "platform",
        Dimension::Entrypoint => "entrypoint",
        Dimension::Tool => "tool",
    };
    let groups = found.by(word);
    if groups.is_empty() {
        let things = match by {
            _ if found.runs.total == 0 => "runs",
            Dimension::Model | Dimension::Provider => "model calls",
            Dimension::Tool => "tool calls",
            _ => "runs",
        };
        return writeln!(out, "{}", nothing(things, window));
    }
    match by {
        Dimension::Model | Dimension::Provider => calls(out, word, groups, usize::MAX),
        Dimension::Platform | Dimension::Entrypoint => surfaces(out, word, groups),
        Dimension::Tool => tools(out, groups, usize::MAX),
    }
}

pub(super) fn calls(out: &mut dyn Write, name: &'static str, groups: &[Group], top: usize) -> io::Result<()> {
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
        let (latency, tokens) = (group.latency_ms.unwrap_or_default(), group.tokens.unwrap_or_default());
        table.row([
            group.key.clone(),
            grouped(group.model_calls.unwrap_or(0) as i64),
            grouped(group.failed_attempts.unwrap_or(0) as i64),
            duration(latency.p50),
            duration(latency.p95),
            grouped(tokens.input),
            grouped(tokens.cache_read + tokens.cache_write),
            grouped(tokens.output),
        ]);
    }
    table.print(out)?;
    more(out, groups.len(), top, name)
}

fn surfaces(out: &mut dyn Write, name: &'static str, groups: &[Group]) -> io::Result<()> {
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
        let of_runs = |number: fn(&Runs) -> String| group.runs.as_ref().map_or_else(String::new, number);
        table.row([
            key,
            of_runs(|runs| grouped(runs.total as i64)),
            of_runs(|runs| share(&runs.completion_rate)),
            of_runs(|runs| share(&runs.failure_rate)),
            of_runs(|runs| duration(runs.duration_ms.p50)),
            grouped(group.model_calls.unwrap_or(0) as i64),
            grouped(group.tool_calls.unwrap_or(0) as i64),
            grouped(group.tokens.as_ref().map_or(0, Tokens::total)),
        ]);
    }
    table.print(out)
}

fn share(rate: &Option<Rate>) -> String {
    rate.as_ref().map_or_else(|| "-".to_owned(), |rate| percent(rate.value))
}

pub(super) fn tools(out: &mut dyn Write, groups: &[Group], top: usize) -> io::Result<()> {
    let mut table = Table::new([
        ("tool", Side::Left(28)),
        ("calls", Side::Right),
        ("failed", Side::Right),
        ("p50", Side::Right),
        ("p95", Side::Right),
        ("ended", Side::Left(32)),
    ]);
    for group in groups.iter().take(top) {
        let ends = group.tools.clone().unwrap_or_default();
        table.row([
            group.key.clone(),
            grouped(group.tool_calls.unwrap_or(0) as i64),
            share(&ends.failure_rate),
            duration(ends.duration_ms.p50),
            duration(ends.duration_ms.p95),
            parts(&ends.by_status),
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
