//! Ending a delivery from outside, because its process has something else to do, such as leaving.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::lock::{Condvar, Mutex};
use ureq::Agent;

/// Ends what a delivery over HTTP is at, for good. Clones are one and the same.
#[derive(Clone, Default)]
pub struct Interrupt(Arc<Inner>);

#[derive(Default)]
struct Inner {
    state: Mutex<State>,
    raised: Condvar,
}

#[derive(Default)]
struct State {
    is_raised: bool,
    /// Whose connections to close, each under a number of its own.
    agents: Vec<(u64, Agent)>,
    numbers: u64,
}

impl Interrupt {
    /// Closes the connection and wakes who waits to try again: a delivery that is under way ends at once, or, while it
    /// looks up a name or connects, within [`Limits::connect`](super::Limits::connect). Any later one ends before it
    /// begins. Nothing is lost: it is [`Undelivered`](crate::Undelivered).
    pub fn raise(&self) {
        let agents = {
            let mut state = self.0.state.lock();
            state.is_raised = true;
            std::mem::take(&mut state.agents)
        };
        self.0.raised.notify_all();
        for (_, agent) in agents {
            agent.shutdown();
        }
    }

    /// Whether it was raised.
    pub fn is_raised(&self) -> bool {
        self.0.state.lock().is_raised
    }

    /// Waits as long, or until it is raised.
    pub fn sleep(&self, time: Duration) {
        let until = Instant::now() + time;
        drop(self.0.raised.wait_while_until(self.0.state.lock(), until, |state| !state.is_raised));
    }

    /// Has an agent's connections closed when it is raised, for as long as what is returned is kept.
    pub(super) fn watch(&self, agent: &Agent) -> Watched {
        let mut state = self.0.state.lock();
        state.numbers += 1;
        let number = state.numbers;
        state.agents.push((number, agent.clone()));
        Watched { interrupt: self.clone(), number }
    }
}

/// Somebody's place among those whose connections are closed. Without giving it back the last connection would stay open.
pub(super) struct Watched {
    interrupt: Interrupt,
    number: u64,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.interrupt.0.state.lock().agents.retain(|(number, _)| *number != self.number);
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_raised()).finish()
    }
}
