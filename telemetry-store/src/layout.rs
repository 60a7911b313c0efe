//! Where things are kept under a home.

use std::io;
use std::path::{Path, PathBuf};

use telemetry_core::time::Day;

/// A folder of JSON Lines, one file for each UTC day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// The event log.
    Log,
    /// What was said, kept while the trajectories plane is on.
    Content,
}

/// The files of one home. Everything of ours is under `<home>/telemetry/`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    root: PathBuf,
}

impl Layout {
    /// The layout of `home`. Nothing is created.
    pub fn of(home: &Path) -> Self {
        Layout { root: home.join("telemetry") }
    }

    /// `<home>/telemetry`.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The folder of the event log.
    pub fn log(&self) -> PathBuf {
        self.folder(Days::Log)
    }

    /// The log file of a UTC day.
    pub fn log_of(&self, day: Day) -> PathBuf {
        self.file(Days::Log, day)
    }

    /// Where the files of `days` are.
    pub fn folder(&self, days: Days) -> PathBuf {
        self.root.join(match days {
            Days::Log => "log",
            Days::Content => "content",
        })
    }

    /// The file of a UTC day.
    pub fn file(&self, days: Days, day: Day) -> PathBuf {
        self.folder(days).join(format!("{day}.jsonl"))
    }

    /// The index: our own file, never the host's (two copies of SQLite in one process must not share one).
    pub fn database(&self) -> PathBuf {
        self.root.join("telemetry.db")
    }

    /// Where it is noted how far destinations are.
    pub fn exports(&self) -> PathBuf {
        self.root.join("export")
    }

    /// The note of the destination called `name`.
    pub fn export_state(&self, name: &str) -> PathBuf {
        self.exports().join(format!("{name}.json"))
    }

    /// What a process locks that is at the destination called `name`.
    pub fn export_lock(&self, name: &str) -> PathBuf {
        self.exports().join(format!("{name}.lock"))
    }

    /// Creates the folder of notes, private to the user.
    ///
    /// # Errors
    /// When a folder cannot be made; the error names the path.
    pub fn create_exports(&self) -> io::Result<()> {
        create_private(&self.root)?;
        create_private(&self.exports())
    }

    /// Creates the folder of the log, private to the user, and gives its path.
    ///
    /// # Errors
    /// When a folder cannot be made; the error names the path.
    pub fn create_log(&self) -> io::Result<PathBuf> {
        self.create(Days::Log)
    }

    /// Creates the folder of `days`, private to the user, and gives its path.
    ///
    /// # Errors
    /// When a folder cannot be made; the error names the path.
    pub fn create(&self, days: Days) -> io::Result<PathBuf> {
        let folder = self.folder(days);
        create_private(&self.root)?;
        create_private(&folder)?;
        Ok(folder)
    }

    /// The days there is a log of, as [`Layout::days_of`] gives them.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn days(&self) -> io::Result<Vec<(Day, PathBuf)>> {
        self.days_of(Days::Log)
    }

    /// The days there is a file of, oldest first, with the paths of their files. A folder that is not there has none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn days_of(&self, days: Days) -> io::Result<Vec<(Day, PathBuf)>> {
        let entries = match std::fs::read_dir(self.folder(days)) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(error),
        };
        let mut days = Vec::new();
        for entry in entries {
            let path = entry?.path();
            let day = path
                .file_name()
                .and_then(|name| name.to_str())
                .and_then(|name| name.strip_suffix(".jsonl"))
                .and_then(|stem| stem.parse().ok());
            if let Some(day) = day.filter(|_| path.is_file()) {
                days.push((day, path));
            }
        }
        days.sort_unstable();
        Ok(days)
    }
}

/// Creates a folder readable by its owner alone; one that is there stays as it is.
fn create_private(path: &Path) -> io::Result<()> {
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|error| io::Error::new(error.kind(), format!("{}: {error}", path.display())))
}
