//! The collector from outside.
//!
//! - `http`: the server, its wires, its keys, and what is done to it
//! - `settle`: what runs come to

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail the test")]

mod http;
mod settle;
