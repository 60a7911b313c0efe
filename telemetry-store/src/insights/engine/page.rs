//! Puts a page of answers together.

use std::collections::BTreeMap;

use rusqlite::Connection;
use telemetry_core::event::CONTENT_LOSS;

use super::breakdowns::Facts;
use super::calls::CallSums;
use super::counts::Counts;
use super::ends::Ends;
use super::gather::{Gathered, gather};
use super::largest::keep_largest;
use super::scan::Scan;
use super::top;
use crate::columns::Kind;
use crate::error::StoreError;
use crate::insights::question::zone_name;
use crate::insights::{
    Approvals, Breakdown, Distribution, Insights, ModelCalls, Quality, Question, ToolCalls, Turns, Window,
    WindowShown, moment,
};

/// A page, with the values its distributions are of, ascending and in nanoseconds, where windows are compared.
pub(super) struct Page {
    pub insights: Insights,
    pub turns: Vec<i64>,
    pub latencies: Vec<i64>,
    pub tools: Vec<i64>,
    pub waits: Vec<i64>,
}

/// The page of a question, without a comparison.
pub(super) fn answer(connection: &Connection, question: &Question) -> Result<Page, StoreError> {
    let zone = question.zone.clone();
    let mut scan = Scan::new(connection, question.window, zone, &question.by, &question.filters)?;
    if let Some(most) = question.groups {
        keep_largest(&mut scan, most)?;
    }
    let values = question.compare;
    let gathered = gather(&mut scan, question.top, values)?;
    let failures = scan.breakdowns(Kind::Attempt);
    let texts = &scan.words.texts;
    let facts = Facts { texts, partitions: &scan.partitions, gathered: &gathered, failures };
    let mut by = BTreeMap::new();
    for (partition, grouping) in scan.partitions.iter().enumerate() {
        if let Some(grouping) = grouping.grouping {
            by.insert(grouping.to_string(), facts.groups(partition, grouping, question.groups));
        }
    }
    let ended = |ends: &Ends, durations| ends.runs(texts, ends.counts.get(0, 0), durations);
    let sums = gathered.calls.sums.get(0, 0).cloned().unwrap_or_default();
    let tools = gathered.tools.counts.get(0, 0);
    let insights = Insights {
        window: shown(question.window, question),
        runs: ended(&gathered.runs, gathered.run_durations.all()),
        chains: ended(&gathered.chains, gathered.chains.durations.whole()),
        turns: Turns {
            ended: ended(&gathered.turns, gathered.turn_durations.all()),
            breakdown_ms: Breakdown::of_nanos(gathered.spent),
            idle_ms: gathered.idle.whole(),
        },
        model_calls: model_calls(&gathered, &sums, gathered.calls.latencies.all()),
        tool_calls: ToolCalls {
            total: tools.map_or(0, Counts::total),
            ends: gathered.tools.ends(texts, tools, gathered.tools.durations.all()),
        },
        approvals: Approvals {
            total: gathered.approvals.total(),
            by_choice: gathered.approvals.clone(),
            wait_ms: gathered.waits.whole(),
        },
        errors: gathered.errors.clone(),
        subagents: gathered.subagents.clone(),
        cost: sums.cost(),
        by,
        top_runs: top::summaries(connection, &gathered.top)?,
        compared: None,
        quality: quality(connection, &sums)?,
    };
    let waits = if values { gathered.waits.ascending() } else { Vec::new() };
    let (turns, latencies) = (gathered.turn_durations.values, gathered.calls.latencies.values);
    Ok(Page { insights, turns, latencies, tools: gathered.tools.durations.values, waits })
}

/// A window of a question, as it is shown.
pub(super) fn shown(window: Window, question: &Question) -> WindowShown {
    WindowShown {
        since: window.since.map(|at| moment(at.0)),
        until: window.until.map(|at| moment(at.0)),
        timezone: zone_name(&question.zone),
    }
}

fn model_calls(gathered: &Gathered, sums: &CallSums, latency_ms: Distribution) -> ModelCalls {
    let tokens = sums.tokens;
    let prompt = tokens.input.saturating_add(tokens.cache_read).saturating_add(tokens.cache_write);
    ModelCalls {
        total: sums.calls,
        failed_attempts: gathered.failures.get(0, 0).map_or(0, |failures| failures.attempts),
        latency_ms,
        attempt_ms: gathered.calls.attempts,
        ttft_ms: gathered.calls.first_tokens,
        failed_attempt_ms: gathered.failed_attempts.whole(),
        messages: sums.messages,
        cache_hit_rate: share(tokens.cache_read as u64, prompt as u64),
        tokens,
    }
}

fn quality(connection: &Connection, sums: &CallSums) -> Result<Quality, StoreError> {
    // Pieces of content that were lost are no events.
    let dropped = format!(
        "SELECT coalesce(sum(events), 0) FROM loss JOIN name ON name.id = loss.reason WHERE name.text NOT GLOB '{CONTENT_LOSS}*'"
    );
    let coverage = |with: u64| share(with, sums.calls);
    let cost = sums.cost();
    Ok(Quality {
        dropped_events: total(connection, &dropped)?,
        unreadable_lines: total(connection, "SELECT coalesce(sum(unreadable), 0) FROM log_file")?,
        usage_coverage: coverage(sums.with_usage),
        cost_coverage: coverage(sums.calls - cost.unknown_calls),
        ttft_coverage: coverage(sums.with_first_token),
    })
}

fn total(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
