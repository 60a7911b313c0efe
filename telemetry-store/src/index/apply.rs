//! Events to rows.

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, ToSql, params};
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, AttemptFailed, AttemptStarted, Body, Event, ModelCall, ProcessEnded,
    ProcessStarted, RunEnded, RunStarted, RunUpdated, Stats, SubagentEnded, SubagentStarted, ToolCall,
};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ProcessEnd;

use super::facts::{RunDelta, TurnDelta};
use super::names::Names;

/// The run of events that have none.
const NO_RUN: i64 = 0;

/// Applies events inside one transaction.
pub(super) struct Batch<'a> {
    connection: &'a Connection,
    names: &'a mut Names,
    runs: BTreeMap<i64, RunDelta>,
    turns: HashMap<(i64, i64), TurnDelta>,
    /// Runs whose verdict may have changed.
    touched: HashSet<i64>,
    /// Processes that ended, or spoke again.
    processes: HashSet<i64>,
    added: u64,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a Connection, names: &'a mut Names) -> Self {
        Batch {
            connection,
            names,
            runs: BTreeMap::new(),
            turns: HashMap::new(),
            touched: HashSet::new(),
            processes: HashSet::new(),
            added: 0,
        }
    }

    /// Applies one event; one that is there already changes nothing.
    pub(super) fn apply(&mut self, event: &Event) -> rusqlite::Result<()> {
        let run = match event.run {
            Some(run) => self.names.run(self.connection, run)?,
            None => NO_RUN,
        };
        let head = Head { run, ts: event.ts.0, id: event.id.0 as i64 };
        if run != NO_RUN && !matches!(event.body, Body::RunEnded(_)) {
            self.runs.entry(run).or_default().heard(head.ts);
            self.touched.insert(run);
        }
        match &event.body {
            Body::ProcessStarted(started) => self.process_started(&head, started),
            Body::ProcessEnded(ended) => self.process_ended(&head, ended),
            Body::RunStarted(started) => self.run_started(&head, started),
            Body::RunUpdated(updated) => self.run_updated(&head, updated),
            Body::RunEnded(ended) => self.run_ended(&head, ended),
            Body::TurnStarted(started) => {
                self.turn(&head, started.turn).start(event.ts, started);
                Ok(())
            }
            Body::TurnEnded(ended) => {
                self.turn(&head, ended.turn).end(event.ts, ended);
                Ok(())
            }
            Body::AttemptStarted(started) => {
                self.turn(&head, started.turn).attempt(event.ts);
                self.attempt_started(&head, started)
            }
            Body::AttemptFailed(failed) => {
                self.turn(&head, failed.turn).error(event.ts, failed);
                self.attempt_failed(&head, failed)
            }
            Body::ModelCall(call) => {
                self.turn(&head, call.turn).progress(event.ts);
                self.model_call(&head, call)
            }
            Body::ToolCall(call) => {
                self.turn(&head, call.turn).progress(event.ts);
                self.tool_call(&head, call)
            }
            Body::ApprovalRequested(asked) => self.approval_requested(&head, asked),
            Body::ApprovalAnswered(answered) => self.approval_answered(&head, answered),
            Body::SubagentStarted(started) => self.subagent_started(&head, started),
            Body::SubagentEnded(ended) => self.subagent_ended(&head, ended),
            Body::GatewayMessage(message) => {
                let platform = self.word(message.platform.as_ref())?;
                let (direction, result) = (self.text(&message.direction)?, self.text(&message.result)?);
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO gateway_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    &[&platform, &direction, &result, &message.voice, &message.attachments],
                )
            }
            Body::Cron(cron) => {
                let (kind, result) = (self.text(&cron.kind)?, self.word(cron.result.as_ref())?);
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO cron_event VALUES (?1, ?2, ?3, ?4, ?5)",
                    &[&kind, &result],
                )
            }
            Body::Skill(skill) => {
                let (action, name) = (self.text(&skill.action)?, self.word(skill.skill_name.as_ref())?);
                let result = self.text(&skill.result)?;
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO skill_event VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    &[&span(skill.turn), &action, &name, &result],
                )
            }
            Body::Memory(memory) => {
                let (action, result) = (self.text(&memory.action)?, self.text(&memory.result)?);
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO memory_event VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &[&span(memory.turn), &action, &result],
                )
            }
            Body::Feedback(feedback) => {
                let kind = self.text(&feedback.kind)?;
                self.small(&head, "INSERT OR IGNORE INTO feedback_event VALUES (?1, ?2, ?3, ?4)", &[&kind])
            }
            Body::Stats(stats) => self.stats(stats),
            Body::Hook(hook) => {
                let kind = self.text(&format!("hook:{}", hook.hook))?;
                self.small(&head, "INSERT OR IGNORE INTO unknown_event VALUES (?1, ?2, ?3, ?4)", &[&kind])
            }
            body => {
                let kind = self.text(body.kind())?;
                self.small(&head, "INSERT OR IGNORE INTO unknown_event VALUES (?1, ?2, ?3, ?4)", &[&kind])
            }
        }
    }

    fn text(&mut self, name: &str) -> rusqlite::Result<i64> {
        self.names.text(self.connection, name)
    }

    fn word(&mut self, name: Option<&Name>) -> rusqlite::Result<Option<i64>> {
        name.map(|name| self.text(name)).transpose()
    }

    fn turn(&mut self, head: &Head, turn: SpanId) -> &mut TurnDelta {
        let delta = self.turns.entry((head.run, span(turn))).or_default();
        delta.heard(head.ts);
        delta
    }

    /// Runs a cached statement; whether it added a row.
    fn insert(&mut self, sql: &'static str, values: &[&dyn ToSql]) -> rusqlite::Result<bool> {
        let added = self.connection.prepare_cached(sql)?.execute(values)? > 0;
        self.added += u64::from(added);
        Ok(added)
    }

    fn small(&mut self, head: &Head, sql: &'static str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let mut all: Vec<&dyn ToSql> = vec![&head.run, &head.ts, &head.id];
        all.extend(values);
        self.insert(sql, &all).map(drop)
    }

    fn process_started(&mut self, head: &Head, started: &ProcessStarted) -> rusqlite::Result<()> {
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

    fn process_ended(&mut self, head: &Head, ended: &ProcessEnded) -> rusqlite::Result<()> {
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

    fn run_started(&mut self, head: &Head, started: &RunStarted) -> rusqlite::Result<()> {
        let process = self.names.process(self.connection, started.process)?;
        let parent = self.other_run(started.parent)?;
        let continues = self.other_run(started.continues)?;
        let (host, platform) = (self.text(&started.host)?, self.word(started.platform.as_ref())?);
        let entrypoint = started.entrypoint.as_ref().map(|word| self.text(word.as_str())).transpose()?;
        let (profile, model) = (self.word(started.profile.as_ref())?, self.word(started.model.as_ref())?);
        self.insert(
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
        )
        .map(drop)
    }

    fn run_updated(&mut self, head: &Head, updated: &RunUpdated) -> rusqlite::Result<()> {
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

    fn run_ended(&mut self, head: &Head, ended: &RunEnded) -> rusqlite::Result<()> {
        let reason = self.word(ended.reason.as_ref())?;
        self.touched.insert(head.run);
        self.runs.entry(head.run).or_default().heard(head.ts);
        self.insert(
            "INSERT OR IGNORE INTO run_end VALUES (?1, ?2, ?3, ?4, ?5)",
            params![head.run, head.ts, head.id, ended.close.as_str(), reason],
        )
        .map(drop)
    }

    fn other_run(&mut self, run: Option<RunId>) -> rusqlite::Result<Option<i64>> {
        run.map(|run| self.names.run(self.connection, run)).transpose()
    }

    fn model_call(&mut self, head: &Head, call: &ModelCall) -> rusqlite::Result<()> {
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

    fn attempt_started(&mut self, head: &Head, started: &AttemptStarted) -> rusqlite::Result<()> {
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

    fn attempt_failed(&mut self, head: &Head, failed: &AttemptFailed) -> rusqlite::Result<()> {
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

    fn tool_call(&mut self, head: &Head, call: &ToolCall) -> rusqlite::Result<()> {
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

    fn approval_requested(&mut self, head: &Head, asked: &ApprovalRequested) -> rusqlite::Result<()> {
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

    fn approval_answered(&mut self, head: &Head, answered: &ApprovalAnswered) -> rusqlite::Result<()> {
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

    fn subagent_started(&mut self, head: &Head, started: &SubagentStarted) -> rusqlite::Result<()> {
        let child = self.names.run(self.connection, started.child)?;
        let role = self.word(started.role.as_ref())?;
        self.touched.insert(child);
        self.connection
            .prepare_cached("UPDATE run SET parent = ?2 WHERE id = ?1 AND parent IS NULL AND id <> ?2")?
            .execute((child, head.run))?;
        self.insert(
            "INSERT INTO subagent (child, parent, turn, subagent_id, role, start_ns) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
             ON CONFLICT (child) DO UPDATE SET turn = coalesce(turn, ?3), subagent_id = ?4, role = ?5, start_ns = ?6
             WHERE start_ns IS NULL",
            params![child, head.run, started.turn.map(span), started.subagent_id.as_deref(), role, head.ts],
        )
        .map(drop)
    }

    fn subagent_ended(&mut self, head: &Head, ended: &SubagentEnded) -> rusqlite::Result<()> {
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

    fn stats(&mut self, stats: &Stats) -> rusqlite::Result<()> {
        let process = self.names.process(self.connection, stats.process)?;
        for dropped in &stats.dropped {
            let reason = self.text(&dropped.reason)?;
            let events = i64::try_from(dropped.events).unwrap_or(i64::MAX);
            self.insert(
                "INSERT INTO loss VALUES (?1, ?2, ?3)
                 ON CONFLICT (process, reason) DO UPDATE SET events = ?3 WHERE events < ?3",
                params![process, reason, events],
            )?;
        }
        Ok(())
    }

    /// Writes what was gathered about runs and turns. Returns how many rows were added or changed, and the runs whose
    /// verdict may have changed.
    pub(super) fn finish(mut self) -> rusqlite::Result<(u64, HashSet<i64>)> {
        for ((run, turn), delta) in std::mem::take(&mut self.turns) {
            self.write_turn(run, turn, &delta)?;
        }
        for (run, delta) in std::mem::take(&mut self.runs) {
            self.write_run(run, &delta)?;
        }
        let mut of_process = self.connection.prepare_cached("SELECT id FROM run WHERE process = ?1")?;
        for process in &self.processes {
            for run in of_process.query_map([process], |row| row.get(0))? {
                self.touched.insert(run?);
            }
        }
        Ok((self.added, self.touched))
    }

    fn write_run(&mut self, run: i64, delta: &RunDelta) -> rusqlite::Result<()> {
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
        self.connection
            .prepare_cached(
                "UPDATE process SET last_ns = ?2
                 WHERE id = (SELECT process FROM run WHERE id = ?1) AND (last_ns IS NULL OR last_ns < ?2)",
            )?
            .execute((run, delta.last))?;
        Ok(())
    }

    fn write_turn(&mut self, run: i64, turn: i64, delta: &TurnDelta) -> rusqlite::Result<()> {
        let started = delta.started.as_ref().map(|(_, started)| started);
        let model = self.word(started.and_then(|started| started.model.as_ref()))?;
        let end = delta.end.as_ref();
        let end_reason = self.word(end.and_then(|(_, end)| end.reason.as_ref()))?;
        let error = delta.error.as_ref();
        let error_reason = self.word(error.and_then(|(_, error)| error.reason.as_ref()))?;
        self.connection.prepare_cached(include_str!("write_turn.sql"))?.execute(params![
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
        ])?;
        Ok(())
    }
}

struct Head {
    run: i64,
    ts: i64,
    id: i64,
}

/// SQLite's integers are signed; the bits are the same.
fn span(span: SpanId) -> i64 {
    span.0 as i64
}
