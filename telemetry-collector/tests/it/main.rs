//! The collector from outside.
//!
//! - `page`: the files of the page, as they are served
//! - `reading`: what the routes that answer ask, and what they answer
//! - `settle`: what runs come to

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod page;
mod reading;
mod settle;
