//! The answers on one page: how long, how many, how well, and what is missing.
//!
//! The window holds runs and turns that began in it, and calls that ended in it.

use std::collections::BTreeMap;

use rusqlite::Connection;
use serde::Serialize;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_core::vocabulary::ToolStatus;

use super::breakdown::Breakdown;
use super::{Distribution, Rate, Tokens, Window, detail, moment};
use crate::error::StoreError;

/// Everything `insights` answers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Insights {
    /// The window the numbers are of.
    pub window: WindowShown,
    /// Runs that began in the window.
    pub runs: Runs,
    /// Turns that began in the window.
    pub turns: Turns,
    /// Model calls that ended in the window.
    pub model_calls: ModelCalls,
    /// Tool calls that ended in the window.
    pub tool_calls: ToolCalls,
    /// Model calls that were never answered.
    pub errors: Errors,
    /// Delegations that began in the window.
    pub subagents: Subagents,
    /// Money.
    pub cost: CostTotals,
    /// The same by one dimension.
    pub by: By,
    /// What is missing.
    pub quality: Quality,
}

/// A window, as it is shown.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WindowShown {
    /// RFC 3339, UTC.
    pub since: Option<String>,
    /// RFC 3339, UTC.
    pub until: Option<String>,
    /// The zone days are in.
    pub timezone: String,
}

/// Runs.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Runs {
    /// All of them.
    pub total: u64,
    /// Still open.
    pub running: u64,
    /// By outcome.
    pub by_outcome: BTreeMap<String, u64>,
    /// By reason, where there is one.
    pub by_reason: BTreeMap<String, u64>,
    /// Successes among successes, failures and interruptions.
    pub completion_rate: Option<Rate>,
    /// Failures among the same.
    pub failure_rate: Option<Rate>,
    /// From start to end, of those that ended.
    pub duration_ms: Distribution,
}

/// Turns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Turns {
    /// The same keys as runs.
    #[serde(flatten)]
    pub ended: Runs,
    /// Where the time of those that ended went.
    pub breakdown_ms: Breakdown,
}

/// Model calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelCalls {
    /// Calls that were answered.
    pub total: u64,
    /// Attempts that were not.
    pub failed_attempts: u64,
    /// From a call's first attempt to its answer, retries and pauses included.
    pub latency_ms: Distribution,
    /// The answered attempt alone, where the host tells.
    pub attempt_ms: Distribution,
    /// Time to the first token, where the host gives it.
    pub ttft_ms: Distribution,
    /// Cache reads among all prompt tokens.
    pub cache_hit_rate: Option<f64>,
    /// Tokens.
    pub tokens: Tokens,
}

/// Tool calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolCalls {
    /// All of them.
    pub total: u64,
    /// By how they ended.
    pub by_status: BTreeMap<String, u64>,
    /// Errors and timeouts among those that ran.
    pub failure_rate: Option<Rate>,
    /// How long they took, waits for approval included.
    pub duration_ms: Distribution,
}

/// Model calls that were never answered.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Errors {
    /// How many.
    pub total: u64,
    /// By what kind of failure their last attempt was.
    pub by_class: BTreeMap<String, u64>,
    /// Failed attempts whose call was answered in the end.
    pub recovered_attempts: u64,
}

/// Delegations.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Subagents {
    /// All of them.
    pub total: u64,
    /// By how they ended, in the host's words; `open` when they did not come back.
    pub by_status: BTreeMap<String, u64>,
}

/// Money. Amounts are `None` when no call in the window has one: never zero for want of a price.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CostTotals {
    /// Estimated from prices.
    pub estimated_usd: Option<f64>,
    /// As the provider reported.
    pub actual_usd: Option<f64>,
    /// Calls that a subscription includes.
    pub included_calls: u64,
    /// Calls without a known price.
    pub unknown_calls: u64,
}

