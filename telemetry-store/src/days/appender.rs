//! Appending to the file of a day.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;

use telemetry_core::sink::SinkError;
use telemetry_core::time::Day;

use crate::identity::is_in_place;
use crate::layout::{Days, Layout};

/// Appends batches of lines, each with one `write` to a file opened for appending, so that the lines of several
/// processes do not mix.
pub(crate) struct Appender {
    layout: Layout,
    days: Days,
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

impl Appender {
    /// Appends to `days` of `layout`. Files and folders are made when the first line comes.
    pub fn new(layout: Layout, days: Days) -> Self {
        Appender { layout, days, open: None, buffer: Vec::new() }
    }

    /// Appends the lines that `encode` pushes, each with its end, to the file of `day`.
    ///
    /// # Errors
    /// When the file cannot be made or written.
    pub fn append(&mut self, day: Day, encode: impl FnOnce(&mut Vec<u8>)) -> Result<(), SinkError> {
        /// A batch as large as this is no habit: its memory is given back.
        const KEPT_BYTES: usize = 1 << 20;
        let path = self.layout.file(self.days, day);
        let failed = |source| SinkError { what: format!("writing {}", path.display()), source };
        let open = match self.open.take().filter(|open| open.day == day && open.is_in_place()) {
            Some(open) => open,
            None => match OpenDay::open(day, path.clone()) {
                // Only then: making folders that are there costs more than opening the file.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.layout.create(self.days).map_err(failed)?;
                    OpenDay::open(day, path.clone()).map_err(failed)?
                }
                opened => opened.map_err(failed)?,
            },
        };
        let open = self.open.insert(open);
        self.buffer.clear();
        self.buffer.shrink_to(KEPT_BYTES);
        if open.torn {
            // Ends the torn line, so that it takes none of ours with it.
            self.buffer.push(b'\n');
        }
        encode(&mut self.buffer);
        open.torn = true;
        open.file.write_all(&self.buffer).map_err(failed)?;
        open.torn = false;
        Ok(())
    }
}

impl OpenDay {
    fn open(day: Day, path: PathBuf) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path)?;
        let torn = ends_torn(&mut file)?;
        Ok(OpenDay { day, path, file, torn })
    }

    /// Whether the file is still the one under its name: a file that was deleted or replaced is begun again.
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
