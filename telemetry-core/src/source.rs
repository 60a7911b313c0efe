//! Reading recorded events back, without knowing where they are kept.

use crate::event::Event;

/// Recorded events, oldest file first; what exporters read.
pub trait Source {
    /// Calls `each` for every recorded event once, duplicates left out, until it says stop (`false`).
    ///
    /// # Errors
    /// When a file cannot be read; lines that are no events are counted, not errors.
    fn read(&self, each: &mut dyn FnMut(Event) -> bool) -> std::io::Result<SourceSummary>;
}

/// What reading a source came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SourceSummary {
    /// Events, or pieces of content, that were handed over.
    pub events: u64,
    /// Those that were there more than once.
    pub duplicates: u64,
    /// Lines that are neither.
    pub unreadable: u64,
}
