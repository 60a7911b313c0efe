//! The crate from outside.
//!
//! - `payload`: lenient reading of what hosts send
//! - `manifest`: strict reading of what plugin authors write, and the messages they get
//! - `registry`: discovering, loading, calling and letting go of plugins
//! - `command`: what started a host, by its command line
//! - `content`: what hooks say, while it is wanted and while it is not
//! - `tracker`: which run, turn and call a hook belongs to

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail the test")]

mod command;
mod content;
mod manifest;
mod payload;
mod registry;
mod tracker;
