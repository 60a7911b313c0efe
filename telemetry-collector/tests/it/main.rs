//! The collector from outside.
//!
//! - `http`: the server, its wires, its keys, and what is done to it
//! - `postgres`: what is special to PostgreSQL
//! - `otlp`: what agents send, and what is made of it
//! - `page`: the files of the page, as they are served
//! - `reading`: what the routes that answer ask, and what they answer
//! - `settle`: what runs come to
//! - `storage`: what every database has to do

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test's helpers fail the test")]

mod http;
#[cfg(feature = "otlp")]
mod otlp;
mod page;
#[cfg(feature = "postgres")]
mod postgres;
mod reading;
mod settle;
#[cfg(any(feature = "postgres", feature = "sqlite"))]
mod storage;
