//! End-to-end tests, from outside: every one starts the `telemetry` binary on a home of its own.
//!
//! - [`recordings`]: every recorded session replays to exact counts, outcomes and reasons, checked against a table
//!   written by hand and sums of the raw lines.
//! - [`scenarios`]: the rules for outcomes on stories that nobody recorded.
//! - [`replays`]: twice is once, in any order, cut anywhere, all at the same time; the log alone is enough.
//! - [`bad_input`]: torn, foreign and missing input costs what is unreadable and nothing else.
//! - [`any_type`]: every field of a hook call of every type.
//! - [`contracts`]: what scripts depend on: documents, exit codes, the home, file modes.
//! - [`tables`]: the database as an analyst sees it.
//! - [`config`]: which file decides, and what a mistake in it costs.
//! - [`privacy`]: nothing that was said is on the disk.
//! - [`redaction`]: what the redactor finds of a labelled corpus, and what it takes for a secret that is none.
//! - [`concurrency`]: forty processes at once.
//! - [`kills`]: processes killed at any moment.
//! - [`architecture`]: the manifests keep to the house.
//! - [`embedding`]: the command as a library, in a host's own command line.

#[cfg(test)]
mod any_type;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod config;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod embedding;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod tables;
