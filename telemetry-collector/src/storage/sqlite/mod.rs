//! Everything in one file.
//!
//! One connection writes (`writer`), a few read (`readers`). Several collectors may have the file open at once: SQLite's lock is
//! between them, and whoever has waited for it too long is told to come again.

mod cells;
mod counting;
mod file;
mod filter;
mod folding;
mod ids;
mod keep;
mod keys;
mod overview;
mod prune;
mod readers;
mod reports;
mod rollups;
mod run_rows;
mod runs;
mod schema;
mod settle;
mod tree;
mod trouble;
mod units;
mod writer;

use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::RunSummary;
use tokio::sync::Mutex;

use super::{CellsAsked, Counted, Linked, Names, Pruned, RunsAsked, Settled, Storage, StorageError, Volumes};
use crate::intake::{Recorded, Report, Transcript};
use crate::keys::KeyRecord;
use crate::rollup::Hour;
use crate::settle::Derive;
use file::File;
use prune::Old;
use readers::Readers;
use writer::Writer;

/// A database in a file.
pub struct Sqlite {
    file: File,
    writer: Writer,
    readers: Readers,
    /// Who settles here: a second one would work out the same.
    settling: Mutex<()>,
}

impl Sqlite {
    /// Opens a file, making it, its folder and its tables where they are not there. They are for their owner alone. A database of
    /// a newer version is used as it is.
    ///
    /// # Errors
    /// When the file cannot be made or used, is damaged, or is something else: one line that names it.
    pub async fn open(path: &Path) -> Result<Self, StorageError> {
        let path = path.to_owned();
        let opening = tokio::task::spawn_blocking(move || {
            let (file, connection) = File::open(&path)?;
            Ok(Sqlite {
                writer: Writer::start(file.clone(), connection)?,
                readers: Readers::of(file.clone()),
                file,
                settling: Mutex::default(),
            })
        });
        opening.await.unwrap_or_else(|error| Err(StorageError::Broken(error.to_string())))
    }

    /// Counts reports, all that are noted when it begins. Returns how many.
    async fn count(&self) -> Result<u64, StorageError> {
        let mut counted = 0;
        while let Some(sum) = self.readers.read(counting::add_up).await? {
            let (reports, is_last) = self
                .writer
                .write(move |connection| Ok((counting::count(connection, &sum)?, sum.is_last)))
                .await?;
            counted += reports;
            if reports > 0 && is_last {
                break;
            }
        }
        Ok(counted)
    }

    /// Removes rows of one kind, a step at a time.
    async fn remove(&self, old: Old, events: UnixNanos, rollups: UnixNanos) -> Result<u64, StorageError> {
        let mut removed = 0;
        loop {
            match self.writer.write(move |connection| old.remove_some(connection, events, rollups)).await? {
                0 => return Ok(removed),
                some => removed += some,
            }
        }
    }
}

#[async_trait]
impl Storage for Sqlite {
    fn name(&self) -> &'static str {
        "sqlite"
    }

    async fn ready(&self) -> Result<(), StorageError> {
        self.writer.write(|_| Ok(())).await
    }

    async fn keep_events(&self, events: &[Recorded]) -> Result<Vec<bool>, StorageError> {
        let rows: Vec<_> = events.iter().map(keep::EventRow::of).collect();
        self.writer.write(move |connection| keep::keep(connection, &rows)).await
    }

    async fn keep_reports(&self, reports: &[Report]) -> Result<Vec<bool>, StorageError> {
        let reports = reports.to_vec();
        self.writer.write(move |connection| reports::keep(connection, &reports)).await
    }

    async fn keep_transcript(&self, transcript: &Transcript) -> Result<(), StorageError> {
        let transcript = transcript.clone();
        self.writer.write(move |connection| reports::keep_transcript(connection, &transcript)).await
    }

    async fn settle(&self, most: usize, deriver: Arc<dyn Derive>) -> Result<Settled, StorageError> {
        let _alone = self.settling.lock().await;
        let counted = self.count().await?;
        if self.readers.read(settle::has_processes).await? {
            self.writer.write(move |connection| settle::spread_processes(connection, most)).await?;
        }
        let (beside, again) = (deriver.clone(), deriver);
        let prepared =
            self.readers.read(move |connection| settle::prepare(connection, most, &*beside)).await?;
        let settled =
            self.writer.write(move |connection| settle::apply(connection, prepared, &*again)).await?;
        Ok(Settled { reports: counted, ..settled })
    }

    async fn cells(&self, asked: &CellsAsked) -> Result<Vec<Counted>, StorageError> {
        let asked = asked.clone();
        self.readers.read(move |connection| cells::cells(connection, &asked)).await
    }

    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        let asked = asked.clone();
        self.readers.read(move |connection| runs::newest(connection, &asked)).await
    }

    async fn top_runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        let asked = asked.clone();
        self.readers.read(move |connection| runs::top(connection, &asked)).await
    }

    async fn linked(&self, since: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError> {
        self.readers.read(move |connection| runs::linked(connection, since)).await
    }

    async fn find_runs(&self, wanted: &str) -> Result<Vec<RunId>, StorageError> {
        let wanted = wanted.to_owned();
        self.readers.read(move |connection| runs::find(connection, &wanted)).await
    }

    async fn tree(&self, run: RunId, most: usize) -> Result<Vec<Event>, StorageError> {
        self.readers.read(move |connection| tree::tree(connection, run, most)).await
    }

    async fn names(&self, since: Hour, most: usize) -> Result<Names, StorageError> {
        self.readers.read(move |connection| overview::names(connection, since, most)).await
    }

    async fn volumes(&self) -> Result<Volumes, StorageError> {
        let file = self.file.clone();
        self.readers.read(move |connection| overview::volumes(connection, &file)).await
    }

    async fn prune(&self, events: UnixNanos, rollups: UnixNanos) -> Result<Pruned, StorageError> {
        let events = events.day().start();
        // What events come to is not forgotten before they are: they would count anew.
        let rollups = rollups.day().start().min(events);
        let old = self.readers.read(move |connection| prune::days_before(connection, events)).await?;
        let mut rows = 0;
        if let Some((_, end)) = old {
            self.writer.write(move |connection| prune::forget(connection, Hour::of(end))).await?;
            for old in [Old::Events, Old::Reports] {
                self.remove(old, end, rollups).await?;
            }
        }
        let days = old.map_or(0, |(days, _)| days);
        for old in Old::ROWS {
            let removed = self.remove(old, events, rollups).await?;
            rows += if old.is_counted() { removed } else { 0 };
        }
        self.writer.write(prune::remove_unused_series).await?;
        Ok(Pruned { days, rows })
    }

    async fn add_key(&self, key: &KeyRecord) -> Result<(), StorageError> {
        let key = key.clone();
        self.writer.write(move |connection| keys::add(connection, &key)).await
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StorageError> {
        self.readers.read(keys::all).await
    }

    async fn key(&self, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError> {
        let hash = *hash;
        self.readers.read(move |connection| keys::with_hash(connection, &hash)).await
    }

    async fn used_key(&self, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError> {
        let hash = *hash;
        self.writer.write(move |connection| keys::used(connection, &hash, at)).await
    }

    async fn revoke_key(&self, name: &str, at: UnixNanos) -> Result<bool, StorageError> {
        let name = name.to_owned();
        self.writer.write(move |connection| keys::revoke(connection, &name, at)).await
    }
}
