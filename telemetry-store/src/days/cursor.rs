//! Files of days read on from where another process left off, for as long as they grow.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{File, Metadata};
use std::io;
use std::path::PathBuf;

use telemetry_core::source::Lag;
use telemetry_core::time::{Day, UnixNanos};

use super::latest::Latest;
use super::{LineReader, Mark, Record, line_at};
use crate::identity::is_same_file;
use crate::layout::{Days, Layout};

/// Records read at once.
const AT_ONCE: usize = 1_024;
/// Days whose latest records are remembered: today, and yesterday while some still have something to say of it.
const DAYS_REMEMBERED: usize = 2;

/// Where a reader is in files of days.
pub(crate) type Marks = BTreeMap<Day, Mark>;

/// Reads records one after the other: days in order, and again from the first day when the last is read, because a process that
/// is late writes to a day that is over. Duplicates are left out, those that were read before another process began to read
/// too.
///
/// A file that is another, or shorter, is read from its beginning. Whole lines only: one without its end may still be being
/// written. Nothing is held open while there is nothing to read.
pub(crate) struct Cursor<T> {
    layout: Layout,
    days: Days,
    marks: Marks,
    /// Files as they were when they were read to their end, and that end: most are not looked into again.
    known: BTreeMap<Day, (Metadata, u64)>,
    /// The files of this look that are still to be read, the next one first.
    to_come: VecDeque<(Day, PathBuf)>,
    open: Option<Open<T>>,
    /// The day used last is the last.
    latest: Vec<(Day, Latest)>,
    passed: Passed,
}

/// What was passed over.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Passed {
    pub duplicates: u64,
    pub unreadable: u64,
}

struct Open<T> {
    day: Day,
    path: PathBuf,
    /// For marks. It shares its place with the reader's, so a mark gives that back.
    file: File,
    lines: LineReader<T>,
    /// As the file was before the last chunk was read.
    metadata: Metadata,
    /// Where that chunk ends, and whether no whole line is after it.
    end: u64,
    at_end: bool,
    /// Where the last record ends that was taken.
    taken: u64,
    /// Records that are there for the first time, and where the line of each ends.
    ready: VecDeque<(T, u64)>,
}

impl<T: Record> Cursor<T> {
    /// Reads `days` of `layout` on from `marks`. There need be no files yet.
    pub fn new(layout: Layout, days: Days, marks: Marks) -> Self {
        Cursor {
            layout,
            days,
            marks,
            known: BTreeMap::new(),
            to_come: VecDeque::new(),
            open: None,
            latest: Vec::new(),
            passed: Passed::default(),
        }
    }

    /// Looks which files have something new, if all that was seen at the last look is read.
    pub fn look(&mut self) -> io::Result<()> {
        if self.open.is_some() || !self.to_come.is_empty() {
            return Ok(());
        }
        let files = self.layout.days_of(self.days)?;
        if let Some((first, _)) = files.first() {
            // Removed for their age. One that is gone in the middle may come back: a folder that is moved, or not mounted.
            self.marks.retain(|day, _| day >= first);
            self.known.retain(|day, _| day >= first);
        }
        for (day, path) in files {
            let Some(file) = there(std::fs::metadata(&path))? else { continue };
            let is_known = self.known.get(&day).is_some_and(|(known, end)| {
                let unchanged = known.modified().ok() == file.modified().ok() && file.len() == *end;
                unchanged && is_same_file(known, &file)
            });
            if !is_known {
                self.to_come.push_back((day, path));
            }
        }
        Ok(())
    }

    /// The next record of this look; `None` when there are no more.
    pub fn peek(&mut self) -> io::Result<Option<&T>> {
        while self.open.as_ref().is_none_or(|open| open.ready.is_empty()) {
            if !self.read()? {
                return Ok(None);
            }
        }
        Ok(self.open.as_ref().and_then(|open| open.ready.front()).map(|(record, _)| record))
    }

    /// Takes the record that was peeked at.
    pub fn take(&mut self) -> Option<T> {
        let open = self.open.as_mut()?;
        let (record, end) = open.ready.pop_front()?;
        open.taken = end;
        Some(record)
    }

    /// What was passed over since this was last asked.
    pub fn passed(&mut self) -> Passed {
        std::mem::take(&mut self.passed)
    }

