//! Reading content back.

use std::io;

use telemetry_core::content::Content;
use telemetry_core::ids::{EventId, RunId};
use telemetry_core::source::SourceSummary;
use telemetry_core::time::UnixNanos;

use crate::days::{self, Record};
use crate::layout::{Days, Layout};

/// The content log of a home. Reading streams: memory is for a few megabytes of lines and the ids of one day.
///
/// Within a file pieces are in the order in which they were written, which for one process is that of their times. Between
/// processes there is no order.
pub struct ContentReader {
    layout: Layout,
}

impl ContentReader {
    /// A reader of the content of `layout`.
    pub fn new(layout: Layout) -> Self {
        ContentReader { layout }
    }

    /// Calls `each` for every piece of content once, oldest file first, duplicates left out, until it says stop
    /// (`false`). A home without content has none.
    ///
    /// # Errors
    /// When a file cannot be read; lines that are no content are counted, not errors.
    pub fn read(&self, each: &mut dyn FnMut(Content) -> bool) -> io::Result<SourceSummary> {
        days::read(&self.layout.days_of(Days::Content)?, None, each)
    }

    /// As [`ContentReader::read`], what was said in `run` alone. Other lines are passed over without being read, so the
    /// summary counts only those that speak of it.
    ///
    /// # Errors
    /// As [`ContentReader::read`].
    pub fn of_run(&self, run: RunId, each: &mut dyn FnMut(Content) -> bool) -> io::Result<SourceSummary> {
        let holding = run.to_string();
        let mut others = 0;
        let mut of_run = |content: Content| {
            // A body may speak of the id of another run.
            if content.run == run {
                return each(content);
            }
            others += 1;
            true
        };
        let files = self.layout.days_of(Days::Content)?;
        let mut summary = days::read(&files, Some(holding.as_bytes()), &mut of_run)?;
        summary.events -= others;
        Ok(summary)
    }
}

impl Record for Content {
    fn decode(line: &[u8]) -> Option<Self> {
        Content::decode(line).ok()
    }

    fn key(&self) -> (UnixNanos, EventId) {
        (self.ts, self.id)
    }
}
