//! Answers for a team, out of what is kept of all its machines.
//!
//! Numbers are added up from rollups ([`rows`]) in the forms of a single machine's answers ([`sections`], [`groups`]); a run in
//! full is its events, read by the index of a single machine.

mod chains;
mod facts;
mod groups;
mod reports;
mod rows;
mod sections;
mod window;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{RunDetail, RunSummary};
use tokio::sync::Mutex;
use tokio::time::{Instant, timeout_at};

use super::{AnswerError, Answers, Page, Question};
use crate::rollup::Hour;
use crate::settle::{Derive, Deriver};
use crate::storage::{Names, RunsAsked, Storage};

/// How long an answer waits for what came just before it to be counted; what is not counted by then counts in the next one.
const PATIENCE: Duration = Duration::from_secs(2);
/// Runs that are worked out at once.
const STEP: usize = 256;
/// The most events a run may have, with all that was delegated from it, to be shown in full.
const MOST_EVENTS: usize = 200_000;
/// How far back names are looked for that there are to filter by, and the most of each kind.
const NAMES: (i64, usize) = (90 * 86_400 * 1_000_000_000, 200);

/// Answers out of what a team keeps.
pub struct Team {
    storage: Arc<dyn Storage>,
    deriver: Arc<Deriver>,
    /// Held by the answer that counts what is new; others wait for it.
    settling: Mutex<()>,
}

impl Team {
    /// Answers out of `storage`, of runs that are worked out by `deriver`.
    pub fn new(storage: Arc<dyn Storage>, deriver: Arc<Deriver>) -> Self {
        Team { storage, deriver, settling: Mutex::default() }
    }

    /// Counts what is new, for a while.
    async fn settle(&self) {
        let until = Instant::now() + PATIENCE;
        let Ok(_turn) = timeout_at(until, self.settling.lock()).await else { return };
        while Instant::now() < until {
            let deriver: Arc<dyn Derive> = Arc::clone(&self.deriver) as _;
            match self.storage.settle(STEP, deriver).await {
                Ok(settled) if !settled.complete => {}
                // A database that cannot be written to, or not now, has its answers all the same. What is wrong is told by whoever
                // settles all the time.
                _ => return,
            }
        }
    }

    /// The run that is meant.
    async fn find(&self, wanted: &str) -> Result<RunId, AnswerError> {
        let found = self.storage.find_runs(wanted).await?;
        // A session taken up again is several runs: the latest is meant.
        let is_session = found.iter().all(|run| !run.to_string().starts_with(wanted));
        match found.as_slice() {
            [] => Err(AnswerError::NoRun(wanted.to_owned())),
            [run] => Ok(*run),
            [latest, ..] if is_session => Ok(*latest),
            several => Err(AnswerError::ManyRuns {
                wanted: wanted.to_owned(),
                runs: several.iter().map(RunId::to_string).collect(),
            }),
        }
    }
}

#[async_trait]
impl Answers for Team {
    async fn insights(&self, question: &Question) -> Result<Page, AnswerError> {
        self.settle().await;
        sections::page(&*self.storage, question).await
    }

    async fn runs(&self, asked: &RunsAsked) -> Result<Vec<RunSummary>, AnswerError> {
        self.settle().await;
        Ok(self.storage.runs(asked).await?)
    }

    async fn run(&self, wanted: &str) -> Result<RunDetail, AnswerError> {
        self.settle().await;
        let run = self.find(wanted).await?;
        let events = self.storage.tree(run, MOST_EVENTS + 1).await?;
        if events.len() > MOST_EVENTS {
            return Err(AnswerError::Question {
                field: "id",
                reason: format!(
                    "the tree of run {run} has more than {MOST_EVENTS} events, too many to show: ask for runs"
                ),
            });
        }
        let deriver = Arc::clone(&self.deriver);
        let read = tokio::task::spawn_blocking(move || deriver.detail(run, &events));
        let detail = read.await.map_err(|error| AnswerError::Index(error.to_string()))?;
        let detail = detail.map_err(|error| AnswerError::Index(error.to_string()))?;
        detail.ok_or_else(|| AnswerError::NoRun(wanted.to_owned()))
    }

    async fn names(&self) -> Result<Names, AnswerError> {
        self.settle().await;
        let (back, most) = NAMES;
        Ok(self.storage.names(Hour::of(UnixNanos::now().plus(-back)), most).await?)
    }
}
