//! Folders of JSON Lines, one file for each UTC day, shared by all processes: what the log and the content have in
//! common. Lines are appended in whole batches and read back whatever a crash left between them.

mod appender;
mod lines;
mod reader;
mod repeats;

pub(crate) use appender::Appender;
pub use lines::{Chunk, LineReader, Record};
pub(crate) use reader::read;
