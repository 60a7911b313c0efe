//! Where everything is kept, behind one trait: PostgreSQL, or a file.
//!
//! Several collectors may use one database at once. What one of them has said is kept is on the disk, and is there once, whatever
//! was sent twice, by whom and to which of them; nothing is remembered in a process but what can be read again.

#![cfg_attr(
    not(any(feature = "postgres", feature = "sqlite")),
    expect(dead_code, reason = "what the databases share is used by none of them")
)]

mod correction;
mod key_text;
mod losses;
mod note;
mod open;
#[cfg(feature = "postgres")]
pub mod postgres;
mod run_prefix;
mod run_row;
#[cfg(feature = "sqlite")]
pub mod sqlite;
mod tree_cost;

pub use open::Place;

use std::sync::Arc;

use async_trait::async_trait;
use telemetry_core::event::Event;
use telemetry_core::ids::{ProcessId, RunId};
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::RunSummary;

use crate::intake::{Recorded, Report, Transcript};
use crate::keys::KeyRecord;
use crate::rollup::{Cell, Cells, Hour, Series, Span};
use crate::settle::Derive;

/// What went wrong with a database.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StorageError {
    /// It cannot be reached, or is too busy: what was sent may be sent again.
    #[error("the database is not to be had: {0}")]
    Unavailable(String),
    /// It is not as we left it, or a bug of ours.
    #[error("the database: {0}")]
    Broken(String),
    /// A key of this name exists.
    #[error("there is a key named `{0}` already: give another name, or revoke that one")]
    NameTaken(String),
}

/// Keeps what was taken in, and answers from it.
#[async_trait]
pub trait Storage: Send + Sync + 'static {
    /// `sqlite` or `postgres`.
    fn name(&self) -> &'static str;

    /// Whether it can be written to now.
    async fn ready(&self) -> Result<(), StorageError>;

    /// Keeps events in one transaction, with a note that what they belong to has to be settled. Says of each whether it is new.
    /// Two in `events` may be the same.
    async fn keep_events(&self, events: &[Recorded]) -> Result<Vec<bool>, StorageError>;

    /// Keeps events of the batch wire in one transaction, with a note of what the new ones add to the rollups. Says of each whether it
    /// is new.
    async fn keep_reports(&self, reports: &[Report]) -> Result<Vec<bool>, StorageError>;

    /// Keeps a transcript in place of the one of its host and session.
    async fn keep_transcript(&self, transcript: &Transcript) -> Result<(), StorageError>;

    /// Adds what is noted of reports to the rollups, and works out anew what about `most` of the runs of which something is new come
    /// to, in one transaction each. Others may do the same at the same time.
    async fn settle(&self, most: usize, deriver: Arc<dyn Derive>) -> Result<Settled, StorageError>;

    /// The rollups of a question, added up by series and, where it asks for each, by hour or day.
    async fn cells(&self, asked: &CellsAsked) -> Result<Vec<Counted>, StorageError>;

    /// Runs, newest first. The cost of a tree is that of the run and of all that was delegated from it, as far as it is
    /// settled.
    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError>;

    /// Those of the runs that cost most (of a cost that is not wholly known, what is), then took longest, then began first; by their
    /// ids where all of that is the same. Where a page before stopped is of no concern.
    async fn top_runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError>;

    /// The runs that continue another and began from `since` on, and those they continue; each once.
    async fn linked(&self, since: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError>;

    /// The runs that `wanted` may mean, the latest first, at most 10: the beginning of a run id, or a session id.
    async fn find_runs(&self, wanted: &str) -> Result<Vec<RunId>, StorageError>;

    /// All events of the tree that a run is in, up to `most`: of its top and all that was delegated from there, with what is told of
    /// their processes.
    async fn tree(&self, run: RunId, most: usize) -> Result<Vec<Event>, StorageError>;

    /// What there is to filter by: the machines, agents, models and providers heard of since then, most facts first, at most
    /// `most` of each.
    async fn names(&self, since: Hour, most: usize) -> Result<Names, StorageError>;

    /// How much there is.
    async fn volumes(&self) -> Result<Volumes, StorageError>;

    /// Removes events, reports and transcripts of days before `events`, and runs and rollups of days before `rollups`.
    async fn prune(&self, events: UnixNanos, rollups: UnixNanos) -> Result<Pruned, StorageError>;

    /// Keeps a new key.
    ///
    /// # Errors
    /// [`StorageError::NameTaken`].
    async fn add_key(&self, key: &KeyRecord) -> Result<(), StorageError>;

    /// All keys, oldest first.
    async fn keys(&self) -> Result<Vec<KeyRecord>, StorageError>;

    /// The key with this hash.
    async fn key(&self, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError>;

    /// Notes that a key was used.
    async fn used_key(&self, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError>;

    /// Revokes the key of this name; false when there is none, or it is revoked.
    async fn revoke_key(&self, name: &str, at: UnixNanos) -> Result<bool, StorageError>;
}

/// What is known of a run when it is worked out.
#[derive(Debug, Clone, PartialEq)]
pub struct Unit {
    /// The run.
    pub run: RunId,
    /// The machine it ran on.
    pub host: String,
    /// Its own events, those of its process that are of no run, and what its parent says of it: each once, in the order of their time.
    pub events: Vec<Event>,
}

/// What a run comes to.
#[derive(Debug, Clone, PartialEq)]
pub struct Derived {
    /// The run.
    pub run: RunId,
    /// The machine it ran on.
    pub host: String,
    /// The process it ran in.
    pub process: Option<ProcessId>,
    /// The run that delegated to it.
    pub parent: Option<RunId>,
    /// When it began.
    pub start: UnixNanos,
    /// When it ended.
    pub end: Option<UnixNanos>,
    /// The provider of the first of its answered calls of which it is known.
    pub provider: Option<String>,
    /// As the list of runs has it.
    pub summary: RunSummary,
    /// What it adds to the rollups.
    pub cells: Cells,
}

/// What a step of settling came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Settled {
    /// Runs that were worked out anew.
    pub runs: u64,
    /// Reports that were counted.
    pub reports: u64,
    /// Whether nothing is left for now: no run, and no report that was kept before the step began.
    pub complete: bool,
}

/// A question to the rollups.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellsAsked {
    /// Which rollups: spans of one kind, each from its first hour on and before its second, none of which overlap.
    pub parts: Vec<(Span, Hour, Hour)>,
    /// Whether each hour or day is wanted by itself.
    pub each: bool,
    /// Whether latencies are wanted.
    pub latencies: bool,
    /// The names of the [dimensions](Series::DIMENSIONS) by which series are told apart, beside what is counted: in what is answered
    /// all others are empty. `None` for all of them.
    pub by: Option<Vec<&'static str>>,
    /// What facts must be to count.
    pub filter: CellFilter,
}

