//! One record a line: events as in the log, then sessions and messages.

use std::io::{self, Write};

use telemetry_core::codec;
use telemetry_core::conversation::{Message, Session};
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use crate::{Destination, record};

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

    fn line(&mut self, encode: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        self.line.clear();
        encode(&mut self.line);
        self.out.write_all(&self.line)
    }
}

impl<W: Write> Destination for Ndjson<W> {
    fn event(&mut self, event: Cleared<Event>) -> io::Result<()> {
        self.line(|line| codec::encode(&event, line))
    }

    fn session(&mut self, session: Cleared<Session>) -> io::Result<()> {
        self.line(|line| {
            record::encode("session", &session, line);
            line.push(b'\n');
        })
    }

    fn message(&mut self, message: Cleared<Message>) -> io::Result<()> {
        self.line(|line| {
            record::encode("message", &message, line);
            line.push(b'\n');
        })
    }

    fn finish(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
