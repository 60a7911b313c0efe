//! One run in full: its turns, and what happened in each.

use rusqlite::{Connection, Row};
use serde::Serialize;
use telemetry_core::cost::NanoDollars;

use super::breakdown::{self, Spent};
use super::cost::as_dollars;
use super::{Breakdown, Cost, RunSummary, Tokens, moment, ms, runs};
use crate::error::StoreError;

/// One run in full.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RunDetail {
    /// The run.
    pub run: RunSummary,
    /// Its turns, oldest first.
    pub turns: Vec<TurnDetail>,
    /// The runs it delegated to, oldest first.
    pub subagents: Vec<RunDetail>,
}

/// One turn.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TurnDetail {
    /// 16 hex digits.
    pub span_id: String,
    /// The host's id of the turn.
    pub turn_id: Option<String>,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// RFC 3339, UTC; `None` while it runs.
    pub ended_at: Option<String>,
    /// From start to end; `None` while it runs.
    pub duration_ms: Option<f64>,
    /// How it ended.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
    /// Where its time went; `None` while it runs.
    pub breakdown_ms: Option<Breakdown>,
    /// Answered model calls.
    pub model_calls: Vec<CallSpan>,
    /// Failed requests to a provider.
    pub failed_attempts: Vec<AttemptSpan>,
    /// Tool calls.
    pub tool_calls: Vec<ToolSpan>,
    /// Approvals.
    pub approvals: Vec<ApprovalSpan>,
    /// Start, in nanoseconds since the epoch.
    #[serde(skip)]
    pub start_ns: i64,
    /// End, in nanoseconds since the epoch.
    #[serde(skip)]
    pub end_ns: Option<i64>,
}

/// An answered model call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallSpan {
    /// 16 hex digits.
    pub span_id: String,
    /// RFC 3339, UTC.
    pub started_at: String,
    /// Retries and pauses included.
    pub latency_ms: Option<f64>,
    /// The answered attempt alone, where known.
    pub attempt_ms: Option<f64>,
    /// Time to the first token, where the host gives it.
    pub ttft_ms: Option<f64>,
    /// Attempts that failed before the answer.
    pub retries: i64,
    /// The model asked for.
    pub model: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// Why the model stopped.
    pub finish_reason: Option<String>,
    /// Tokens; `None` when the provider did not say.
    pub tokens: Option<Tokens>,
    /// What it costs.
    pub cost: CallCost,
    /// When it began and was answered, in nanoseconds since the epoch.
    #[serde(skip)]
    pub span_ns: (i64, i64),
}

/// What a call costs, and how that is known (docs/prices.md).
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallCost {
    /// What has to be paid; `None` when unknown, and the part that has a price.
    #[serde(flatten)]
    pub cost: Cost,
    /// `provider`, `override`, `price_table`, `subscription` or `none`.
    pub source: String,
    /// What the provider said.
    #[serde(rename = "reported_usd", serialize_with = "as_dollars", skip_serializing_if = "Option::is_none")]
    pub reported: Option<NanoDollars>,
    /// Tokens at their rates: beside what the provider said, or what a plan saved.
    #[serde(rename = "estimate_usd", serialize_with = "as_dollars", skip_serializing_if = "Option::is_none")]
    pub estimate: Option<NanoDollars>,
    /// Why it has no rates at all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpriced_reason: Option<String>,
    /// Its buckets with tokens and without a rate, by a comma each.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unpriced_buckets: Option<String>,
    /// Which rates.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub price_version: Option<String>,
    /// The provider and model of the price table.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub priced_as: Option<String>,
}

