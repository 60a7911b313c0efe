//! What goes on to a destination as it is recorded.
//!
//! ```text
//! log ──tail──> gate ──> exporter ──> destination
//!                           │ all is well
//!                           ▼
//! <home>/telemetry/export/<name>.json: where the tail is, what the exporter has open, what became of it
//! ```
//!
//! A [`Drain`] reads some records, hands them to an exporter, and notes where it is once they were delivered. When they were
//! not, or the process dies, the next one goes on from the note: nothing is kept in memory or in a queue meanwhile, because the
//! log has it. So everything arrives at least once, with the same ids each time.
//!
//! Any number of processes may try; one at a time is at a destination, and sends for all of them.

pub(crate) mod background;
mod drain;
mod lock;
mod pause;
mod state;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use telemetry_export::{Exporter, Undelivered};
use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor};
use telemetry_policy::{ContentRedaction, Gate, Settings};
use telemetry_store::layout::Layout;
use telemetry_store::tail::{HomeTail, Position};

pub use drain::{Drain, Drained, Held};
pub use state::{LastError, State, Unreadable};

/// Makes an exporter that goes on from what another left of its [state](Exporter::state), or from nothing (null).
pub type Make = dyn Fn(Value) -> Result<Box<dyn Exporter + Send>, Undelivered> + Send + Sync;

/// A destination that what is recorded goes on to.
#[derive(Clone)]
pub struct Export {
    /// What it is called: in `status`, and in the names of its files.
    pub name: &'static str,
    /// Whether it wants to know what was said.
    pub with_content: bool,
    /// Makes its exporter.
    pub make: Arc<Make>,
}

impl Export {
    /// What is recorded at `layout`, as far as this destination wants to know it, from `position` on.
    pub fn tail(&self, layout: Layout, position: Position) -> HomeTail {
        if self.with_content {
            HomeTail::of_everything(layout, position)
        } else {
            HomeTail::of_events(layout, position)
        }
    }
}

/// What everything that leaves `home` passes: the owner's settings, the secrets this home knows, and personal data where the
/// owner says so. Reads the environment and two files.
pub fn gate(home: &Path, settings: &Settings) -> Gate {
    let pii = settings.content_redaction() == ContentRedaction::Pii;
    let (known, key) = (KnownSecrets::of(home), CorrelationKey::of(home));
    Gate::new(settings).with_redactor(Arc::new(Redactor::new(Options { pii, known, key })))
}
