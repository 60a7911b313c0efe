//! What is noted of a destination: how far it is, and what became of it.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry_core::time::UnixNanos;
use telemetry_store::layout::Layout;
use telemetry_store::tail::Position;

const SCHEMA: &str = "telemetry.export-state/1";
/// Of what a destination said of things it will not have, the last are kept.
const NOTES: usize = 8;

/// What is noted of a destination, in `<home>/telemetry/export/<name>.json`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct State {
    schema: String,
    /// Where it is: a host, or a directory.
    #[serde(default)]
    pub to: String,
    /// What was read up to here was delivered, or is in `exporter`.
    #[serde(default)]
    pub position: Position,
    /// What the exporter goes on with; null at the beginning.
    #[serde(default)]
    pub exporter: Value,
    /// Things the destination took: spans, documents, whatever it counts.
    #[serde(default)]
    pub sent: u64,
    /// Things it will not have, ever.
    #[serde(default)]
    pub refused: u64,
    /// When something was last delivered.
    #[serde(default)]
    pub last_success: Option<UnixNanos>,
    /// What went wrong last.
    #[serde(default)]
    pub last_error: Option<LastError>,
    /// How often it went wrong since the last success.
    #[serde(default)]
    pub failures: u32,
    /// Until then the destination is left alone.
    #[serde(default)]
    pub not_before: Option<UnixNanos>,
    /// What its owner should know, the latest last.
    #[serde(default)]
    pub notes: Vec<String>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastError {
    /// When.
    pub at: UnixNanos,
    /// For people: what, and what to do.
    pub message: String,
    /// Whether it may come right by itself.
    pub temporary: bool,
}

impl Default for State {
    fn default() -> Self {
        State {
            schema: SCHEMA.to_owned(),
            to: String::new(),
            position: Position::default(),
            exporter: Value::Null,
            sent: 0,
            refused: 0,
            last_success: None,
            last_error: None,
            failures: 0,
            not_before: None,
            notes: Vec::new(),
        }
    }
}

/// Why a note cannot be gone on from.
#[derive(Debug, thiserror::Error)]
pub enum Unreadable {
    /// It cannot be read now.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is of a newer version, which knows how to go on.
    #[error("{} was written by a newer version of telemetry; use that version", path.display())]
    Newer {
        /// The file.
        path: PathBuf,
    },
    /// It is damaged. To begin at the beginning is harmless: what was delivered before comes again with the same ids.
    #[error("{} cannot be understood ({reason})", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
}

impl State {
    /// Of a destination at a place to which nothing went yet.
    pub(super) fn of(to: String) -> Self {
        State { to, ..Self::default() }
    }

    /// What is noted at `layout` of the destination called `name`; `None` for one that was never begun.
    ///
    /// # Errors
    /// When there is something that cannot be gone on from.
    pub fn read(layout: &Layout, name: &str) -> Result<Option<Self>, Unreadable> {
        let path = layout.export_state(name);
        match fs::read(&path) {
            Ok(text) => Self::decode(&text, path).map(Some),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(source) => Err(Unreadable::Io { path, source }),
        }
    }

    pub(super) fn decode(text: &[u8], path: PathBuf) -> Result<Self, Unreadable> {
        #[derive(Deserialize)]
        struct Head {
            schema: String,
        }
        let damaged =
            |error: serde_json::Error| Unreadable::Damaged { path: path.clone(), reason: error.to_string() };
        let head: Head = serde_json::from_slice(text).map_err(damaged)?;
        if head.schema != SCHEMA {
            return Err(Unreadable::Newer { path });
        }
        serde_json::from_slice(text).map_err(damaged)
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        // Cannot fail: every key is a text.
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub(super) fn note(&mut self, notes: impl IntoIterator<Item = String>) {
        for note in notes {
            // The same said of each request would push out what else was said.
            self.notes.retain(|before| *before != note);
            self.notes.push(note);
        }
        let old = self.notes.len().saturating_sub(NOTES);
        self.notes.drain(..old);
    }
}

/// Puts `text` in the place of the file at `path`, whole and on the disk, for its owner alone. Only for who has the lock.
pub(super) fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let draft = path.with_extension("json.new");
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&draft)?;
    file.write_all(text)?;
    // A name that is on the disk before what it names would be an empty file after a crash of the machine.
    file.sync_data()?;
    fs::rename(&draft, path)
}
