//! The collector from outside.
//!
//! - `postgres`: what is special to PostgreSQL
//! - `settle`: what runs come to
//! - `postgres`: what is special to PostgreSQL

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

#[cfg(feature = "postgres")]
mod postgres;
mod settle;
