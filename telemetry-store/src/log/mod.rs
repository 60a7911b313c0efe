//! The event log: JSON Lines, one file per UTC day, shared by all processes. It is the truth; everything else can be
//! made again from it.

mod ahead;
mod follow;
mod reader;
mod writer;

pub use ahead::ReadAhead;
pub use follow::{Follower, LogLine, announced};
pub use reader::LogReader;
pub use writer::LogWriter;