/// Breakdowns.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct By {
    /// By the model asked for.
    pub model: Vec<CallGroup>,
    /// By provider.
    pub provider: Vec<CallGroup>,
    /// By the host's word for the surface.
    pub platform: Vec<RunGroup>,
    /// By surface.
    pub entrypoint: Vec<RunGroup>,
    /// By tool.
    pub tool: Vec<ToolGroup>,
}

/// Model calls of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallGroup {
    /// The group; `(unknown)` when the host did not say.
    pub key: String,
    /// Calls that were answered.
    pub model_calls: u64,
    /// Attempts that were not.
    pub failed_attempts: u64,
    /// Retries and pauses included.
    pub latency_ms: Distribution,
    /// Tokens.
    pub tokens: Tokens,
}

/// Runs of one group.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunGroup {
    /// The group; `(unknown)` when the host did not say.
    pub key: String,
    /// The runs.
    #[serde(flatten)]
    pub runs: Runs,
    /// Their model calls.
    pub model_calls: u64,
    /// Their tool calls.
    pub tool_calls: u64,
    /// Their tokens.
    pub tokens: Tokens,
}

/// Calls of one tool.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolGroup {
    /// The tool.
    pub key: String,
    /// Its calls.
    #[serde(flatten)]
    pub calls: ToolCalls,
}

/// What is missing from the numbers.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Quality {
    /// Events lost before they reached the log, at any time.
    pub dropped_events: u64,
    /// Lines of the log that are no events.
    pub unreadable_lines: u64,
    /// The share of model calls with usage.
    pub usage_coverage: Option<f64>,
    /// The share of model calls with a known cost.
    pub cost_coverage: Option<f64>,
    /// The share of model calls with a time to first token.
    pub ttft_coverage: Option<f64>,
}

const UNKNOWN: &str = "(unknown)";

/// Answers for `window`; `timezone` is only shown.
///
/// # Errors
/// When the index cannot be read.
pub fn insights(connection: &Connection, window: Window, timezone: &str) -> Result<Insights, StoreError> {
    let runs = read_runs(connection, window)?;
    let calls = read_calls(connection, window)?;
    let failed = read_failed(connection, window)?;
    let tools = read_tools(connection, window)?;
    let priced = 0;
    let coverage = |with: usize| share(with as u64, calls.len() as u64);
    Ok(Insights {
        window: WindowShown {
            since: window.since.map(|at| moment(at.0)),
            until: window.until.map(|at| moment(at.0)),
            timezone: timezone.to_owned(),
        },
        turns: read_turns(connection, window)?,
        model_calls: model_calls(&calls, &failed),
        tool_calls: tool_calls(tools.iter()),
        errors: errors(&failed),
        subagents: read_subagents(connection, window)?,
        cost: CostTotals {
            estimated_usd: None,
            actual_usd: None,
            included_calls: 0,
            unknown_calls: calls.len() as u64 - priced,
        },
        by: By {
            model: call_groups(&calls, &failed, |of| of.model.as_deref()),
            provider: call_groups(&calls, &failed, |of| of.provider.as_deref()),
            platform: run_groups(&runs, |run| run.platform.as_deref()),
            entrypoint: run_groups(&runs, |run| run.entrypoint.as_deref()),
            tool: tool_groups(&tools),
        },
        quality: Quality {
            dropped_events: total(connection, "SELECT coalesce(sum(events), 0) FROM loss")?,
            unreadable_lines: total(connection, "SELECT coalesce(sum(unreadable), 0) FROM log_file")?,
            usage_coverage: coverage(calls.iter().filter(|call| call.tokens.is_some()).count()),
            cost_coverage: coverage(priced as usize),
            ttft_coverage: coverage(calls.iter().filter(|call| call.ttft.is_some()).count()),
        },
        runs: ended(runs.iter().map(|run| &run.ended)),
    })
}

