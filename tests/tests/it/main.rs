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
//! - [`planes`]: nothing of a default build could send anything.
//! - [`planted`]: a secret in every place that one can come from, and which outputs may hold it.
//! - [`privacy`]: nothing that was said is on the disk.
//! - [`content`]: ... but in the content log, while it is recorded.
//! - [`bulk`]: exports with sessions and messages.
//! - [`flat`]: an export of more than there is memory.
//! - [`clocks`]: a clock that is set back, and one that leaps over midnight.
//! - [`redaction`]: what the redactor finds of a labelled corpus, and what it takes for a secret that is none.
//! - [`concurrency`]: forty processes at once.
//! - [`files`]: files that are damaged, deleted or closed to us while a host works.
//! - [`full_disk`]: a disk that is full while a host works, and then freed.
//! - [`names`]: names that would steer a terminal, and very long ones.
//! - [`sparse`]: nothing, next to nothing, an index of an older version, and a great many sessions.
//! - [`otlp`]: what receivers of OTLP make of every recorded session.
//! - [`trajectories`]: ATOF and ATIF: valid, with the facts of the index, and as files that grow.
//! - [`truth`]: worlds with known numbers: every number of every view is theirs.
//! - [`team`]: a collector's answers are those of the command line.
//! - [`sums`]: every output's numbers are the sums of the log's lines.
//! - [`money`]: what a session costs, against sums worked out by hand.
//! - [`kills`]: processes killed at any moment.
//! - [`exports`]: what is recorded gets to a destination, whoever is killed and whatever is down.
//! - [`sending`]: ... and to a receiver of OTLP, from a command and from a host.
//! - [`shipping`]: ... and to a team's collector.
//! - [`health`]: a collector is asked whether it is ready, with its own settings.
//! - [`forks`]: hosts that fork while their queue is full, and vanish right after a hook.
//! - [`soak`]: hosts that write while every command runs; [`writers`]: those hosts, and what must hold of their home.
//! - [`tail`]: the log as it grows, whatever becomes of its files.
//! - [`progress`]: what takes longer than a second tells a terminal how far it is.
//! - [`top`]: the screen, on a terminal of its own.
//! - [`architecture`]: the manifests keep to the house.
//! - [`embedding`]: the command as a library, in a host's own command line.

#[cfg(test)]
mod any_type;
#[cfg(test)]
mod architecture;
#[cfg(test)]
mod bad_input;
#[cfg(test)]
mod bulk;
#[cfg(test)]
mod clocks;
#[cfg(test)]
mod concurrency;
#[cfg(test)]
mod config;
#[cfg(test)]
mod content;
#[cfg(test)]
mod contracts;
#[cfg(test)]
mod embedding;
#[cfg(test)]
mod exports;
#[cfg(test)]
mod files;
#[cfg(test)]
mod flat;
#[cfg(test)]
mod forks;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod full_disk;
#[cfg(test)]
mod health;
#[cfg(test)]
mod kills;
#[cfg(test)]
mod money;
#[cfg(test)]
mod names;
#[cfg(test)]
mod otlp;
#[cfg(test)]
mod parity;
#[cfg(test)]
mod planes;
#[cfg(test)]
mod planted;
#[cfg(test)]
mod privacy;
#[cfg(test)]
mod progress;
#[cfg(test)]
mod recordings;
#[cfg(test)]
mod redaction;
#[cfg(test)]
mod replays;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod sending;
#[cfg(test)]
mod shipping;
#[cfg(test)]
mod soak;
#[cfg(test)]
mod spans;
#[cfg(test)]
mod sparse;
#[cfg(test)]
mod sums;
#[cfg(test)]
mod tables;
#[cfg(test)]
mod tail;
#[cfg(test)]
mod team;
#[cfg(test)]
#[cfg(target_os = "linux")]
mod top;
#[cfg(test)]
mod trajectories;
mod truth;
#[cfg(test)]
mod writers;
