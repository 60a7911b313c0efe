//! What the formats of trajectories share: turns that are over, with all that happened in them and all that was said.
//!
//! Spans say what happened, content says what was said, and both are told in pieces. The [`Gatherer`] puts them together,
//! turn by turn: a [`Turn`] is handed on when it is over, with the subagents that came back in it. What is open is all that
//! is remembered, so memory is for one turn of each session at work, whatever the log holds.
//!
//! Where content is not recorded, or does not leave, turns are the same without their texts.

mod clock;
mod feed;
mod gatherer;
mod happened;
mod held;
mod message;
mod spool;
mod telling;
mod turn;

pub(crate) use clock::{micros, rfc3339};
pub use feed::{Feed, FeedState};
pub use gatherer::{Gatherer, Open};
pub use held::{Held, Said, Spoken};
pub use message::{Asked, Message};
pub(crate) use message::{object, text};
pub use spool::{Kept, Place, Spool};
pub(crate) use turn::session;
pub use turn::{Answer, Approval, Call, Child, Failure, Happened, Late, Request, RunEnd, Told, Tool, Turn};
