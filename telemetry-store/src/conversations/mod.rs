//! Sessions and messages, put together for who exports them.
//!
//! Three things are read: the index says which sessions and runs there were, the content log what was said while the
//! trajectories plane was on, and the host's own database, where a stand-alone process may open it, what was said
//! before. A session that the content log speaks of is taken from there alone, so that nothing is told twice.
//!
//! Memory does not grow with what was said: for a session there is its id and a counter.

mod answers;
mod auxiliary;
mod host;
mod recorded;
mod said;

pub use auxiliary::AuxiliaryError;
pub use host::{HostDatabase, HostUnreadable};
pub use recorded::Recorded;
