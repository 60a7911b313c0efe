//! Turns: what is done in them, tools side by side, questions for approval, and how they end.

use super::Maker;
use super::clock::{MICRO, MILLI, SECOND, span};
use super::words::{CHOICES, DELEGATE, STATUSES, TOOLS};
use crate::truth::rates::Endpoint;
use crate::truth::story::{Answer, Approval, Call, Ended, Process, Said, Tool, Turn};

/// Subagents of subagents of subagents are the deepest.
const DEPTH: usize = 3;
/// How a turn is going to end.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ending {
    Completed,
    Interrupted,
    Limited,
    /// With the host's word that it failed.
    Failed,
    /// After a failed attempt, without a word; whether that was the last of its retries.
    Error(bool),
    /// Without a word.
    Silence,
}

impl Maker {
    /// One to three turns of a run.
    pub(super) fn turns(&mut self, process: &mut Process, run: usize, endpoint: Endpoint) {
        for _ in 0..=self.random.below(3) {
            self.pass(10 * MILLI, 20 * SECOND);
            self.one_turn(process, run, endpoint, 0);
        }
    }

    /// A turn.
    pub(super) fn one_turn(&mut self, process: &mut Process, run: usize, endpoint: Endpoint, depth: usize) {
        let run_so_far = &mut process.runs[run];
        let first = run_so_far.turns.is_empty() && run_so_far.announced;
        if run_so_far.turns.is_empty() && !run_so_far.announced {
            run_so_far.start = self.clock.now;
        }
        let mut turn = self.begin(endpoint, first, false);
        let ending = self.ending();
        self.work(process, run, &mut turn, endpoint, depth);
        self.end(&mut turn, endpoint, ending);
        process.runs[run].turns.push(turn);
    }

    /// A turn during which its session is compressed: it has an answered call and no end.
    pub(super) fn turn_that_is_cut(
        &mut self,
        process: &mut Process,
        run: usize,
        endpoint: Endpoint,
    ) -> String {
        let mut turn = self.begin(endpoint, false, false);
        let call = self.call(&mut turn, endpoint, 0);
        turn.calls.push(call);
        let id = turn.id.clone();
        process.runs[run].turns.push(turn);
        id
    }

    /// The same turn, in the session that goes on: it begins with the answer to a call.
    pub(super) fn rest_of_turn(&mut self, process: &mut Process, run: usize, endpoint: Endpoint, id: &str) {
        let mut turn = self.begin(endpoint, false, true);
        turn.id = id.to_owned();
        let start = turn.start;
        process.runs[run].start = start;
        let latency = span(&mut self.random, 10 * MILLI, SECOND);
        turn.calls.push(Call {
            id: format!("{id}:api:rest"),
            endpoint,
            requests: Vec::new(),
            failed: Vec::new(),
            answer: Some(Answer {
                at: start,
                began: None,
                latency,
                alone: Some(latency),
                first_token: None,
                messages: Some(7),
                finish: "stop",
                usage: Some(self.usage(endpoint)),
                reported: None,
            }),
        });
        self.end(&mut turn, endpoint, Ending::Completed);
        process.runs[run].turns.push(turn);
    }

    fn ending(&mut self) -> Ending {
        match self.random.below(16) {
            0..=7 => Ending::Completed,
            8 => Ending::Interrupted,
            9 => Ending::Limited,
            10 => Ending::Failed,
            11 | 12 => Ending::Error(true),
            13 => Ending::Error(false),
            _ => Ending::Silence,
        }
    }

    fn begin(&mut self, endpoint: Endpoint, first: bool, midway: bool) -> Turn {
        Turn {
            id: format!("turn-{:06}", self.serial()),
            start: self.clock.now,
            midway,
            first,
            over: None,
            ended: Ended::plainly("running"),
            said: None,
            model: endpoint.model,
            calls: Vec::new(),
            tools: Vec::new(),
            approvals: Vec::new(),
        }
    }

    /// Calls, and the tools they ask for.
    fn work(&mut self, process: &mut Process, run: usize, turn: &mut Turn, endpoint: Endpoint, depth: usize) {
        for _ in 0..self.random.below(4) {
            let retries = if self.once_in(4) { 1 + self.random.below(2) } else { 0 };
            let call = self.call(turn, endpoint, retries);
            turn.calls.push(call);
            if self.once_in(2) {
                self.tools(process, run, turn, depth);
            }
        }
    }

