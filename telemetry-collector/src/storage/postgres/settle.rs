//! Runs and rollups, made of events, by any number of collectors at once.
//!
//! A step takes notes that nobody else has, and the locks of their runs; reads all events of those runs; writes what they come to, corrects the
//! rollups by what that changes, and deletes the notes: all in one transaction. Statements see what is committed when they begin
//! (READ COMMITTED), and the order of them does the rest:
//!
//! - A run's lock is held from before its events are read until its row is there. So whoever works it out next reads this row and
//!   takes away what it added, and no later one works with fewer events.
//! - The notes that are deleted were read before the events. One that is committed later stays, and so does its run's turn.
//! - What is forgotten is read after the events. A day that went meanwhile is known to be forgotten, and what it added stays.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Instant;

use sqlx::{AssertSqlSafe, PgConnection, PgPool};
use telemetry_core::ids::RunId;

use super::pace::Pace;
use super::partitions::events_since;
use super::rollups::{self, KnownSeries};
use super::types::Uuid;
use super::units::{Lines, lines, sizes, uuids};
use super::{counting, processes, runs_table};
use crate::rollup::{Cells, Hour};
use crate::settle::Derive;
use crate::storage::correction::{Kept, correct};
use crate::storage::run_row::RunRow;
use crate::storage::{Derived, Settled, StorageError};

/// Where a step stops taking runs. It has all of their events in memory, and their rows of rollups locked while it writes.
const MOST_EVENTS: usize = 50_000;

/// What a step needs beside the database.
pub(super) struct Settling<'a> {
    pub pool: &'a PgPool,
    pub series: &'a KnownSeries,
    pub pace: &'a Pace,
    pub deriver: Arc<dyn Derive>,
}

/// Why a step came to nothing.
enum Failed {
    Database(sqlx::Error),
    Other(StorageError),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Failed::Database(error)
    }
}

