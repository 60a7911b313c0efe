//! What a person should know of the settings, and what a `plugins.toml` itself says is to come of it.

use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// More than this many findings in a file is one mistake, not many.
const MAX_WARNINGS: usize = 50;

/// Something that is not understood or not served, and what is done instead.
///
/// The text never holds a value: an address, a header or a path on the wrong line may be a secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The file it is about; `None` when it is the environment.
    pub file: Option<PathBuf>,
    /// The line in that file, counted from 1, when it is known.
    pub line: Option<u64>,
    /// The key (`components[0].config.atof.mode`) or the variable; empty when it is the file as a whole.
    pub key: String,
    /// What is wrong and what is done instead. Names the key, not the file: [`Display`](fmt::Display) does.
    pub message: String,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.file {
            None => f.write_str("environment")?,
            Some(file) => write!(f, "{}", file.display())?,
        }
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.message)
    }
}

/// What a file wants to come of a finding: the words of its `policy`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Behavior {
    Ignore,
    Warn,
    /// Nothing of the file is used.
    Error,
}

impl Behavior {
    pub(super) const WORDS: &'static [(&'static str, Self)] =
        &[("ignore", Self::Ignore), ("warn", Self::Warn), ("error", Self::Error)];
}

/// What a file wants to come of each kind of finding.
#[derive(Clone, Copy, Debug)]
pub(super) struct Policy {
    pub(super) unknown_component: Behavior,
    pub(super) unknown_field: Behavior,
    pub(super) unsupported_value: Behavior,
}

/// The reference's, where a file says nothing.
impl Default for Policy {
    fn default() -> Self {
        Self {
            unknown_component: Behavior::Warn,
            unknown_field: Behavior::Warn,
            unsupported_value: Behavior::Error,
        }
    }
}

/// What was found in a file.
pub(super) struct Findings<'a> {
    file: &'a Path,
    text: &'a str,
    /// In force for what is read next.
    pub(super) policy: Policy,
    refused: bool,
    warnings: Vec<Warning>,
    left_out: usize,
}

impl<'a> Findings<'a> {
    pub(super) fn new(file: &'a Path, text: &'a str) -> Self {
        Self { file, text, policy: Policy::default(), refused: false, warnings: Vec::new(), left_out: 0 }
    }

    /// A key that nobody knows. `hint` says where it belongs, if that is known.
    pub(super) fn unknown_field(&mut self, at: Range<usize>, key: &str, hint: &str) {
        let what = format!("`{key}` is no key that is known here{hint}");
        self.judged(self.policy.unknown_field, at, key, &what, "it is ignored");
    }

    /// A component that nobody knows.
    pub(super) fn unknown_component(&mut self, at: Range<usize>, key: &str) {
        let what = format!("`{key}` is no kind of component that is known here");
        self.judged(self.policy.unknown_component, at, key, &what, "the component is ignored");
    }

    /// A value that does not do. `must_be` ends the sentence "must be", `instead` says what is done if that is a warning.
    pub(super) fn unsupported(&mut self, at: Range<usize>, key: &str, must_be: &str, instead: &str) {
        let what = format!("`{key}` must be {must_be}");
        self.judged(self.policy.unsupported_value, at, key, &what, instead);
    }

    /// What is understood and not served, whatever the file wants to hear of it: who asks for it should not believe that
    /// it is done.
    pub(super) fn not_served(&mut self, at: Range<usize>, key: &str, instead: &str) {
        self.warn(at, key, format!("`{key}` is understood, but not served here; {instead}"));
    }

    /// What is done otherwise than it was written.
    pub(super) fn warn(&mut self, at: Range<usize>, key: &str, message: String) {
        if self.warnings.len() >= MAX_WARNINGS {
            self.left_out += 1;
            return;
        }
        let file = Some(self.file.to_owned());
        self.warnings.push(Warning { file, line: self.line(at.start), key: key.to_owned(), message });
    }

    /// All warnings by line, and whether the file may be used.
    pub(super) fn into_parts(mut self) -> (Vec<Warning>, bool) {
        self.warnings.sort_by_key(|warning| warning.line);
        if self.left_out > 0 {
            let message = format!("{} more findings are not told one by one", self.left_out);
            let file = Some(self.file.to_owned());
            self.warnings.push(Warning { file, line: None, key: String::new(), message });
        }
        (self.warnings, !self.refused)
    }

    fn judged(&mut self, behavior: Behavior, at: Range<usize>, key: &str, what: &str, instead: &str) {
        let done = match behavior {
            Behavior::Ignore => return,
            Behavior::Warn => instead,
            Behavior::Error => {
                self.refused = true;
                "by the file's policy that is an error, so nothing of the file is used"
            }
        };
        self.warn(at, key, format!("{what}; {done}"));
    }

    fn line(&self, at: usize) -> Option<u64> {
        let before = self.text.as_bytes().get(..at)?;
        u64::try_from(before.iter().filter(|byte| **byte == b'\n').count() + 1).ok()
    }
}
