//! One JSON document with all events, written as they come.

use std::io::{self, Write};

use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_policy::Cleared;

use crate::Destination;

/// Writes `{"schema":"telemetry.export/1","events":[…]}`.
pub struct Json<W> {
    out: W,
    line: Vec<u8>,
    any: bool,
}

impl<W: Write> Json<W> {
    /// A destination that writes to `out`.
    pub fn new(out: W) -> Self {
        Json { out, line: Vec::new(), any: false }
    }

    fn begin(&mut self) -> io::Result<()> {
        if self.any {
            return self.out.write_all(b",\n");
        }
        self.any = true;
        self.out.write_all(b"{\"schema\":\"telemetry.export/1\",\"events\":[\n")
    }
}

impl<W: Write> Destination for Json<W> {
    fn write(&mut self, event: Cleared<Event>) -> io::Result<()> {
        self.begin()?;
        self.line.clear();
        codec::encode(&event, &mut self.line);
        self.out.write_all(self.line.trim_ascii_end())
    }

    fn finish(&mut self) -> io::Result<()> {
        if !self.any {
            self.begin()?;
        }
        self.out.write_all(b"\n]}\n")?;
        self.out.flush()
    }
}
