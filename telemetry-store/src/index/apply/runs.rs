//! Processes, runs and delegations.

use rusqlite::params;
use telemetry_core::event::{
    ProcessEnded, ProcessStarted, RunEnded, RunStarted, RunUpdated, Stats, SubagentEnded, SubagentStarted,
};
use telemetry_core::outcome::Closed;
use telemetry_core::time::UnixNanos;

use super::rows::{SEVERAL, Table};
use super::{Batch, Head, span};

pub(super) const RUN_END: Table =
    Table { into: "run_end (run, ts_ns, id, close, reason)", columns: 5, at_once: SEVERAL };

impl Batch<'_> {
    pub(super) fn process_started(&mut self, head: &Head, started: &ProcessStarted) -> rusqlite::Result<()> {
        let process = self.process(started.process)?;
        self.of_process(process).start(head.ts, started);
        Ok(())
    }

    pub(super) fn process_ended(&mut self, head: &Head, ended: &ProcessEnded) -> rusqlite::Result<()> {
        let process = self.process(ended.process)?;
        self.of_process(process).end(head.ts, &ended.end);
        Ok(())
    }

    pub(super) fn run_started(&mut self, head: &Head, started: &RunStarted) -> rusqlite::Result<()> {
        let process = self.process(started.process)?;
        let parent = started.parent.map(|run| self.run(run)).transpose()?;
        let continues = started.continues.map(|run| self.run(run)).transpose()?;
        let delta = self.of_run(head.run);
        delta.start(head.ts, process, started);
        delta.parent = delta.parent.or(parent);
        delta.continues = delta.continues.or(continues);
        Ok(())
    }

    pub(super) fn run_updated(&mut self, head: &Head, updated: &RunUpdated) -> rusqlite::Result<()> {
        let RunUpdated { platform, entrypoint, model } = updated;
        let delta = self.of_run(head.run);
        delta.update(head.ts, platform.as_ref(), entrypoint.as_ref(), model.as_ref());
        Ok(())
    }

    pub(super) fn run_ended(&mut self, head: &Head, ended: &RunEnded) -> rusqlite::Result<()> {
        let reason = self.word(ended.reason.as_ref())?;
        let closed =
            Closed { at: UnixNanos(head.ts), close: ended.close.clone(), reason: ended.reason.clone() };
        self.of_run(head.run).closes.push((head.id, closed));
        let values = params![head.run, head.ts, head.id, ended.close.as_str(), reason];
        self.fact(|batch| &mut batch.run_ends, head, head.id, values).map(drop)
    }

    pub(super) fn subagent_started(
        &mut self,
        head: &Head,
        started: &SubagentStarted,
    ) -> rusqlite::Result<()> {
        let child = self.run(started.child)?;
        let role = self.word(started.role.as_ref())?;
        if child != head.run {
            self.of_run(child).parent.get_or_insert(head.run);
        }
        self.insert(
            "INSERT INTO subagent (child, parent, turn, subagent_id, role, start_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (child) DO UPDATE SET turn = coalesce(turn, ?3), subagent_id = ?4, role = ?5, start_ns = ?6
             WHERE start_ns IS NULL",
            params![child, head.run, started.turn.map(span), started.subagent_id.as_deref(), role, head.ts],
        )
        .map(drop)
    }

    pub(super) fn subagent_ended(&mut self, head: &Head, ended: &SubagentEnded) -> rusqlite::Result<()> {
        let child = self.run(ended.child)?;
        let status = self.word(ended.status.as_ref())?;
        self.insert(
            "INSERT INTO subagent (child, parent, turn, end_ns, status, duration_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (child) DO UPDATE SET turn = coalesce(turn, ?3), end_ns = ?4, status = ?5, duration_ns = ?6
             WHERE end_ns IS NULL",
            params![child, head.run, ended.turn.map(span), head.ts, status, ended.duration_ns],
        )
        .map(drop)
    }

    pub(super) fn stats(&mut self, stats: &Stats) -> rusqlite::Result<()> {
        let process = self.process(stats.process)?;
        for dropped in &stats.dropped {
            let reason = self.text(&dropped.reason)?;
            let events = i64::try_from(dropped.events).unwrap_or(i64::MAX);
            self.insert(
                "INSERT INTO loss (process, reason, events) VALUES (?1, ?2, ?3)
                 ON CONFLICT (process, reason) DO UPDATE SET events = ?3 WHERE events < ?3",
                params![process, reason, events],
            )?;
        }
        Ok(())
    }
}
