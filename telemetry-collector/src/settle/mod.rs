//! What runs come to, worked out from their events by the code that does it on a single machine.

mod counted;
mod deriver;
#[cfg(feature = "otlp")]
mod reported;

use crate::storage::{Derived, StorageError, Unit};

pub use deriver::Deriver;

/// Works out what runs come to. A database knows no more of it than this.
pub trait Derive: Send + Sync + 'static {
    /// What each of `units` comes to. One of whose run nothing can be said is left out.
    ///
    /// # Errors
    /// When there is no memory for it.
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError>;
}
