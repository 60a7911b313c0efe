//! The recorded sessions, as files and as lines.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

/// A recorded session: every hook call of a host, one JSON object a line.
#[derive(Debug, Clone)]
pub struct Recording {
    /// The file's name without its extension.
    pub name: String,
    /// Where it is.
    pub path: PathBuf,
    /// Its lines, without their ends.
    pub lines: Vec<String>,
}

impl Recording {
    /// The folder of the recordings.
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/recordings/hermes")
    }

    /// All of them, by name.
    ///
    /// # Panics
    /// When the folder cannot be read.
    pub fn all() -> Vec<Self> {
        let folder = Self::folder();
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
        paths.retain(|path| path.extension().is_some_and(|extension| extension == "jsonl"));
        paths.sort();
        paths.iter().map(|path| Self::open(path)).collect()
    }

    /// One of them.
    ///
    /// # Panics
    /// When there is none of that name.
    pub fn named(name: &str) -> Self {
        Self::open(&Self::folder().join(name).with_extension("jsonl"))
    }

    /// A recording anywhere.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn open(path: &Path) -> Self {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        Self {
            name: path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default(),
            path: path.to_path_buf(),
            lines: text.lines().map(str::to_owned).collect(),
        }
    }

    /// Its lines as they are read by nobody but us.
    pub fn calls(&self) -> Vec<Call> {
        self.lines.iter().map(|line| Call::parse(line)).collect()
    }
}

/// One recorded line.
#[derive(Debug, Clone)]
pub struct Call {
    /// `register`, `hook` or `atexit`.
    pub kind: String,
    /// The hook's name; empty when the line is no hook call.
    pub hook: String,
    /// The process.
    pub pid: u64,
    /// The wall clock, in nanoseconds since 1970.
    pub wall_ns: i64,
    /// The command line of a process that registered, the program first.
    pub command_line: Vec<String>,
    /// What the host handed over.
    pub kwargs: Map<String, Value>,
}

impl Call {
    /// Reads a line.
    ///
    /// # Panics
    /// When it is not a recorded call.
    pub fn parse(line: &str) -> Self {
        let value: Value = serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
        Self {
            kind: text("kind"),
            hook: text("hook"),
            pid: value["pid"].as_u64().unwrap_or_else(|| panic!("no pid: {line}")),
            wall_ns: value["wall_ns"].as_i64().unwrap_or_else(|| panic!("no wall_ns: {line}")),
            command_line: value["argv"]
                .as_array()
                .into_iter()
                .flatten()
                .filter_map(|word| word.as_str().map(str::to_owned))
                .collect(),
            kwargs: value["kwargs"].as_object().cloned().unwrap_or_default(),
        }
    }

    /// A text argument that is not empty.
    pub fn text(&self, key: &str) -> Option<&str> {
        self.kwargs.get(key)?.as_str().filter(|text| !text.is_empty())
    }

    /// A truth value, false when missing.
    pub fn flag(&self, key: &str) -> bool {
        self.kwargs.get(key).and_then(Value::as_bool).unwrap_or(false)
    }

    /// A number, 0 when missing.
    pub fn number(&self, key: &str) -> f64 {
        self.kwargs.get(key).and_then(Value::as_f64).unwrap_or(0.0)
    }
}
