//! What a batch adds to processes, runs and turns, gathered in memory and written once.
//!
//! Every merge here is commutative (first, last, sum of what was new), so the order in which a log is read does not
//! matter.

use telemetry_core::event::{AttemptFailed, ModelCall, ProcessStarted, RunStarted, TurnEnded, TurnStarted};
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::{Closed, LastError, TurnEnd};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::{Entrypoint, ProcessEnd};

use super::price::{Charge, Spent};

/// What a batch knows of a process.
#[derive(Default)]
pub(super) struct ProcessDelta {
    /// Its id, when the table has no row of it yet.
    pub new: Option<ProcessId>,
    /// Its earliest announcement.
    pub started: Option<(i64, ProcessStarted)>,
    pub last: Option<i64>,
    pub exit: Option<i64>,
    pub lost: Option<i64>,
}

impl ProcessDelta {
    pub(super) fn start(&mut self, at: i64, started: &ProcessStarted) {
        self.last = self.last.max(Some(at));
        if self.started.as_ref().is_none_or(|(known, _)| at < *known) {
            self.started = Some((at, started.clone()));
        }
    }

    pub(super) fn end(&mut self, at: i64, end: &ProcessEnd) {
        match end {
            ProcessEnd::Exit => self.exit = Some(self.exit.map_or(at, |known| known.min(at))),
            _ => self.lost = self.lost.max(Some(at)),
        }
    }
}

/// A failed attempt, with the rows of its words.
pub(super) struct Attempt {
    pub ts: i64,
    pub id: i64,
    pub failed: AttemptFailed,
    pub reason: Option<i64>,
    pub error_type: Option<i64>,
    pub endpoint: i64,
}

/// What a batch adds to a run.
#[derive(Default)]
pub(super) struct RunDelta {
    /// Its id, when the table has no row of it yet: then all that is known of the run is in the batch.
    pub new: Option<RunId>,
    /// Its earliest announcement, and the row of the process that made it.
    pub started: Option<(i64, i64, RunStarted)>,
    pub parent: Option<i64>,
    pub continues: Option<i64>,
    /// What was told after the announcement, each word as it was told first.
    pub platform: Option<(i64, Name)>,
    pub entrypoint: Option<(i64, Entrypoint)>,
    pub model: Option<(i64, Name)>,
    /// What closed it, with the ids of the events.
    pub closes: Vec<(i64, Closed)>,
    pub first: Option<i64>,
    pub last: Option<i64>,
    pub model_calls: i64,
    pub calls_without_usage: i64,
    pub failed_attempts: i64,
    /// Of a run that is new: attempts that failed, which are written once it is known what became of them, and the calls that
    /// were answered.
    pub attempts: Vec<Attempt>,
    pub answered: Vec<SpanId>,
    pub tool_calls: i64,
    pub tokens: [i64; 5],
    pub spent: Spent,
}

impl RunDelta {
    pub(super) fn heard(&mut self, at: i64) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
        self.last = Some(self.last.map_or(at, |last| last.max(at)));
    }

    pub(super) fn start(&mut self, at: i64, process: i64, started: &RunStarted) {
        self.update(at, started.platform.as_ref(), started.entrypoint.as_ref(), started.model.as_ref());
        if self.started.as_ref().is_none_or(|(known, ..)| at < *known) {
            self.started = Some((at, process, started.clone()));
        }
    }

    pub(super) fn update(
        &mut self,
        at: i64,
        platform: Option<&Name>,
        entrypoint: Option<&Entrypoint>,
        model: Option<&Name>,
    ) {
        keep_first(&mut self.platform, at, platform);
        keep_first(&mut self.entrypoint, at, entrypoint);
        keep_first(&mut self.model, at, model);
    }

    pub(super) fn model_call(&mut self, call: &ModelCall, charge: &Charge) {
        self.model_calls += 1;
        if self.new.is_some() {
            self.answered.push(call.call);
        }
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
    pub first: i64,
    pub last: i64,
    pub end: Option<(i64, TurnEnd)>,
    pub error: Option<LastError>,
    pub progress: Option<i64>,
    pub attempt: Option<i64>,
}

impl TurnDelta {
    /// What is known of a turn from an event at `at`.
    pub(super) fn heard_first(at: i64) -> Self {
        TurnDelta { first: at, last: at, ..TurnDelta::default() }
    }

    pub(super) fn heard(&mut self, at: i64) {
        self.first = self.first.min(at);
        self.last = self.last.max(at);
    }

    pub(super) fn start(&mut self, at: UnixNanos, started: &TurnStarted) {
        if self.started.as_ref().is_none_or(|(known, _)| at.0 < *known) {
            self.started = Some((at.0, started.clone()));
        }
    }

    pub(super) fn end(&mut self, at: UnixNanos, ended: &TurnEnded) {
        if self.end.as_ref().is_none_or(|(known, _)| at.0 < *known) {
            let TurnEnded { completed, interrupted, failed, reason, .. } = ended;
            let reason = reason.clone();
            let end = TurnEnd { completed: *completed, interrupted: *interrupted, failed: *failed, reason };
            self.end = Some((at.0, end));
        }
    }

    pub(super) fn error(&mut self, at: UnixNanos, failed: &AttemptFailed) {
        if self.error.as_ref().is_none_or(|known| at > known.at) {
            let (class, reason, exhausted) = (failed.class.clone(), failed.reason.clone(), failed.exhausted);
            self.error = Some(LastError { at, class, reason, exhausted });
        }
    }

    pub(super) fn progress(&mut self, at: UnixNanos) {
        self.progress = self.progress.max(Some(at.0));
    }

    pub(super) fn attempt(&mut self, at: UnixNanos) {
        self.attempt = self.attempt.max(Some(at.0));
    }
}

fn keep_first<T: Clone>(known: &mut Option<(i64, T)>, at: i64, told: Option<&T>) {
    if let Some(told) = told
        && known.as_ref().is_none_or(|(since, _)| at < *since)
    {
        *known = Some((at, told.clone()));
    }
}
