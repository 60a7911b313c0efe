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
#[cfg(feature = "collector")]
mod collector;
mod drain;
mod lock;
#[cfg(any(feature = "collector", feature = "otlp"))]
mod network;
#[cfg(feature = "otlp")]
mod otlp;
mod pause;
mod standing;
mod state;
#[cfg(feature = "trajectories")]
mod trajectories;

use std::path::Path;
use std::sync::Arc;

use serde_json::Value;
use telemetry_export::{Exporter, Undelivered};
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;
use telemetry_store::tail::{HomeTail, Position};

use crate::redactor::gate;

#[cfg(feature = "collector")]
pub use collector::Collector;
pub use drain::{Drain, Drained, Held};
#[cfg(any(feature = "collector", feature = "otlp"))]
pub use network::{Network, Sent};
#[cfg(feature = "otlp")]
pub use otlp::Otlp;
pub use standing::Standing;
pub use state::{LastError, State, Unreadable};
#[cfg(any(feature = "collector", feature = "otlp"))]
pub use telemetry_export::http::Interrupt;

/// Makes an exporter that goes on from what another left of its [state](Exporter::state), or from nothing (null).
pub type Make = dyn Fn(Value) -> Result<Box<dyn Exporter + Send>, Unmade> + Send + Sync;

/// Why there is no exporter.
#[derive(Debug)]
pub enum Unmade {
    /// It cannot go on from that state, and says why: everything is begun anew.
    State(String),
    /// A setting is wrong, or what it needs is not there.
    Setting(Undelivered),
}

impl From<Undelivered> for Unmade {
    fn from(undelivered: Undelivered) -> Self {
        Unmade::Setting(undelivered)
    }
}

/// A destination that what is recorded goes on to.
#[derive(Clone)]
pub struct Export {
    /// What it is called: in `status`, and in the names of its files.
    pub name: String,
    /// Where it is, for people.
    pub to: String,
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

/// The destinations that are on.
#[derive(Clone, Default)]
pub struct Enabled {
    /// Each with a name of its own.
    pub exports: Vec<Export>,
    /// What a person should know of what turned them on, or did not.
    pub warnings: Vec<String>,
}

impl Enabled {
    /// What `settings` have on for `home`, and what the environment asks for in the words of the reference plugin. Makes nothing.
    #[cfg_attr(
        not(any(feature = "otlp", feature = "trajectories")),
        expect(unused, reason = "the others need no home, and there may be none")
    )]
    pub fn of(home: &Path, settings: &Settings) -> Self {
        let mut enabled = Enabled::default();
        #[cfg(feature = "otlp")]
        if settings.otlp_enabled() {
            enabled.exports.push(Otlp::in_the_background(home, settings).export());
        }
        #[cfg(feature = "collector")]
        if settings.collector_enabled() {
            enabled.exports.push(Collector::in_the_background(settings).export());
        }
        #[cfg(feature = "trajectories")]
        {
            let (exports, warnings) = trajectories::exports(home, settings);
            enabled.exports.extend(exports);
            enabled.warnings.extend(warnings);
        }
        enabled
    }
}
