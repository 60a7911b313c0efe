//! Processes, the sessions in them, and how those are left.

use super::Maker;
use super::clock::{MICRO, MILLI, SECOND, span};
use super::words::{SURFACES, Surface};
use crate::truth::rates::{ENDPOINTS, Endpoint};
use crate::truth::story::{Close, Delegation, Ended, Process, Run, Turn};

/// How a session goes on after its turns.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Next {
    /// It is left as it is.
    Left,
    /// The host closes it.
    Finalized,
    /// It expires unused.
    Expired,
    /// The user begins a new one.
    Reset,
    /// It is compressed between two turns.
    Compressed,
    /// It is compressed in the middle of a turn.
    CompressedMidway,
}

impl Maker {
    /// One process with its sessions, told to its end.
    pub(super) fn process(&mut self, number: usize) -> Process {
        let surface = &SURFACES[number % SURFACES.len()];
        self.clock.set(&mut self.random, 90 * SECOND);
        let mut process = Process {
            host: "hermes",
            profile: None,
            pid: 1000 + number as u32,
            arguments: surface.arguments,
            command: surface.command,
            started: self.clock.now,
            exit: None,
            runs: Vec::new(),
        };
        self.pass(100 * MILLI, 2 * SECOND);
        if surface.many {
            self.conversations(&mut process, surface)
        } else {
            self.conversation(&mut process, surface)
        }
        self.pass(MILLI, 10 * SECOND);
        process.exit = (!self.once_in(4)).then_some(self.clock.now);
        settle(&mut process);
        if number % 7 == 6 {
            of_another_host(&mut process, number.is_multiple_of(2).then_some("work"));
        }
        process
    }

    /// One conversation at a time, which may be begun anew or compressed.
    fn conversation(&mut self, process: &mut Process, surface: &'static Surface) {
        let may_compress = matches!(surface.platform, Some("cli" | "tui"));
        let endpoint = self.one_of(ENDPOINTS);
        let mut run = self.open(process, surface, endpoint, true);
        if !self.sessions.is_empty() && self.once_in(6) {
            process.runs[run].session = self.sessions[self.random.below(self.sessions.len())].clone();
        }
        self.sessions.push(process.runs[run].session.clone());
        if self.once_in(12) {
            self.leave(process, run, Next::Left);
            return;
        }
        self.turns(process, run, endpoint);
        for _ in 0..3 {
            let next = match self.random.below(8) {
                0 | 1 => Next::Left,
                2 | 3 => Next::Finalized,
                4 => Next::Reset,
                5 => Next::Expired,
                6 if may_compress && self.waits(process, run) => Next::Compressed,
                7 if may_compress => Next::CompressedMidway,
                _ => Next::Finalized,
            };
            match next {
                Next::Reset => {
                    self.leave(process, run, next);
                    self.pass(MILLI, 30 * MILLI);
                    run = self.open(process, surface, endpoint, true);
                    self.turns(process, run, endpoint);
                }
                Next::Compressed => {
                    self.pass(SECOND, 20 * SECOND);
                    let from = run;
                    run = self.open(process, surface, endpoint, false);
                    process.runs[run].continues = Some(from);
                    self.turns(process, run, endpoint);
                }
                Next::CompressedMidway => {
                    self.pass(SECOND, 20 * SECOND);
                    let from = run;
                    let cut = self.turn_that_is_cut(process, from, endpoint);
                    self.pass(MILLI, SECOND);
                    run = self.open(process, surface, endpoint, false);
                    process.runs[run].continues = Some(from);
                    self.rest_of_turn(process, run, endpoint, &cut);
                    if self.once_in(2) {
                        self.pass(SECOND, 20 * SECOND);
                        self.turns(process, run, endpoint);
                    }
                }
                next => {
                    self.leave(process, run, next);
                    return;
                }
            }
        }
    }

    /// Its last turn has an end, so that it waits for another one.
    fn waits(&self, process: &Process, run: usize) -> bool {
        process.runs[run].turns.last().is_some_and(|turn| turn.said.is_some())
    }

    /// Several conversations, in turns.
    fn conversations(&mut self, process: &mut Process, surface: &'static Surface) {
        let sessions: Vec<(usize, Endpoint)> = (0..2 + self.random.below(2))
            .map(|_| {
                let endpoint = self.one_of(ENDPOINTS);
                let run = self.open(process, surface, endpoint, true);
                self.turns(process, run, endpoint);
                self.pass(SECOND, 10 * SECOND);
                (run, endpoint)
            })
            .collect();
        let (again, endpoint) = sessions[self.random.below(sessions.len())];
        self.turns(process, again, endpoint);
        for (run, _) in sessions {
            self.pass(MILLI, SECOND);
            let next = self.one_of(&[Next::Left, Next::Left, Next::Finalized, Next::Expired]);
            self.leave(process, run, next);
        }
    }

