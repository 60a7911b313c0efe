//! A config file, as far as its text: whatever is in its place, reading it neither waits nor takes much memory.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The largest config file that is read, in bytes: fifty times the host's own with every default written out.
const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file says nothing to us.
#[derive(Debug)]
pub struct Unusable {
    /// The line, counted from 1, where that is known.
    pub line: Option<u64>,
    /// Continues the sentence "the file …".
    pub reason: String,
}

impl Unusable {
    pub(crate) fn because(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }
}

/// The text of a config file; `None` when there is no file.
///
/// # Errors
/// When it cannot be read: a directory, a pipe, a file that is closed to us, larger than 1 MiB or not UTF-8.
pub fn read(path: &Path) -> Result<Option<String>, Unusable> {
    bytes_of(path)?.map(text_of).transpose()
}

fn bytes_of(path: &Path) -> Result<Option<Vec<u8>>, Unusable> {
    let unreadable = |error: std::io::Error| Unusable::because(format!("cannot be read ({error})"));
    let metadata = match fs::metadata(path) {
        Ok(metadata) => metadata,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(unreadable(error)),
    };
    if metadata.is_dir() {
        return Err(Unusable::because("cannot be read (it is a directory)"));
    }
    // Opening a pipe would wait for somebody to write to it, and the host would wait with us.
    if !metadata.is_file() {
        return Err(Unusable::because("cannot be read (it is not a regular file)"));
    }
    let too_large = || Unusable::because(format!("cannot be read (it is larger than {MAX_BYTES} bytes)"));
    if metadata.len() > MAX_BYTES {
        return Err(too_large());
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    // The size above was true a moment ago; this is the limit that holds.
    file.take(MAX_BYTES + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length <= MAX_BYTES) {
        Ok(Some(bytes))
    } else {
        Err(too_large())
    }
}

fn text_of(bytes: Vec<u8>) -> Result<String, Unusable> {
    String::from_utf8(bytes).map_err(|error| {
        let before = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Unusable { line: u64::try_from(line).ok(), reason: "is not valid UTF-8".to_owned() }
    })
}
