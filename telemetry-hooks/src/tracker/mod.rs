//! From hooks to events: which run, turn and call a hook belongs to.
//!
//! Hooks of one session arrive on many threads, some without the ids that would place them. The tracker keeps, for
//! each session of this process, just enough to place the next hook: the turn in flight, the attempts of its calls,
//! the approvals that wait. It concludes nothing about outcomes; those are derived from the events.
//!
//! Everything it derives is a function of the hooks and their times, so the same hooks give the same events.

mod approval;
mod billing;
mod content;
mod identity;
mod model;
mod observers;
mod request;
mod session;
mod spoken;
mod state;
mod tool;

use telemetry_core::emitter::Emitter;
use telemetry_core::event::{Body, Event, Hook as UnknownHook, ProcessEnded, ProcessStarted};
use telemetry_core::ids::{Key, RunId};
use telemetry_core::lock::Mutex;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ProcessEnd;

pub use identity::Origin;

use crate::hook::{Hook, IGNORED};
use crate::payload::Payload;
use spoken::Spoken;
use state::State;

/// What the caller of a hook should do next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a host may vanish milliseconds after some hooks: flush when told to"]
pub enum After {
    /// Nothing.
    GoOn,
    /// Wait, bounded, until the log is written: the host may be gone milliseconds from now.
    Flush,
}

/// Turns the hooks of one process into events.
pub struct Tracker {
    origin: Origin,
    state: Mutex<State>,
}

impl Tracker {
    /// A tracker for the process `origin` tells of.
    pub fn new(origin: Origin) -> Self {
        Tracker { origin, state: Mutex::default() }
    }

    /// Takes one call of a hook, made at `at`, and emits what it means. A hook this version does not know is kept
    /// as such; one that is known to say nothing is ignored.
    pub fn observe(&self, hook: &str, payload: &dyn Payload, at: UnixNanos, emitter: &dyn Emitter) -> After {
        let known = Hook::parse(hook);
        if known.is_none() && IGNORED.contains(&hook) {
            return After::GoOn;
        }
        let keeps_content = emitter.content().is_some();
        if known == Some(Hook::PostLlmCall) && !keeps_content {
            return After::GoOn;
        }
        // Before the lock: content is long, and takes its time.
        let spoken = known.filter(|_| keeps_content).map(|hook| Spoken::by(hook, payload));
        // Held for the few hundred nanoseconds of one hook; nothing inside waits for anything.
        let mut state = self.state.lock();
        let mut seen = Seen { origin: &self.origin, state: &mut state, payload, spoken, at, emitter };
        seen.announce_process();
        match known {
            Some(hook) => seen.hook(hook),
            None => seen.unknown_hook(hook),
        }
    }

    /// The process leaves in order: its exit handlers run. Hooks may still come.
    pub fn exit(&self, at: UnixNanos, emitter: &dyn Emitter) {
        self.end(ProcessEnd::Exit, at, emitter);
    }

    /// The process was found gone; `at` is when it was last heard of.
    pub fn lost(&self, at: UnixNanos, emitter: &dyn Emitter) {
        self.end(ProcessEnd::Lost, at, emitter);
    }

    fn end(&self, end: ProcessEnd, at: UnixNanos, emitter: &dyn Emitter) {
        if self.state.lock().announced.is_some() {
            emitter.emit(ProcessEnded::event(self.origin.process, end, at));
        }
    }
}

/// One call of a hook, being looked at.
struct Seen<'a> {
    origin: &'a Origin,
    state: &'a mut State,
    payload: &'a dyn Payload,
    /// What it says; `None` unless content is kept.
    spoken: Option<Spoken>,
    at: UnixNanos,
    emitter: &'a dyn Emitter,
}

impl Seen<'_> {
    fn hook(&mut self, hook: Hook) -> After {
        match hook {
            Hook::SessionStart => self.session_start(),
            Hook::SessionFinalize => self.session_finalize(),
            Hook::SessionReset => self.session_reset(),
            Hook::PreLlmCall => self.turn_start(),
            Hook::SessionEnd => self.turn_end(),
            Hook::PreApiRequest => self.attempt_start(),
            Hook::PostApiRequest => self.model_answer(),
            Hook::ApiRequestError => self.attempt_failure(),
            Hook::PostToolCall => self.tool_end(),
            Hook::PreApprovalRequest => self.approval_request(),
            Hook::PostApprovalResponse => self.approval_answer(),
            Hook::SubagentStart => self.subagent_start(),
            Hook::SubagentStop => self.subagent_stop(),
            Hook::PreGatewayDispatch => self.gateway_message(),
            Hook::PostLlmCall => self.final_answer(),
        }
    }

    fn announce_process(&mut self) {
        // Every day anew, so that each day of the log can be read alone.
        let today = self.at.day();
        if self.state.announced.replace(today) == Some(today) {
            return;
        }
        let origin = self.origin;
        let started = ProcessStarted {
            process: origin.process,
            host: origin.host.clone(),
            pid: origin.pid,
            birthplace: origin.birthplace.clone(),
            born: origin.born,
            version: origin.version.clone(),
        };
        self.emit(None, &Key::new("process_started").number(origin.process.0), started);
    }

    fn unknown_hook(&mut self, hook: &str) -> After {
        let session = self.name("session_id");
        let run = session.as_deref().map(|session| RunId::of(self.origin.process, session));
        let ordinal = self.state.next_ordinal();
        let key = Key::new("hook").number(self.origin.process.0).text(hook).number(ordinal);
        self.emit(run, &key, UnknownHook { hook: Name::intern(hook), session_id: session });
        After::GoOn
    }

    fn emit(&self, run: Option<RunId>, key: &Key, body: impl Into<Body>) {
        self.emitter.emit(Event::new(self.at, run, key, body));
    }

    /// A word of the host's vocabulary.
    fn word(&self, key: &str) -> Option<Name> {
        self.payload.text(key, Name::intern)
    }

    /// A text that differs every time.
    fn name(&self, key: &str) -> Option<Name> {
        self.payload.text(key, Name::new)
    }

    /// A duration the host gives in seconds, in nanoseconds.
    fn seconds(&self, key: &str) -> Option<i64> {
        self.payload.number(key).filter(|s| (0.0..1e9).contains(s)).map(|s| (s * 1e9).round() as i64)
    }

    /// A duration the host gives in milliseconds, in nanoseconds.
    fn millis(&self, key: &str) -> Option<i64> {
        self.payload.number(key).filter(|ms| (0.0..1e12).contains(ms)).map(|ms| (ms * 1e6).round() as i64)
    }

    /// A moment the host gives in seconds since the epoch.
    fn moment(&self, key: &str) -> Option<UnixNanos> {
        self.payload.number(key).and_then(UnixNanos::from_seconds)
    }
}
