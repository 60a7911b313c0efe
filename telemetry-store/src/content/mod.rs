//! The content log: what was said, one file per UTC day in a folder apart from the event log's. It is written only while
//! the trajectories plane is on, and goes after a time of its own. No index is made of it.

mod reader;
mod writer;

pub use reader::ContentReader;
pub use writer::ContentWriter;
