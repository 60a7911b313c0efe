//! Appending to the log.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::sink::{Sink, SinkError};
use telemetry_core::time::Day;

use crate::identity::is_in_place;
use crate::layout::Layout;

/// Appends batches of events, each with one `write` to a file opened for appending, so that the lines of several
/// processes do not mix.
pub struct LogWriter {
    layout: Layout,
    /// The file written last: nearly always today's.
    open: Option<OpenDay>,
    buffer: Vec<u8>,
}

struct OpenDay {
    day: Day,
    path: PathBuf,
    file: File,
    /// The last write stopped in the middle of a line, by us or by someone before us.
    torn: bool,
}

impl LogWriter {
    /// A writer to the log of `layout`. Files and folders are made when the first event comes.
    pub fn new(layout: Layout) -> Self {
        LogWriter { layout, open: None, buffer: Vec::new() }
    }

    fn append(&mut self, day: Day, events: &[Event]) -> Result<(), SinkError> {
        let layout = &self.layout;
        let failed = |source| SinkError { what: format!("writing {}", layout.log_of(day).display()), source };
        let open = match self.open.take().filter(|open| open.day == day && open.is_in_place()) {
            Some(open) => open,
            None => OpenDay::open(layout, day).map_err(failed)?,
        };
        let open = self.open.insert(open);
        self.buffer.clear();
        if open.torn {
            // Ends the torn line, so that it takes none of ours with it.
            self.buffer.push(b'\n');
        }
        for event in events {
            codec::encode(event, &mut self.buffer);
        }
        open.torn = true;
        open.file.write_all(&self.buffer).map_err(failed)?;
        open.torn = false;
        Ok(())
    }
}

impl Sink for LogWriter {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        for same_day in events.chunk_by(|a, b| a.ts.day() == b.ts.day()) {
            self.append(same_day[0].ts.day(), same_day)?;
        }
        Ok(())
    }
}

impl OpenDay {
    fn open(layout: &Layout, day: Day) -> io::Result<Self> {
        layout.create_log()?;
        let path = layout.log_of(day);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let torn = ends_torn(&mut file)?;
        Ok(OpenDay { day, path, file, torn })
    }

    /// Whether the file is still the one under its name: a log that was deleted or replaced is begun again.
    fn is_in_place(&self) -> bool {
        self.file.metadata().is_ok_and(|opened| is_in_place(&self.path, &opened))
    }
}

fn ends_torn(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    file.seek(SeekFrom::End(-1))?;
    let mut last = [0];
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}
