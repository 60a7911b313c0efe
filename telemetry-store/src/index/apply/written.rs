//! What a batch has gathered about runs and turns, to their rows.

use rusqlite::{OptionalExtension as _, params};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::{Closed, JudgedTurn, Outcome, Turn, TurnFacts, judge_run};
use telemetry_core::time::UnixNanos;

use super::calls::RETRIED;
use super::processes::Process;
use super::rows::{ONE, SEVERAL, Table};
use super::{Batch, NO_RUN, span};
use crate::index::facts::{RunDelta, TurnDelta};
use crate::index::price;
use crate::index::{Map, Set, stale, verdicts};

pub(super) const RUN: Table = Table {
    into: "run (id, key, process, session, parent, continues, host, platform, entrypoint, profile, model, start_ns, last_ns,
                turns, model_calls, failed_attempts, tool_calls, calls_without_usage,
                input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens,
                outcome, reason, end_ns, end_reason, errors,
                paid_nanos, priced_part_nanos, included_nanos, actual_calls, estimated_calls, included_calls, kind)",
    columns: 35,
    at_once: ONE,
};

pub(super) const TURN: Table = Table {
    into: "turn (run, span, turn_id, model, start_ns, last_ns, end_ns, completed, interrupted, failed, end_reason,
                 error_ns, error_class, error_reason, error_exhausted, progress_ns, attempt_ns,
                 started_ns, dirty, outcome, reason, over_ns)",
    columns: 22,
    at_once: SEVERAL,
};

/// A turn by its run and span.
type PlacedTurn = ((i64, i64), TurnDelta);

