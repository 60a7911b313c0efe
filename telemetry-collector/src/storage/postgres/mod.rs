//! Everything in PostgreSQL, 15 or newer.
//!
//! What is kept is there when its transaction is committed, and a transaction that comes to nothing leaves nothing: a connection that
//! breaks in the middle costs a repetition. Several transactions that want the same rows take them in the order of their keys.
//! Statements are ours to the last word; what comes from outside is bound to them.

mod cells;
mod counting;
mod errors;
mod events;
mod keys;
mod locks;
mod migrate;
mod overview;
mod pace;
mod partitions;
mod pool;
mod processes;
mod prune;
mod reports;
mod rollups;
mod runs;
mod runs_table;
mod settle;
mod tree;
mod tries;
mod types;
mod units;

use std::sync::Arc;

use async_trait::async_trait;
use sqlx::PgPool;
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::RunSummary;

use self::pace::Pace;
use self::partitions::Partitions;
use self::rollups::KnownSeries;
use super::{CellsAsked, Counted, Linked, Names, Pruned, RunsAsked, Settled, Storage, StorageError, Volumes};
use crate::intake::{Recorded, Report, Transcript};
use crate::keys::KeyRecord;
use crate::rollup::Hour;
use crate::settle::Derive;

/// Connects to the database of a URL (`postgres://user:password@host/name`), and makes its tables if they are not there. Any number of
/// collectors may do so at once.
///
/// # Errors
/// When the URL is none, nobody answers, or a newer version made the tables.
pub async fn open(url: &str) -> Result<Arc<dyn Storage>, StorageError> {
    let pool = pool::open(url).await?;
    Ok(Arc::new(Postgres {
        pool,
        partitions: Partitions::default(),
        series: KnownSeries::default(),
        pace: Pace::default(),
    }))
}

/// A database of PostgreSQL, and what need not be asked of it each time.
struct Postgres {
    pool: PgPool,
    partitions: Partitions,
    series: KnownSeries,
    pace: Pace,
}

#[async_trait]
impl Storage for Postgres {
    fn name(&self) -> &'static str {
        "postgres"
    }

    async fn ready(&self) -> Result<(), StorageError> {
        let is_standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&self.pool).await?;
        match is_standby {
            true => Err(StorageError::Unavailable("its server is a standby".to_owned())),
            false => Ok(()),
        }
    }

    async fn keep_events(&self, events: &[Recorded]) -> Result<Vec<bool>, StorageError> {
        events::keep(&self.pool, &self.partitions, events).await
    }

    async fn keep_reports(&self, reports: &[Report]) -> Result<Vec<bool>, StorageError> {
        reports::keep(&self.pool, &self.partitions, reports).await
    }

    async fn keep_transcript(&self, transcript: &Transcript) -> Result<(), StorageError> {
        reports::keep_transcript(&self.pool, transcript).await
    }

    async fn settle(&self, most: usize, deriver: Arc<dyn Derive>) -> Result<Settled, StorageError> {
        let settling = settle::Settling { pool: &self.pool, series: &self.series, pace: &self.pace, deriver };
        settling.step(most).await
    }

    async fn cells(&self, asked: &CellsAsked) -> Result<Vec<Counted>, StorageError> {
        cells::cells(&self.pool, asked).await
    }

    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        runs::runs(&self.pool, asked).await
    }

    async fn top_runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        runs::top_runs(&self.pool, asked).await
    }

    async fn linked(&self, since: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError> {
        runs::linked(&self.pool, since).await
    }

    async fn find_runs(&self, wanted: &str) -> Result<Vec<RunId>, StorageError> {
        runs::find(&self.pool, wanted).await
    }

    async fn tree(&self, run: RunId, most: usize) -> Result<Vec<Event>, StorageError> {
        tree::tree(&self.pool, run, most).await
    }

    async fn names(&self, since: Hour, most: usize) -> Result<Names, StorageError> {
        overview::names(&self.pool, since, most).await
    }

    async fn volumes(&self) -> Result<Volumes, StorageError> {
        overview::volumes(&self.pool).await
    }

    async fn prune(&self, events: UnixNanos, rollups: UnixNanos) -> Result<Pruned, StorageError> {
        prune::prune(&self.pool, events, rollups).await
    }

    async fn add_key(&self, key: &KeyRecord) -> Result<(), StorageError> {
        keys::add(&self.pool, key).await
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StorageError> {
        keys::all(&self.pool).await
    }

    async fn key(&self, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError> {
        keys::with_hash(&self.pool, hash).await
    }

    async fn used_key(&self, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError> {
        keys::used(&self.pool, hash, at).await
    }

    async fn revoke_key(&self, name: &str, at: UnixNanos) -> Result<bool, StorageError> {
        keys::revoke(&self.pool, name, at).await
    }
}
