//! Events to rows.

mod budgets;
mod calls;
mod kinds;
mod processes;
mod rows;
mod runs;
mod statements;
mod tree;
mod written;

pub(super) use processes::over;
pub(super) use statements::Statements;

use rusqlite::{Connection, ToSql};
use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::name::Name;

use super::facts::{ProcessDelta, RunDelta, TurnDelta};
use super::gathered::Gathered;
use super::names::Names;
use rows::Rows;

/// The run of events that have none.
const NO_RUN: i64 = 0;

/// Applies events inside one transaction.
///
/// Facts are written as they come. What is known of processes, runs and turns is gathered and written once, at the end:
/// of most runs everything is in one batch, which then need not read anything back to know how they ended.
pub(super) struct Batch<'a> {
    connection: &'a Connection,
    statements: Statements<'a>,
    names: &'a mut Names,
    prices: &'a mut Prices,
    processes: Gathered<i64, ProcessDelta>,
    runs: Gathered<i64, RunDelta>,
    turns: Gathered<(i64, i64), TurnDelta>,
    process_rows: Rows<'a>,
    run_rows: Rows<'a>,
    turn_rows: Rows<'a>,
    model_calls: Rows<'a>,
    attempts: Rows<'a>,
    tool_calls: Rows<'a>,
    run_ends: Rows<'a>,
    added: u64,
    /// Calls that were priced.
    priced: u64,
}

impl<'a> Batch<'a> {
    pub(super) fn new(connection: &'a Connection, names: &'a mut Names, prices: &'a mut Prices) -> Self {
        Batch {
            connection,
            statements: Statements::new(connection),
            names,
            prices,
            processes: Gathered::default(),
            runs: Gathered::default(),
            turns: Gathered::default(),
            process_rows: Rows::of(connection, processes::PROCESS),
            run_rows: Rows::of(connection, written::RUN),
            turn_rows: Rows::of(connection, written::TURN),
            model_calls: Rows::of(connection, calls::MODEL_CALL),
            attempts: Rows::of(connection, calls::ATTEMPT_FAILED),
            tool_calls: Rows::of(connection, calls::TOOL_CALL),
            run_ends: Rows::of(connection, runs::RUN_END),
            added: 0,
            priced: 0,
        }
    }

    /// Applies one event; one that is there already changes nothing.
    pub(super) fn apply(&mut self, event: &Event) -> rusqlite::Result<()> {
        let run = match event.run {
            Some(run) => self.run(run)?,
            None => NO_RUN,
        };
        let head = Head { run, ts: event.ts.0, id: event.id.0 as i64 };
        if run != NO_RUN {
            self.of_run(run).heard(head.ts);
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
        let delta = self.turns.of((head.run, span(turn)), || TurnDelta::heard_first(head.ts));
        delta.heard(head.ts);
        delta
    }

    fn of_run(&mut self, run: i64) -> &mut RunDelta {
        self.runs.of(run, RunDelta::default)
    }

    fn of_process(&mut self, process: i64) -> &mut ProcessDelta {
        self.processes.of(process, ProcessDelta::default)
    }

    /// The row of a run. One that was only heard of gets a row too, which later events fill.
    fn run(&mut self, run: RunId) -> rusqlite::Result<i64> {
        let (row, new) = self.names.run(&mut self.statements, run)?;
        if new {
            self.of_run(row).new = Some(run);
        }
        Ok(row)
    }

    /// The row of a process, as for a run.
    fn process(&mut self, process: ProcessId) -> rusqlite::Result<i64> {
        let (row, new) = self.names.process(&mut self.statements, process)?;
        if new {
            self.of_process(row).new = Some(process);
        }
        Ok(row)
    }

    /// Runs a statement, which names its columns: a newer version may have added some. Tells whether it added a row.
    fn insert(&mut self, sql: &'static str, values: &[&dyn ToSql]) -> rusqlite::Result<bool> {
        let added = self.statements.get(sql)?.execute(values)? > 0;
        self.added += u64::from(added);
        Ok(added)
    }

    /// Adds a fact of a run, named by its time and `id`, to `rows`. Tells whether it was not there.
    fn fact(
        &mut self,
        rows: fn(&mut Self) -> &mut Rows<'a>,
        head: &Head,
        id: i64,
        values: &[&dyn ToSql],
    ) -> rusqlite::Result<bool> {
        let added = if self.of_run(head.run).new.is_none() {
            rows(self).add_if_new(values)?
        } else {
            let first = rows(self).is_first(head.run, head.ts, id);
            if first {
                rows(self).add(values)?;
            }
            first
        };
        self.added += u64::from(added);
        Ok(added)
    }

    fn small(&mut self, head: &Head, sql: &'static str, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let mut all: Vec<&dyn ToSql> = vec![&head.run, &head.ts, &head.id];
        all.extend(values);
        self.insert(sql, &all).map(drop)
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
