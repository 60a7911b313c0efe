//! The collector from outside.
//!
//! - `settle`: what runs come to

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod settle;
