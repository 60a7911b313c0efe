//! What can go wrong, in one line that says what to do.

use std::fmt;
use std::io;
use std::path::PathBuf;

use telemetry_store::StoreError;

/// Why a command did not do what it was asked.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The words of the command were wrong: exit code 2.
    Usage(String),
    /// It could not be done: exit code 1.
    Failed(String),
    /// A file or folder could not be used: exit code 1.
    File(PathBuf, io::Error),
    /// The index cannot be used; one that is damaged is made anew, once: exit code 1 if that does not help.
    Index(StoreError),
    /// The output could not be written.
    Output(io::Error),
    /// All was said, by this process or by another that did it: what is left is this exit code.
    Told(u8),
}

impl Failure {
    pub(crate) fn not_a_folder(path: PathBuf) -> Self {
        Failure::File(path, io::ErrorKind::NotADirectory.into())
    }

    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Usage(_) => 2,
            Failure::Told(code) => *code,
            _ => 1,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Failure::Usage(what) | Failure::Failed(what) => f.write_str(what),
            Failure::File(path, error) => write!(f, "{}: {}", path.display(), reason(error)),
            Failure::Index(error) => {
                write!(f, "{error}; `telemetry reindex` makes it anew from the log")
            }
            Failure::Told(code) => write!(f, "exit code {code}"),
            Failure::Output(error) => write!(f, "the output could not be written: {}", reason(error)),
        }
    }
}

/// What the system said, without its number.
pub(crate) fn reason(error: &io::Error) -> String {
    let said = error.to_string();
    match error.raw_os_error() {
        Some(code) => said.trim_end_matches(&format!(" (os error {code})")).to_owned(),
        None => said,
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Output(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Io { path, source } => Failure::File(path, source),
            StoreError::Database(_) => Failure::Index(error),
            error => Failure::Failed(error.to_string()),
        }
    }
}
