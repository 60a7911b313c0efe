//! Reading the whole log back.

use std::collections::HashSet;
use std::io;

use telemetry_core::event::Event;
use telemetry_core::source::{Source, SourceSummary};

use super::LineReader;
use crate::layout::Layout;

const EVENTS_AT_ONCE: usize = 4_096;

/// The log of a home as a source of events.
pub struct LogReader {
    layout: Layout,
}

impl LogReader {
    /// A reader of the log of `layout`.
    pub fn new(layout: Layout) -> Self {
        LogReader { layout }
    }
}

impl Source for LogReader {
    fn read(&self, each: &mut dyn FnMut(Event) -> bool) -> io::Result<SourceSummary> {
        let mut summary = SourceSummary::default();
        for (_, path) in self.layout.days()? {
            // An event and its duplicates have the same time, so they are in the file of the same day.
            let mut seen = HashSet::new();
            let mut lines = LineReader::open(&path, 0)?;
            loop {
                let chunk = lines.next_chunk(EVENTS_AT_ONCE)?;
                summary.unreadable += chunk.unreadable;
                for event in chunk.events {
                    if !seen.insert((event.ts, event.id)) {
                        summary.duplicates += 1;
                        continue;
                    }
                    summary.events += 1;
                    if !each(event) {
                        return Ok(summary);
                    }
                }
                if chunk.at_end {
                    break;
                }
            }
        }
        Ok(summary)
    }
}
