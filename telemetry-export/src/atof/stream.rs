//! Lines at the end of a file that others may write to as well.
//!
//! What is delivered may be delivered again, when a process died before it could remember that it had. Lines are the same
//! then, so those that are in the file already are left out, and of a line that was torn the beginning is taken back.

use std::collections::HashMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use telemetry_core::ids::Key;

/// A file that lines are added to.
pub struct Stream {
    path: PathBuf,
    position: Option<Position>,
}

/// How far a file is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Which file it was.
    file: u64,
    /// Where lines begin that may be written again.
    from: u64,
}

impl Stream {
    /// The file at `path`, which is made with the first line; known up to `position`.
    pub fn new(path: PathBuf, position: Option<Position>) -> Self {
        Stream { path, position }
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// How far it is known.
    pub fn position(&self) -> Option<Position> {
        self.position
    }

    /// Empties the file, if nothing is known of it yet.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn begin_anew(&mut self) -> io::Result<()> {
        if self.position.is_none() && self.path.exists() {
            self.open()?.set_len(0)?;
        }
        Ok(())
    }

    /// Adds those of `lines` that are not there yet, each with its end, in one write; how many those were. When it fails
    /// nothing was added.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn append(&mut self, lines: &[String]) -> io::Result<u64> {
        let mut file = self.open()?;
        let metadata = file.metadata()?;
        let (id, length) = (identity(&metadata), metadata.len());
        let known = self.position.filter(|known| known.file == id && known.from <= length);
        let from = known.map_or(0, |known| known.from);
        let found = match from == length {
            true => Found { end: length, ..Found::default() },
            false => Found::in_file(&mut file, from, lines)?,
        };
        let mut new = String::new();
        if found.foreign_end {
            new.push('\n');
        }
        let mut repeated = found.repeated;
        let mut added = 0;
        for line in lines {
            let known = if found.any { repeated.get_mut(&hash(line.as_bytes())) } else { None };
            match known {
                Some(times) if *times > 0 => *times -= 1,
                _ => {
                    new.push_str(line);
                    added += 1;
                }
            }
        }
        file.seek(SeekFrom::Start(found.end))?;
        if found.end < length {
            file.set_len(found.end)?;
        }
        if let Err(error) = file.write_all(new.as_bytes()) {
            // Half a line is no line. Where even this fails, the next to come finds it.
            let _ = file.set_len(found.end);
            return Err(error);
        }
        // Who finds some of its lines there may find the next there too.
        let from = if found.any { from } else { found.end + new.len() as u64 };
        self.position = Some(Position { file: id, from });
        Ok(added)
    }

    fn open(&self) -> io::Result<File> {
        if let Some(directory) = self.path.parent() {
            crate::private::directory(directory)?;
        }
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(&self.path)
    }
}

/// What is in a file from some place on.
#[derive(Default)]
struct Found {
    /// How often lines that are to be written are there.
    repeated: HashMap<u64, u32>,
    any: bool,
    /// Where lines are to be added.
    end: u64,
    /// There is the beginning of a line before it that is none of ours.
    foreign_end: bool,
}

impl Found {
    fn in_file(file: &mut File, from: u64, lines: &[String]) -> io::Result<Self> {
        file.seek(SeekFrom::Start(from))?;
        let ours: HashMap<u64, &String> = lines.iter().map(|line| (hash(line.as_bytes()), line)).collect();
        let mut found = Found { end: from, ..Found::default() };
        let mut reader = BufReader::new(file);
        let mut line = Vec::new();
        while reader.by_ref().read_until(b'\n', &mut line)? > 0 {
            if line.ends_with(b"\n") {
                let hash = hash(&line);
                if ours.contains_key(&hash) {
                    *found.repeated.entry(hash).or_default() += 1;
                    found.any = true;
                }
                found.end += line.len() as u64;
            } else if lines.iter().any(|ours| ours.as_bytes().starts_with(&line)) {
                found.any = true;
            } else {
                found.end += line.len() as u64;
                found.foreign_end = true;
            }
            line.clear();
        }
        Ok(found)
    }
}

fn hash(line: &[u8]) -> u64 {
    // What is no text is no line of ours.
    std::str::from_utf8(line).map_or(0, |line| Key::new("line").text(line).narrow())
}

#[cfg(unix)]
fn identity(metadata: &std::fs::Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

/// Without an identity a file is known by its length alone.
#[cfg(not(unix))]
fn identity(_: &std::fs::Metadata) -> u64 {
    0
}
