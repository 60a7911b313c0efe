//! Lines of a log file from an offset, in chunks of bounded memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::Path;

use memchr::{memchr, memmem};
use telemetry_core::codec;
use telemetry_core::event::Event;

const CHUNK_BYTES: usize = 1 << 20;
/// As much as a chunk is read from, however few events that is: lines of other versions may be long.
const MOST_BYTES: u64 = 16 << 20;
/// Nothing we write comes near; a longer line is foreign and is skipped.
const MAX_LINE_BYTES: usize = 16 << 20;

/// Reads a log file from an offset, whole lines only: a line without its end may still be being written.
pub struct LineReader {
    file: File,
    /// Bytes read and not yet handed out; starts at `offset` of the file.
    buffer: Vec<u8>,
    offset: u64,
    /// Inside a line that is too long to keep.
    skipping: bool,
}

/// Events of some lines.
#[derive(Debug, Default)]
pub struct Chunk {
    /// The events, in the order of the file.
    pub events: Vec<Event>,
    /// Lines, or parts of torn ones, that are no events.
    pub unreadable: u64,
    /// Where the next chunk begins.
    pub end: u64,
    /// Whether there is no whole line after this.
    pub at_end: bool,
}

impl LineReader {
    /// Opens `path` at `offset`, the beginning of a line.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, offset: u64) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::Start(offset))?;
        Ok(LineReader { file, buffer: Vec::new(), offset, skipping: false })
    }

    /// The next events, about `most` of them at the most, fewer where they are long; at least one line unless the end is reached.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_chunk(&mut self, most: usize) -> io::Result<Chunk> {
        let mut chunk = Chunk::default();
        let begin = self.offset;
        loop {
            let used = self.take_lines(most, &mut chunk);
            self.buffer.drain(..used);
            self.offset += used as u64;
            if chunk.events.len() >= most || (self.offset - begin >= MOST_BYTES && !self.skipping) {
                break;
            }
            if self.buffer.len() > MAX_LINE_BYTES {
                chunk.unreadable += u64::from(!self.skipping);
                self.skipping = true;
                self.offset += self.buffer.len() as u64;
                self.buffer.clear();
            }
            let before = self.buffer.len();
            self.buffer.resize(before + CHUNK_BYTES, 0);
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

    fn take_lines(&mut self, most: usize, chunk: &mut Chunk) -> usize {
        let mut used = 0;
        while chunk.events.len() < most {
            let Some(length) = memchr(b'\n', &self.buffer[used..]) else { break };
            let line = &self.buffer[used..used + length];
            used += length + 1;
            if !std::mem::take(&mut self.skipping) {
                read_line(line, chunk);
            }
        }
        used
    }
}

/// Reads a line. A torn line may have taken the beginning of its neighbour's: what follows the tear is read too.
fn read_line(line: &[u8], chunk: &mut Chunk) {
    const BEGINNING: &[u8] = br#"{"v":"#;
    let mut rest = line.trim_ascii();
    if rest.is_empty() {
        return;
    }
    loop {
        match codec::decode(rest) {
            Ok(event) => {
                chunk.events.push(event);
                return;
            }
            Err(_) => {
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

#[cfg(test)]
mod tests {
    use super::*;

    const EVENT: &str = r#"{"v":1,"event":"future","id":"00000000000000aa","ts":17}"#;

    fn read(text: &[u8], most: usize) -> (usize, u64, u64) {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), text).unwrap();
        let mut reader = LineReader::open(file.path(), 0).unwrap();
        let (mut events, mut unreadable) = (0, 0);
        loop {
            let chunk = reader.next_chunk(most).unwrap();
            events += chunk.events.len();
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
