//! What an error of the driver means to who asked.

use sqlx::Error;

use crate::storage::StorageError;

/// Classes of SQLSTATE that say that it may go better another time: no connection, a transaction that another one undid, no
/// resources, a statement that took too long or a server that goes away. (PostgreSQL, appendix A.)
const PASSING_CLASSES: [&str; 4] = ["08", "40", "53", "57"];
/// ... and single codes: a lock that was not to be had in time, a server that is a standby (one that takes over is not for long), a
/// session that was idle in its transaction for too long.
const PASSING: [&str; 3] = ["55P03", "25006", "25P03"];
/// A transaction that another one undid: a deadlock, or a failure to serialize.
const UNDONE: &str = "40";
/// A row for which there is no partition breaks a constraint, in PostgreSQL's eyes.
const NO_PARTITION: &str = "23514";

impl From<Error> for StorageError {
    fn from(error: Error) -> Self {
        let passing = match &error {
            Error::Database(database) => database.code().is_some_and(|code| {
                PASSING.contains(&code.as_ref())
                    || PASSING_CLASSES.iter().any(|class| code.starts_with(class))
            }),
            // What a server says in the middle of going away is no protocol any more.
            Error::Io(_) | Error::Tls(_) | Error::Protocol(_) | Error::WorkerCrashed => true,
            Error::PoolTimedOut | Error::PoolClosed => true,
            _ => false,
        };
        match passing {
            true => StorageError::Unavailable(error.to_string()),
            false => StorageError::Broken(error.to_string()),
        }
    }
}

/// Whether another transaction undid it, so that it does to try again at once.
pub(super) fn was_undone(error: &Error) -> bool {
    code(error).is_some_and(|code| code.starts_with(UNDONE))
}

/// Whether a row is of a day that has no partition.
pub(super) fn has_no_partition(error: &Error) -> bool {
    code(error).as_deref() == Some(NO_PARTITION)
}

/// Whether a row with the same key is there already.
pub(super) fn is_there_already(error: &Error) -> bool {
    error.as_database_error().is_some_and(|error| error.is_unique_violation())
}

fn code(error: &Error) -> Option<String> {
    error.as_database_error().and_then(|error| error.code()).map(|code| code.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_told_from_what_does_not() {
        for passing in [Error::PoolTimedOut, Error::Io(std::io::ErrorKind::ConnectionReset.into())] {
            assert!(matches!(StorageError::from(passing), StorageError::Unavailable(_)));
        }
        assert!(matches!(StorageError::from(Error::RowNotFound), StorageError::Broken(_)));
    }
}