/// A failed request to a provider.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct AttemptSpan {
    /// The call it was for, 16 hex digits.
    pub call_span_id: String,
    /// RFC 3339, UTC.
    pub failed_at: String,
    /// Counted from 0 within the call.
    pub attempt: i64,
    /// What kind of failure.
    pub class: String,
    /// The host's word for it.
    pub reason: Option<String>,
    /// The error's type.
    pub error_type: Option<String>,
    /// The HTTP status, if there was an answer.
    pub status_code: Option<i64>,
    /// `recovered`, `retried` or `final`.
    pub recovery: String,
    /// This attempt alone, where known.
    pub attempt_ms: Option<f64>,
    /// From the call's first attempt to this failure, in nanoseconds since the epoch.
    #[serde(skip)]
    pub span_ns: (i64, i64),
}

/// A tool call.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ToolSpan {
    /// 16 hex digits.
    pub span_id: String,
    /// The tool.
    pub tool: String,
    /// The model's id of the call.
    pub tool_call_id: Option<String>,
    /// RFC 3339, UTC.
    pub ended_at: String,
    /// A wait for approval included.
    pub duration_ms: Option<f64>,
    /// How it ended.
    pub status: String,
    /// The kind of error.
    pub error_type: Option<String>,
    /// When it began and ended, in nanoseconds since the epoch.
    #[serde(skip)]
    pub span_ns: (i64, i64),
}

/// A question for approval and its answer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ApprovalSpan {
    /// 16 hex digits.
    pub span_id: String,
    /// The model's id of the tool call.
    pub tool_call_id: Option<String>,
    /// Where it was asked.
    pub surface: Option<String>,
    /// The answer; `None` when there was none.
    pub choice: Option<String>,
    /// From the question to the answer.
    pub wait_ms: Option<f64>,
    /// When it was asked and answered, in nanoseconds since the epoch, where both are known.
    #[serde(skip)]
    pub span_ns: Option<(i64, i64)>,
}

/// Delegations deeper than this are not followed: no host nests so far.
const MAX_DEPTH: usize = 16;

/// A run in full, with its subagents.
///
/// # Errors
/// When the index cannot be read.
pub fn run_detail(connection: &Connection, run: RunSummary) -> Result<RunDetail, StoreError> {
    detail_at(connection, run, 0)
}

fn detail_at(connection: &Connection, run: RunSummary, depth: usize) -> Result<RunDetail, StoreError> {
    let turns = turns_of(connection, &run.run_id)?;
    let mut subagents = Vec::new();
    if depth < MAX_DEPTH {
        for child in runs::children(connection, &run.run_id)? {
            subagents.push(detail_at(connection, child, depth + 1)?);
        }
    }
    Ok(RunDetail { run, turns, subagents })
}

/// The turns of a run, oldest first.
///
/// # Errors
/// When the index cannot be read.
pub fn turns_of(connection: &Connection, run_id: &str) -> Result<Vec<TurnDetail>, StoreError> {
    let mut turns: Vec<TurnDetail> = connection
        .prepare_cached(
            "SELECT span_id, turn_id, start_ns, end_ns, outcome, reason FROM tel_turns WHERE run_id = ?1
             ORDER BY start_ns, span_id",
        )?
        .query_map([run_id], turn)?
        .collect::<Result<_, _>>()?;
    for turn in &mut turns {
        let of = (run_id, turn.span_id.as_str());
        turn.model_calls = spans(connection, CALLS, of, call)?;
        turn.failed_attempts = spans(connection, ATTEMPTS, of, attempt)?;
        turn.tool_calls = spans(connection, TOOLS, of, tool)?;
        turn.approvals = spans(connection, APPROVALS, of, approval)?;
        turn.breakdown_ms = turn.split().map(Breakdown::of_nanos);
    }
    Ok(turns)
}

impl TurnDetail {
    /// Where its time went, in nanoseconds; `None` while it runs.
    fn split(&self) -> Option<[i64; 4]> {
        let calls = self.model_calls.iter().map(|call| (Spent::Model, call.span_ns));
        let failed = self.failed_attempts.iter().map(|attempt| (Spent::Model, attempt.span_ns));
        let tools = self.tool_calls.iter().map(|tool| (Spent::Tool, tool.span_ns));
        let waits = self.approvals.iter().filter_map(|wait| wait.span_ns).map(|span| (Spent::Approval, span));
        let all: Vec<_> = calls
            .chain(failed)
            .chain(tools)
            .chain(waits)
            .map(|(kind, (from, to))| (kind, from, to))
            .collect();
        self.end_ns.map(|end| breakdown::split(self.start_ns, end, &all))
    }
}

