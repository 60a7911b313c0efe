//! What is sent over OTLP.
//!
//! - `golden`: what a small session becomes, whole
//! - `delivery`: what is sent when, and what is kept in between
//! - `peer`: OpenTelemetry's SDK would send the same

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod delivery;
mod golden;
mod peer;
mod session;
