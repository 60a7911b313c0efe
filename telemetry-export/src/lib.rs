//! Exports of the event log, one feature per destination.
//!
//! [`export`] reads recorded events from any [`Source`], has each cleared by the [`Gate`], and hands it to a
//! [`Destination`]. A destination takes nothing but [`Cleared`] events, so nothing leaves that policy has not seen.
//! Memory does not grow with the log.

#[cfg(feature = "json")]
mod json;
#[cfg(feature = "ndjson")]
mod ndjson;

use std::io;

use telemetry_core::event::Event;
use telemetry_core::source::{Source, SourceSummary};
use telemetry_core::time::UnixNanos;
use telemetry_policy::{Cleared, Gate};

#[cfg(feature = "json")]
pub use json::Json;
#[cfg(feature = "ndjson")]
pub use ndjson::Ndjson;

/// Where cleared events go.
pub trait Destination {
    /// Takes one event.
    ///
    /// # Errors
    /// When it cannot be written.
    fn write(&mut self, event: Cleared<Event>) -> io::Result<()>;

    /// All events were written.
    ///
    /// # Errors
    /// When what was still held back cannot be written.
    fn finish(&mut self) -> io::Result<()>;
}

/// What to export.
#[derive(Debug, Clone, Copy, Default)]
pub struct Selection {
    /// Events from this moment on; all of them when `None`.
    pub since: Option<UnixNanos>,
}

/// Sends what `selection` says of `source` through `gate` to `destination`. The summary counts what was exported.
///
/// # Errors
/// When the source cannot be read or the destination cannot be written.
pub fn export(
    source: &dyn Source,
    gate: &Gate,
    selection: Selection,
    destination: &mut dyn Destination,
) -> io::Result<SourceSummary> {
    let mut failure = None;
    let mut exported = 0;
    let summary = source.read(&mut |event| {
        if selection.since.is_some_and(|since| event.ts < since) {
            return true;
        }
        exported += 1;
        failure = destination.write(gate.clear(event)).err();
        failure.is_none()
    })?;
    match failure {
        Some(error) => Err(error),
        None => {
            destination.finish()?;
            Ok(SourceSummary { events: exported, ..summary })
        }
    }
}