impl Settling<'_> {
    /// One step. Reports come first: counting them is little work, and however much there is to be worked out they count in the next
    /// answer.
    pub async fn step(&self, most: usize) -> Result<Settled, StorageError> {
        let counted = counting::count(self.pool, self.series).await?;
        let most = i64::try_from(most).unwrap_or(i64::MAX);
        let more = processes::spread(self.pool, most).await?;
        let resting = uuids(&self.pace.resting());
        let runs = self.settle(most, &resting).await.map_err(|failed| match failed {
            Failed::Database(error) => error.into(),
            Failed::Other(error) => error,
        })?;
        let left: bool =
            sqlx::query_scalar("SELECT EXISTS (SELECT FROM unsettled WHERE run IS NULL OR run <> ALL($1))")
                .bind(uuids(&self.pace.resting()))
                .fetch_one(self.pool)
                .await?;
        if left && runs == 0 && !more {
            self.wait_for_others(&resting).await?;
        }
        Ok(Settled { runs, reports: counted.reports, complete: !left && counted.complete })
    }

    /// Waits until another collector is done with a note that it has taken, so that who wants all to be settled need not ask over
    /// and over.
    async fn wait_for_others(&self, resting: &[Uuid]) -> Result<(), StorageError> {
        let mut transaction = self.pool.begin().await?;
        sqlx::raw_sql("SET LOCAL lock_timeout = '500ms'").execute(&mut *transaction).await?;
        let waited = sqlx::query(
            "SELECT FROM unsettled WHERE run IS NULL OR run <> ALL($1) ORDER BY seq LIMIT 1 FOR SHARE",
        )
        .bind(resting)
        .execute(&mut *transaction)
        .await;
        match waited.map_err(StorageError::from) {
            // It takes longer: whoever asked decides how long to go on.
            Err(StorageError::Unavailable(_)) | Ok(_) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Works out what some runs come to. Returns how many.
    async fn settle(&self, most: i64, resting: &[Uuid]) -> Result<u64, Failed> {
        let began = Instant::now();
        let mut transaction = self.pool.begin().await?;
        let Some(runs) = self.take(&mut transaction, most, resting).await? else { return Ok(0) };
        let notes: Vec<i64> = sqlx::query_scalar(
            "SELECT seq FROM unsettled WHERE run = ANY($1) AND run IS NOT NULL FOR UPDATE SKIP LOCKED",
        )
        .bind(uuids(&runs.keys().copied().collect::<Vec<_>>()))
        .fetch_all(&mut *transaction)
        .await?;
        let ids: Vec<RunId> = runs.keys().copied().collect();
        let before = kept(&mut transaction, &ids).await?;
        let known = before.iter().filter_map(|(run, (row, _))| Some((*run, row.process?))).collect();
        let lines = lines(&mut transaction, &ids, known).await?;
        let forgotten = Hour::of(events_since(&mut transaction).await?.start());
        let work = Work { before, lines, forgotten, deriver: self.deriver.clone() };
        let done = tokio::task::spawn_blocking(move || work.out())
            .await
            .map_err(|error| Failed::Other(StorageError::Broken(error.to_string())))?
            .map_err(Failed::Other)?;
        runs_table::write(&mut transaction, &done.rows).await?;
        sqlx::query("DELETE FROM unsettled WHERE seq = ANY($1)")
            .bind(notes)
            .execute(&mut *transaction)
            .await?;
        let added = rollups::add(&mut transaction, &done.change, self.series).await?;
        transaction.commit().await?;
        self.series.learn(added);
        self.pace.took(runs.iter().map(|(run, events)| (*run, *events)), began.elapsed());
        Ok(runs.len() as u64)
    }

    /// Takes the runs of the oldest notes that nobody has, with how many events there are of each; and their locks.
    async fn take(
        &self,
        connection: &mut PgConnection,
        most: i64,
        resting: &[Uuid],
    ) -> Result<Option<BTreeMap<RunId, usize>>, Failed> {
        // A run may have a note for each batch it was in.
        let notes: Vec<Uuid> = sqlx::query_scalar(
            "SELECT run FROM unsettled WHERE run IS NOT NULL AND run <> ALL($2)
             ORDER BY seq LIMIT $1 FOR UPDATE SKIP LOCKED",
        )
        .bind(most.saturating_mul(4))
        .bind(resting)
        .fetch_all(&mut *connection)
        .await?;
        let mut oldest: Vec<RunId> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        oldest.extend(notes.into_iter().filter(|run| seen.insert(*run)).map(|run| RunId(run.0)));
        oldest.truncate(usize::try_from(most).unwrap_or(usize::MAX));
        if oldest.is_empty() {
            return Ok(None);
        }
        let sizes = sizes(connection, &oldest).await?;
        let (mut runs, mut events) = (BTreeMap::new(), 0);
        for run in oldest {
            let size = sizes.get(&run).copied().unwrap_or(0);
            if !runs.is_empty() && events + size > MOST_EVENTS {
                break;
            }
            events += size;
            runs.insert(run, size);
        }
        // In the order of the locks, as everybody takes them.
        let mut locks: Vec<i64> = runs.keys().map(|run| lock(*run)).collect();
        locks.sort_unstable();
        sqlx::query("SELECT pg_advisory_xact_lock(lock) FROM unnest($1::bigint[]) AS lock")
            .bind(locks)
            .execute(connection)
            .await?;
        Ok(Some(runs))
    }
}

/// The lock of a run. Two that have the same one wait for each other, and that is all.
fn lock(run: RunId) -> i64 {
    (run.0 >> 64) as i64 ^ run.0 as i64
}

/// What is kept of runs: rows, and what they add to the rollups.
async fn kept(
    connection: &mut PgConnection,
    runs: &[RunId],
) -> Result<HashMap<RunId, (RunRow, String)>, sqlx::Error> {
    use sqlx::Row as _;
    let sql = format!("SELECT {}, cells FROM runs WHERE run = ANY($1)", *runs_table::COLUMNS);
    let rows = sqlx::query(AssertSqlSafe(sql)).bind(uuids(runs)).fetch_all(connection).await?;
    rows.iter()
        .map(|row| {
            let kept = runs_table::read(row)?;
            Ok((kept.run, (kept, row.try_get("cells")?)))
        })
        .collect()
}

/// What is worked out beside the threads that wait for databases and clients.
struct Work {
    before: HashMap<RunId, (RunRow, String)>,
    lines: Lines,
    forgotten: Hour,
    deriver: Arc<dyn Derive>,
}

/// What it came to.
struct Done {
    rows: Vec<(RunRow, String)>,
    change: Cells,
}

impl Work {
    fn out(mut self) -> Result<Done, StorageError> {
        let derived = self.deriver.derive(&self.lines.units())?;
        let derived: BTreeMap<RunId, Derived> =
            derived.into_iter().map(|derived| (derived.run, derived)).collect();
        let mut done = Done { rows: Vec::with_capacity(derived.len()), change: Cells::default() };
        for (run, now) in derived {
            let before = self.before.remove(&run).map(|(row, cells)| {
                let cells = Cells::decode(&cells).map_err(broken)?;
                Ok::<_, StorageError>(Kept { row, cells })
            });
            let correction = correct(before.transpose()?, now, self.forgotten);
            done.change.add(&correction.change);
            done.rows.push((correction.kept.row, correction.kept.cells.encode().map_err(broken)?));
        }
        Ok(done)
    }
}

fn broken(error: serde_json::Error) -> StorageError {
    StorageError::Broken(format!("what a run adds to the rollups: {error}"))
}
