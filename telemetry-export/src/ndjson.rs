//! One event a line, as in the log.

use std::io::{self, Write};

use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use crate::Destination;

/// Writes newline-delimited JSON.
pub struct Ndjson<W> {
    out: W,
    line: Vec<u8>,
}

impl<W: Write> Ndjson<W> {
    /// A destination that writes to `out`.
    pub fn new(out: W) -> Self {
        Ndjson { out, line: Vec::new() }
    }
}

impl<W: Write> Destination for Ndjson<W> {
    fn write(&mut self, event: Cleared<Event>) -> io::Result<()> {
        self.line.clear();
        codec::encode(&event, &mut self.line);
        self.out.write_all(&self.line)
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
