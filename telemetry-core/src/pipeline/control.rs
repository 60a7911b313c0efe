//! The control lane of a pipeline: flush and close, apart from the events.

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
    pub(super) fn flush(&self, deadline: Duration) -> bool {
        let mut state = self.state.lock();
        state.asked += 1;
        let mine = state.asked;
        self.to_writer.notify_one();
        self.await_until(state, deadline, |state| state.done >= mine).done >= mine
    }

    pub(super) fn close(&self, deadline: Duration) -> bool {
        let mut state = self.state.lock();
        state.asked += 1;
        state.closing = true;
        let mine = state.asked;
        self.to_writer.notify_one();
        let state = self.await_until(state, deadline, |state| state.ended);
        state.ended && state.done >= mine
    }

    /// Waits until `reached`, the writer's end, or the deadline.
    fn await_until<'a>(
        &self,
        state: MutexGuard<'a, State>,
        deadline: Duration,
        reached: impl Fn(&State) -> bool,
    ) -> MutexGuard<'a, State> {
        let until = Instant::now() + deadline;
        self.from_writer.wait_while_until(state, until, |state| !reached(state) && !state.ended)
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
