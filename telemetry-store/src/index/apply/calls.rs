//! Model calls, attempts, tool calls and approvals, and the turns they are in.

use rusqlite::params;
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, AttemptFailed, AttemptStarted, ModelCall, ToolCall,
};

use super::{Batch, Head, span};
use crate::index::facts::TurnDelta;

impl Batch<'_> {
    pub(super) fn model_call(&mut self, head: &Head, call: &ModelCall) -> rusqlite::Result<()> {
        let (model, response_model) =
            (self.word(call.model.as_ref())?, self.word(call.response_model.as_ref())?);
        let (provider, base_url) = (self.word(call.provider.as_ref())?, self.word(call.base_url.as_ref())?);
        let (api_mode, finish) =
            (self.word(call.api_mode.as_ref())?, self.word(call.finish_reason.as_ref())?);
        let tokens = |bucket: usize| call.usage.as_ref().map(|usage| usage.buckets()[bucket]);
        let added = self.insert(
            "INSERT OR IGNORE INTO model_call VALUES
                 (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16, ?17, ?18, ?19, ?20, ?21, ?22,
                  ?23)",
            params![
                head.run, head.ts, head.id, span(call.turn), span(call.call), model, response_model, provider,
                base_url, api_mode, call.start_ns.map(|at| at.0), call.latency_ns, call.attempt_ns, call.ttft_ns,
                call.retries, finish, call.messages, call.tool_calls, tokens(0), tokens(1),
                tokens(2), tokens(3), tokens(4)
            ],
        )?;
        if added {
            self.runs.entry(head.run).or_default().model_call(call);
        }
        Ok(())
    }

    pub(super) fn attempt_started(&mut self, head: &Head, started: &AttemptStarted) -> rusqlite::Result<()> {
        let (model, provider) = (self.word(started.model.as_ref())?, self.word(started.provider.as_ref())?);
        self.insert(
            "INSERT OR IGNORE INTO attempt_started VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
            params![
                head.run,
                head.ts,
                head.id,
                span(started.turn),
                span(started.call),
                started.attempt,
                model,
                provider
            ],
        )
        .map(drop)
    }

    pub(super) fn attempt_failed(&mut self, head: &Head, failed: &AttemptFailed) -> rusqlite::Result<()> {
        let (reason, error_type) =
            (self.word(failed.reason.as_ref())?, self.word(failed.error_type.as_ref())?);
        let (model, provider) = (self.word(failed.model.as_ref())?, self.word(failed.provider.as_ref())?);
        let base_url = self.word(failed.base_url.as_ref())?;
        let added = self.insert(
            "INSERT OR IGNORE INTO attempt_failed
                 (run, ts_ns, id, turn, span, attempt, class, reason, error_type, status_code, exhausted, model,
                  provider, base_url, elapsed_ns, attempt_ns)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, ?16)",
            params![
                head.run, head.ts, head.id, span(failed.turn), span(failed.call), failed.attempt,
                failed.class.as_str(), reason, error_type, failed.status_code, failed.exhausted, model, provider,
                base_url, failed.elapsed_ns, failed.attempt_ns
            ],
        )?;
        if added {
            self.runs.entry(head.run).or_default().failed_attempts += 1;
        }
        Ok(())
    }

    pub(super) fn tool_call(&mut self, head: &Head, call: &ToolCall) -> rusqlite::Result<()> {
        let (tool, error_type) = (self.text(&call.tool)?, self.word(call.error_type.as_ref())?);
        let added = self.insert(
            "INSERT OR IGNORE INTO tool_call VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            params![
                head.run,
                head.ts,
                head.id,
                span(call.turn),
                span(call.span),
                call.call.map(span),
                tool,
                call.tool_call_id.as_deref(),
                call.status.as_str(),
                error_type,
                call.duration_ns
            ],
        )?;
        if added {
            self.runs.entry(head.run).or_default().tool_calls += 1;
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

    pub(super) fn write_turn(&mut self, run: i64, turn: i64, delta: &TurnDelta) -> rusqlite::Result<()> {
        let started = delta.started.as_ref().map(|(_, started)| started);
        let model = self.word(started.and_then(|started| started.model.as_ref()))?;
        let end = delta.end.as_ref();
        let end_reason = self.word(end.and_then(|(_, end)| end.reason.as_ref()))?;
        let error = delta.error.as_ref();
        let error_reason = self.word(error.and_then(|(_, error)| error.reason.as_ref()))?;
        self.connection.prepare_cached(include_str!("../write_turn.sql"))?.execute(params![
            run,
            turn,
            started.and_then(|started| started.turn_id.as_deref()),
            model,
            delta.first,
            delta.last,
            end.map(|(at, _)| at),
            end.map(|(_, end)| end.completed),
            end.map(|(_, end)| end.interrupted),
            end.map(|(_, end)| end.failed),
            end_reason,
            error.map(|(at, _)| at),
            error.map(|(_, error)| error.class.as_str()),
            error_reason,
            error.map(|(_, error)| error.exhausted),
            delta.progress,
            delta.attempt,
            delta.started.as_ref().map(|(at, _)| at),
        ])?;
        Ok(())
    }
}
