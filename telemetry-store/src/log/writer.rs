//! Appending to the log.

use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::sink::{Sink, SinkError};

use crate::days::Appender;
use crate::layout::{Days, Layout};

/// Appends batches of events to the file of their day, whole batches in one `write`.
pub struct LogWriter {
    appender: Appender,
}

impl LogWriter {
    /// A writer to the log of `layout`. Files and folders are made when the first event comes.
    pub fn new(layout: Layout) -> Self {
        LogWriter { appender: Appender::new(layout, Days::Log) }
    }
}

impl Sink for LogWriter {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for same_day in events.chunk_by(|a, b| a.ts.day() == b.ts.day()) {
            self.appender.append(same_day[0].ts.day(), |out| {
                for event in same_day {
                    codec::encode(event, out);
                }
            })?;
        }
        Ok(())
    }
}
