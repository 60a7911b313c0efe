//! What people read: the output of every command, its error lines, its help, and the pages that quote them.
//!
//! Everything runs in process, over one home that is made by replaying recorded sessions.
//!
//! - [`answers`]: the output of every command, as snapshots;
//! - [`tail`]: which events it shows, and how;
//! - [`budget`]: what a script sees of budgets, and what is recorded of them;
//! - [`sql`]: what it answers, and what it refuses;
//! - [`refusals`]: what wrong words and broken homes are answered with, and the exit codes;
//! - [`report`]: the page for a browser, and where it may be put;
//! - [`help`]: the help texts;
//! - [`pages`]: README, ARCHITECTURE and `docs/` say what is so: examples, commands, flags, config keys, views, links;
//! - [`example`]: the example host works, and what its config switches off is off.
//!
//! A change of output that is meant: `INSTA_UPDATE=always UPDATE_PAGES=1 cargo test -p telemetry-cli --test it`, and
//! read the difference.

#![cfg(all(feature = "demo", feature = "export", feature = "report", feature = "top"))]
#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod answers;
mod budget;
mod example;
mod help;
mod home;
mod pages;
mod refusals;
mod report;
mod sql;
mod tail;
