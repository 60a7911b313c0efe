//! Lines of a file from an offset, in chunks of bounded memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::marker::PhantomData;
use std::path::Path;

use memchr::{memchr, memmem, memrchr};
use telemetry_core::event::Event;
use telemetry_core::ids::EventId;
use telemetry_core::time::UnixNanos;

/// What a line is.
pub trait Record: Sized {
    /// Reads one line; `None` when it is none of ours.
    fn decode(line: &[u8]) -> Option<Self>;

    /// What is the same in a record and its duplicates.
    fn key(&self) -> (UnixNanos, EventId);
}

/// What is read at once: little at first, since a host that follows its own log reads a few lines at a time, and twice as
/// much each time.
const FIRST_READ_BYTES: usize = 32 << 10;
const MOST_READ_BYTES: usize = 1 << 20;
/// A chunk ends after so many bytes even if there are few records in them: content may be long.
const MOST_CHUNK_BYTES: u64 = 16 << 20;
/// Nothing we write comes near; a longer line is foreign and is skipped.
const MAX_LINE_BYTES: usize = 16 << 20;

/// Reads a file from an offset, whole lines only: a line without its end may still be being written.
pub struct LineReader<T = Event> {
    file: File,
    /// Bytes read and not yet handed out; starts at `offset` of the file.
    buffer: Vec<u8>,
    offset: u64,
    /// What the next read asks for.
    read_bytes: usize,
    /// Inside a line that is too long to keep.
    skipping: bool,
    /// Lines without these bytes are passed over.
    holding: Option<memmem::Finder<'static>>,
    record: PhantomData<T>,
}

/// Records of some lines.
#[derive(Debug)]
pub struct Chunk<T = Event> {
    /// The records, in the order of the file.
    pub records: Vec<T>,
    /// Where in the file the line of each record ends.
    pub ends: Vec<u64>,
    /// Lines, or parts of torn ones, that are no records.
    pub unreadable: u64,
    /// Where the next chunk begins.
    pub end: u64,
    /// Whether there is no whole line after this.
    pub at_end: bool,
}

impl<T: Record> LineReader<T> {
    /// Opens `path` at `offset`, the beginning of a line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, offset: u64) -> io::Result<Self> {
        LineReader::from(File::open(path)?, offset)
    }

    /// Reads a file that is open from `offset`, the beginning of a line.
    pub(crate) fn from(mut file: File, offset: u64) -> io::Result<Self> {
        file.seek(SeekFrom::Start(offset))?;
        let record = PhantomData;
        Ok(LineReader {
            file,
            buffer: Vec::new(),
            offset,
            read_bytes: FIRST_READ_BYTES,
            skipping: false,
            holding: None,
            record,
        })
    }

    /// Passes over lines that do not hold `bytes`, without a look at them.
    pub(crate) fn holding(mut self, bytes: Option<&[u8]>) -> Self {
        self.holding = bytes.map(|bytes| memmem::Finder::new(bytes).into_owned());
        self
    }

    /// The next records, `most` of them at the most, and not many more than 16 MiB of lines; at least one line unless the
    /// end is reached.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_chunk(&mut self, most: usize) -> io::Result<Chunk<T>> {
        let begin = self.offset;
        let mut chunk =
            Chunk { records: Vec::new(), ends: Vec::new(), unreadable: 0, end: begin, at_end: false };
        loop {
            let used = self.take_lines(most, &mut chunk);
            self.buffer.drain(..used);
            self.offset += used as u64;
            if chunk.records.len() >= most || (self.offset - begin > MOST_CHUNK_BYTES && !self.skipping) {
                break;
            }
            if self.buffer.len() > MAX_LINE_BYTES {
                chunk.unreadable += u64::from(!self.skipping);
                self.skipping = true;
                self.offset += self.buffer.len() as u64;
                self.buffer.clear();
            }
            let before = self.buffer.len();
            self.buffer.resize(before + self.read_bytes, 0);
            self.read_bytes = MOST_READ_BYTES.min(self.read_bytes * 2);
            let read = self.file.read(&mut self.buffer[before..]);
            self.buffer.truncate(before + *read.as_ref().unwrap_or(&0));
            if read? == 0 {
                chunk.at_end = true;
                break;
            }
        }
        chunk.end = self.offset;
        Ok(chunk)
    }

    fn take_lines(&mut self, most: usize, chunk: &mut Chunk<T>) -> usize {
        let mut used = 0;
        while chunk.records.len() < most {
            let Some(length) = memchr(b'\n', &self.buffer[used..]) else { break };
            let line = &self.buffer[used..used + length];
            used += length + 1;
            let wanted = self.holding.as_ref().is_none_or(|holding| holding.find(line).is_some());
            if !std::mem::take(&mut self.skipping) && wanted {
                read_line(line, chunk);
                if chunk.records.len() > chunk.ends.len() {
                    chunk.ends.push(self.offset + used as u64);
                }
            }
        }
        used
    }
}

/// Reads a line. A torn line may have taken the beginning of its neighbour's: what follows the tear is read too.
fn read_line<T: Record>(line: &[u8], chunk: &mut Chunk<T>) {
    const BEGINNING: &[u8] = br#"{"v":"#;
    let mut rest = line.trim_ascii();
    if rest.is_empty() {
        return;
    }
    loop {
        match T::decode(rest) {
            Some(record) => {
                chunk.records.push(record);
                return;
            }
            None => {
                let next =
                    rest.get(1..).and_then(|after| memmem::find(after, BEGINNING).map(|at| &after[at..]));
                match next {
                    Some(next) => rest = next,
                    None => {
                        chunk.unreadable += 1;
                        return;
                    }
                }
            }
        }
    }
}

/// The beginning of the line that `offset` is in.
pub(crate) fn line_at(file: &mut File, offset: u64) -> io::Result<u64> {
    const BLOCK: u64 = 4 << 10;
    let mut end = offset;
    while end > 0 {
        let begin = end.saturating_sub(BLOCK);
        let mut block = vec![0; (end - begin) as usize];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut block)?;
        if let Some(at) = memrchr(b'\n', &block) {
            return Ok(begin + at as u64 + 1);
        }
        end = begin;
    }
    Ok(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"v":1,"event":"future","id":"00000000000000aa","ts":17}"#;

    fn read(text: &[u8], most: usize) -> (usize, u64, u64) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut reader = LineReader::<Event>::open(file.path(), 0).unwrap();
        let (mut events, mut unreadable) = (0, 0);
        loop {
            let chunk = reader.next_chunk(most).unwrap();
            events += chunk.records.len();
            unreadable += chunk.unreadable;
            if chunk.at_end {
                return (events, unreadable, chunk.end);
            }
        }
    }

    #[test]
    fn a_torn_line_does_not_take_its_neighbour() {
        let torn = &EVENT[..20];
        let text = format!("{EVENT}\n{torn}{EVENT}\nnot json\n\n{EVENT}\n{torn}");
        let whole = text.len() - torn.len();
        // The tear inside the second line is repaired; it counts once, with the foreign line.
        assert_eq!(read(text.as_bytes(), 1), (3, 1, whole as u64));
        assert_eq!(read(text.as_bytes(), 100), (3, 1, whole as u64));
    }

    #[test]
    fn a_line_without_end_is_skipped_in_bounded_memory() {
        let mut text = vec![b'x'; MAX_LINE_BYTES * 2 + 7];
        text.push(b'\n');
        text.extend_from_slice(format!("{EVENT}\n").as_bytes());
        assert_eq!(read(&text, 100), (1, 1, text.len() as u64));
    }
}
