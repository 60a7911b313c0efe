//! One config file, from the disk to our section of it.

use std::fs::{self, File};
use std::io::{ErrorKind, Read};
use std::panic::catch_unwind;
use std::path::Path;

use serde_saphyr::{DuplicateKeyPolicy, NonFiniteFloatPolicy};

use super::node::{Field, Root};

/// The largest config file that is read, in bytes: fifty times the host's own with every default written out.
pub(crate) const MAX_BYTES: u64 = 1024 * 1024;

/// Why a file says nothing to us.
#[derive(Debug)]
pub(crate) struct Unusable {
    pub(crate) line: Option<u64>,
    /// Continues the sentence "the file …".
    pub(crate) reason: String,
}

impl Unusable {
    fn because(reason: impl Into<String>) -> Self {
        Self { line: None, reason: reason.into() }
    }
}

/// What a file says.
#[derive(Debug, Default)]
pub(crate) struct Contents {
    pub(crate) section: Option<Field>,
    pub(crate) flat: Vec<(String, Option<u64>)>,
}

/// Reads a config file. A file that is not there says nothing, and that is not an error.
pub(crate) fn read(path: &Path) -> Result<Contents, Unusable> {
    match bytes_of(path)? {
        None => Ok(Contents::default()),
        Some(bytes) => parse(text_of(&bytes)?),
    }
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

fn text_of(bytes: &[u8]) -> Result<&str, Unusable> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = before.iter().filter(|byte| **byte == b'\n').count() + 1;
        Unusable { line: u64::try_from(line).ok(), reason: "is not valid UTF-8".to_owned() }
    })
}

fn parse(text: &str) -> Result<Contents, Unusable> {
    // Snippets are off because they quote the file, and the file holds other people's keys. The parser's own
    // messages are fixed sentences. Its budget (depth 64, 250,000 nodes, aliases counted) bounds what a hostile
    // file can cost; comments are not kept, or 32 lines of them would be over that budget.
    let parsed = catch_unwind(|| {
        let options = serde_saphyr::options! {
            duplicate_keys: DuplicateKeyPolicy::LastWins,
            non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
            with_snippet: false,
            ignore_binary_tag_for_string: true,
        };
        serde_saphyr::from_str_with_options::<Root>(text, options).map_err(unusable)
    });
    match parsed {
        Ok(Ok(Root::Mapping { section, flat })) => Ok(Contents { section, flat }),
        Ok(Ok(Root::Other(found))) => {
            Err(Unusable::because(format!("is {found} where a mapping of sections must be")))
        }
        Ok(Err(unusable)) => Err(unusable),
        Err(_) => Err(Unusable::because("is not valid YAML (the parser gave up)")),
    }
}

fn unusable(error: serde_saphyr::Error) -> Unusable {
    let line = error.location().map(|location| location.line());
    let message = error.to_string();
    let what = match &error {
        serde_saphyr::Error::MultipleDocuments { .. } => "it holds more than one document",
        // The place is told apart from the message.
        _ => message.split_once(" at line ").map_or(message.as_str(), |(what, _)| what),
    };
    Unusable { line, reason: format!("is not valid YAML ({what})") }
}
