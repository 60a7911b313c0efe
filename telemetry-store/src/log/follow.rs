//! What is appended to the log, as it comes: from any process, to any day.

use std::collections::BTreeMap;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use telemetry_core::event::{Body, Event, RunStarted};
use telemetry_core::ids::{EventId, RunId};
use telemetry_core::time::{Day, UnixNanos};

use crate::days::{self, LineReader, Record, line_at};
use crate::error::StoreError;
use crate::identity::is_same_file;
use crate::layout::Layout;

/// Lines read at once: what is in memory of a log that grew by much.
const LINES_AT_ONCE: usize = 4_096;

/// A line of the log, and the event it is.
#[derive(Debug, Clone, PartialEq)]
pub struct LogLine {
    /// As it is in the log, without its end. Of a torn line the part that is an event.
    pub text: Vec<u8>,
    /// What it says.
    pub event: Event,
}

impl Record for LogLine {
    fn decode(line: &[u8]) -> Option<Self> {
        Event::decode(line).map(|event| LogLine { text: line.to_owned(), event })
    }

    fn key(&self) -> (UnixNanos, EventId) {
        self.event.key()
    }
}

/// Reads what was appended to the files of a log since it last looked. Between two looks nothing is held open, so days may
/// be pruned, cut or replaced meanwhile: a file that is another, or shorter, is read from its beginning. There need be no
/// log yet.
///
/// Whole lines only: one without its end may still be being written, and is read once it has one.
#[derive(Debug)]
pub struct Follower {
    layout: Layout,
    days: BTreeMap<Day, Cursor>,
}

/// How far a file is read.
#[derive(Debug)]
struct Cursor {
    file: Metadata,
    /// Where the first line begins that was not read.
    offset: u64,
    /// How long the file was when it was read: from `offset` to here there is no whole line.
    end: u64,
}

impl Follower {
    /// Follows the log from about `bytes` before its end as it is now, counted over the newest days.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn back(layout: Layout, bytes: u64) -> Result<Self, StoreError> {
        let mut left = bytes;
        Self::at(layout, |_, length| {
            let unread = left.min(length);
            left -= unread;
            length - unread
        })
    }

    /// Follows the log from the beginning of `day`, with all the days after it.
    ///
    /// # Errors
    /// When the log cannot be read.
    pub fn since(layout: Layout, day: Day) -> Result<Self, StoreError> {
        Self::at(layout, |of, length| if of < day { length } else { 0 })
    }

    /// Follows the log from where `begin` says, asked with each day, newest first, and the length of its file.
    fn at(layout: Layout, mut begin: impl FnMut(Day, u64) -> u64) -> Result<Self, StoreError> {
        let mut days = BTreeMap::new();
        for (day, path) in files(&layout)?.into_iter().rev() {
            let Some(mut file) = there(File::open(&path)).map_err(StoreError::io(&path))? else { continue };
            let found = file.metadata().and_then(|metadata| {
                let offset = line_at(&mut file, begin(day, metadata.len()))?;
                Ok(Cursor { file: metadata, offset, end: offset })
            });
            days.insert(day, found.map_err(StoreError::io(&path))?);
        }
        Ok(Follower { layout, days })
    }

    /// Whether nothing of the log is left out.
    pub fn is_at_the_beginning(&self) -> bool {
        self.days.values().all(|cursor| cursor.offset == 0)
    }

    /// The first day of which something is not read, else the last there is; `None` without a log.
    pub fn first_day(&self) -> Option<Day> {
        let unread = self.days.iter().find(|(_, cursor)| cursor.offset < cursor.file.len());
        unread.or(self.days.last_key_value()).map(|(day, _)| *day)
    }

    /// Calls `each` for every event that was appended since, days in order, until it says stop (`false`), which is for good.
    /// Lines that are no events are passed over; how many is returned.
    ///
    /// # Errors
    /// When the log cannot be read; what was read before the error is not read again.
    pub fn read(&mut self, each: &mut dyn FnMut(LogLine) -> bool) -> Result<u64, StoreError> {
        let files = files(&self.layout)?;
        // One that is gone and comes back is another.
        self.days.retain(|day, _| files.binary_search_by_key(day, |(day, _)| *day).is_ok());
        self.read_files(files, each)
    }

    /// As [`Follower::read`], but looks at the file of `day` alone: one `stat` for the file in which nearly all is written.
    ///
    /// # Errors
    /// As [`Follower::read`].
    pub fn read_day(&mut self, day: Day, each: &mut dyn FnMut(LogLine) -> bool) -> Result<u64, StoreError> {
        self.read_files(vec![(day, self.layout.log_of(day))], each)
    }

    fn read_files(
        &mut self,
        files: Vec<(Day, PathBuf)>,
        each: &mut dyn FnMut(LogLine) -> bool,
    ) -> Result<u64, StoreError> {
        let mut unreadable = 0;
        for (day, path) in files {
            let failed = |error| StoreError::io(&path)(error);
            let Some(file) = there(std::fs::metadata(&path)).map_err(failed)? else { continue };
            let cursor = self.days.entry(day).or_insert_with(|| Cursor::at_the_beginning(file.clone()));
            if !is_same_file(&cursor.file, &file) || file.len() < cursor.end {
                *cursor = Cursor::at_the_beginning(file.clone());
            }
            if file.len() != cursor.end
                && !cursor.read(&path, file.len(), &mut unreadable, each).map_err(failed)?
            {
                break;
            }
        }
        Ok(unreadable)
    }
}

/// Calls `each` with every run that is announced in the log of `day` or after. A run that goes on past midnight (UTC) is
/// announced again.
///
/// # Errors
/// When the log cannot be read.
pub fn announced(
    layout: &Layout,
    day: Day,
    each: &mut dyn FnMut(RunId, RunStarted),
) -> Result<(), StoreError> {
    let mut files = files(layout)?;
    files.retain(|(of, _)| *of >= day);
    // Looking for bytes is much faster than reading lines.
    let read = days::read(&files, Some(br#""event":"run_started""#), &mut |event: Event| {
        if let (Some(run), Body::RunStarted(started)) = (event.run, event.body) {
            each(run, started);
        }
        true
    });
    read.map(|_| ()).map_err(StoreError::io(layout.log()))
}

impl Cursor {
    fn at_the_beginning(file: Metadata) -> Self {
        Cursor { file, offset: 0, end: 0 }
    }

    /// Reads the file to its end, which was at `length` before; whether `each` wants more.
    fn read(
        &mut self,
        path: &Path,
        length: u64,
        unreadable: &mut u64,
        each: &mut dyn FnMut(LogLine) -> bool,
    ) -> io::Result<bool> {
        // Pruned since it was looked at?
        let Some(mut lines) = there(LineReader::<LogLine>::open(path, self.offset))? else { return Ok(true) };
        loop {
            let chunk = lines.next_chunk(LINES_AT_ONCE)?;
            (self.offset, self.end) = (chunk.end, length.max(chunk.end));
            *unreadable += chunk.unreadable;
            for line in chunk.records {
                if !each(line) {
                    return Ok(false);
                }
            }
            if chunk.at_end {
                return Ok(true);
            }
        }
    }
}

fn files(layout: &Layout) -> Result<Vec<(Day, PathBuf)>, StoreError> {
    layout.days().map_err(StoreError::io(layout.log()))
}

/// What was found of a file that may be gone by now.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}
