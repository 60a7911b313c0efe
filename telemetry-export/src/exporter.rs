//! What is fed from a cursor.

use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

/// A destination that takes the log as it grows, and has more in mind than a copy of it.
///
/// Who feeds it keeps a cursor into the log and the exporter's [`state`](Exporter::state) side by side, and both are
/// written when [`deliver`](Exporter::deliver) has said that all is well. When it has not, or when the process dies, the
/// exporter is made anew from that state and is fed from that cursor again: there is one way back, whatever happened. So
/// what is delivered may be delivered again, and must have the same ids then.
pub trait Exporter {
    /// Takes an event, in the order of the log.
    fn event(&mut self, event: Cleared<Event>);

    /// Takes something that was said. It comes before the event that ends its turn, where it was recorded in time.
    fn content(&mut self, _content: Cleared<Content>) {}

    /// No more events are to come: what is open is closed as it is. Only for an export that has an end.
    fn finish(&mut self) {}

    /// Delivers all that is complete. Blocks for as long as the destination takes, and a bounded time longer.
    ///
    /// # Errors
    /// When something could not be delivered; nothing of this exporter may be used then.
    fn deliver(&mut self, now: UnixNanos) -> Result<Delivered, Undelivered>;

    /// What it needs to go on later from where it is: what is open, and what was counted.
    fn state(&self) -> Value;
}

/// Who carries what an exporter makes (requests of OTLP, batches of events) to a receiver.
pub trait Courier<P> {
    /// Delivers a parcel, whatever that takes.
    ///
    /// # Errors
    /// When some of it was not taken, and may be or must be later.
    fn send(&mut self, parcel: P) -> Result<Delivered, Undelivered>;
}

/// What a delivery came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Delivered {
    /// Events, spans, log records, metric points, documents: whatever the destination counts.
    pub items: u64,
    /// Those that the destination will not have, ever, and that are not sent again.
    pub refused: u64,
    /// What it said about that, or what else its owner should know, for people.
    pub notes: Vec<String>,
}

/// Why something was not delivered. Nothing is lost: it is read again from the cursor.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Undelivered {
    /// For people: what, its value, and what to do.
    pub message: String,
    /// Whether it may come right by itself. Otherwise somebody has to mend something first.
    pub temporary: bool,
    /// What the destination said when to come again.
    pub retry_after: Option<std::time::Duration>,
}

impl Undelivered {
    /// It stays so until somebody mends what `message` says.
    pub fn for_good(message: impl Into<String>) -> Self {
        Undelivered { message: message.into(), temporary: false, retry_after: None }
    }

    /// It may come right by itself.
    pub fn for_now(message: impl Into<String>) -> Self {
        Undelivered { message: message.into(), temporary: true, retry_after: None }
    }
}
