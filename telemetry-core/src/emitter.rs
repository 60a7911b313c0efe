//! The seam between those who see events and those who keep them.

use std::sync::Arc;
use std::time::Duration;

use crate::content::Content;
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

/// Tells several emitters of every event: the log, and what else a host wants to feed.
///
/// Give each sink a [`Pipeline`](crate::pipeline::Pipeline) of its own. It then has its own queue and its own thread, so
/// one that panics, hangs or fails for ever costs its own events and nothing of the others': there is nothing they
/// share. An event is cloned for each emitter but the last, which copies some hundred bytes and counts its own texts.
///
/// # Examples
/// ```
/// use std::sync::Arc;
/// use telemetry_core::emitter::{Collected, Emitter as _, Fanout};
/// # use telemetry_core::event::{Event, Feedback};
/// # use telemetry_core::{ids::Key, name::Name, time::UnixNanos};
/// let (log, live_view) = (Arc::new(Collected::default()), Arc::new(Collected::default()));
/// let both = Fanout::new(log.clone()).and(live_view.clone());
/// # let feedback = Feedback { kind: Name::fixed("approval_once") };
/// # let event = Event::new(UnixNanos::now(), None, &Key::new("feedback"), feedback);
/// both.emit(event);
/// assert_eq!(log.take(), live_view.take());
/// ```
pub struct Fanout {
    log: Arc<dyn Emitter>,
    others: Vec<Arc<dyn Emitter>>,
}

impl Fanout {
    /// Tells `log`, the only one that [`flush`](Emitter::flush) waits for: a host that may vanish has time for one.
    pub fn new(log: Arc<dyn Emitter>) -> Self {
        Fanout { log, others: Vec::new() }
    }

    /// And tells `other`.
    #[must_use]
    pub fn and(mut self, other: Arc<dyn Emitter>) -> Self {
        self.others.push(other);
        self
    }
}

impl Emitter for Fanout {
    fn emit(&self, event: Event) {
        for other in &self.others {
            other.emit(event.clone());
        }
        self.log.emit(event);
    }

    fn flush(&self, deadline: Duration) -> bool {
        self.log.flush(deadline)
    }

    fn content(&self) -> Option<&dyn ContentEmitter> {
        self.log.content()
    }
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
