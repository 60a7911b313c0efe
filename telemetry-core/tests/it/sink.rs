//! A sink that misbehaves on command.

use std::sync::Arc;

use parking_lot::{Condvar, Mutex};
use telemetry_core::event::Event;
use telemetry_core::ids::ProcessId;
use telemetry_core::pipeline::{Options, Pipeline};
use telemetry_core::sink::{Sink, SinkError};

use crate::PLENTY;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    Keep,
    Panic,
    Fail,
    /// Until the mood changes.
    Hang,
}

pub struct Moody<T = Event>(Arc<State<T>>);

struct State<T> {
    inner: Mutex<Inner<T>>,
    changed: Condvar,
}

struct Inner<T> {
    mood: Mood,
    writes: usize,
    kept: Vec<T>,
}

impl<T> Clone for Moody<T> {
    fn clone(&self) -> Self {
        Moody(Arc::clone(&self.0))
    }
}

impl Moody {
    pub fn pipeline(&self, options: Options) -> Pipeline {
        Pipeline::new(ProcessId(1), Box::new(self.clone()), options)
    }
}

impl<T: Clone> Moody<T> {
    pub fn new(mood: Mood) -> Self {
        let inner = Mutex::new(Inner { mood, writes: 0, kept: Vec::new() });
        Moody(Arc::new(State { inner, changed: Condvar::new() }))
    }

    pub fn turn(&self, mood: Mood) {
        self.0.inner.lock().mood = mood;
        self.0.changed.notify_all();
    }

    /// Waits until the writer has come with events.
    pub fn await_write(&self) {
        let mut inner = self.0.inner.lock();
        let waited = self.0.changed.wait_while_for(&mut inner, |inner| inner.writes == 0, PLENTY);
        assert!(!waited.timed_out(), "the writer never came");
    }

    pub fn kept(&self) -> Vec<T> {
        self.0.inner.lock().kept.clone()
    }
}

impl<T: Clone + Send> Sink<T> for Moody<T> {
    fn write(&mut self, events: &[T]) -> Result<(), SinkError> {
        let mut inner = self.0.inner.lock();
        inner.writes += 1;
        self.0.changed.notify_all();
        self.0.changed.wait_while(&mut inner, |inner| inner.mood == Mood::Hang);
        match inner.mood {
            Mood::Keep | Mood::Hang => {
                inner.kept.extend_from_slice(events);
                Ok(())
            }
            Mood::Panic => panic!("as told"),
            Mood::Fail => {
                let source = std::io::Error::other("as told");
                Err(SinkError { what: "writing".into(), source })
            }
        }
    }
}