fn spans<T>(
    connection: &Connection,
    sql: &str,
    of: (&str, &str),
    read: fn(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, StoreError> {
    let mut statement = connection.prepare_cached(sql)?;
    let found = statement.query_map(of, read)?.collect::<Result<_, _>>()?;
    Ok(found)
}

fn turn(row: &Row<'_>) -> rusqlite::Result<TurnDetail> {
    let (start, end): (i64, Option<i64>) = (row.get(2)?, row.get(3)?);
    Ok(TurnDetail {
        span_id: row.get(0)?,
        turn_id: row.get(1)?,
        started_at: moment(start),
        ended_at: end.map(moment),
        duration_ms: end.map(|end| ms((end - start).max(0))),
        outcome: row.get(4)?,
        reason: row.get(5)?,
        breakdown_ms: None,
        model_calls: Vec::new(),
        failed_attempts: Vec::new(),
        tool_calls: Vec::new(),
        approvals: Vec::new(),
        start_ns: start,
        end_ns: end,
    })
}

const CALLS: &str =
    "SELECT printf('%016x', m.span), m.ts_ns, m.start_ns, m.latency_ns, m.attempt_ns, m.ttft_ns,
        m.retries, model.text, provider.text, finish.text,
        m.input_tokens, m.output_tokens, m.cache_read_tokens, m.cache_write_tokens, m.reasoning_tokens,
        m.amount_nanos, coalesce(pricing.status, 'unknown'), m.rated_nanos, m.reported_nanos,
        coalesce(pricing.source, 'none'), pricing.unpriced, pricing.missing, pricing.version,
        pricing.priced_provider || '/' || pricing.priced_model
    FROM model_call AS m JOIN run ON run.id = m.run JOIN endpoint ON endpoint.id = m.endpoint
    LEFT JOIN name AS model ON model.id = endpoint.model
    LEFT JOIN name AS provider ON provider.id = endpoint.provider
    LEFT JOIN name AS finish ON finish.id = m.finish_reason
    LEFT JOIN pricing ON pricing.id = m.pricing
    WHERE run.key = unhex(?1) AND printf('%016x', m.turn) = ?2 ORDER BY m.ts_ns, m.span";

fn call_cost(row: &Row<'_>) -> rusqlite::Result<CallCost> {
    let money = |column| row.get::<_, Option<i64>>(column).map(|nanos| nanos.map(NanoDollars));
    let mut cost = Cost::read(row, 15)?;
    let (rated, beside) = (cost.priced_part.take(), money(18)?);
    let (mut reported, mut estimate) = (beside, rated);
    match cost.status.as_str() {
        "actual" => reported = cost.nanos,
        "estimated" => estimate = cost.nanos,
        "unknown" => (cost.priced_part, estimate) = (rated, None),
        _ => {}
    }
    Ok(CallCost {
        cost,
        source: row.get(19)?,
        reported,
        estimate,
        unpriced_reason: row.get(20)?,
        unpriced_buckets: row.get(21)?,
        price_version: row.get(22)?,
        priced_as: row.get(23)?,
    })
}

fn call(row: &Row<'_>) -> rusqlite::Result<CallSpan> {
    let (at, latency): (i64, Option<i64>) = (row.get(1)?, row.get(3)?);
    let start = row.get::<_, Option<i64>>(2)?.unwrap_or(at - latency.unwrap_or(0));
    let input: Option<i64> = row.get(10)?;
    let tokens = |input| -> rusqlite::Result<Tokens> {
        Ok(Tokens {
            input,
            output: row.get(11)?,
            cache_read: row.get(12)?,
            cache_write: row.get(13)?,
            reasoning: row.get(14)?,
        })
    };
    Ok(CallSpan {
        span_id: row.get(0)?,
        started_at: moment(start),
        latency_ms: latency.map(ms),
        attempt_ms: row.get::<_, Option<i64>>(4)?.map(ms),
        ttft_ms: row.get::<_, Option<i64>>(5)?.map(ms),
        retries: row.get(6)?,
        model: row.get(7)?,
        provider: row.get(8)?,
        finish_reason: row.get(9)?,
        tokens: input.map(tokens).transpose()?,
        cost: call_cost(row)?,
        span_ns: (start, latency.map_or(at, |latency| start.saturating_add(latency))),
    })
}

const ATTEMPTS: &str =
    "SELECT printf('%016x', a.span), a.ts_ns, a.attempt, a.class, reason.text, error_type.text,
        a.status_code, a.recovery, a.attempt_ns, a.elapsed_ns
    FROM attempt_failed AS a JOIN run ON run.id = a.run
    LEFT JOIN name AS reason ON reason.id = a.reason
    LEFT JOIN name AS error_type ON error_type.id = a.error_type
    WHERE run.key = unhex(?1) AND printf('%016x', a.turn) = ?2 ORDER BY a.ts_ns, a.id";

fn attempt(row: &Row<'_>) -> rusqlite::Result<AttemptSpan> {
    let (at, elapsed): (i64, Option<i64>) = (row.get(1)?, row.get(9)?);
    Ok(AttemptSpan {
        call_span_id: row.get(0)?,
        failed_at: moment(at),
        attempt: row.get(2)?,
        class: row.get(3)?,
        reason: row.get(4)?,
        error_type: row.get(5)?,
        status_code: row.get(6)?,
        recovery: row.get(7)?,
        attempt_ms: row.get::<_, Option<i64>>(8)?.map(ms),
        span_ns: (at - elapsed.unwrap_or(0), at),
    })
}

const TOOLS: &str =
    "SELECT printf('%016x', t.span), tool.text, t.tool_call_id, t.ts_ns, t.duration_ns, t.status,
        error_type.text
    FROM tool_call AS t JOIN run ON run.id = t.run JOIN name AS tool ON tool.id = t.tool
    LEFT JOIN name AS error_type ON error_type.id = t.error_type
    WHERE run.key = unhex(?1) AND printf('%016x', t.turn) = ?2 ORDER BY t.ts_ns, t.span";

fn tool(row: &Row<'_>) -> rusqlite::Result<ToolSpan> {
    let (at, duration): (i64, Option<i64>) = (row.get(3)?, row.get(4)?);
    Ok(ToolSpan {
        span_id: row.get(0)?,
        tool: row.get(1)?,
        tool_call_id: row.get(2)?,
        ended_at: moment(at),
        duration_ms: duration.map(ms),
        status: row.get(5)?,
        error_type: row.get(6)?,
        span_ns: (at - duration.unwrap_or(0), at),
    })
}

const APPROVALS: &str =
    "SELECT printf('%016x', a.span), a.tool_call_id, surface.text, choice.text, a.wait_ns,
        a.asked_ns, a.answered_ns
    FROM approval AS a JOIN run ON run.id = a.run
    LEFT JOIN name AS surface ON surface.id = a.surface
    LEFT JOIN name AS choice ON choice.id = a.choice
    WHERE run.key = unhex(?1) AND printf('%016x', a.turn) = ?2
    ORDER BY coalesce(a.asked_ns, a.answered_ns), a.span";

fn approval(row: &Row<'_>) -> rusqlite::Result<ApprovalSpan> {
    let (asked, answered): (Option<i64>, Option<i64>) = (row.get(5)?, row.get(6)?);
    Ok(ApprovalSpan {
        span_id: row.get(0)?,
        tool_call_id: row.get(1)?,
        surface: row.get(2)?,
        choice: row.get(3)?,
        wait_ms: row.get::<_, Option<i64>>(4)?.map(ms),
        span_ns: asked.zip(answered),
    })
}
