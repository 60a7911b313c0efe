//! The way to a receiver over HTTP, whatever is spoken with it, and what its answers mean.
//!
//! ```text
//! Parcel ──pieces──> Dialect::encoded, gzip ──client──> Response ──answer──> taken, cut, again, or Undelivered
//!    ▲                                                                 │
//!    └──────────── halves of what was too large or bad ◄───────────────┘
//! ```
//!
//! What is not delivered is not kept here: [`Undelivered`](crate::Undelivered) says so, and it is read again from the log.
//! Nothing is global; a `Way` holds one connection, one request and the beginning of its answer.

mod address;
mod answer;
mod body;
mod client;
mod dialect;
mod failure;
mod headers;
mod interrupt;
mod limits;
pub(crate) mod percent;
mod pieces;
mod proxy;
mod resolver;
mod retry;
mod trust;
mod way;
mod words;

pub(crate) use answer::{Answer, Asked};
pub(crate) use client::Response;
pub(crate) use dialect::{Dialect, Keys, Noun, Parcel};
pub use interrupt::Interrupt;
pub use limits::Limits;
pub use retry::Clock;
pub(crate) use retry::Machine;
pub(crate) use way::{Opening, Way};
