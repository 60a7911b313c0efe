//! Breakdowns: one table for each dimension.

use std::io::{self, Write};

use jiff::tz::TimeZone;
use telemetry_store::insights::{CallGroup, Insights, Rate, RunGroup, ToolGroup, Window};

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
    let groups = &found.by;
    let (some, things) = match by {
        Dimension::Model => (!groups.model.is_empty(), "model calls"),
        Dimension::Provider => (!groups.provider.is_empty(), "model calls"),
        Dimension::Platform => (!groups.platform.is_empty(), "runs"),
        Dimension::Entrypoint => (!groups.entrypoint.is_empty(), "runs"),
        Dimension::Tool => (!groups.tool.is_empty(), "tool calls"),
    };
    if !some {
        let things = if found.runs.total == 0 { "runs" } else { things };
        return writeln!(out, "{}", nothing(things, window));
    }
    match by {
        Dimension::Model => calls(out, "model", &groups.model, usize::MAX),
        Dimension::Provider => calls(out, "provider", &groups.provider, usize::MAX),
        Dimension::Platform => surfaces(out, "platform", &groups.platform),
        Dimension::Entrypoint => surfaces(out, "entrypoint", &groups.entrypoint),
        Dimension::Tool => tools(out, &groups.tool, usize::MAX),
    }
}

pub(super) fn calls(
    out: &mut dyn Write,
    name: &'static str,
    groups: &[CallGroup],
    top: usize,
) -> io::Result<()> {
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

pub(super) fn tools(out: &mut dyn Write, groups: &[ToolGroup], top: usize) -> io::Result<()> {
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
