//! What a person should mend in a config file.

use std::fmt;
use std::path::PathBuf;

/// Something in a config file that was not understood, and what applies instead; or that has no effect yet.
///
/// The text never holds a value that might be a secret: words, numbers and switches are quoted as written,
/// anything else is named by its type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file it is about.
    pub file: PathBuf,
    /// The line in that file, counted from 1, when it is known.
    pub line: Option<u64>,
    /// The key it is about (`telemetry.retention_days`); `None` when it is the file as a whole.
    pub key: Option<String>,
    /// What is wrong and what applies instead. Names the key, not the file: [`Display`](fmt::Display) does.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.file.display())?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}
