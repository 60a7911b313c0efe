//! The answers on one page: how long, how many, how well, and what is missing.
//!
//! The window holds runs and turns that began in it, and calls that ended in it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use telemetry_core::event::CONTENT_LOSS;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_core::vocabulary::ToolStatus;

use super::answers::{
    Approvals, CostTotals, Errors, Group, Insights, ModelCalls, Quality, Runs, ToolCalls, ToolEnds, Turns,
    WindowShown,
};
use super::breakdown::Breakdown;
use super::question::{Question, zone_name};
use super::rows::{self, CallOf, CallRow, Ended, FailedRow, RunRow, ToolRow};
use super::{Distribution, Rate, Tokens, moment};
use crate::error::StoreError;

const UNKNOWN: &str = "(unknown)";

/// The answers to `question`.
///
/// # Errors
/// When the index cannot be read.
pub fn insights(connection: &Connection, question: &Question) -> Result<Insights, StoreError> {
    let window = question.window;
    let runs = rows::runs(connection, window)?;
    let calls = rows::calls(connection, window)?;
    let failed = rows::failed(connection, window)?;
    let turns = rows::turns(connection, window)?;
    let tools = rows::tools(connection, window)?;
    let priced = 0;
    let coverage = |with: usize| share(with as u64, calls.len() as u64);
    Ok(Insights {
        window: WindowShown {
            since: window.since.map(|at| moment(at.0)),
            until: window.until.map(|at| moment(at.0)),
            timezone: zone_name(&question.zone),
        },
        turns: Turns {
            ended: ended(turns.ended.iter()),
            breakdown_ms: Breakdown::of_nanos(turns.spent),
            idle_ms: Distribution::default(),
        },
        model_calls: model_calls(&calls, &failed),
        tool_calls: tool_calls(tools.iter()),
        errors: errors(&failed),
        subagents: rows::subagents(connection, window)?,
        cost: CostTotals { unknown_calls: calls.len() as u64 - priced, ..CostTotals::default() },
        by: BTreeMap::from([
            ("model".to_owned(), call_groups(&calls, &failed, |of| of.model.as_deref())),
            ("provider".to_owned(), call_groups(&calls, &failed, |of| of.provider.as_deref())),
            ("platform".to_owned(), run_groups(&runs, |run| run.platform.as_deref())),
            ("entrypoint".to_owned(), run_groups(&runs, |run| run.entrypoint.as_deref())),
            ("tool".to_owned(), tool_groups(&tools)),
        ]),
        top_runs: Vec::new(),
        compared: None,
        approvals: Approvals { total: 0, by_choice: BTreeMap::new(), wait_ms: Distribution::default() },
        chains: ended(runs.iter().map(|run| &run.ended)),
        quality: Quality {
            dropped_events: total(connection, &dropped_events())?,
            unreadable_lines: total(connection, "SELECT coalesce(sum(unreadable), 0) FROM log_file")?,
            usage_coverage: coverage(calls.iter().filter(|call| call.tokens.is_some()).count()),
            cost_coverage: coverage(priced as usize),
            ttft_coverage: coverage(calls.iter().filter(|call| call.ttft.is_some()).count()),
        },
        runs: ended(runs.iter().map(|run| &run.ended)),
    })
}

/// Pieces of content that were lost are no events.
fn dropped_events() -> String {
    format!(
        "SELECT coalesce(sum(events), 0) FROM loss JOIN name ON name.id = loss.reason WHERE name.text NOT GLOB '{CONTENT_LOSS}*'"
    )
}

fn total(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

fn ended<'a>(rows: impl Iterator<Item = &'a Ended>) -> Runs {
    let mut by_outcome = BTreeMap::new();
    let mut by_reason = BTreeMap::new();
    let mut classes: BTreeMap<OutcomeClass, u64> = BTreeMap::new();
    let mut durations = Vec::new();
    let mut total = 0;
    for row in rows {
        total += 1;
        *by_outcome.entry(row.outcome.clone()).or_insert(0) += 1;
        if let Some(reason) = &row.reason {
            *by_reason.entry(reason.clone()).or_insert(0) += 1;
        }
        let outcome = Outcome::parse(&row.outcome).unwrap_or(Outcome::Unknown);
        *classes.entry(outcome.class(row.reason.as_deref())).or_insert(0) += 1;
        durations.extend(row.duration);
    }
    let class = |class| classes.get(&class).copied().unwrap_or(0);
    let (success, failure) = (class(OutcomeClass::Success), class(OutcomeClass::Failure));
    let judged = success + failure + class(OutcomeClass::User);
    Runs {
        total,
        running: class(OutcomeClass::Open),
        by_outcome,
        by_reason,
        completion_rate: Rate::of(success, judged),
        failure_rate: Rate::of(failure, judged),
        duration_ms: Distribution::of(durations),
    }
}

