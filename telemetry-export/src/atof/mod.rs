//! ATOF 0.1, the Agentic Trajectory Observability Format: one JSON object a line for whatever begins, ends or happens.
//!
//! A run is an `agent` scope; its model calls and tool calls are scopes right in it, and a subagent is one in the tool call
//! that delegated to it. Turns, approvals and what else happened are marks. `docs/trajectories.md` has the table.
//!
//! Lines are a pure function of what was recorded, ids included, so a line that is written again is the same line.

#[cfg(feature = "atof")]
mod agent;
#[cfg(feature = "atof")]
mod bulk;
#[cfg(feature = "atof")]
mod call;
mod config;
#[cfg(feature = "atof")]
mod line;
#[cfg(feature = "atof")]
mod live;
#[cfg(feature = "atof")]
mod map;
#[cfg(feature = "atof")]
mod marks;
#[cfg(feature = "atof")]
mod scope;
#[cfg(feature = "atof")]
mod stream;
#[cfg(feature = "atof")]
mod tool;

#[cfg(feature = "atof")]
pub use bulk::{Bulk, Written, file_name};
pub use config::{Config, Filename, Mode};
#[cfg(feature = "atof")]
pub use line::{Line, Rank};
#[cfg(feature = "atof")]
pub use live::Atof;
#[cfg(feature = "atof")]
pub use map::{Mapper, Scopes};
#[cfg(feature = "atof")]
pub use stream::{Position, Stream};
