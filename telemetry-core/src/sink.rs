//! Where what goes through a pipeline ends.

use crate::event::Event;

/// The far end of a pipeline. Called by its writer thread alone, so it may block; it may also panic, which costs
/// the batch at hand a retry and nothing else.
pub trait Sink<T = Event>: Send {
    /// Keeps `items`, all of them or none that matter: after an error the same items come again.
    ///
    /// # Errors
    /// Any error is taken as passing: the disk may be freed again.
    fn write(&mut self, items: &[T]) -> Result<(), SinkError>;

    /// Told at each look of the writer that finds all written: for starting work that waits for a quiet moment. What
    /// takes long belongs on a thread of its own, because the next events wait for this one.
    fn idle(&mut self) {}
}

/// A sink could not keep what it was given.
#[derive(Debug, thiserror::Error)]
#[error("{what}: {source}")]
pub struct SinkError {
    /// What was being done, naming the file.
    pub what: String,
    /// What the system said.
    pub source: std::io::Error,
}