fn model_calls(calls: &[CallRow], failed: &[FailedRow]) -> ModelCalls {
    let tokens = sum_tokens(calls.iter());
    let prompt = tokens.input + tokens.cache_read + tokens.cache_write;
    ModelCalls {
        total: calls.len() as u64,
        failed_attempts: failed.len() as u64,
        latency_ms: Distribution::of(calls.iter().filter_map(|call| call.latency).collect()),
        attempt_ms: Distribution::of(calls.iter().filter_map(|call| call.attempt).collect()),
        ttft_ms: Distribution::of(calls.iter().filter_map(|call| call.ttft).collect()),
        failed_attempt_ms: Distribution::default(),
        messages: 0,
        cache_hit_rate: share(tokens.cache_read as u64, prompt as u64),
        tokens,
    }
}

fn sum_tokens<'a>(calls: impl Iterator<Item = &'a CallRow>) -> Tokens {
    calls.filter_map(|call| call.tokens).fold(Tokens::default(), |mut sum, tokens| {
        sum += tokens;
        sum
    })
}

fn errors(failed: &[FailedRow]) -> Errors {
    // One error a call: what its last failed attempt was.
    let last: BTreeMap<i64, &str> = failed
        .iter()
        .filter(|attempt| attempt.recovery == "final")
        .map(|attempt| (attempt.call, attempt.class.as_str()))
        .collect();
    let mut by_class = BTreeMap::new();
    for class in last.values() {
        *by_class.entry((*class).to_owned()).or_insert(0) += 1;
    }
    let recovered = failed.iter().filter(|attempt| attempt.recovery == "recovered").count();
    Errors { total: last.len() as u64, by_class, recovered_attempts: recovered as u64 }
}

fn tool_calls<'a>(tools: impl Iterator<Item = &'a ToolRow>) -> ToolCalls {
    let mut by_status = BTreeMap::new();
    let mut durations = Vec::new();
    let (mut total, mut executed, mut failed) = (0, 0, 0);
    for tool in tools {
        let status = ToolStatus::from(tool.status.as_str());
        total += 1;
        executed += u64::from(status.executed());
        failed += u64::from(status.failed());
        *by_status.entry(tool.status.clone()).or_insert(0) += 1;
        durations.extend(tool.duration);
    }
    let ends = ToolEnds {
        by_status,
        failure_rate: Rate::of(failed, executed),
        duration_ms: Distribution::of(durations),
    };
    ToolCalls { total, ends }
}

/// Groups in order of size, then name.
fn grouped<T>(rows: &[T], key: impl Fn(&T) -> Option<&str>) -> Vec<(String, Vec<&T>)> {
    let mut groups: BTreeMap<String, Vec<&T>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(row).unwrap_or(UNKNOWN).to_owned()).or_default().push(row);
    }
    let mut groups: Vec<_> = groups.into_iter().collect();
    groups.sort_by_key(|(_, rows)| std::cmp::Reverse(rows.len()));
    groups
}

fn call_groups(calls: &[CallRow], failed: &[FailedRow], key: impl Fn(&CallOf) -> Option<&str>) -> Vec<Group> {
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    for attempt in failed {
        *failures.entry(key(&attempt.of).unwrap_or(UNKNOWN).to_owned()).or_insert(0) += 1;
    }
    let mut groups: Vec<Group> = grouped(calls, |call| key(&call.of))
        .into_iter()
        .map(|(group, calls)| Group {
            model_calls: Some(calls.len() as u64),
            failed_attempts: Some(failures.remove(&group).unwrap_or(0)),
            latency_ms: Some(Distribution::of(calls.iter().filter_map(|call| call.latency).collect())),
            tokens: Some(sum_tokens(calls.into_iter())),
            key: group,
            ..Group::default()
        })
        .collect();
    // A model that never answered is a group too.
    groups.extend(failures.into_iter().map(|(group, failed_attempts)| Group {
        key: group,
        model_calls: Some(0),
        failed_attempts: Some(failed_attempts),
        latency_ms: Some(Distribution::default()),
        tokens: Some(Tokens::default()),
        ..Group::default()
    }));
    groups
}

fn run_groups(runs: &[RunRow], key: impl Fn(&RunRow) -> Option<&str>) -> Vec<Group> {
    grouped(runs, key)
        .into_iter()
        .map(|(key, runs)| Group {
            key,
            runs: Some(ended(runs.iter().map(|run| &run.ended))),
            model_calls: Some(runs.iter().map(|run| run.model_calls).sum()),
            tool_calls: Some(runs.iter().map(|run| run.tool_calls).sum()),
            tokens: Some(runs.iter().fold(Tokens::default(), |mut sum, run| {
                sum += run.tokens;
                sum
            })),
            ..Group::default()
        })
        .collect()
}

fn tool_groups(tools: &[ToolRow]) -> Vec<Group> {
    grouped(tools, |tool| Some(&tool.tool))
        .into_iter()
        .map(|(key, calls)| {
            let calls = tool_calls(calls.into_iter());
            Group { key, tool_calls: Some(calls.total), tools: Some(calls.ends), ..Group::default() }
        })
        .collect()
}
