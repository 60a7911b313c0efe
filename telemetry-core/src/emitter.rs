//! The seam between those who see events and those who keep them.

use std::time::Duration;

use crate::event::Event;
use crate::lock::Mutex;

/// Takes events and never gives the caller reason to wait.
///
/// An implementer owes: [`emit`](Emitter::emit) returns in well under a microsecond whatever the disk or a database
/// is doing, does not panic, and does not call back into the host. What it cannot keep it counts.
pub trait Emitter: Send + Sync {
    /// Takes an event.
    fn emit(&self, event: Event);

    /// Waits until all that was emitted before is in the log, `deadline` at the most. Whether it is.
    fn flush(&self, deadline: Duration) -> bool;
}

/// Keeps events in memory: for tests, and for those who want to look before they write.
#[derive(Default)]
pub struct Collected(Mutex<Vec<Event>>);

impl Collected {
    /// Takes what was emitted so far.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.0.lock())
    }
}

impl Emitter for Collected {
    fn emit(&self, event: Event) {
        self.0.lock().push(event);
    }

    fn flush(&self, _deadline: Duration) -> bool {
        true
    }
}
