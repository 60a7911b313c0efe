//! Keeping events and answering questions about them.
//!
//! - [`layout`]: where things are; [`days`]: files of JSON Lines, one for each day.
//! - [`log`]: the event log, which is the truth; [`content`]: what was said, apart from it.
//! - [`tail`]: both read on from where somebody left off, as they grow.
//! - [`index`]: SQLite tables made from the log, kept up from a cursor; [`insights`]: the questions.
//! - [`budgets`]: how far they are used up.
//! - [`sql`]: queries of other people, which can only read.
//! - [`conversations`]: sessions and messages, put together for exports.
//! - [`retention`]: days that go when they are too old.
//! - [`process`]: whether the process of an open run still lives.

#[cfg(feature = "index")]
pub mod budgets;
#[cfg(feature = "index")]
mod columns;
pub mod content;
#[cfg(feature = "index")]
pub mod conversations;
pub mod days;
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
#[cfg(feature = "index")]
pub mod sql;
pub mod tail;

pub use error::StoreError;
