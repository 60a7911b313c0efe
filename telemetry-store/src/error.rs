//! Errors of the store.

use std::path::PathBuf;

/// What can go wrong with a store, by what the caller should do about it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A file or folder cannot be used: mend its permissions or its kind, or choose another home.
    #[error("{}: {source}", path.display())]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// Another process is writing the index: try again.
    #[cfg(feature = "index")]
    #[error("the index is busy: another process is writing it")]
    Busy,
    /// The index was made by a newer version of telemetry: use that version.
    #[error("the index was made by a newer version of telemetry; use that version")]
    #[cfg(feature = "index")]
    Newer,
    #[cfg(feature = "index")]
    /// The database is damaged or foreign: rebuild it with `telemetry reindex`; the log has everything.
    #[error("the index: {0}")]
    Database(rusqlite::Error),
}

impl StoreError {
    pub(crate) fn io(path: impl Into<PathBuf>) -> impl FnOnce(std::io::Error) -> Self {
        let path = path.into();
        move |source| StoreError::Io { path, source }
    }

    /// A database that SQLite would not call damaged, or not in time.
    #[cfg(feature = "index")]
    pub(crate) fn damage(what: &str) -> Self {
        let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_NOTADB);
        StoreError::Database(rusqlite::Error::SqliteFailure(code, Some(what.to_owned())))
    }

    #[cfg(feature = "index")]
    /// Whether the file is no database, or a damaged one.
    pub fn is_damage(&self) -> bool {
        use rusqlite::ErrorCode::{DatabaseCorrupt, NotADatabase};
        matches!(self, StoreError::Database(error)
            if matches!(error.sqlite_error_code(), Some(NotADatabase | DatabaseCorrupt)))
    }
}

#[cfg(feature = "index")]
impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
        match error.sqlite_error_code() {
            Some(DatabaseBusy | DatabaseLocked) => StoreError::Busy,
            // Rows are only refused where they are there already, of a run that is not.
            _ if matches!(error, rusqlite::Error::StatementChangedRows(_)) => {
                StoreError::damage("it has facts of a run that it does not have")
            }
            _ => StoreError::Database(error),
        }
    }
}