    fn end(&mut self, turn: &mut Turn, endpoint: Endpoint, ending: Ending) {
        if let Ending::Error(_) | Ending::Failed = ending {
            self.failing_call(turn, endpoint, ending != Ending::Error(false));
        }
        let (completed, interrupted, failed, reason) = match ending {
            Ending::Completed => (true, false, false, None),
            Ending::Interrupted => (self.once_in(2), true, false, Some("keyboard_interrupt")),
            Ending::Limited => (false, false, false, Some("max_iterations")),
            Ending::Failed => (false, false, true, Some("gave_up")),
            Ending::Error(_) | Ending::Silence => return,
        };
        let at = self.pass(MICRO, 300 * MILLI);
        turn.said = Some(Said { at, completed, interrupted, failed, reason });
        turn.over = Some(at);
        let reason = reason.unwrap_or_default();
        turn.ended = match ending {
            Ending::Completed => Ended::plainly("completed"),
            Ending::Interrupted => Ended::because("interrupted", reason),
            Ending::Limited => Ended::because("limited", reason),
            _ => {
                let failure =
                    turn.calls.last().and_then(|call| call.failed.last()).map(|attempt| attempt.failure);
                failure.map_or(Ended::because("errored", reason), |failure| {
                    let timeout = failure.class == "provider_timeout";
                    Ended::because(
                        if timeout { "timed_out" } else { "errored" },
                        failure.reason.unwrap_or(failure.class),
                    )
                })
            }
        };
    }

    /// Tools side by side, one of which may delegate or wait for an approval.
    fn tools(&mut self, process: &mut Process, run: usize, turn: &mut Turn, depth: usize) {
        let asked_by = turn.calls.len() - 1;
        let began = self.pass(MICRO, 20 * MILLI);
        let mut ends = Vec::new();
        for _ in 0..=self.random.below(4) {
            let begin = began + span(&mut self.random, 0, 300 * MILLI);
            let duration = span(&mut self.random, MILLI, 3 * SECOND);
            let (name, toolset) = self.one_of(TOOLS);
            let (status, error_type) = self.one_of(STATUSES);
            let id = format!("tool-{:06}", self.serial());
            let mut tool = Tool {
                at: begin + duration,
                duration: (!self.once_in(8)).then_some(duration),
                name,
                toolset,
                id,
                call: (!self.once_in(4)).then_some(asked_by),
                status,
                error_type,
                echo: None,
            };
            if self.once_in(4) {
                self.approval(turn, &mut tool, begin, duration);
            }
            if matches!(tool.status, "timeout" | "cancelled") && self.once_in(2) {
                tool.echo = Some(tool.at + span(&mut self.random, MICRO, SECOND));
            }
            ends.push(tool.echo.unwrap_or(tool.at));
            turn.tools.push(tool);
        }
        if depth < DEPTH && self.once_in(3) {
            let begin = self.clock.now;
            let id = turn.id.clone();
            self.delegate(process, run, &id, depth);
            let at = self.pass(MICRO, 20 * MILLI);
            let (name, toolset) = DELEGATE;
            turn.tools.push(Tool {
                at,
                duration: Some(at - begin),
                name,
                toolset,
                id: format!("tool-{:06}", self.serial()),
                call: Some(asked_by),
                status: "ok",
                error_type: None,
                echo: None,
            });
        }
        self.clock.now = ends.into_iter().fold(self.clock.now, i64::max);
        turn.tools.sort_by_key(|tool| tool.at);
    }

    fn approval(&mut self, turn: &mut Turn, tool: &mut Tool, begin: i64, duration: i64) {
        let asked = begin + span(&mut self.random, 0, duration / 4);
        let answered = (!self.once_in(6)).then(|| {
            let choice = self.one_of(CHOICES);
            (asked + span(&mut self.random, MICRO, duration / 2), choice)
        });
        if matches!(answered, Some((_, "deny"))) {
            (tool.status, tool.error_type) = ("denied", None);
        }
        let surface = self.one_of(&["cli", "smart"]);
        turn.approvals.push(Approval { asked, answered, surface, tool: tool.id.clone() });
    }
}
