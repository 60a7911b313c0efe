//! Keeping events and answering questions about them.
//!
//! - [`layout`]: where things are; [`log`]: the event log, which is the truth.
//! - [`index`]: SQLite tables made from the log, kept up from a cursor; [`insights`]: the questions.
//! - [`retention`]: days that go when they are too old.
//! - [`process`]: whether the process of an open run still lives.

pub mod error;
mod identity;
#[cfg(feature = "index")]
pub mod index;
#[cfg(feature = "index")]
pub mod insights;
pub mod layout;
pub mod log;
pub mod process;
#[cfg(feature = "index")]
pub mod retention;

pub use error::StoreError;
