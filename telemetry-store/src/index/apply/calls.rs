//! Model calls, attempts, tool calls and approvals.

use rusqlite::params;
use telemetry_core::cost::Call;
use telemetry_core::event::{ApprovalAnswered, ApprovalRequested, AttemptFailed, ModelCall, ToolCall};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::MAX_TOKENS;

use super::rows::{SEVERAL, Table};
use super::{Batch, Head, span};
use crate::index::facts::Attempt;
use crate::index::price::{Charge, Pricing};

pub(super) const MODEL_CALL: Table = Table {
    into: "model_call (run, ts_ns, span, turn, endpoint, since_start_ns, latency_ns, before_attempt_ns, ttft_ns, retries,
               finish_reason, messages, tool_calls, input_tokens, output_tokens, cache_read_tokens, cache_write_tokens,
               reasoning_tokens, pricing, amount_nanos, rated_nanos, reported_nanos, cache_write_1h_tokens)",
    columns: 23,
    at_once: SEVERAL,
};

pub(super) const ATTEMPT_FAILED: Table = Table {
    into: "attempt_failed (run, ts_ns, id, turn, span, attempt, class, reason, error_type, status_code, exhausted, endpoint,
                           elapsed_ns, attempt_ns, recovery)",
    columns: 15,
    at_once: SEVERAL,
};

/// What becomes of a failed attempt while its call goes on.
pub(super) const RETRIED: &str = "retried";

pub(super) const TOOL_CALL: Table = Table {
    into: "tool_call (run, ts_ns, span, turn, call, tool, tool_call_id, status, error_type, duration_ns, toolset)",
    columns: 11,
    at_once: SEVERAL,
};

impl Batch<'_> {
    pub(super) fn model_call(&mut self, head: &Head, call: &ModelCall) -> rusqlite::Result<()> {
        let endpoint = self.names.endpoint(
            self.connection,
            [
                call.model.as_ref(),
                call.response_model.as_ref(),
                call.provider.as_ref(),
                call.base_url.as_ref(),
                call.api_mode.as_ref(),
            ],
        )?;
        let finish = self.word(call.finish_reason.as_ref())?;
        let cost = self.prices.price(&Call::of(call, UnixNanos(head.ts)));
        let charge = Charge::of(&cost);
        let pricing = self.names.pricing(self.connection, Pricing::new(&cost, call.billing.as_deref()))?;
        let hour =
            call.usage.map(|usage| usage.cache_write_1h.min(MAX_TOKENS) as i64).filter(|tokens| *tokens > 0);
        let before_attempt = |attempt| call.latency_ns.unwrap_or(0).checked_sub(attempt);
        let tokens = |bucket: usize| call.usage.as_ref().map(|usage| usage.buckets()[bucket]);
        let added = self.fact(
            |batch| &mut batch.model_calls,
            head,
            span(call.call),
            params![
                head.run,
                head.ts,
                span(call.call),
                span(call.turn),
                endpoint,
                call.start_ns.and_then(|at| head.ts.checked_sub(at.0)),
                call.latency_ns,
                call.attempt_ns.and_then(before_attempt),
                call.ttft_ns,
                call.retries,
                finish,
                call.messages,
                call.tool_calls,
                tokens(0),
                tokens(1),
                tokens(2),
                tokens(3),
                tokens(4),
                pricing,
                charge.amount,
                charge.rated,
                charge.reported,
                hour
            ],
        )?;
        if added {
            self.priced += 1;
            self.of_run(head.run).model_call(call, &charge);
        }
        Ok(())
    }

    pub(super) fn attempt_failed(&mut self, head: &Head, failed: &AttemptFailed) -> rusqlite::Result<()> {
        let (reason, error_type) =
            (self.word(failed.reason.as_ref())?, self.word(failed.error_type.as_ref())?);
        let endpoint = self.names.endpoint(
            self.connection,
            [failed.model.as_ref(), None, failed.provider.as_ref(), failed.base_url.as_ref(), None],
        )?;
        let attempt =
            Attempt { ts: head.ts, id: head.id, failed: failed.clone(), reason, error_type, endpoint };
        let added = if self.of_run(head.run).new.is_none() {
            self.write_attempt(head.run, &attempt, None)?
        } else {
            let first = self.attempts.is_first(head.run, head.ts, head.id);
            if first {
                self.of_run(head.run).attempts.push(attempt);
            }
            first
        };
        if added {
            self.added += 1;
            self.of_run(head.run).failed_attempts += 1;
        }
        Ok(())
    }

    /// Writes a failed attempt; with what became of it where that is known, and then nobody else has written it. Tells
    /// whether it was not there.
    pub(super) fn write_attempt(
        &mut self,
        run: i64,
        attempt: &Attempt,
        recovery: Option<&str>,
    ) -> rusqlite::Result<bool> {
        let Attempt { ts, id, failed, reason, error_type, endpoint } = attempt;
        let values = params![
            run,
            ts,
            id,
            span(failed.turn),
            span(failed.call),
            failed.attempt,
            failed.class.as_str(),
            reason,
            error_type,
            failed.status_code,
            failed.exhausted,
            endpoint,
            failed.elapsed_ns,
            failed.attempt_ns,
            recovery.unwrap_or(RETRIED)
        ];
        match recovery {
            Some(_) => self.attempts.add(values).map(|()| true),
            None => self.attempts.add_if_new(values),
        }
    }

    pub(super) fn tool_call(&mut self, head: &Head, call: &ToolCall) -> rusqlite::Result<()> {
        let (tool, error_type) = (self.text(&call.tool)?, self.word(call.error_type.as_ref())?);
        let toolset = self.word(call.toolset.as_ref())?;
        let added = self.fact(
            |batch| &mut batch.tool_calls,
            head,
            span(call.span),
            params![
                head.run,
                head.ts,
                span(call.span),
                span(call.turn),
                call.call.map(span),
                tool,
                call.tool_call_id.as_deref(),
                call.status.as_str(),
                error_type,
                call.duration_ns,
                toolset
            ],
        )?;
        if added {
            self.of_run(head.run).tool_calls += 1;
        }
        Ok(())
    }

    pub(super) fn approval_requested(
        &mut self,
        head: &Head,
        asked: &ApprovalRequested,
    ) -> rusqlite::Result<()> {
        let surface = self.word(asked.surface.as_ref())?;
        self.turn(head, asked.turn);
        self.insert(
            "INSERT INTO approval (run, span, turn, tool_call_id, surface, asked_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (run, span) DO UPDATE SET asked_ns = ?6 WHERE asked_ns IS NULL",
            params![
                head.run, span(asked.approval), span(asked.turn), asked.tool_call_id.as_deref(), surface, head.ts
            ],
        )
        .map(drop)
    }

    pub(super) fn approval_answered(
        &mut self,
        head: &Head,
        answered: &ApprovalAnswered,
    ) -> rusqlite::Result<()> {
        let (surface, choice) = (self.word(answered.surface.as_ref())?, self.word(answered.choice.as_ref())?);
        self.turn(head, answered.turn);
        self.insert(
            "INSERT INTO approval (run, span, turn, tool_call_id, surface, answered_ns, choice, wait_ns)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
             ON CONFLICT (run, span) DO UPDATE SET answered_ns = ?6, choice = ?7, wait_ns = ?8
             WHERE answered_ns IS NULL",
            params![
                head.run,
                span(answered.approval),
                span(answered.turn),
                answered.tool_call_id.as_deref(),
                surface,
                head.ts,
                choice,
                answered.wait_ns
            ],
        )
        .map(drop)
    }
}
