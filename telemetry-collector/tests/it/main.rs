//! The collector from outside.
//!
//! - `postgres`: what is special to PostgreSQL
//! - `settle`: what runs come to
//! - `storage`: what every database has to do

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

#[cfg(feature = "postgres")]
mod postgres;
mod settle;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod storage;
