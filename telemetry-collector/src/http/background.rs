//! What the collector does by itself: settling what came in, and removing what is too old.

use std::sync::Arc;
use std::time::Duration;

use telemetry_core::time::UnixNanos;
use tokio::time::{Instant, sleep};

use super::Log;
use super::metrics::Metrics;
use crate::intake::Intake;
use crate::settle::Derive;
use crate::storage::{Storage, StorageError};

/// Between two looks at whether something has to be settled.
const SETTLE_EVERY: Duration = Duration::from_secs(1);

/// Runs of one transaction: a fraction of a second's work, so that nobody waits long for their locks.
const SETTLE_AT_ONCE: usize = 200;

/// How long settling rests while something waits to be kept, in times of what its last step took. Both use the same processors and
/// the same database, and whoever sends waits for an answer while nobody waits for a number: so settling has a quarter of the
/// time then. It has no less, because what has to be settled only ever becomes more where it gets nothing.
pub const REST: u32 = 3;

/// Between two looks at whether something still waits to be kept.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Between two looks at what is too old.
const PRUNE_EVERY: Duration = Duration::from_secs(3_600);

/// The longest wait after errors.
const LONGEST_WAIT: Duration = Duration::from_secs(60);

/// What the tasks need.
#[derive(Clone)]
pub struct Background {
    /// The database.
    pub storage: Arc<dyn Storage>,
    /// What goes before settling.
    pub intake: Intake,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// Where trouble is told.
    pub log: Log,
}

impl Background {
    /// Settles for ever, at full speed while nothing waits to be kept and with rests while something does. Any number of collectors
    /// may do so at once.
    pub async fn settle(self, deriver: Arc<dyn Derive>) {
        let mut wait = Waiting::new("settling");
        loop {
            let (storage, deriver) = (self.storage.clone(), deriver.clone());
            let began = Instant::now();
            let done = attempt(async move { storage.settle(SETTLE_AT_ONCE, deriver).await }).await;
            match done {
                Ok(settled) => {
                    wait.recovered(&self.log);
                    self.metrics.counted(settled.reports);
                    self.metrics.settled(settled.runs, settled.complete, UnixNanos::now());
                    match settled.complete {
                        true => sleep(SETTLE_EVERY).await,
                        false => self.make_way(began.elapsed() * REST).await,
                    }
                }
                Err(error) => {
                    self.metrics.database_failed();
                    self.metrics.settled(0, false, UnixNanos::now());
                    sleep(wait.failed(&error, &self.log)).await;
                }
            }
        }
    }

    /// Rests as long as something waits to be kept, at most for `longest`.
    async fn make_way(&self, longest: Duration) {
        let until = Instant::now() + longest;
        while self.intake.waiting() > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(LOOK_EVERY)).await;
        }
    }

    /// Removes what is older than that, in nanoseconds, for ever.
    pub async fn prune(self, events_ns: i64, rollups_ns: i64) {
        let mut wait = Waiting::new("removing what is too old");
        loop {
            let storage = self.storage.clone();
            let now = UnixNanos::now();
            let done =
                attempt(async move { storage.prune(now.plus(-events_ns), now.plus(-rollups_ns)).await });
            let rest = match done.await {
                Ok(pruned) => {
                    wait.recovered(&self.log);
                    self.metrics.pruned(pruned.days);
                    PRUNE_EVERY
                }
                Err(error) => {
                    self.metrics.database_failed();
                    wait.failed(&error, &self.log)
                }
            };
            sleep(rest).await;
        }
    }
}

/// In a task of its own: a panic is an error like others, and the next attempt may do better.
async fn attempt<T: Send + 'static>(
    work: impl Future<Output = Result<T, StorageError>> + Send + 'static,
) -> Result<T, StorageError> {
    let panicked = |_| StorageError::Broken("a panic; this is a bug, please report it".to_owned());
    tokio::spawn(work).await.map_err(panicked)?
}

/// Waits longer after each error, and tells of the first.
struct Waiting {
    what: &'static str,
    errors: u32,
}

impl Waiting {
    fn new(what: &'static str) -> Self {
        Waiting { what, errors: 0 }
    }

    fn failed(&mut self, error: &StorageError, log: &Log) -> Duration {
        if self.errors == 0 {
            log(&format!("{} does not work and is tried again: {error}", self.what));
        }
        let wait = Duration::from_secs(1 << self.errors.min(6)).min(LONGEST_WAIT);
        self.errors = self.errors.saturating_add(1);
        wait
    }

    fn recovered(&mut self, log: &Log) {
        if self.errors > 0 {
            log(&format!("{} works again, after {} attempts that failed", self.what, self.errors));
        }
        self.errors = 0;
    }
}
