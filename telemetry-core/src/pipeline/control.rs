//! The control lane of a pipeline: wake, flush and close, apart from the events.

use std::sync::MutexGuard;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use crate::lock::{Condvar, Mutex};

#[derive(Default)]
pub(super) struct Control {
    state: Mutex<State>,
    to_writer: Condvar,
    from_writer: Condvar,
    /// Set by the first of many callers that find the queue high, so that only one pays for the wake.
    awake: AtomicBool,
    closed: AtomicBool,
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
    /// Wakes the writer before its tick is over.
    pub(super) fn wake(&self) {
        // Looked at before it is exchanged: past the mark every caller comes by, and an exchange takes the line.
        if !self.awake.load(Relaxed) && !self.awake.swap(true, Relaxed) {
            self.to_writer.notify_one();
        }
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Relaxed)
    }

    pub(super) fn flush(&self, deadline: Duration) -> bool {
        let mut state = self.state.lock();
        state.asked += 1;
        let mine = state.asked;
        self.to_writer.notify_one();
        self.await_until(state, deadline, |state| state.done >= mine).done >= mine
    }

    pub(super) fn close(&self, deadline: Duration) -> bool {
        self.closed.store(true, Relaxed);
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

    /// The writer's rest: until it is asked for something new, woken, or `rest` is over.
    pub(super) fn rest(&self, rest: Duration) -> Asked {
        let asked = self.sleep(rest, || self.awake.load(Relaxed));
        self.awake.store(false, Relaxed);
        asked
    }

    /// The rest after a failed write. A high queue is no reason to try again sooner, and while it stays high no caller
    /// pays for a wake.
    pub(super) fn pause(&self, pause: Duration) -> Asked {
        self.sleep(pause, || false)
    }

    fn sleep(&self, time: Duration, woken: impl Fn() -> bool) -> Asked {
        let until = Instant::now() + time;
        let waits = |state: &mut State| state.asked == state.heard && !woken();
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
