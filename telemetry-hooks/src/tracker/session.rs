//! Sessions, turns and delegations.

use telemetry_core::event::{
    Feedback, RunEnded, RunStarted, RunUpdated, SubagentEnded, SubagentStarted, TurnEnded, TurnStarted,
};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::outcome::INFERRED;
use telemetry_core::vocabulary::{Entrypoint, RunClose};

use super::state::{Session, Turn};
use super::{After, Seen};
use crate::classify;
use crate::payload::Value;

/// A session's place: its id in the host's words, and its run.
#[derive(Clone)]
pub(super) struct Place {
    pub session_id: Name,
    pub run: RunId,
}

impl Seen<'_> {
    pub(super) fn session_start(&mut self) -> After {
        self.place();
        After::GoOn
    }

    pub(super) fn session_reset(&mut self) -> After {
        if let Some(old) =
            self.name("old_session_id").filter(|old| self.name("session_id").as_ref() != Some(old))
        {
            let reason = self.word("reason");
            self.close(&old, RunClose::Reset, reason);
        }
        if let Some(place) = self.place() {
            let key = Key::new("feedback").number(place.run.0).text("new_session");
            self.emit(Some(place.run), &key, Feedback { kind: Name::fixed("new_session") });
        }
        After::GoOn
    }

    pub(super) fn session_finalize(&mut self) -> After {
        let Some(place) = self.place() else { return After::Flush };
        let reason = self.word("reason");
        let close = classify::run_close(reason.as_deref());
        self.close(&place.session_id, close, reason);
        After::Flush
    }

    /// Closes a session this process has seen; one that is closed already stays as it is.
    fn close(&mut self, session_id: &str, close: RunClose, reason: Option<Name>) {
        let Some(session) = self.state.session(session_id) else { return };
        if std::mem::replace(&mut session.closed, true) {
            return;
        }
        let (run, turns) = (session.run, session.turns_begun);
        let key = Key::new("run_ended").number(run.0).number(turns);
        self.emit(Some(run), &key, RunEnded { close, reason });
    }

    pub(super) fn turn_start(&mut self) -> After {
        let Some(place) = self.place() else { return After::GoOn };
        let turn = match self.name("turn_id") {
            Some(turn_id) => self.turn_of_id(&place, turn_id),
            None => self.begin_turn(&place, None),
        };
        self.say(place.run, turn);
        After::GoOn
    }

    pub(super) fn turn_end(&mut self) -> After {
        let Some(place) = self.place() else { return After::Flush };
        let turn_id = self.name("turn_id");
        let turn = match turn_id {
            Some(turn_id) => self.turn_of_id(&place, turn_id),
            // An end without an id ends the turn in flight, never a finished one.
            None => match self.turn_in_flight(&place) {
                Some(span) => span,
                None => return After::Flush,
            },
        };
        if self.with_turn(&place, turn, |turn| std::mem::replace(&mut turn.ended, true)) == Some(true) {
            return After::Flush;
        }
        let flag = |key| self.payload.flag(key).unwrap_or(false);
        let ended = TurnEnded {
            turn,
            completed: flag("completed"),
            interrupted: flag("interrupted"),
            failed: flag("failed"),
            reason: self.word("turn_exit_reason").or_else(|| self.word("reason")),
        };
        if ended.interrupted {
            let key = Key::new("feedback").number(turn.0).text("interrupt");
            self.emit(Some(place.run), &key, Feedback { kind: Name::fixed("interrupt") });
        }
        self.cron_end(&place, &ended);
        self.emit(Some(place.run), &Key::new("turn_ended").number(turn.0), ended);
        After::Flush
    }

    pub(super) fn subagent_start(&mut self) -> After {
        let Some(place) = self.place_of(self.name("parent_session_id")) else { return After::GoOn };
        let Some(child_session_id) = self.name("child_session_id") else { return After::GoOn };
        let child = RunId::of(self.origin.process, &child_session_id);
        if !self.state.knows(&child_session_id) {
            self.state.expect_child(child_session_id.clone(), place.run);
        }
        let turn = self.parent_turn(&place);
        let started = SubagentStarted {
            child,
            child_session_id,
            turn,
            subagent_id: self.name("child_subagent_id"),
            role: self.word("child_role"),
        };
        self.emit(Some(place.run), &Key::new("subagent_started").number(child.0), started);
        self.say(child, child.span());
        After::GoOn
    }

    pub(super) fn subagent_stop(&mut self) -> After {
        let Some(place) = self.place_of(self.name("parent_session_id")) else { return After::GoOn };
        let Some(child_session_id) = self.name("child_session_id") else { return After::GoOn };
        let child = RunId::of(self.origin.process, &child_session_id);
        let ended = SubagentEnded {
            child,
            turn: self.parent_turn(&place),
            status: self.word("child_status"),
            duration_ns: self.millis("duration_ms"),
        };
        self.emit(Some(place.run), &Key::new("subagent_ended").number(child.0), ended);
        self.say(child, child.span());
        After::GoOn
    }

    fn parent_turn(&mut self, place: &Place) -> Option<SpanId> {
        match self.name("parent_turn_id") {
            Some(turn_id) => Some(self.turn_of_id(place, turn_id)),
            None => self.turn_in_flight(place),
        }
    }

    /// The session this hook is about; opens its run when it is new. `None` when the hook names no session.
    pub(super) fn place(&mut self) -> Option<Place> {
        self.place_of(self.name("session_id"))
    }

    pub(super) fn place_of(&mut self, session_id: Option<Name>) -> Option<Place> {
        let session_id = session_id?;
        let today = self.at.day();
        let run = match self.state.session(&session_id) {
            // Almost every hook: nothing about the session is new.
            Some(session) if session.announced == today && session.known.platform.is_some() => {
                return Some(Place { run: session.run, session_id });
            }
            Some(session) => session.run,
            None => self.open(&session_id),
        };
        self.learn_platform(&session_id);
        self.announce_again(&session_id);
        Some(Place { session_id, run })
    }

    /// Whether the hook speaks of the session itself, so that its `platform` and `model` are the session's own.
    fn speaks_of(&self, session_id: &Name) -> bool {
        self.payload.text("session_id", |id| id == session_id.as_str()).unwrap_or(false)
    }

    /// The platform, where a word that is there and empty is a word of the host's; see `classify::entrypoint`.
    fn platform(&self) -> Option<Name> {
        let mut platform = None;
        self.payload.visit("platform", &mut |value| {
            if let Value::Str(word) = value {
                platform = Some(Name::intern(word));
            }
        });
        platform
    }

    fn open(&mut self, session_id: &Name) -> RunId {
        let run = RunId::of(self.origin.process, session_id);
        let (platform, model) = match self.speaks_of(session_id) {
            true => (self.platform(), self.word("model")),
            false => (None, None),
        };
        let entrypoint = platform.as_deref().map(classify::entrypoint);
        let parent = self.state.expected_parent(session_id);
        let continues = match parent {
            None => self.compressed_into(session_id, entrypoint.as_ref()),
            Some(_) => None,
        };
        let started = RunStarted {
            process: self.origin.process,
            session_id: session_id.clone(),
            host: self.origin.host.clone(),
            platform,
            entrypoint: entrypoint.clone(),
            profile: self.origin.profile.clone(),
            model,
            parent,
            continues,
        };
        self.state.add(session_id.clone(), Session::new(run, started.clone(), self.at.day()));
        self.emit(Some(run), &Key::new("run_started").number(run.0), started);
        self.cron_start(run, entrypoint.as_ref());
        run
    }

    /// A run that goes on past midnight is announced again, so that each day of the log can be read alone: the days
    /// before may be gone.
    fn announce_again(&mut self, session_id: &Name) {
        let today = self.at.day();
        let Some(session) = self.state.session(session_id).filter(|session| session.announced != today)
        else {
            return;
        };
        session.announced = today;
        let (run, known) = (session.run, session.known.clone());
        self.emit(Some(run), &Key::new("run_started").number(run.0), known);
    }

    /// The hook that opened a run may not have known its platform; a later one does.
    fn learn_platform(&mut self, session_id: &Name) {
        if self.state.session(session_id).is_none_or(|session| session.known.platform.is_some()) {
            return;
        }
        let Some(platform) = self.platform().filter(|_| self.speaks_of(session_id)) else { return };
        let entrypoint = classify::entrypoint(&platform);
        let model = self.word("model");
        let Some(session) = self.state.session(session_id) else { return };
        session.known.platform = Some(platform.clone());
        session.known.entrypoint = Some(entrypoint.clone());
        session.known.model = session.known.model.take().or(model.clone());
        let run = session.run;
        let updated = RunUpdated { platform: Some(platform), entrypoint: Some(entrypoint.clone()), model };
        self.emit(Some(run), &Key::new("run_updated").number(run.0), updated);
        self.cron_start(run, Some(&entrypoint));
    }

    /// The run that this new session continues under a compressed history, which the host does not announce.
    fn compressed_into(&mut self, session_id: &Name, entrypoint: Option<&Entrypoint>) -> Option<RunId> {
        let other_id = self
            .rotated_in_turn()
            .or_else(|| self.rotated_as_a_turn_began(session_id))
            .or_else(|| self.rotated_between_turns(session_id, entrypoint))?;
        let run = self.state.session(&other_id)?.run;
        self.close(&other_id, RunClose::Compressed, Some(Name::fixed(INFERRED)));
        Some(run)
    }

    /// A turn in flight in one session speaks under another session's id.
    fn rotated_in_turn(&mut self) -> Option<Name> {
        let turn_id = self.name("turn_id")?;
        let other_id = self.state.session_of_turn(&turn_id)?;
        self.state
            .session(&other_id)?
            .turn_of_id(&turn_id)
            .is_some_and(|turn| !turn.ended)
            .then_some(other_id)
    }

    /// A turn whose id was made of another session's id (hermes-agent 0.19.0: `<session>:<task>:<random>`) begins in this
    /// one: the history was compressed before the first request, after the host had named the turn.
    fn rotated_as_a_turn_began(&mut self, session_id: &Name) -> Option<Name> {
        let turn_id = self.name("turn_id")?;
        let (other_id, _) = turn_id.split_once(':').filter(|(other_id, _)| *other_id != &**session_id)?;
        let other = self.state.session(other_id)?;
        (!other.closed && !other.is_subagent).then(|| Name::new(other_id))
    }

    /// A turn that is not its session's first begins, in the middle of a process that holds one conversation at a
    /// time, while exactly one other session waits for its next turn. An id that is older than the waiting one is an
    /// earlier session being resumed.
    fn rotated_between_turns(&mut self, session_id: &Name, entrypoint: Option<&Entrypoint>) -> Option<Name> {
        let later_turn = self.payload.flag("is_first_turn") == Some(false);
        if !later_turn || !entrypoint.is_some_and(classify::one_conversation) {
            return None;
        }
        let mut waiting = self.state.sessions().filter(|(_, other)| {
            other.waits()
                && !other.closed
                && !other.is_subagent
                && other.known.entrypoint.as_ref() == entrypoint
        });
        let (other_id, _) = waiting.next()?;
        let certain = waiting.next().is_none() && minted(session_id) >= minted(other_id);
        certain.then(|| other_id.clone())
    }

    /// The span of the turn with this id; begins it when it is new.
    pub(super) fn turn_of_id(&mut self, place: &Place, turn_id: Name) -> SpanId {
        let known =
            self.state.session(&place.session_id).and_then(|s| s.turn_of_id(&turn_id).map(|turn| turn.span));
        known.unwrap_or_else(|| self.begin_turn(place, Some(turn_id)))
    }

    pub(super) fn turn_in_flight(&mut self, place: &Place) -> Option<SpanId> {
        self.state.session(&place.session_id)?.in_flight().map(|turn| turn.span)
    }

    /// The turn this hook belongs to: by its id, else the one in flight, else the latest, else one that begins now.
    pub(super) fn turn(&mut self, place: &Place) -> SpanId {
        if let Some(turn_id) = self.name("turn_id") {
            return self.turn_of_id(place, turn_id);
        }
        let latest = self.state.session(&place.session_id).and_then(|s| s.latest().map(|turn| turn.span));
        latest.unwrap_or_else(|| self.begin_turn(place, None))
    }

    fn begin_turn(&mut self, place: &Place, turn_id: Option<Name>) -> SpanId {
        let key = Key::new("turn").number(place.run.0);
        let key = match &turn_id {
            Some(turn_id) => key.text(turn_id),
            None => {
                let begun = self.state.session(&place.session_id).map_or(0, |session| session.turns_begun);
                key.text("#").number(begun)
            }
        };
        let span = SpanId(key.narrow());
        if let Some(session) = self.state.session(&place.session_id) {
            session.begin(Turn::new(span, turn_id.clone()));
        }
        let started = TurnStarted {
            turn: span,
            turn_id,
            model: self.word("model"),
            first: self.payload.flag("is_first_turn"),
        };
        self.emit(Some(place.run), &Key::new("turn_started").number(span.0), started);
        span
    }

    /// Looks at a remembered turn; `None` when it has been forgotten.
    pub(super) fn with_turn<R>(
        &mut self,
        place: &Place,
        span: SpanId,
        look: impl FnOnce(&mut Turn) -> R,
    ) -> Option<R> {
        self.state.session(&place.session_id)?.turn_of_span(span).map(look)
    }
}

/// The time in a session id of the form `YYYYMMDD_HHMMSS_…`; empty for others, which sorts before any.
fn minted(session_id: &str) -> &str {
    let stamp = session_id.get(..15).unwrap_or_default();
    let shaped = stamp.bytes().enumerate().all(|(i, b)| if i == 8 { b == b'_' } else { b.is_ascii_digit() });
    if shaped { stamp } else { "" }
}
