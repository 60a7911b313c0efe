//! Reading a log file while what was read before is still being worked on.

use std::io;
use std::path::Path;
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use telemetry_core::event::Event;

use crate::days::LineReader;

type Chunk = crate::days::Chunk<Event>;

/// Chunks of a log file, one after the other. Where there is much to read a thread reads the next while the caller
/// works on the last, since reading takes as long as indexing does without it; three chunks are in memory at the most.
pub struct ReadAhead {
    /// Where the next chunk begins.
    next: u64,
    chunks: Chunks,
}

enum Chunks {
    Thread(Receiver<io::Result<Chunk>>),
    Here(Box<LineReader<Event>>, usize),
}

impl ReadAhead {
    /// Opens `path` at `offset`, the beginning of a line, for chunks of about `most` events; with a thread if `ahead` and
    /// the system has one to give.
    ///
    /// # Errors
    /// When the file cannot be opened.
    pub fn open(path: &Path, offset: u64, most: usize, ahead: bool) -> io::Result<Self> {
        let thread = ahead.then(|| start(path, offset, most)).transpose()?.flatten();
        let chunks = match thread {
            Some(chunks) => Chunks::Thread(chunks),
            None => Chunks::Here(Box::new(LineReader::open(path, offset)?), most),
        };
        Ok(ReadAhead { next: offset, chunks })
    }

    /// Where the next chunk begins.
    pub fn offset(&self) -> u64 {
        self.next
    }

    /// The next chunk; none may be asked for after the one at the end.
    ///
    /// # Errors
    /// When the file cannot be read.
    pub fn next_chunk(&mut self) -> io::Result<Chunk> {
        let chunk = match &mut self.chunks {
            Chunks::Thread(chunks) => {
                chunks.recv().map_err(|_| io::Error::other("the thread that reads the log has ended"))??
            }
            Chunks::Here(lines, most) => lines.next_chunk(*most)?,
        };
        self.next = chunk.end;
        Ok(chunk)
    }
}

/// The chunks of a thread that reads until the end, an error, or nobody listens.
fn start(path: &Path, offset: u64, most: usize) -> io::Result<Option<Receiver<io::Result<Chunk>>>> {
    let mut lines = LineReader::<Event>::open(path, offset)?;
    let (sender, chunks) = sync_channel(1);
    let read = move || {
        loop {
            let chunk = lines.next_chunk(most);
            let is_last = chunk.as_ref().map_or(true, |chunk| chunk.at_end);
            if sender.send(chunk).is_err() || is_last {
                return;
            }
        }
    };
    let thread = thread::Builder::new().name("telemetry-read".into()).spawn(read);
    Ok(thread.is_ok().then_some(chunks))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_reads_what_is_read_here() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let line = r#"{"v":1,"event":"future","id":"00000000000000aa","ts":17}"#;
        std::fs::write(file.path(), format!("{line}\n").repeat(1_000) + "torn").unwrap();
        let offsets = |ahead| {
            let mut lines = ReadAhead::open(file.path(), 0, 64, ahead).unwrap();
            let mut seen = Vec::new();
            loop {
                let begin = lines.offset();
                let chunk = lines.next_chunk().unwrap();
                seen.push((begin, chunk.records.len(), chunk.end));
                if chunk.at_end {
                    return seen;
                }
            }
        };
        assert_eq!(offsets(true), offsets(false));
        assert_eq!(offsets(true).iter().map(|(_, events, _)| events).sum::<usize>(), 1_000);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_either_way() {
        for ahead in [true, false] {
            assert!(ReadAhead::open(Path::new("/nonexistent/log"), 0, 64, ahead).is_err());
        }
    }
}
