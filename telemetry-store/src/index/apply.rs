//! Events to rows.

mod budgets;
mod calls;
mod runs;
mod tree;

use std::collections::{BTreeMap, HashMap, HashSet};

use rusqlite::{Connection, ToSql};
use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;

use super::facts::{RunDelta, TurnDelta};
use super::names::Names;
use super::price;

/// The run of events that have none.
const NO_RUN: i64 = 0;

/// Applies events inside one transaction.
pub(super) struct Batch<'a> {
    connection: &'a Connection,
    names: &'a mut Names,
    prices: &'a mut Prices,
    runs: BTreeMap<i64, RunDelta>,
    turns: HashMap<(i64, i64), TurnDelta>,
    /// Runs whose verdict may have changed.
    touched: HashSet<i64>,
    /// Processes that ended, or spoke again.
    processes: HashSet<i64>,
    added: u64,
    /// Calls that were priced.
    priced: u64,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a Connection, names: &'a mut Names, prices: &'a mut Prices) -> Self {
        Batch {
            connection,
            names,
            prices,
            runs: BTreeMap::new(),
            turns: HashMap::new(),
            touched: HashSet::new(),
            processes: HashSet::new(),
            added: 0,
            priced: 0,
        }
    }

    /// Applies one event; one that is there already changes nothing.
    pub(super) fn apply(&mut self, event: &Event) -> rusqlite::Result<()> {
        let run = match event.run {
            Some(run) => self.names.run(self.connection, run)?,
            None => NO_RUN,
        };
        let head = Head { run, ts: event.ts.0, id: event.id.0 as i64 };
        if run != NO_RUN {
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
                Ok(())
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
                    "INSERT OR IGNORE INTO gateway_event (run, ts_ns, id, platform, direction, result, voice, attachments)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                    &[&platform, &direction, &result, &message.voice, &message.attachments],
                )
            }
            Body::Cron(cron) => {
                let (kind, result) = (self.text(&cron.kind)?, self.word(cron.result.as_ref())?);
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO cron_event (run, ts_ns, id, kind, result)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                    &[&kind, &result],
                )
            }
            Body::Skill(skill) => {
                let (action, name) = (self.text(&skill.action)?, self.word(skill.skill_name.as_ref())?);
                let result = self.text(&skill.result)?;
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO skill_event (run, ts_ns, id, turn, action, skill_name, result)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                    &[&span(skill.turn), &action, &name, &result],
                )
            }
            Body::Memory(memory) => {
                let (action, result) = (self.text(&memory.action)?, self.text(&memory.result)?);
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO memory_event (run, ts_ns, id, turn, action, result)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                    &[&span(memory.turn), &action, &result],
                )
            }
            Body::Feedback(feedback) => {
                let kind = self.text(&feedback.kind)?;
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO feedback_event (run, ts_ns, id, kind)
                     VALUES (?1, ?2, ?3, ?4)",
                    &[&kind],
                )
            }
            Body::BudgetCrossed(crossed) => self.budget_crossed(&head, crossed),
            Body::Stats(stats) => self.stats(stats),
            Body::Hook(hook) => {
                let kind = self.text(&format!("hook:{}", hook.hook))?;
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO unknown_event (run, ts_ns, id, kind)
                     VALUES (?1, ?2, ?3, ?4)",
                    &[&kind],
                )
            }
            body => {
                let kind = self.text(body.kind())?;
                self.small(
                    &head,
                    "INSERT OR IGNORE INTO unknown_event (run, ts_ns, id, kind)
                     VALUES (?1, ?2, ?3, ?4)",
                    &[&kind],
                )
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

    /// Runs a cached statement, which names its columns: a newer version may have added some. Tells whether it added a row.
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

    /// Writes what was gathered about runs and turns. Returns how many rows were added or changed, and the runs whose
    /// verdict may have changed.
    pub(super) fn finish(mut self) -> rusqlite::Result<(u64, HashSet<i64>)> {
        for ((run, turn), delta) in std::mem::take(&mut self.turns) {
            self.write_turn(run, turn, &delta)?;
        }
        for (run, delta) in std::mem::take(&mut self.runs) {
            self.write_run(run, &delta)?;
        }
        price::note(self.connection, self.prices.fingerprint(), self.priced)?;
        let mut of_process = self.connection.prepare_cached("SELECT id FROM run WHERE process = ?1")?;
        for process in &self.processes {
            for run in of_process.query_map([process], |row| row.get(0))? {
                self.touched.insert(run?);
            }
        }
        Ok((self.added, self.touched))
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
