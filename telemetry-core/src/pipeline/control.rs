//! The control lane of a pipeline: flush and close, apart from what waits.

use std::sync::MutexGuard;
use std::time::{Duration, Instant};

use crate::lock::{Condvar, Mutex};

#[derive(Default)]
pub(super) struct Control {
    state: Mutex<State>,
    to_writer: Condvar,
    from_writer: Condvar,
}

#[derive(Default)]
struct State {
    /// Flushes asked for.
    asked: u64,
    /// The last flush the writer has heard of.
    heard: u64,
    /// The last flush whose events are written.
    done: u64,
    closing: bool,
    ended: bool,
}

/// What the writer has been asked for.
pub(super) struct Asked {
    /// Acknowledge this flush once the queue was empty and written.
    pub flush: u64,
    pub closing: bool,
}

impl Control {
    /// Asks for a flush; which one.
    pub(super) fn ask(&self) -> u64 {
        self.ask_while(|_| {})
    }

    fn ask_while(&self, change: impl FnOnce(&mut State)) -> u64 {
        let mut state = self.state.lock();
        change(&mut state);
        state.asked += 1;
        self.to_writer.notify_one();
        state.asked
    }

    /// Waits until the events of `flush` are written; whether they are.
    pub(super) fn await_flush(&self, flush: u64, until: Instant) -> bool {
        self.await_until(until, |state| state.done >= flush).done >= flush
    }

    pub(super) fn close(&self, deadline: Duration) -> bool {
        let until = Instant::now() + deadline;
        let mine = self.ask_while(|state| state.closing = true);
        let state = self.await_until(until, |state| state.ended);
        state.ended && state.done >= mine
    }

    /// Waits until `reached`, the writer's end, or `until`.
    fn await_until(&self, until: Instant, reached: impl Fn(&State) -> bool) -> MutexGuard<'_, State> {
        let waits = |state: &mut State| !reached(state) && !state.ended;
        self.from_writer.wait_while_until(self.state.lock(), until, waits)
    }

    /// The writer's rest: until it is asked for something new, or `time` is over.
    pub(super) fn rest(&self, time: Duration) -> Asked {
        let until = Instant::now() + time;
        let waits = |state: &mut State| state.asked == state.heard;
        let mut state = self.to_writer.wait_while_until(self.state.lock(), until, waits);
        state.heard = state.asked;
        Asked { flush: state.asked, closing: state.closing }
    }

    pub(super) fn flushed(&self, flush: u64) {
        let mut state = self.state.lock();
        state.done = state.done.max(flush);
        self.from_writer.notify_all();
    }

    pub(super) fn ended(&self) {
        self.state.lock().ended = true;
        self.from_writer.notify_all();
    }
}
