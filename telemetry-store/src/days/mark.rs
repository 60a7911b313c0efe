//! How far a file is read, so that another process can go on there.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};

use serde::{Deserialize, Serialize};
use telemetry_core::ids::Key;

/// Bytes at the beginning of a file, and before a mark, by which both are known again.
const WITNESS_BYTES: u64 = 64;

/// How far a file is read. The file is known again by what is in it and not by its number: a home may be copied, restored or
/// mounted elsewhere, and a file may be cut and grow again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Mark {
    /// Where the first line begins that was not read.
    pub offset: u64,
    /// A hash of the beginning of the file and of what is before the offset.
    seal: u32,
}

impl Mark {
    /// A mark at `offset` of `file`, whose place stays.
    pub(super) fn set(file: &mut File, offset: u64) -> io::Result<Self> {
        Ok(Mark { offset, seal: seal(file, offset)? })
    }

    /// Whether `file` is the one it was set in, and was only appended to since.
    pub(super) fn is_in(self, file: &mut File) -> io::Result<bool> {
        Ok(self.offset <= file.metadata()?.len() && seal(file, self.offset)? == self.seal)
    }
}

fn seal(file: &mut File, offset: u64) -> io::Result<u32> {
    if offset == 0 {
        return Ok(0);
    }
    let place = file.stream_position()?;
    let length = WITNESS_BYTES.min(offset);
    let mut witness = Vec::with_capacity(2 * length as usize);
    for from in [0, offset - length] {
        file.seek(SeekFrom::Start(from))?;
        Read::by_ref(file).take(length).read_to_end(&mut witness)?;
    }
    file.seek(SeekFrom::Start(place))?;
    Ok(Key::new("seal").text(&String::from_utf8_lossy(&witness)).narrow() as u32)
}
