//! `plugin.yaml`: what a plugin says about itself before any of its code runs.
//!
//! ```yaml
//! name: telemetry            # [a-z0-9][a-z0-9_-]*, at most 64 characters; also the config key
//! version: 0.1.0             # MAJOR[.MINOR[.PATCH]][-pre][+build]
//! description: Local-first observability
//! author: The telemetry authors
//! hooks: [on_session_start, post_api_request]
//! ```
//!
//! Only `name` and `version` are required. `provides_hooks` is the name the hermes-agent host reads, `hooks` the one
//! its bundled plugins write; both are accepted and joined. The other keys of that host (`hermes_cli/plugins.py`,
//! `_parse_manifest`, and its bundled manifests) are known, so that one file serves both. A person writes this file,
//! so an unknown key is an error with a suggestion, and every problem is reported at once. An unknown *hook* is only
//! a warning: hosts grow new ones.

use std::fmt;
use std::path::{Path, PathBuf};

use crate::registry::names;

mod check;
mod words;

/// The newest `manifest_version` this crate reads; a manifest without one has version 1.
pub const MANIFEST_VERSION: i64 = 1;

/// A plugin's manifest that has passed every check.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Manifest {
    /// Where it was read from, or the label it was bundled under.
    pub path: PathBuf,
    /// The plugin's name, its config key, and the name of its factory.
    pub name: String,
    /// The plugin's own version, as written.
    pub version: String,
    /// One sentence for people; may be empty.
    pub description: String,
    /// Who wrote it; may be empty.
    pub author: String,
    /// `hooks` and `provides_hooks` joined, in the order written, without repetitions.
    pub hooks: Vec<String>,
    /// Names of tools the plugin offers to the model.
    pub provides_tools: Vec<String>,
    /// Names of environment variables the plugin needs.
    pub requires_env: Vec<String>,
    /// What the host is to do with it.
    pub kind: Kind,
    /// Remarks that do not stop the plugin, such as a hook this version does not know.
    pub warnings: Vec<Problem>,
}

/// The kinds hermes-agent knows (`hermes_cli/plugins.py`, `_VALID_PLUGIN_KINDS`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Kind {
    /// Loaded when the configuration enables it.
    #[default]
    Standalone,
    /// Implements a tool of the host.
    Backend,
    /// One of its sort is active at a time.
    Exclusive,
    /// A messaging platform.
    Platform,
    /// A provider of models.
    ModelProvider,
}

impl Kind {
    const ALL: [(Kind, &str); 5] = [
        (Kind::Standalone, "standalone"),
        (Kind::Backend, "backend"),
        (Kind::Exclusive, "exclusive"),
        (Kind::Platform, "platform"),
        (Kind::ModelProvider, "model-provider"),
    ];
}

impl Manifest {
    /// Reads and checks a manifest. `path` only names it in messages; nothing is opened.
    ///
    /// # Errors
    /// All problems found, each with its field. The plugin must not be loaded; its author mends the file.
    pub fn parse(path: impl AsRef<Path>, text: &str) -> Result<Self, ManifestError> {
        check::parse(path.as_ref(), text)
            .map_err(|problems| ManifestError { path: path.as_ref().to_owned(), problems })
    }

    /// Whether the manifest lists `hook`.
    pub fn declares(&self, hook: &str) -> bool {
        self.hooks.iter().any(|declared| declared == hook)
    }

    /// The listed hooks that this version does not know. They can be registered and invoked like any other.
    pub fn unknown_hooks(&self) -> impl Iterator<Item = &str> {
        self.hooks.iter().map(String::as_str).filter(|hook| names::index(hook).is_none())
    }
}

/// Why a manifest was refused: everything that is wrong with it, one line each.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}", lines(path, problems))]
#[non_exhaustive]
pub struct ManifestError {
    /// The file.
    pub path: PathBuf,
    /// What is wrong, in the order of the file; never empty.
    pub problems: Vec<Problem>,
}

/// One thing wrong with, or worth saying about, a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Problem {
    /// The field as a path (`hooks[2]`), or empty when the whole document is meant.
    pub field: String,
    /// Line in the file, from 1, where known.
    pub line: Option<u64>,
    /// The value, what is wrong with it, and what is allowed.
    pub message: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.field.is_empty() {
            write!(f, "{}: ", self.field)?;
        }
        f.write_str(&self.message)
    }
}

impl Problem {
    /// The problem as people know it from compilers: `file:line: field: message`.
    pub fn at<'a>(&'a self, path: &'a Path) -> impl fmt::Display + 'a {
        fmt::from_fn(move |f| match self.line {
            Some(line) => write!(f, "{}:{line}: {self}", path.display()),
            None => write!(f, "{}: {self}", path.display()),
        })
    }
}

fn lines(path: &Path, problems: &[Problem]) -> impl fmt::Display {
    fmt::from_fn(move |f| {
        for (index, problem) in problems.iter().enumerate() {
            let newline = if index == 0 { "" } else { "\n" };
            write!(f, "{newline}{}", problem.at(path))?;
        }
        Ok(())
    })
}
