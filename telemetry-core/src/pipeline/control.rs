//! The control lane of a pipeline: wake, flush and close, apart from the events.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

use parking_lot::{Condvar, Mutex};

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
        if !self.awake.swap(true, Relaxed) {
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
        self.await_until(&mut state, deadline, |state| state.done >= mine)
    }

    pub(super) fn close(&self, deadline: Duration) -> bool {
        self.closed.store(true, Relaxed);
        let mut state = self.state.lock();
        state.asked += 1;
        state.closing = true;
        let mine = state.asked;
        self.to_writer.notify_one();
        self.await_until(&mut state, deadline, |state| state.ended) && state.done >= mine
    }

    fn await_until(
        &self,
        state: &mut parking_lot::MutexGuard<'_, State>,
        deadline: Duration,
        reached: impl Fn(&State) -> bool,
    ) -> bool {
        let until = Instant::now() + deadline;
        while !reached(state) && !state.ended {
            if self.from_writer.wait_until(state, until).timed_out() {
                break;
            }
        }
        reached(state)
    }

    /// The writer's rest: until it is asked for something, woken, or `rest` is over.
    pub(super) fn rest(&self, rest: Duration) -> Asked {
        let mut state = self.state.lock();
        if state.asked == state.done && !state.closing && !self.awake.load(Relaxed) {
            self.to_writer.wait_for(&mut state, rest);
        }
        self.awake.store(false, Relaxed);
        Asked { flush: state.asked, closing: state.closing }
    }

    /// What is being asked for, without a rest.
    pub(super) fn asked(&self) -> Asked {
        self.rest(Duration::ZERO)
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
