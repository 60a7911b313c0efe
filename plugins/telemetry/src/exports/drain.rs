//! From where a destination is to the end of what is recorded, step by step.

use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde_json::Value;
use telemetry_core::source::{Lag, Recorded, Step, Tail as _, Then};
use telemetry_core::time::UnixNanos;
use telemetry_export::{Delivered, Exporter, Undelivered};
use telemetry_policy::Gate;
use telemetry_store::layout::Layout;
use telemetry_store::tail::HomeTail;

use super::lock::Lock;
use super::state::{self, LastError, State, Unreadable};
use super::{Export, Unmade, pause};

/// Events that are read before what they came to is delivered.
const EVENTS: usize = 2_048;
/// The same where what was said comes with them, which takes more room than they do.
const EVENTS_WITH_CONTENT: usize = 256;

/// What is recorded in a home, on its way to a destination.
pub struct Drain {
    export: Export,
    layout: Layout,
    gate: Gate,
    since: Option<UnixNanos>,
    path: PathBuf,
    state: State,
    /// What of `state` is on the disk; `None` before it was read.
    noted: Option<Vec<u8>>,
    /// What goes on from `state`; none after an error.
    working: Option<Working>,
}

struct Working {
    tail: HomeTail,
    exporter: Box<dyn Exporter + Send>,
}

/// What a step came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Drained {
    /// What was read.
    pub read: Step,
    /// What was delivered.
    pub delivered: Delivered,
}

impl Drain {
    /// Of what is recorded at `layout`, as `gate` clears it, to `export`. Nothing is read or made yet.
    pub fn new(layout: Layout, gate: Gate, export: Export) -> Self {
        let path = layout.export_state(&export.name);
        Drain { export, layout, gate, since: None, path, state: State::default(), noted: None, working: None }
    }

    /// Passes over events, and what was said, of before `since`.
    #[must_use]
    pub fn since(self, since: Option<UnixNanos>) -> Self {
        Drain { since, ..self }
    }

    /// What is noted of the destination, as of when it was last [held](Self::hold).
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Takes the destination for this process; `None` while another is at it. What that one noted is gone on from.
    ///
    /// # Errors
    /// When the folder cannot be used, or a newer version was here.
    pub fn hold(&mut self) -> Result<Option<Held<'_>>, Undelivered> {
        self.hold_if(|| false)
    }

    /// The same; asks `again` whether to try once more while another is at it.
    ///
    /// # Errors
    /// As [`hold`](Self::hold).
    pub fn hold_if(&mut self, mut again: impl FnMut() -> bool) -> Result<Option<Held<'_>>, Undelivered> {
        let failed = |error| cannot("be written", &self.path, &error);
        self.layout.create_exports().map_err(failed)?;
        let path = self.layout.export_lock(&self.export.name);
        let lock = loop {
            match Lock::take(&path).map_err(failed)? {
                Some(lock) => break lock,
                None if again() => {}
                None => return Ok(None),
            }
        };
        self.refresh()?;
        Ok(Some(Held { drain: self, _lock: lock }))
    }

    /// Reads the note again if another process wrote it.
    fn refresh(&mut self) -> Result<(), Undelivered> {
        let found = match std::fs::read(&self.path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(cannot("be read", &self.path, &error)),
        };
        if found.is_some() && found == self.noted {
            return Ok(());
        }
        self.working = None;
        self.state = State::default();
        match found.as_ref().map(|text| State::decode(text, self.path.clone())) {
            None => self.state = State::of(self.export.to.clone()),
            // Another receiver or directory has nothing yet, and is in no trouble.
            Some(Ok(state)) if state.to != self.export.to => match state.sent + state.refused {
                0 => self.state = State::of(self.export.to.clone()),
                _ => self.begin_anew(&format!("before, this went to {}", state.to)),
            },
            Some(Ok(state)) => self.state = state,
            Some(Err(damaged @ Unreadable::Damaged { .. })) => self.begin_anew(&damaged.to_string()),
            Some(Err(other)) => return Err(Undelivered::for_good(other.to_string())),
        }
        self.noted = found;
        // Before the first delivery: what cannot be noted would be sent again and again.
        self.note()
    }

    /// Writes what is not on the disk yet.
    fn note(&mut self) -> Result<(), Undelivered> {
        let text = self.state.encode();
        if self.noted.as_ref() == Some(&text) {
            return Ok(());
        }
        state::replace(&self.path, &text).map_err(|error| cannot("be written", &self.path, &error))?;
        self.noted = Some(text);
        Ok(())
    }

    fn step(&mut self, at_once: bool) -> Result<Drained, Undelivered> {
        // What was delivered and could not be noted.
        self.note()?;
        let mut working = match self.working.take() {
            Some(working) => working,
            None => self.working()?,
        };
        let (gate, exporter) = (&self.gate, &mut working.exporter);
        let since = self.since.unwrap_or(UnixNanos(i64::MIN));
        let most = if self.export.with_content { EVENTS_WITH_CONTENT } else { EVENTS };
        working.tail.hold_the_moment(!at_once);
        let read = working.tail.read_on(most, &mut |recorded| match recorded {
            Recorded::Event(event) if event.ts >= since => exporter.event(gate.clear(event)),
            Recorded::Content(content) if content.ts >= since => exporter.content(gate.clear(content)),
            Recorded::Event(_) | Recorded::Content(_) => {}
        });
        let read = read.map_err(|error| cannot("be read", &self.layout.log(), &error))?;
        let now = UnixNanos::now();
        let delivered = if read.records > 0 { exporter.deliver(now)? } else { Delivered::default() };
        let state = &mut self.state;
        if read.records > 0 {
            state.exporter = exporter.state();
            state.sent += delivered.items;
            state.refused += delivered.refused;
            state.note(delivered.notes.iter().cloned());
        }
        if delivered.items + delivered.refused > 0 {
            state.last_success = Some(now);
        }
        (state.failures, state.not_before) = (0, None);
        state.position.clone_from(working.tail.position());
        self.working = Some(working);
        self.note()?;
        Ok(Drained { read, delivered })
    }

    /// Goes on from what is noted.
    fn working(&mut self) -> Result<Working, Undelivered> {
        let make = Arc::clone(&self.export.make);
        let made = match make(self.state.exporter.clone()) {
            Err(Unmade::State(reason)) => {
                self.begin_anew(&format!("{} cannot be gone on from ({reason})", self.path.display()));
                make(Value::Null)
            }
            made => made,
        };
        let exporter = made.map_err(|unmade| match unmade {
            Unmade::Setting(undelivered) => undelivered,
            Unmade::State(reason) => Undelivered::for_good(reason),
        })?;
        Ok(Working { tail: self.export.tail(self.layout.clone(), self.state.position.clone()), exporter })
    }

    /// Repeating is harmless, and leaving out is not.
    fn begin_anew(&mut self, why: &str) {
        self.state = State::of(self.export.to.clone());
        self.state.note([format!("{why}: all that is kept is sent again, with the same ids")]);
    }

    /// Notes what went wrong. What was read is read again.
    fn failed(&mut self, undelivered: &Undelivered) {
        self.working = None;
        let now = UnixNanos::now();
        let state = &mut self.state;
        state.failures = state.failures.saturating_add(1);
        let pause = pause::after(state.failures, undelivered, now);
        state.not_before = Some(now.plus(i64::try_from(pause.as_nanos()).unwrap_or(i64::MAX)));
        let Undelivered { message, temporary, .. } = undelivered.clone();
        state.last_error = Some(LastError { at: now, message, temporary });
        // If it cannot be written, that is what went wrong, or goes wrong next.
        let _ = self.note();
    }
}

