//! What is sent over OTLP.
//!
//! - `golden`: what a small session becomes, whole

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod golden;
mod session;
