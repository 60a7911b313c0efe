//! Where things are kept under a home.

use std::io;
use std::path::{Path, PathBuf};

use telemetry_core::time::Day;

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
        self.root.join("log")
    }

    /// The log file of a UTC day.
    pub fn log_of(&self, day: Day) -> PathBuf {
        self.log().join(format!("{day}.jsonl"))
    }

    /// The index: our own file, never the host's (two copies of SQLite in one process must not share one).
    pub fn database(&self) -> PathBuf {
        self.root.join("telemetry.db")
    }

    /// Creates the folder of the log, private to the user, and gives its path.
    ///
    /// # Errors
    /// When a folder cannot be made; the error names the path.
    pub fn create_log(&self) -> io::Result<PathBuf> {
        let log = self.log();
        create_private(&self.root)?;
        create_private(&log)?;
        Ok(log)
    }

    /// The days there is a log of, oldest first, with the paths of their files. A folder that is not there has none.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn days(&self) -> io::Result<Vec<(Day, PathBuf)>> {
        let entries = match std::fs::read_dir(self.log()) {
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
