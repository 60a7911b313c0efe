//! What goes through a pipeline, and how its losses are counted.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::content::Content;
use crate::event::{Body, CONTENT_LOSS, Dropped, Event};
use crate::name::Name;

/// What goes through a pipeline: events, or content.
pub trait Item: Send + Sized + 'static {
    /// The name of the writer's thread.
    const THREAD: &'static str;
    /// What comes before the reasons of losses in a `stats` event.
    const LOSS: &'static str;

    /// Its bytes on the heap, where items are so different that their number bounds no memory. 0 where it does.
    #[inline]
    fn bytes(&self) -> usize {
        0
    }

    /// `stats` as an item of the same pipeline, where it carries events.
    fn of_stats(stats: Event) -> Option<Self>;

    /// Whether it is such an item.
    fn is_stats(&self) -> bool;
}

impl Item for Event {
    const THREAD: &'static str = "telemetry";
    const LOSS: &'static str = "";

    fn of_stats(stats: Event) -> Option<Self> {
        Some(stats)
    }

    fn is_stats(&self) -> bool {
        matches!(self.body, Body::Stats(_))
    }
}

impl Item for Content {
    const THREAD: &'static str = "telemetry-said";
    const LOSS: &'static str = CONTENT_LOSS;

    fn bytes(&self) -> usize {
        self.body.get().len()
    }

    fn of_stats(_stats: Event) -> Option<Self> {
        None
    }

    fn is_stats(&self) -> bool {
        false
    }
}

/// Running totals of what a pipeline loses. Shared with the pipeline whose `stats` events tell of them.
#[derive(Clone)]
pub struct Tally(Arc<Counts>);

struct Counts {
    loss: &'static str,
    queue_full: AtomicU64,
    no_writer: AtomicU64,
}

impl Tally {
    pub(super) fn new(loss: &'static str) -> Self {
        Tally(Arc::new(Counts { loss, queue_full: AtomicU64::new(0), no_writer: AtomicU64::new(0) }))
    }

    #[cold]
    pub(super) fn queue_full(&self, items: usize) {
        self.0.queue_full.fetch_add(items as u64, Relaxed);
    }

    #[cold]
    pub(super) fn no_writer(&self) {
        self.0.no_writer.fetch_add(1, Relaxed);
    }

    /// Items that made room in a full queue, and items that came when there was no writer.
    pub(super) fn totals(&self) -> (u64, u64) {
        (self.0.queue_full.load(Relaxed), self.0.no_writer.load(Relaxed))
    }

    /// All of them, by reason.
    pub(super) fn dropped(&self) -> impl Iterator<Item = Dropped> {
        let (queue_full, no_writer) = self.totals();
        let loss = self.0.loss;
        [("queue_full", queue_full), ("no_writer", no_writer)]
            .into_iter()
            .filter(|(_, items)| *items > 0)
            .map(move |(reason, events)| Dropped { reason: Name::intern(&format!("{loss}{reason}")), events })
    }
}
