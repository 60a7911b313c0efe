//! Reading log files while what was read before is still being worked on.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, sync_channel};
use std::thread;

use telemetry_core::event::Event;

use crate::days::LineReader;

type Chunk = crate::days::Chunk<Event>;

/// Chunks a thread may have ready: with the one it reads and the one that is worked on, four are in memory at the most.
const READY: usize = 2;

/// A file and where to begin in it: the beginning of a line.
pub type From = (PathBuf, u64);

/// Chunks of log files, one after the other. Where there is much to read a thread reads the next while the caller works
/// on the last, since reading takes as long as indexing does without it.
pub struct ReadAhead {
    /// The files to come, the next one first.
    files: std::vec::IntoIter<From>,
    chunks: Chunks,
}

enum Chunks {
    Thread(Receiver<io::Result<Chunk>>),
    Here(Option<Box<LineReader<Event>>>, usize),
}

impl ReadAhead {
    /// For chunks of about `most` events of `files`; with a thread if `ahead` and the system has one to give.
    pub fn new(files: Vec<From>, most: usize, ahead: bool) -> Self {
        let thread = ahead.then(|| start(files.clone(), most)).flatten();
        let chunks = thread.map_or(Chunks::Here(None, most), Chunks::Thread);
        ReadAhead { files: files.into_iter(), chunks }
    }

    /// Where the next chunk begins; `None` after the last.
    pub fn place(&self) -> Option<(&Path, u64)> {
        self.files.as_slice().first().map(|(path, offset)| (path.as_path(), *offset))
    }

    /// The next chunk; none may be asked for after an error or the last.
    ///
    /// # Errors
    /// When its file cannot be opened or read.
    pub fn next_chunk(&mut self) -> io::Result<Chunk> {
        let chunk = match (&mut self.chunks, self.files.as_mut_slice().first_mut()) {
            (Chunks::Thread(chunks), _) => {
                chunks.recv().map_err(|_| io::Error::other("the thread that reads the log has ended"))??
            }
            (Chunks::Here(..), None) => return Err(io::Error::other("there is no more of the log")),
            (Chunks::Here(lines, most), Some((path, offset))) => {
                let mut reader = match lines.take() {
                    Some(reader) => reader,
                    None => Box::new(LineReader::open(path, *offset)?),
                };
                let chunk = reader.next_chunk(*most)?;
                *lines = Some(reader).filter(|_| !chunk.at_end);
                chunk
            }
        };
        if chunk.at_end {
            self.files.next();
        } else if let Some((_, offset)) = self.files.as_mut_slice().first_mut() {
            *offset = chunk.end;
        }
        Ok(chunk)
    }
}

/// The chunks of a thread that reads until the end, an error, or nobody listens.
fn start(files: Vec<From>, most: usize) -> Option<Receiver<io::Result<Chunk>>> {
    let (sender, chunks) = sync_channel(READY);
    let read = move || {
        for (path, offset) in files {
            let mut lines = LineReader::<Event>::open(&path, offset);
            loop {
                let chunk = match &mut lines {
                    Ok(lines) => lines.next_chunk(most),
                    Err(error) => Err(io::Error::new(error.kind(), error.to_string())),
                };
                let (failed, is_last) = (chunk.is_err(), chunk.as_ref().is_ok_and(|chunk| chunk.at_end));
                if sender.send(chunk).is_err() || failed {
                    return;
                }
                if is_last {
                    break;
                }
            }
        }
    };
    thread::Builder::new().name("telemetry-read".into()).spawn(read).is_ok().then_some(chunks)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_reads_what_is_read_here() {
        let folder = tempfile::tempdir().unwrap();
        let line = r#"{"v":1,"event":"future","id":"00000000000000aa","ts":17}"#;
        let files: Vec<From> = [1_000, 0, 300]
            .map(|lines| {
                let path = folder.path().join(lines.to_string());
                std::fs::write(&path, format!("{line}\n").repeat(lines) + "torn").unwrap();
                (path, 0)
            })
            .into();
        let seen = |ahead| {
            let mut reading = ReadAhead::new(files.clone(), 64, ahead);
            let mut seen = Vec::new();
            while let Some((path, offset)) = reading.place() {
                let begin = (path.to_owned(), offset);
                let chunk = reading.next_chunk().unwrap();
                seen.push((begin, chunk.records.len(), chunk.end));
            }
            seen
        };
        assert_eq!(seen(true), seen(false));
        assert_eq!(seen(true).iter().map(|(_, events, _)| events).sum::<usize>(), 1_300);
    }

    #[test]
    fn a_file_that_is_not_there_is_an_error_either_way() {
        for ahead in [true, false] {
            let mut reading = ReadAhead::new(vec![(PathBuf::from("/nonexistent/log"), 0)], 64, ahead);
            assert_eq!(reading.next_chunk().err().unwrap().kind(), io::ErrorKind::NotFound);
        }
    }
}
