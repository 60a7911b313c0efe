//! Processes, runs and delegations.

use rusqlite::params;
use telemetry_core::event::{
    ProcessEnded, ProcessStarted, RunEnded, RunStarted, RunUpdated, Stats, SubagentEnded, SubagentStarted,
};
use telemetry_core::ids::RunId;
use telemetry_core::vocabulary::ProcessEnd;

use super::{Batch, Head, span};
use crate::index::facts::RunDelta;

impl Batch<'_> {
    pub(super) fn process_started(&mut self, head: &Head, started: &ProcessStarted) -> rusqlite::Result<()> {
        let process = self.names.process(self.connection, started.process)?;
        let (host, version) = (self.text(&started.host)?, self.word(started.version.as_ref())?);
        let born = started.born.and_then(|born| i64::try_from(born).ok());
        self.insert(
            "UPDATE process SET host = ?2, pid = ?3, birthplace = ?4, born = ?5, version = ?6,
                 start_ns = ?7, last_ns = max(coalesce(last_ns, ?7), ?7)
             WHERE id = ?1 AND host IS NULL",
            params![process, host, started.pid, started.birthplace.as_deref(), born, version, head.ts],
        )
        .map(drop)
    }

    pub(super) fn process_ended(&mut self, head: &Head, ended: &ProcessEnded) -> rusqlite::Result<()> {
        let process = self.names.process(self.connection, ended.process)?;
        let sql = match ended.end {
            ProcessEnd::Exit => {
                "UPDATE process SET exit_ns = ?2 WHERE id = ?1 AND (exit_ns IS NULL OR exit_ns > ?2)"
            }
            _ => "UPDATE process SET lost_ns = ?2 WHERE id = ?1 AND (lost_ns IS NULL OR lost_ns < ?2)",
        };
        self.processes.insert(process);
        self.insert(sql, params![process, head.ts]).map(drop)
    }

    pub(super) fn run_started(&mut self, head: &Head, started: &RunStarted) -> rusqlite::Result<()> {
        let process = self.names.process(self.connection, started.process)?;
        let parent = self.other_run(started.parent)?;
        let continues = self.other_run(started.continues)?;
        let (host, platform) = (self.text(&started.host)?, self.word(started.platform.as_ref())?);
        let entrypoint = started.entrypoint.as_ref().map(|word| self.text(word.as_str())).transpose()?;
        let (profile, model) = (self.word(started.profile.as_ref())?, self.word(started.model.as_ref())?);
        let is_new = self.insert(
            "UPDATE run SET process = ?2, session = ?3, parent = coalesce(parent, ?4),
                 continues = coalesce(continues, ?5), host = ?6, platform = coalesce(platform, ?7),
                 entrypoint = coalesce(entrypoint, ?8), profile = ?9, model = coalesce(model, ?10)
             WHERE id = ?1 AND session IS NULL",
            params![
                head.run,
                process,
                started.session_id.as_str(),
                parent,
                continues,
                host,
                platform,
                entrypoint,
                profile,
                model
            ],
        )?;
        if is_new && parent.is_some() {
            self.join_tree_of_parent(head.run)?;
        }
        Ok(())
    }

    pub(super) fn run_updated(&mut self, head: &Head, updated: &RunUpdated) -> rusqlite::Result<()> {
        let platform = self.word(updated.platform.as_ref())?;
        let entrypoint = updated.entrypoint.as_ref().map(|word| self.text(word.as_str())).transpose()?;
        let model = self.word(updated.model.as_ref())?;
        self.insert(
            "UPDATE run SET platform = coalesce(platform, ?2), entrypoint = coalesce(entrypoint, ?3),
                 model = coalesce(model, ?4)
             WHERE id = ?1 AND (platform IS NULL OR entrypoint IS NULL OR model IS NULL)",
            params![head.run, platform, entrypoint, model],
        )
        .map(drop)
    }

    pub(super) fn run_ended(&mut self, head: &Head, ended: &RunEnded) -> rusqlite::Result<()> {
        let reason = self.word(ended.reason.as_ref())?;
        self.insert(
            "INSERT OR IGNORE INTO run_end (run, ts_ns, id, close, reason) VALUES (?1, ?2, ?3, ?4, ?5)",
            params![head.run, head.ts, head.id, ended.close.as_str(), reason],
        )
        .map(drop)
    }

    pub(super) fn other_run(&mut self, run: Option<RunId>) -> rusqlite::Result<Option<i64>> {
        run.map(|run| self.names.run(self.connection, run)).transpose()
    }

    pub(super) fn subagent_started(
        &mut self,
        head: &Head,
        started: &SubagentStarted,
    ) -> rusqlite::Result<()> {
        let child = self.names.run(self.connection, started.child)?;
        let role = self.word(started.role.as_ref())?;
        self.touched.insert(child);
        let is_linked = self
            .connection
            .prepare_cached("UPDATE run SET parent = ?2 WHERE id = ?1 AND parent IS NULL AND id <> ?2")?
            .execute((child, head.run))?;
        if is_linked > 0 {
            self.join_tree_of_parent(child)?;
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
        let child = self.names.run(self.connection, ended.child)?;
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
        let process = self.names.process(self.connection, stats.process)?;
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

    pub(super) fn write_run(&mut self, run: i64, delta: &RunDelta) -> rusqlite::Result<()> {
        let [input, output, cache_read, cache_write, reasoning] = delta.tokens;
        self.connection
            .prepare_cached(
                "UPDATE run SET start_ns = min(coalesce(start_ns, ?2), ?2), last_ns = max(coalesce(last_ns, ?3), ?3),
                     model_calls = model_calls + ?4, failed_attempts = failed_attempts + ?5,
                     tool_calls = tool_calls + ?6, calls_without_usage = calls_without_usage + ?7,
                     input_tokens = input_tokens + ?8, output_tokens = output_tokens + ?9,
                     cache_read_tokens = cache_read_tokens + ?10, cache_write_tokens = cache_write_tokens + ?11,
                     reasoning_tokens = reasoning_tokens + ?12
                 WHERE id = ?1",
            )?
            .execute(params![
                run, delta.first, delta.last, delta.model_calls, delta.failed_attempts, delta.tool_calls,
                delta.calls_without_usage, input, output, cache_read, cache_write, reasoning
            ])?;
        delta.spent.write(self.connection, run)?;
        self.connection
            .prepare_cached(
                "UPDATE process SET last_ns = run.last_ns FROM run
                 WHERE run.id = ?1 AND process.id = run.process
                   AND (process.last_ns IS NULL OR process.last_ns < run.last_ns)",
            )?
            .execute([run])?;
        Ok(())
    }
}
