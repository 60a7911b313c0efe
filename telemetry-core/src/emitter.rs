//! The seam between those who see events and those who keep them.

use std::time::Duration;

use parking_lot::Mutex;

use crate::content::Content;
use crate::event::Event;

/// Takes events and never gives the caller reason to wait.
///
/// An implementer owes: [`emit`](Emitter::emit) returns in well under a microsecond whatever the disk or a database
/// is doing, does not panic, and does not call back into the host. What it cannot keep it counts.
pub trait Emitter: Send + Sync {
    /// Takes an event.
    fn emit(&self, event: Event);

    /// Waits until all that was emitted before is in the log, `deadline` at the most. Whether it is.
    fn flush(&self, deadline: Duration) -> bool;

    /// Who takes what was said, if anybody wants it. Nobody does unless the trajectories plane is on, and then content is
    /// not even read.
    fn content(&self) -> Option<&dyn ContentEmitter> {
        None
    }
}

/// Takes what was said. Owes what an [`Emitter`] owes.
pub trait ContentEmitter: Send + Sync {
    /// Takes a piece of content.
    fn emit(&self, content: Content);
}

/// Keeps events in memory: for tests, and for those who want to look before they write. Content too, if it is wanted.
#[derive(Default)]
pub struct Collected {
    events: Mutex<Vec<Event>>,
    content: Option<Mutex<Vec<Content>>>,
}

impl Collected {
    /// One that wants content too.
    pub fn with_content() -> Self {
        Collected { content: Some(Mutex::default()), ..Collected::default() }
    }

    /// Takes what was emitted so far.
    pub fn take(&self) -> Vec<Event> {
        std::mem::take(&mut self.events.lock())
    }

    /// Takes the content emitted so far.
    pub fn take_content(&self) -> Vec<Content> {
        self.content.as_ref().map(|content| std::mem::take(&mut *content.lock())).unwrap_or_default()
    }
}

impl Emitter for Collected {
    fn emit(&self, event: Event) {
        self.events.lock().push(event);
    }

    fn flush(&self, _deadline: Duration) -> bool {
        true
    }

    fn content(&self) -> Option<&dyn ContentEmitter> {
        self.content.as_ref().map(|content| content as &dyn ContentEmitter)
    }
}

impl ContentEmitter for Mutex<Vec<Content>> {
    fn emit(&self, content: Content) {
        self.lock().push(content);
    }
}
