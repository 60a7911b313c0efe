//! What a batch adds to runs and turns, gathered in memory and written once.
//!
//! Every merge here is commutative (first, last, sum of what was new), so the order in which a log is read does not
//! matter.

use telemetry_core::event::{AttemptFailed, ModelCall, TurnEnded, TurnStarted};
use telemetry_core::time::UnixNanos;

use super::price::{Charge, Spent};

/// What a batch adds to a run.
#[derive(Default)]
pub(super) struct RunDelta {
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub model_calls: i64,
    pub calls_without_usage: i64,
    pub failed_attempts: i64,
    pub tool_calls: i64,
    pub tokens: [i64; 5],
    pub spent: Spent,
}

impl RunDelta {
    pub(super) fn heard(&mut self, at: i64) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    pub(super) fn model_call(&mut self, call: &ModelCall, charge: &Charge) {
        self.model_calls += 1;
        self.spent.add(charge);
        match &call.usage {
            None => self.calls_without_usage += 1,
            Some(usage) => {
                for (sum, tokens) in self.tokens.iter_mut().zip(usage.buckets()) {
                    *sum += tokens;
                }
            }
        }
    }
}

/// What a batch knows of a turn.
#[derive(Default)]
pub(super) struct TurnDelta {
    pub started: Option<(i64, TurnStarted)>,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub end: Option<(i64, TurnEnded)>,
    pub error: Option<(i64, AttemptFailed)>,
    pub progress: Option<i64>,
    pub attempt: Option<i64>,
}

impl TurnDelta {
    pub(super) fn heard(&mut self, at: i64) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    pub(super) fn start(&mut self, at: UnixNanos, started: &TurnStarted) {
        if self.started.as_ref().is_none_or(|(known, _)| at.0 < *known) {
            self.started = Some((at.0, started.clone()));
        }
    }

    pub(super) fn end(&mut self, at: UnixNanos, ended: &TurnEnded) {
        if self.end.as_ref().is_none_or(|(known, _)| at.0 < *known) {
            self.end = Some((at.0, ended.clone()));
        }
    }

    pub(super) fn error(&mut self, at: UnixNanos, failed: &AttemptFailed) {
        if self.error.as_ref().is_none_or(|(known, _)| at.0 > *known) {
            self.error = Some((at.0, failed.clone()));
        }
    }

    pub(super) fn progress(&mut self, at: UnixNanos) {
        self.progress = self.progress.max(Some(at.0));
    }

    pub(super) fn attempt(&mut self, at: UnixNanos) {
        self.attempt = self.attempt.max(Some(at.0));
    }
}
