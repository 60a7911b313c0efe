//! What SQLite says went wrong, by what the caller should do about it.

use rusqlite::ErrorCode;

use crate::storage::StorageError;

impl From<rusqlite::Error> for StorageError {
    fn from(error: rusqlite::Error) -> Self {
        let said = match error.sqlite_error_code() {
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
                return StorageError::Unavailable("another process is writing to it".into());
            }
            Some(ErrorCode::DiskFull) => {
                return StorageError::Unavailable("no room is left on its disk".into());
            }
            Some(ErrorCode::ReadOnly) => return StorageError::Unavailable("it cannot be written to".into()),
            Some(ErrorCode::SystemIoFailure | ErrorCode::CannotOpen | ErrorCode::OutOfMemory) => {
                return StorageError::Unavailable(error.to_string());
            }
            Some(ErrorCode::NotADatabase) => "the file is no database, or of another program".into(),
            Some(ErrorCode::DatabaseCorrupt) => format!("the file is damaged ({error})"),
            _ => error.to_string(),
        };
        StorageError::Broken(said)
    }
}

impl StorageError {
    /// The same, of this file.
    pub(super) fn of(self, path: &std::path::Path) -> Self {
        let path = path.display();
        match self {
            StorageError::Unavailable(said) => StorageError::Unavailable(format!("{path}: {said}")),
            StorageError::Broken(said) => StorageError::Broken(format!("{path}: {said}")),
            taken @ StorageError::NameTaken(_) => taken,
        }
    }
}