    /// Where to go on after the records that were taken.
    pub fn settle(&mut self) -> io::Result<&Marks> {
        if let Some(open) = &mut self.open {
            let offset = if open.ready.is_empty() { open.end } else { open.taken };
            self.marks.insert(open.day, Mark::set(&mut open.file, offset)?);
        }
        Ok(&self.marks)
    }

    /// Reads the next records of the file that is open, or of the next one; whether there was anything to read.
    fn read(&mut self) -> io::Result<bool> {
        if self.open.as_ref().is_some_and(|open| open.at_end) {
            self.leave()?;
        }
        if self.open.is_none() {
            let Some((day, path)) = self.to_come.pop_front() else { return Ok(false) };
            // Pruned since it was looked at?
            self.open = there(self.enter(day, path))?;
        }
        let Some(open) = &mut self.open else { return Ok(true) };
        let begin = open.end;
        open.metadata = open.file.metadata()?;
        let chunk = open.lines.next_chunk(AT_ONCE)?;
        let mut latest = match self.latest.iter().position(|(day, _)| *day == open.day) {
            Some(place) => self.latest.remove(place).1,
            None => Latest::of::<T>(&open.path, begin)?,
        };
        let keys: Vec<_> = chunk.records.iter().map(T::key).collect();
        let are_first = latest.are_first::<T>(&open.path, begin, &keys)?;
        self.latest.push((open.day, latest));
        if self.latest.len() > DAYS_REMEMBERED {
            self.latest.remove(0);
        }
        self.passed.duplicates += are_first.iter().filter(|is_first| !**is_first).count() as u64;
        self.passed.unreadable += chunk.unreadable;
        let records = chunk.records.into_iter().zip(chunk.ends).zip(are_first);
        open.ready = records.filter(|(_, is_first)| *is_first).map(|(record, _)| record).collect();
        (open.taken, open.end, open.at_end) = (begin, chunk.end, chunk.at_end);
        Ok(true)
    }

    /// Opens a file where it was left, or at its beginning if it is another.
    fn enter(&mut self, day: Day, path: PathBuf) -> io::Result<Open<T>> {
        let mut file = File::open(&path)?;
        let mut mark = self.marks.get(&day).copied().unwrap_or_default();
        if !mark.is_in(&mut file)? {
            mark = Mark::default();
            self.marks.remove(&day);
            self.latest.retain(|(of, _)| *of != day);
        }
        let (metadata, from) = (file.metadata()?, mark.offset);
        let lines = LineReader::from(file.try_clone()?, from)?;
        let ready = VecDeque::new();
        Ok(Open { day, path, file, lines, metadata, end: from, at_end: false, taken: from, ready })
    }

    /// Closes the file that was read to its end.
    fn leave(&mut self) -> io::Result<()> {
        self.settle()?;
        if let Some(open) = self.open.take() {
            // A line without its end was not read; it is, once the file is longer.
            let end = open.metadata.len().max(open.end);
            self.known.insert(open.day, (open.metadata, end));
        }
        Ok(())
    }

    /// What follows the records that were taken.
    pub fn lag(&self) -> io::Result<Lag> {
        let mut lag = Lag::default();
        for (day, path) in self.layout.days_of(self.days)? {
            let Some(mut file) = there(File::open(&path))? else { continue };
            let mark = self.marks.get(&day).copied().unwrap_or_default();
            let from = if mark.is_in(&mut file)? { mark.offset } else { 0 };
            let length = file.metadata()?.len();
            let end = line_at(&mut file, length)?;
            if end <= from {
                continue;
            }
            lag.bytes += end - from;
            if lag.since.is_none() {
                lag.since = first_time::<T>(file, from)?;
            }
        }
        Ok(lag)
    }
}

/// The time of the first record at `from` or after.
fn first_time<T: Record>(file: File, from: u64) -> io::Result<Option<UnixNanos>> {
    let chunk = LineReader::<T>::from(file, from)?.next_chunk(1)?;
    Ok(chunk.records.first().map(|record| record.key().0))
}

/// What was found of a file that may be gone by now.
fn there<T>(found: io::Result<T>) -> io::Result<Option<T>> {
    match found {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        found => found.map(Some),
    }
}
