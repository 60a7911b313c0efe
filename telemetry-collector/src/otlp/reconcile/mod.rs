//! One of what was told twice: as a span and as a log record.

use telemetry_core::event::Event;

/// The events of a run, each call, tool call and failure once, whichever signals told of it. The order of `events` does not matter,
/// and events that did not come over OTLP stay as they are.
pub fn reconcile(events: Vec<Event>) -> Vec<Event> {
    events
}