/// What facts must be to count. A fact that does not have a dimension passes no filter by it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CellFilter {
    /// [`Series::host`].
    pub host: Option<String>,
    /// [`Series::agent`].
    pub agent: Option<String>,
    /// [`Series::model`].
    pub model: Option<String>,
    /// [`Series::provider`].
    pub provider: Option<String>,
    /// [`Series::outcome`].
    pub outcome: Option<String>,
}

/// What facts of one series come to.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted {
    /// The hour, or the first of the day, where each was asked for.
    pub at: Option<Hour>,
    /// What they share.
    pub series: Series,
    /// What they come to.
    pub cell: Cell,
}

/// A run that continues another, or is continued: as much of it as its chain depends on.
#[derive(Debug, Clone, PartialEq)]
pub struct Linked {
    /// The run.
    pub run: RunId,
    /// The run it continues.
    pub continues: Option<RunId>,
    /// The machine it ran on.
    pub host: String,
    /// The agent.
    pub agent: Option<String>,
    /// The model the session began with.
    pub model: Option<String>,
    /// When it began.
    pub start: UnixNanos,
    /// When it ended.
    pub end: Option<UnixNanos>,
    /// How it ended.
    pub outcome: String,
    /// Why.
    pub reason: Option<String>,
}

/// Which runs are wanted.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RunsAsked {
    /// Those that began from here on.
    pub since: Option<UnixNanos>,
    /// ... and before.
    pub until: Option<UnixNanos>,
    /// What they must be.
    pub filter: CellFilter,
    /// How many at most.
    pub most: usize,
    /// Those that began before that one, by when it began and its id: where the page before stopped.
    pub after: Option<(UnixNanos, RunId)>,
}

/// What there is to filter by.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize)]
pub struct Names {
    /// Machines.
    pub hosts: Vec<String>,
    /// Agents.
    pub agents: Vec<String>,
    /// Models.
    pub models: Vec<String>,
    /// Providers.
    pub providers: Vec<String>,
}

/// How much there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Volumes {
    /// Events of our own kind; of a large database an estimate.
    pub events: u64,
    /// Events of the batch wire; of a large database an estimate.
    pub reports: u64,
    /// Runs.
    pub runs: u64,
    /// Notes that a run has to be settled, or reports be counted.
    pub unsettled: u64,
    /// Bytes on the disk.
    pub bytes: u64,
    /// Events that hosts say they lost.
    pub dropped_events: u64,
}

/// What was removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Pruned {
    /// Whole days of events and reports.
    pub days: u64,
    /// Rows of rollups, runs and transcripts.
    pub rows: u64,
}
