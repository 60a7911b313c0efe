//! Appending to the content log.

use telemetry_core::content::Content;
use telemetry_core::sink::{Sink, SinkError};

use crate::days::Appender;
use crate::layout::{Days, Layout};

/// Appends pieces of content to the file of their day, whole batches in one `write`.
pub struct ContentWriter {
    appender: Appender,
}

impl ContentWriter {
    /// A writer to the content log of `layout`. Files and folders are made when the first piece comes.
    pub fn new(layout: Layout) -> Self {
        ContentWriter { appender: Appender::new(layout, Days::Content) }
    }
}

/// What it is given has to be free of secrets already.
impl Sink<Content> for ContentWriter {
    fn write(&mut self, content: &[Content]) -> Result<(), SinkError> {
        for same_day in content.chunk_by(|a, b| a.ts.day() == b.ts.day()) {
            self.appender.append(same_day[0].ts.day(), |out| {
                for piece in same_day {
                    piece.encode(out);
                }
            })?;
        }
        Ok(())
    }
}