fn total(connection: &Connection, sql: &str) -> Result<u64, StoreError> {
    Ok(connection.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64)
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

/// How a run or turn ended.
struct Ended {
    outcome: String,
    reason: Option<String>,
    duration: Option<i64>,
}

struct RunRow {
    ended: Ended,
    platform: Option<String>,
    entrypoint: Option<String>,
    model_calls: u64,
    tool_calls: u64,
    tokens: Tokens,
}

/// The model and provider a call or a failed attempt was for.
struct CallOf {
    model: Option<String>,
    provider: Option<String>,
}

struct CallRow {
    of: CallOf,
    latency: Option<i64>,
    attempt: Option<i64>,
    ttft: Option<i64>,
    tokens: Option<Tokens>,
}

struct FailedRow {
    of: CallOf,
    call: i64,
    class: String,
    recovery: String,
}

struct ToolRow {
    tool: String,
    status: String,
    duration: Option<i64>,
}

fn read_runs(connection: &Connection, window: Window) -> Result<Vec<RunRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT run.outcome, reason.text, run.start_ns, run.end_ns, platform.text, entrypoint.text, run.model_calls,
                run.tool_calls, run.input_tokens, run.output_tokens, run.cache_read_tokens, run.cache_write_tokens,
                run.reasoning_tokens
         FROM run LEFT JOIN name AS reason ON reason.id = run.reason
         LEFT JOIN name AS platform ON platform.id = run.platform
         LEFT JOIN name AS entrypoint ON entrypoint.id = run.entrypoint
         WHERE run.start_ns >= ?1 AND run.start_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        let (start, end): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
        Ok(RunRow {
            ended: Ended {
                outcome: row.get(0)?,
                reason: row.get(1)?,
                duration: end.map(|end| (end - start).max(0)),
            },
            platform: row.get(4)?,
            entrypoint: row.get(5)?,
            model_calls: row.get::<_, i64>(6)? as u64,
            tool_calls: row.get::<_, i64>(7)? as u64,
            tokens: Tokens {
                input: row.get(8)?,
                output: row.get(9)?,
                cache_read: row.get(10)?,
                cache_write: row.get(11)?,
                reasoning: row.get(12)?,
            },
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_turns(connection: &Connection, window: Window) -> Result<Turns, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT DISTINCT lower(hex(run.key)) FROM turn JOIN run ON run.id = turn.run
         WHERE turn.start_ns >= ?1 AND turn.start_ns < ?2",
    )?;
    let (since, until) = window.bounds();
    let mut rows = Vec::new();
    let mut spent = [0i64; 4];
    for run_id in statement.query_map((since, until), |row| row.get::<_, String>(0))? {
        for turn in detail::turns_of(connection, &run_id?)? {
            if !(since..until).contains(&turn.start_ns) {
                continue;
            }
            for (sum, part) in spent.iter_mut().zip(turn.split().unwrap_or_default()) {
                *sum = sum.saturating_add(part);
            }
            let duration = turn.end_ns.map(|end| (end - turn.start_ns).max(0));
            rows.push(Ended { outcome: turn.outcome, reason: turn.reason, duration });
        }
    }
    Ok(Turns { ended: ended(rows.iter()), breakdown_ms: Breakdown::of_nanos(spent) })
}

fn read_calls(connection: &Connection, window: Window) -> Result<Vec<CallRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT model.text, provider.text, latency_ns, attempt_ns, ttft_ns, input_tokens, output_tokens,
                cache_read_tokens, cache_write_tokens, reasoning_tokens
         FROM model_call LEFT JOIN name AS model ON model.id = model_call.model
         LEFT JOIN name AS provider ON provider.id = model_call.provider
         WHERE ts_ns >= ?1 AND ts_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        let input: Option<i64> = row.get(5)?;
        let tokens = match input {
            None => None,
            Some(input) => Some(Tokens {
                input,
                output: row.get(6)?,
                cache_read: row.get(7)?,
                cache_write: row.get(8)?,
                reasoning: row.get(9)?,
            }),
        };
        Ok(CallRow {
            of: CallOf { model: row.get(0)?, provider: row.get(1)? },
            latency: row.get(2)?,
            attempt: row.get(3)?,
            ttft: row.get(4)?,
            tokens,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_failed(connection: &Connection, window: Window) -> Result<Vec<FailedRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT model.text, provider.text, span, class, recovery
         FROM attempt_failed LEFT JOIN name AS model ON model.id = attempt_failed.model
         LEFT JOIN name AS provider ON provider.id = attempt_failed.provider
         WHERE ts_ns >= ?1 AND ts_ns < ?2 ORDER BY ts_ns, attempt_failed.id",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        Ok(FailedRow {
            of: CallOf { model: row.get(0)?, provider: row.get(1)? },
            call: row.get(2)?,
            class: row.get(3)?,
            recovery: row.get(4)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_tools(connection: &Connection, window: Window) -> Result<Vec<ToolRow>, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT tool.text, status, duration_ns FROM tool_call JOIN name AS tool ON tool.id = tool_call.tool
         WHERE ts_ns >= ?1 AND ts_ns < ?2",
    )?;
    let rows = statement.query_map(window.bounds(), |row| {
        Ok(ToolRow { tool: row.get(0)?, status: row.get(1)?, duration: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn read_subagents(connection: &Connection, window: Window) -> Result<Subagents, StoreError> {
    let mut statement = connection.prepare_cached(
        "SELECT coalesce(status.text, 'open'), count(*) FROM subagent
         LEFT JOIN name AS status ON status.id = subagent.status
         WHERE coalesce(start_ns, end_ns) >= ?1 AND coalesce(start_ns, end_ns) < ?2 GROUP BY 1",
    )?;
    let by_status: BTreeMap<String, u64> = statement
        .query_map(window.bounds(), |row| Ok((row.get(0)?, row.get::<_, i64>(1)? as u64)))?
        .collect::<Result<_, _>>()?;
    Ok(Subagents { total: by_status.values().sum(), by_status })
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
    ToolCalls {
        total,
        by_status,
        failure_rate: Rate::of(failed, executed),
        duration_ms: Distribution::of(durations),
    }
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

fn call_groups(
    calls: &[CallRow],
    failed: &[FailedRow],
    key: impl Fn(&CallOf) -> Option<&str>,
) -> Vec<CallGroup> {
    let mut failures: BTreeMap<String, u64> = BTreeMap::new();
    for attempt in failed {
        *failures.entry(key(&attempt.of).unwrap_or(UNKNOWN).to_owned()).or_insert(0) += 1;
    }
    let mut groups: Vec<CallGroup> = grouped(calls, |call| key(&call.of))
        .into_iter()
        .map(|(group, calls)| CallGroup {
            model_calls: calls.len() as u64,
            failed_attempts: failures.remove(&group).unwrap_or(0),
            latency_ms: Distribution::of(calls.iter().filter_map(|call| call.latency).collect()),
            tokens: sum_tokens(calls.into_iter()),
            key: group,
        })
        .collect();
    // A model that never answered is a group too.
    groups.extend(failures.into_iter().map(|(group, failed_attempts)| CallGroup {
        key: group,
        model_calls: 0,
        failed_attempts,
        latency_ms: Distribution::default(),
        tokens: Tokens::default(),
    }));
    groups
}

fn run_groups(runs: &[RunRow], key: impl Fn(&RunRow) -> Option<&str>) -> Vec<RunGroup> {
    grouped(runs, key)
        .into_iter()
        .map(|(key, runs)| RunGroup {
            key,
            runs: ended(runs.iter().map(|run| &run.ended)),
            model_calls: runs.iter().map(|run| run.model_calls).sum(),
            tool_calls: runs.iter().map(|run| run.tool_calls).sum(),
            tokens: runs.iter().fold(Tokens::default(), |mut sum, run| {
                sum += run.tokens;
                sum
            }),
        })
        .collect()
}

fn tool_groups(tools: &[ToolRow]) -> Vec<ToolGroup> {
    grouped(tools, |tool| Some(&tool.tool))
        .into_iter()
        .map(|(key, calls)| ToolGroup { key, calls: tool_calls(calls.into_iter()) })
        .collect()
}