/// A destination that this process is at, until it is dropped.
pub struct Held<'a> {
    drain: &'a mut Drain,
    _lock: Lock,
}

impl Held<'_> {
    /// What is noted of the destination.
    pub fn state(&self) -> &State {
        &self.drain.state
    }

    /// Whether the destination is to be left alone for now: it failed, or asked for it.
    pub fn waits(&self, now: UnixNanos) -> bool {
        // A clock that was set back must not make an hour a year.
        let longest = i64::try_from(pause::LONGEST_ASKED.as_nanos()).unwrap_or(i64::MAX);
        self.state().not_before.is_some_and(|then| then > now && then.since(now) <= longest)
    }

    /// Reads the next records, delivers what they come to and notes that. Blocks for as long as the destination takes.
    ///
    /// # Errors
    /// When something is not delivered, read or noted. That is noted, and the next step tries it again.
    pub fn step(&mut self) -> Result<Drained, Undelivered> {
        self.step_at(false)
    }

    /// The same; `at_once` also what was recorded at this very moment, of which all is on the disk.
    pub(super) fn step_at(&mut self, at_once: bool) -> Result<Drained, Undelivered> {
        let drain = &mut *self.drain;
        // What an exporter left half done is not used again.
        let stepped = catch_unwind(AssertUnwindSafe(|| drain.step(at_once)));
        let stepped = stepped.unwrap_or_else(|_| {
            let name = &drain.export.name;
            Err(Undelivered::for_good(format!(
                "the exporter {name} panicked; this is a bug, please report it"
            )))
        });
        if let Err(undelivered) = &stepped {
            drain.failed(undelivered);
        }
        stepped
    }

    /// What is recorded and was not read for the destination yet.
    ///
    /// # Errors
    /// When a file cannot be read.
    pub fn lag(&self) -> io::Result<Lag> {
        let drain = &*self.drain;
        drain.export.tail(drain.layout.clone(), drain.state.position.clone()).lag()
    }

    /// Steps until the end of what is recorded, `each` of them told of.
    ///
    /// # Errors
    /// As [`step`](Self::step).
    pub fn to_the_end(&mut self, each: &mut dyn FnMut(&Self, Drained)) -> Result<Then, Undelivered> {
        loop {
            let drained = self.step()?;
            let then = drained.read.then;
            each(self, drained);
            if then != Then::More {
                return Ok(then);
            }
        }
    }
}

fn cannot(what: &str, path: &Path, error: &io::Error) -> Undelivered {
    Undelivered::for_now(format!("{} cannot {what}: {error}", path.display()))
}
