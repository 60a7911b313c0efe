//! A team's collector: events as they are, many hosts' in one place.
//!
//! ```text
//! event ──codec──> a line of a Batch ──Transport──> <endpoint>/api/v1/events
//! ```
//!
//! - [`Collector`] is the exporter, [`Batch`] what goes in one request: lines as in a log, NDJSON, compressed with gzip.
//! - [`Transport`] goes there over [HTTP](crate::http); [`Setup`] is what it is made of.
//!
//! The collector keeps each event once, by its time and id, and says of each line what became of it; so what is sent again,
//! because an answer was lost or somebody died, changes nothing. Events hold no content by construction, and what was said is
//! not sent: a [`Collector`] lets it pass by.

mod answer;
mod batch;
mod dialect;
mod setup;
mod transport;

use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

pub use batch::Batch;
pub use setup::Setup;
pub use transport::Transport;

use crate::exporter::{Courier, Delivered, Exporter, Undelivered};

/// The exporter. What is to be sent waits in memory until it is delivered, so whoever feeds it delivers now and then.
pub struct Collector<C> {
    courier: C,
    batches: Vec<Batch>,
}

impl<C: Courier<Batch>> Collector<C> {
    /// An exporter whose batches `courier` carries. It has nothing open between events, so one is as good as another.
    pub fn new(courier: C) -> Self {
        Collector { courier, batches: Vec::new() }
    }
}

impl<C: Courier<Batch>> Exporter for Collector<C> {
    fn event(&mut self, event: Cleared<Event>) {
        let left = match self.batches.last_mut() {
            Some(batch) => batch.add(event),
            None => Some(event),
        };
        self.batches.extend(left.map(Batch::of));
    }

    /// What was said stays on its machine.
    fn content(&mut self, _content: Cleared<Content>) {}

    fn deliver(&mut self, _now: UnixNanos) -> Result<Delivered, Undelivered> {
        let mut all = Delivered::default();
        for batch in std::mem::take(&mut self.batches) {
            let delivered = self.courier.send(batch)?;
            all.items += delivered.items;
            all.refused += delivered.refused;
            for note in delivered.notes {
                if !all.notes.contains(&note) {
                    all.notes.push(note);
                }
            }
        }
        Ok(all)
    }

    /// Nothing: an event is sent as it is, whatever came before it.
    fn state(&self) -> Value {
        Value::Null
    }
}