    /// A session's first moment.
    fn open(
        &mut self,
        process: &mut Process,
        surface: &Surface,
        endpoint: Endpoint,
        announced: bool,
    ) -> usize {
        let start = self.clock.now;
        process.runs.push(Run {
            session: format!("20260101_{:06}_{:06x}", self.serial(), self.random.below(0xff_ffff)),
            platform: surface.platform,
            entrypoint: surface.entrypoint,
            kind: surface.kind,
            model: endpoint.model,
            announced,
            delegated: None,
            continues: None,
            start,
            end: None,
            ended: Ended::plainly("running"),
            close: None,
            turns: Vec::new(),
        });
        if announced {
            self.pass(MICRO, 5 * MILLI);
        }
        process.runs.len() - 1
    }

    /// A run that `parent` asks for in its turn `turn`, with all that it does.
    pub(super) fn delegate(&mut self, process: &mut Process, parent: usize, turn: &str, depth: usize) {
        let started = self.clock.now;
        self.pass(MILLI, 50 * MILLI);
        let subagent = Surface {
            platform: Some("subagent"),
            entrypoint: Some("subagent"),
            arguments: None,
            command: None,
            kind: Some("subagent"),
            many: false,
        };
        let endpoint = self.one_of(ENDPOINTS);
        let child = self.open(process, &subagent, endpoint, true);
        self.one_turn(process, child, endpoint, depth + 1);
        let ended = self.pass(MILLI, 50 * MILLI);
        let back = (!self.once_in(6)).then(|| {
            let slack = span(&mut self.random, 0, MILLI);
            (ended, self.one_of(&["completed", "completed", "failed"]), ended - started - slack)
        });
        process.runs[child].delegated = Some(Delegation { parent, turn: turn.to_owned(), started, back });
    }

    fn leave(&mut self, process: &mut Process, run: usize, next: Next) {
        let reason = match next {
            Next::Finalized => "shutdown",
            Next::Expired => "session_expired",
            Next::Reset => "session_boundary",
            _ => return,
        };
        self.pass(MILLI, 2 * SECOND);
        process.runs[run].close = Some(Close { at: self.clock.now, reason });
    }
}

/// A host that says what it is, and not by what command it was started.
fn of_another_host(process: &mut Process, profile: Option<&'static str>) {
    (process.host, process.profile) = ("housebot", profile);
    (process.arguments, process.command) = (None, None);
    for run in process.runs.iter_mut().filter(|run| run.entrypoint == Some("cli")) {
        run.kind = None;
    }
}

/// Writes down how everything that nobody ended has ended: the rules a reader of the documentation would apply.
fn settle(process: &mut Process) {
    let last = super::super::hooks::last_moment(process);
    let process_end = process.exit.unwrap_or(last);
    for run in 0..process.runs.len() {
        let continued = process.runs.iter().position(|other| other.continues == Some(run));
        let continued = continued.map(|next| process.runs[next].start);
        let (exit, starts) =
            (process.exit, process.runs[run].turns.iter().map(|turn| turn.start).collect::<Vec<_>>());
        let run = &mut process.runs[run];
        for (index, turn) in run.turns.iter_mut().enumerate().filter(|(_, turn)| turn.said.is_none()) {
            let next = starts.get(index + 1).copied();
            let closed = run.close.as_ref().map(|close| close.at);
            let is_last = next.is_none();
            if let Some(at) = continued.filter(|_| is_last) {
                turn.over = Some(at);
                turn.ended = Ended::because("compressed", "inferred");
                continue;
            }
            let left = next.or(closed);
            silent(turn, left, exit);
        }
        let last_turn = run.turns.last();
        let (ended, end) = match (&run.close, continued) {
            (_, Some(at)) => (Ended::because("compressed", "inferred"), at),
            (Some(close), None) => (of_close(close, last_turn), close.at),
            (None, None) => match last_turn {
                Some(turn) => (turn.ended.clone(), turn.over.unwrap_or(process_end)),
                None => (Ended::because("unknown", "empty"), process_end),
            },
        };
        (run.ended, run.end) = (ended, Some(end));
    }
}

fn of_close(close: &Close, last_turn: Option<&Turn>) -> Ended {
    match close.reason {
        "session_expired" => Ended::because("timed_out", "idle_timeout"),
        "session_boundary" => Ended::because("reset", "session_boundary"),
        _ => last_turn.map_or(Ended::because("unknown", "empty"), |turn| turn.ended.clone()),
    }
}

/// How a turn ended that nobody ended: `left` is when its session went on without it.
fn silent(turn: &mut Turn, left: Option<i64>, exit: Option<i64>) {
    let last = super::super::hooks::last_of_turn(turn);
    let standing = turn.calls.last().filter(|call| call.answer.is_none()).and_then(|call| call.failed.last());
    let (over, ended) = match (standing.cloned(), left, exit) {
        (Some(attempt), left, _) if attempt.at == last && (attempt.exhausted || left.is_some()) => {
            let outcome = if attempt.failure.class == "provider_timeout" { "timed_out" } else { "errored" };
            let reason = attempt.failure.reason.unwrap_or(attempt.failure.class);
            (attempt.at, Ended::because(outcome, reason))
        }
        (_, Some(left), _) => (left, Ended::because("errored", "no_response")),
        (_, None, Some(exit)) => (exit, Ended::because("interrupted", "process_exit")),
        (_, None, None) => (last, Ended::because("unknown", "process_lost")),
    };
    (turn.over, turn.ended) = (Some(over), ended);
}
