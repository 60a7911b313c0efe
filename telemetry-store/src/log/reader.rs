//! Reading the whole log back.

use std::io;

use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::ids::EventId;
use telemetry_core::source::{Source, SourceSummary};
use telemetry_core::time::UnixNanos;

use crate::days::{self, Record, Watch};
use crate::layout::{Days, Layout};

/// The log of a home as a source of events.
pub struct LogReader {
    layout: Layout,
}

impl LogReader {
    /// A reader of the log of `layout`.
    pub fn new(layout: Layout) -> Self {
        LogReader { layout }
    }

    /// Reads as [`Source::read`] does, while `watch` hears how far it is, in bytes.
    ///
    /// # Errors
    /// As there.
    pub fn read_watched(
        &self,
        each: &mut dyn FnMut(Event) -> bool,
        watch: Watch<'_>,
    ) -> io::Result<SourceSummary> {
        days::read_watched(&self.layout.days_of(Days::Log)?, None, each, watch)
    }
}

impl Record for Event {
    fn decode(line: &[u8]) -> Option<Self> {
        codec::decode(line).ok()
    }

    fn key(&self) -> (UnixNanos, EventId) {
        (self.ts, self.id)
    }
}

impl Source for LogReader {
    fn read(&self, each: &mut dyn FnMut(Event) -> bool) -> io::Result<SourceSummary> {
        days::read(&self.layout.days_of(Days::Log)?, None, each)
    }
}
