//! What the tracker remembers. All of it is bounded.

use std::collections::{HashMap, VecDeque};

use telemetry_core::event::RunStarted;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_core::vocabulary::Entrypoint;

use super::request::Said;

/// Sessions remembered; the one that was silent the longest is forgotten first. A forgotten session that speaks again
/// gets the same run id, so forgetting costs precision in odd cases only.
const MAX_SESSIONS: usize = 1_024;
/// Delegations whose child has not spoken yet.
const MAX_EXPECTED: usize = 1_024;
/// Turns remembered per session: late tool results belong to the one before.
const MAX_TURNS: usize = 4;

#[derive(Default)]
pub(super) struct State {
    /// The day the process was last announced on.
    pub announced: Option<Day>,
    sessions: HashMap<Name, Session>,
    /// Children that were announced and have not spoken yet, with their parent.
    expected: HashMap<Name, RunId>,
    clock: u64,
    ordinal: u64,
}

pub(super) struct Session {
    pub run: RunId,
    /// What is told of it whenever it is announced.
    pub known: RunStarted,
    /// The day it was last announced on.
    pub announced: Day,
    pub is_subagent: bool,
    /// The host closed it and nothing came since.
    pub closed: bool,
    pub turns_begun: u32,
    pub said: Said,
    turns: VecDeque<Turn>,
    last_heard: u64,
}

pub(super) struct Turn {
    pub span: SpanId,
    /// The host's id; `None` for a turn of a host that gives none.
    pub turn_id: Option<Name>,
    pub ended: bool,
    pub calls: HashMap<SpanId, Call>,
    pub tools: HashMap<SpanId, Tool>,
    pub approvals: Vec<Approval>,
}

#[derive(Default)]
pub(super) struct Call {
    pub failed: u32,
    pub answers: u32,
    pub attempt_started: Option<UnixNanos>,
    pub attempts_started: u32,
}

#[derive(Default)]
pub(super) struct Tool {
    pub ends: u32,
    pub gave_up: bool,
}

pub(super) struct Approval {
    pub span: SpanId,
    pub tool_call_id: Option<Name>,
    pub surface: Option<Name>,
    pub asked: UnixNanos,
}

impl State {
    pub fn next_ordinal(&mut self) -> u64 {
        self.ordinal += 1;
        self.ordinal
    }

    pub fn knows(&self, session_id: &str) -> bool {
        self.sessions.contains_key(session_id)
    }

    pub fn session(&mut self, session_id: &str) -> Option<&mut Session> {
        self.clock += 1;
        let now = self.clock;
        let session = self.sessions.get_mut(session_id)?;
        session.last_heard = now;
        Some(session)
    }

    pub fn add(&mut self, session_id: Name, mut session: Session) {
        if self.sessions.len() >= MAX_SESSIONS {
            let silent = self.sessions.iter().min_by_key(|(_, session)| session.last_heard);
            if let Some(id) = silent.map(|(id, _)| id.clone()) {
                self.sessions.remove(&id);
            }
        }
        self.clock += 1;
        session.last_heard = self.clock;
        self.sessions.insert(session_id, session);
    }

    pub fn sessions(&self) -> impl Iterator<Item = (&Name, &Session)> {
        self.sessions.iter()
    }

    pub fn expect_child(&mut self, child_session_id: Name, parent: RunId) {
        if self.expected.len() >= MAX_EXPECTED {
            self.expected.clear();
        }
        self.expected.insert(child_session_id, parent);
    }

    pub fn expected_parent(&mut self, session_id: &str) -> Option<RunId> {
        self.expected.remove(session_id)
    }

    /// The session whose turn has this id; of several, the one heard last.
    pub fn session_of_turn(&self, turn_id: &str) -> Option<Name> {
        let has_turn =
            |session: &Session| session.turns.iter().any(|turn| turn.turn_id.as_deref() == Some(turn_id));
        let sessions = self.sessions.iter().filter(|(_, session)| has_turn(session));
        sessions.max_by_key(|(_, session)| session.last_heard).map(|(id, _)| id.clone())
    }
}

impl Session {
    pub fn new(run: RunId, known: RunStarted, announced: Day) -> Self {
        Session {
            run,
            is_subagent: known.parent.is_some() || known.entrypoint == Some(Entrypoint::Subagent),
            known,
            announced,
            closed: false,
            turns_begun: 0,
            said: Said::default(),
            turns: VecDeque::new(),
            last_heard: 0,
        }
    }

    pub fn turn_of_id(&mut self, turn_id: &str) -> Option<&mut Turn> {
        self.turns.iter_mut().find(|turn| turn.turn_id.as_deref() == Some(turn_id))
    }

    pub fn turn_of_span(&mut self, span: SpanId) -> Option<&mut Turn> {
        self.turns.iter_mut().find(|turn| turn.span == span)
    }

    /// The latest turn, ended or not.
    pub fn latest(&mut self) -> Option<&mut Turn> {
        self.turns.back_mut()
    }

    pub fn in_flight(&mut self) -> Option<&mut Turn> {
        self.latest().filter(|turn| !turn.ended)
    }

    /// It had a turn and none is in flight.
    pub fn waits(&self) -> bool {
        self.turns.back().is_some_and(|turn| turn.ended)
    }

    pub fn begin(&mut self, turn: Turn) -> &mut Turn {
        self.closed = false;
        self.turns_begun += 1;
        if self.turns.len() >= MAX_TURNS {
            self.turns.pop_front();
        }
        self.turns.push_back(turn);
        let last = self.turns.len() - 1;
        &mut self.turns[last]
    }
}

impl Turn {
    pub fn new(span: SpanId, turn_id: Option<Name>) -> Self {
        Turn {
            span,
            turn_id,
            ended: false,
            calls: HashMap::new(),
            tools: HashMap::new(),
            approvals: Vec::new(),
        }
    }
}
