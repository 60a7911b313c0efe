//! What to do when a transaction comes to nothing.

use super::errors::{has_no_partition, was_undone};
use super::partitions::Partitions;
use crate::storage::StorageError;

/// How often a transaction is tried again at once.
const MOST: u32 = 5;

/// How often it was tried.
pub(super) struct Tries(u32);

impl Tries {
    /// Not yet.
    pub fn new() -> Self {
        Tries(0)
    }

    /// Whether to try again: when another transaction undid it, or a partition that was there has been dropped.
    ///
    /// # Errors
    /// The error itself, if not.
    pub fn again(&mut self, error: sqlx::Error, partitions: &Partitions) -> Result<(), StorageError> {
        let no_partition = has_no_partition(&error);
        if no_partition {
            partitions.forget();
        }
        self.0 += 1;
        if self.0 < MOST && (no_partition || was_undone(&error)) { Ok(()) } else { Err(error.into()) }
    }
}
