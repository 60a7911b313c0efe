//! The collector from outside.
//!
//! - `postgres`: what is special to PostgreSQL
//! - `otlp`: what agents send, and what is made of it
//! - `settle`: what runs come to
//! - `postgres`: what is special to PostgreSQL

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

#[cfg(feature = "otlp")]
mod otlp;
#[cfg(feature = "postgres")]
mod postgres;
mod settle;