impl Batch<'_> {
    /// Writes what was gathered. Returns how many rows were added or changed.
    pub(in crate::index) fn finish(mut self) -> rusqlite::Result<u64> {
        let turns = std::mem::take(&mut self.turns).into_sorted();
        let runs = std::mem::take(&mut self.runs).into_sorted();

        let mut is_new = Set::default();
        let mut to_judge = Set::default();
        for (run, delta) in &runs {
            match (delta.new, &delta.started) {
                (Some(_), started) => {
                    is_new.insert(*run);
                    if let Some((_, process, _)) = started {
                        self.heard(*process, delta.last);
                    }
                }
                (None, _) => {
                    to_judge.insert(*run);
                    self.add_to_run(*run, delta)?;
                }
            }
        }
        for ((run, span), turn) in turns.iter().filter(|((run, _), _)| !is_new.contains(run)) {
            self.write_turn(*run, *span, turn, None)?;
        }
        let processes = self.write_processes(&mut to_judge)?;
        for (run, delta) in &runs {
            if let Some(id) = delta.new {
                let from = turns.partition_point(|((of, _), _)| of < run);
                let to = turns.partition_point(|((of, _), _)| of <= run);
                self.write_new_run(*run, id, delta, &turns[from..to], &processes)?;
            }
        }
        for rows in [
            &mut self.process_rows,
            &mut self.run_rows,
            &mut self.turn_rows,
            &mut self.model_calls,
            &mut self.attempts,
            &mut self.tool_calls,
            &mut self.run_ends,
        ] {
            rows.write()?;
        }
        // Once all of them have their rows: who is above and who is below may both be in the batch.
        for (run, _) in runs.iter().filter(|(_, delta)| delta.parent.is_some()) {
            self.join_tree_of_parent(*run)?;
        }
        price::note(self.connection, self.prices.fingerprint(), self.priced)?;
        to_judge.remove(&NO_RUN);
        self.derive_kinds(&to_judge)?;
        verdicts::derive(self.connection, self.names, &to_judge)?;
        stale::mark(self.connection, &runs, &turns, &to_judge)?;
        Ok(self.added)
    }

    fn heard(&mut self, process: i64, at: Option<i64>) {
        let delta = self.of_process(process);
        delta.last = delta.last.max(at);
    }

    /// Adds to the row of a run that was there before.
    fn add_to_run(&mut self, run: i64, delta: &RunDelta) -> rusqlite::Result<()> {
        let Attributes { process, session, host, platform, entrypoint, profile, model } =
            self.attributes(delta)?;
        let (parent, continues) = (delta.parent, delta.continues);
        if [process, parent, continues, platform, entrypoint, model].iter().any(Option::is_some) {
            self.insert(
                "UPDATE run SET process = coalesce(process, ?2), session = coalesce(session, ?3),
                     parent = coalesce(parent, ?4), continues = coalesce(continues, ?5), host = coalesce(host, ?6),
                     platform = coalesce(platform, ?7), entrypoint = coalesce(entrypoint, ?8),
                     profile = coalesce(profile, ?9), model = coalesce(model, ?10)
                 WHERE id = ?1 AND (session IS NULL AND ?3 IS NOT NULL OR parent IS NULL AND ?4 IS NOT NULL
                     OR continues IS NULL AND ?5 IS NOT NULL OR platform IS NULL AND ?7 IS NOT NULL
                     OR entrypoint IS NULL AND ?8 IS NOT NULL OR profile IS NULL AND ?9 IS NOT NULL
                     OR model IS NULL AND ?10 IS NOT NULL)",
                params![run, process, session, parent, continues, host, platform, entrypoint, profile, model],
            )?;
        }
        let [input, output, cache_read, cache_write, reasoning] = delta.tokens;
        let of_process: Option<(Option<i64>, Option<i64>)> = self
            .statements
            .get(
                "UPDATE run SET start_ns = coalesce(min(start_ns, ?2), start_ns, ?2),
                     last_ns = coalesce(max(last_ns, ?3), last_ns, ?3),
                     model_calls = model_calls + ?4, failed_attempts = failed_attempts + ?5,
                     tool_calls = tool_calls + ?6, calls_without_usage = calls_without_usage + ?7,
                     input_tokens = input_tokens + ?8, output_tokens = output_tokens + ?9,
                     cache_read_tokens = cache_read_tokens + ?10, cache_write_tokens = cache_write_tokens + ?11,
                     reasoning_tokens = reasoning_tokens + ?12
                 WHERE id = ?1 RETURNING process, last_ns",
            )?
            .query_row(
                params![
                    run,
                    delta.first,
                    delta.last,
                    delta.model_calls,
                    delta.failed_attempts,
                    delta.tool_calls,
                    delta.calls_without_usage,
                    input,
                    output,
                    cache_read,
                    cache_write,
                    reasoning
                ],
                |row| Ok((row.get(0)?, row.get(1)?)),
            )
            .optional()?;
        delta.spent.write(self.connection, run)?;
        if let Some((Some(process), last)) = of_process {
            self.heard(process, last);
        }
        Ok(())
    }

    /// Writes a run of which everything is in the batch, with its turns and all verdicts.
    fn write_new_run(
        &mut self,
        run: i64,
        id: RunId,
        delta: &RunDelta,
        turns: &[PlacedTurn],
        processes: &Map<i64, Process>,
    ) -> rusqlite::Result<()> {
        let attributes = self.attributes(delta)?;
        let process = attributes.process.and_then(|process| processes.get(&process));
        let kind = self.kind(
            delta.parent.is_some(),
            delta.entrypoint.as_ref().map(|(_, entrypoint)| entrypoint),
            process.and_then(|process| process.command.as_ref()),
        )?;
        let process = process.and_then(|process| process.end.as_ref());
        let mut closes: Vec<_> = delta.closes.iter().collect();
        closes.sort_unstable_by_key(|(id, closed)| (closed.at, *id));
        let closes: Vec<Closed> = closes.into_iter().map(|(_, closed)| closed.clone()).collect();
        let mut starts: Vec<(i64, i64)> = turns.iter().map(|((_, span), turn)| (turn.first, *span)).collect();
        starts.sort_unstable();
        let (mut last, mut over) = (None, Vec::new());
        for ((_, span), delta) in turns {
            let place = (delta.first, *span);
            let judged = turn(delta).judge(&closes, verdicts::next_start(&starts, place), process);
            self.write_turn(run, *span, delta, Some(&judged))?;
            if judged.verdict.outcome != Outcome::Running {
                over.push(*span);
            }
            if starts.last() == Some(&place) {
                last = Some(judged);
            }
        }
        let errors = self.write_attempts(run, delta, &over)?;
        let judged = judge_run(last.as_ref(), &closes, process);
        let reason = self.word(judged.verdict.reason.as_ref())?;
        let end_reason = self.word(judged.end_reason.as_ref())?;
        let Attributes { process, session, host, platform, entrypoint, profile, model } = attributes;
        let [input, output, cache_read, cache_write, reasoning] = delta.tokens;
        self.added += u64::from(session.is_some());
        self.run_rows.add(params![
            run,
            { id.0 }.to_be_bytes(),
            process,
            session,
            delta.parent,
            delta.continues,
            host,
            platform,
            entrypoint,
            profile,
            model,
            delta.first,
            delta.last,
            turns.len() as i64,
            delta.model_calls,
            delta.failed_attempts,
            delta.tool_calls,
            delta.calls_without_usage,
            input,
            output,
            cache_read,
            cache_write,
            reasoning,
            judged.verdict.outcome.as_str(),
            reason,
            judged.end.map(|end| end.0),
            end_reason,
            errors,
            delta.spent.paid,
            delta.spent.priced_part,
            delta.spent.included,
            delta.spent.actual_calls,
            delta.spent.estimated_calls,
            delta.spent.included_calls,
            kind
        ])
    }

    /// Writes what is known of a turn; its verdict too, where all that is known is in the batch.
    fn write_turn(
        &mut self,
        run: i64,
        span: i64,
        delta: &TurnDelta,
        judged: Option<&JudgedTurn>,
    ) -> rusqlite::Result<()> {
        let started = delta.started.as_ref().map(|(_, started)| started);
        let model = self.word(started.and_then(|started| started.model.as_ref()))?;
        let end = delta.end.as_ref();
        let end_reason = self.word(end.and_then(|(_, end)| end.reason.as_ref()))?;
        let error = delta.error.as_ref();
        let error_reason = self.word(error.and_then(|error| error.reason.as_ref()))?;
        let outcome = judged.map_or(Outcome::Running, |judged| judged.verdict.outcome);
        let reason = self.word(judged.and_then(|judged| judged.verdict.reason.as_ref()))?;
        let values = params![
            run,
            span,
            started.and_then(|started| started.turn_id.as_deref()),
            model,
            delta.first,
            delta.last,
            end.map(|(at, _)| at),
            end.map(|(_, end)| end.completed),
            end.map(|(_, end)| end.interrupted),
            end.map(|(_, end)| end.failed),
            end_reason,
            error.map(|error| error.at.0),
            error.map(|error| error.class.as_str()),
            error_reason,
            error.map(|error| error.exhausted),
            delta.progress,
            delta.attempt,
            delta.started.as_ref().map(|(at, _)| at),
            judged.is_none(),
            outcome.as_str(),
            reason,
            judged.and_then(|judged| judged.over).map(|over| over.0),
        ];
        match judged {
            Some(_) => self.turn_rows.add(values),
            None => self.statements.get(WRITE_TURN)?.execute(values).map(drop),
        }
    }

    /// Writes the failed attempts, with what became of them, of a run of which everything is in the batch, and of whose turns those of `over`,
    /// in order, have ended: as the verdicts of other runs say it. Returns how many calls were never answered.
    fn write_attempts(&mut self, run: i64, delta: &RunDelta, over: &[i64]) -> rusqlite::Result<i64> {
        let mut never_answered = Vec::new();
        let answered: Set<SpanId> = match delta.attempts[..] {
            [] => return Ok(0),
            _ => delta.answered.iter().copied().collect(),
        };
        for attempt in &delta.attempts {
            let call = attempt.failed.call;
            let recovery = if answered.contains(&call) {
                "recovered"
            } else if over.binary_search(&span(attempt.failed.turn)).is_ok() {
                never_answered.push(call);
                "final"
            } else {
                RETRIED
            };
            self.write_attempt(run, attempt, Some(recovery))?;
        }
        never_answered.sort_unstable();
        never_answered.dedup();
        Ok(never_answered.len() as i64)
    }

    fn attributes<'d>(&mut self, delta: &'d RunDelta) -> rusqlite::Result<Attributes<'d>> {
        let started = delta.started.as_ref().map(|(.., started)| started);
        let entrypoint = delta.entrypoint.as_ref().map(|(_, word)| self.text(word.as_str())).transpose()?;
        Ok(Attributes {
            process: delta.started.as_ref().map(|(_, process, _)| *process),
            session: started.map(|started| started.session_id.as_str()),
            host: self.word(started.map(|started| &started.host))?,
            platform: self.word(told(&delta.platform))?,
            entrypoint,
            profile: self.word(started.and_then(|started| started.profile.as_ref()))?,
            model: self.word(told(&delta.model))?,
        })
    }
}

const WRITE_TURN: &str = include_str!("../write_turn.sql");

/// What a run says of itself, as its row has it.
struct Attributes<'a> {
    process: Option<i64>,
    session: Option<&'a str>,
    host: Option<i64>,
    platform: Option<i64>,
    entrypoint: Option<i64>,
    profile: Option<i64>,
    model: Option<i64>,
}

fn told(word: &Option<(i64, Name)>) -> Option<&Name> {
    word.as_ref().map(|(_, word)| word)
}

fn turn(delta: &TurnDelta) -> Turn {
    let facts = TurnFacts {
        end: delta.end.as_ref().map(|(_, end)| end.clone()),
        error: delta.error.clone(),
        progress_at: delta.progress.map(UnixNanos),
        attempt_at: delta.attempt.map(UnixNanos),
        left: None,
        process: None,
    };
    let end = delta.end.as_ref().map(|(at, _)| UnixNanos(*at));
    Turn { start: UnixNanos(delta.first), last: UnixNanos(delta.last), end, facts }
}
