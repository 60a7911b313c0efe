//! Ending a delivery from outside, because its process has something else to do, such as leaving.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::lock::{Condvar, Mutex};
use ureq::Agent;

/// Ends what a [`Transport`](super::Transport) is at, for good. Clones are one and the same.
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
    agent: Option<Agent>,
}

impl Interrupt {
    /// Closes the connection and wakes who waits to try again: a delivery that is under way ends at once, or, while it
    /// looks up a name or connects, within [`Limits::connect`](super::Limits::connect). Any later one ends before it
    /// begins. Nothing is lost: it is [`Undelivered`](crate::Undelivered).
    pub fn raise(&self) {
        let agent = {
            let mut state = self.0.state.lock();
            state.is_raised = true;
            state.agent.take()
        };
        self.0.raised.notify_all();
        if let Some(agent) = agent {
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

    /// Has a client's connections closed when it is raised.
    pub(super) fn watch(&self, agent: &Agent) {
        let mut state = self.0.state.lock();
        if !state.is_raised {
            state.agent = Some(agent.clone());
            return;
        }
        drop(state);
        agent.clone().shutdown();
    }
}

impl fmt::Debug for Interrupt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Interrupt").field(&self.is_raised()).finish()
    }
}
