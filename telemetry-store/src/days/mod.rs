//! Folders of JSON Lines, one file for each UTC day, shared by all processes: what the log and the content have in
//! common. Lines are appended in whole batches and read back whatever a crash left between them.

mod appender;
mod cursor;
mod latest;
mod lines;
mod mark;
mod reader;
mod repeats;

pub(crate) use appender::Appender;
pub(crate) use cursor::{Cursor, Marks};
pub(crate) use lines::line_at;
pub use lines::{Chunk, LineReader, Record};
pub use mark::Mark;
pub use reader::Watch;
pub(crate) use reader::{read, read_watched};
