//! One JSON document with all records, written as they come.

use std::io::{self, Write};

use telemetry_core::codec;
use telemetry_core::conversation::{Message, Session};
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use crate::{Destination, record};

/// Writes `{"schema":"telemetry.export/1","events":[…]}`, and `"sessions":[…],"messages":[…]` after it where
/// conversations are exported too.
pub struct Json<W> {
    out: W,
    line: Vec<u8>,
    /// The lists that are still to come, and whether the open one is empty.
    lists: std::slice::Iter<'static, &'static str>,
    open: &'static str,
    empty: bool,
}

impl<W: Write> Json<W> {
    /// A destination that writes to `out`, with lists of sessions and messages if `conversations`.
    ///
    /// # Errors
    /// When the beginning cannot be written.
    pub fn new(mut out: W, conversations: bool) -> io::Result<Self> {
        let lists: &[_] = if conversations { &["sessions", "messages"] } else { &[] };
        out.write_all(b"{\"schema\":\"telemetry.export/1\",\"events\":[\n")?;
        Ok(Json { out, line: Vec::new(), lists: lists.iter(), open: "events", empty: true })
    }

    /// Writes a record of a list, those before it ended.
    fn record(&mut self, list: &str, encode: impl FnOnce(&mut Vec<u8>)) -> io::Result<()> {
        while self.open != list && self.next_list()? {}
        if !std::mem::take(&mut self.empty) {
            self.out.write_all(b",\n")?;
        }
        self.line.clear();
        encode(&mut self.line);
        self.out.write_all(self.line.trim_ascii_end())
    }

    /// Ends the open list and begins the next; whether there is one.
    fn next_list(&mut self) -> io::Result<bool> {
        let Some(next) = self.lists.next() else { return Ok(false) };
        (self.open, self.empty) = (next, true);
        write!(self.out, "\n],\"{next}\":[\n")?;
        Ok(true)
    }
}

impl<W: Write> Destination for Json<W> {
    fn event(&mut self, event: Cleared<Event>) -> io::Result<()> {
        self.record("events", |line| codec::encode(&event, line))
    }

    fn session(&mut self, session: Cleared<Session>) -> io::Result<()> {
        self.record("sessions", |line| record::encode("session", &session, line))
    }

    fn message(&mut self, message: Cleared<Message>) -> io::Result<()> {
        self.record("messages", |line| record::encode("message", &message, line))
    }

    fn finish(&mut self) -> io::Result<()> {
        while self.next_list()? {}
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
