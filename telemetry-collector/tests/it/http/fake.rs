//! A storage in memory, which fails and waits on command: what is tested here is the server, not a database.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use telemetry_collector::answers::{AnswerError, Answers, Page, Question};
use telemetry_collector::intake::{Recorded, Report, Transcript};
use telemetry_collector::keys::KeyRecord;
use telemetry_collector::rollup::Hour;
use telemetry_collector::settle::Derive;
use telemetry_collector::storage::{
    CellsAsked, Counted, Linked, Names, Pruned, RunsAsked, Settled, Storage, StorageError, Volumes,
};
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{RunDetail, RunSummary};
use tokio::sync::Semaphore;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::time::Instant;

/// The storage.
pub struct Fake {
    pub events: Mutex<BTreeMap<(UnixNanos, u64), Recorded>>,
    pub reports: Mutex<BTreeMap<(UnixNanos, u64), Report>>,
    pub transcripts: Mutex<BTreeMap<(String, String), String>>,
    pub keys: Mutex<Vec<KeyRecord>>,
    /// What each commit had, in the order they came.
    pub commits: Mutex<Vec<usize>>,
    pub settled: AtomicUsize,
    /// What a step of settling takes when there is no end to it, and who is told when one begins.
    steps: Mutex<Option<(Duration, UnboundedSender<Instant>)>>,
    /// Whether nothing can be had of it.
    pub is_down: AtomicBool,
    /// Sessions it chokes on.
    pub poison: Mutex<BTreeSet<String>>,
    /// Each commit takes one; tests that hold commits back take them all.
    pub turns: Arc<Semaphore>,
}

impl Default for Fake {
    fn default() -> Self {
        Fake {
            events: Mutex::default(),
            reports: Mutex::default(),
            transcripts: Mutex::default(),
            keys: Mutex::default(),
            commits: Mutex::default(),
            settled: AtomicUsize::new(0),
            steps: Mutex::default(),
            is_down: AtomicBool::new(false),
            poison: Mutex::default(),
            turns: Arc::new(Semaphore::new(1)),
        }
    }
}

impl Fake {
    /// From now on settling has no end, and each of its steps takes that long. Tells when they begin.
    pub fn settle_without_end(&self, step: Duration) -> UnboundedReceiver<Instant> {
        let (begins, begun) = unbounded_channel();
        *self.steps.lock().unwrap() = Some((step, begins));
        begun
    }

    /// What a database of a company would say: a name, and words of SQL.
    fn check(&self) -> Result<(), StorageError> {
        match self.is_down.load(Ordering::SeqCst) {
            true => {
                Err(StorageError::Unavailable("postgres://secret-user@secret-host SELECT refused".to_owned()))
            }
            false => Ok(()),
        }
    }

    async fn commit(&self, count: usize) -> Result<(), StorageError> {
        let _turn = self.turns.acquire().await.unwrap();
        self.check()?;
        self.commits.lock().unwrap().push(count);
        Ok(())
    }
}

#[async_trait]
impl Storage for Fake {
    fn name(&self) -> &'static str {
        "fake"
    }

    async fn ready(&self) -> Result<(), StorageError> {
        self.check()
    }

    async fn keep_events(&self, events: &[Recorded]) -> Result<Vec<bool>, StorageError> {
        self.commit(events.len()).await?;
        let mut kept = self.events.lock().unwrap();
        let keep = |one: &Recorded| kept.insert((one.event.ts, one.event.id.0), one.clone()).is_none();
        Ok(events.iter().map(keep).collect())
    }

    async fn keep_reports(&self, reports: &[Report]) -> Result<Vec<bool>, StorageError> {
        self.commit(reports.len()).await?;
        let poison = self.poison.lock().unwrap();
        if reports.iter().any(|report| poison.contains(&report.session)) {
            return Err(StorageError::Broken(
                "ERROR: invalid input syntax in INSERT INTO reports".to_owned(),
            ));
        }
        let mut kept = self.reports.lock().unwrap();
        let keep = |one: &Report| kept.insert((one.at, one.id), one.clone()).is_none();
        Ok(reports.iter().map(keep).collect())
    }

    async fn keep_transcript(&self, transcript: &Transcript) -> Result<(), StorageError> {
        self.check()?;
        let place = (transcript.host.clone(), transcript.session.clone());
        self.transcripts.lock().unwrap().insert(place, transcript.body.clone());
        Ok(())
    }

    async fn settle(&self, _: usize, _: Arc<dyn Derive>) -> Result<Settled, StorageError> {
        self.check()?;
        self.settled.fetch_add(1, Ordering::SeqCst);
        let steps = self.steps.lock().unwrap().clone();
        if let Some((takes, begins)) = &steps {
            // A test that has seen enough does not listen any more.
            let _ = begins.send(Instant::now());
            tokio::time::sleep(*takes).await;
        }
        Ok(Settled { runs: 1, reports: 0, complete: steps.is_none() })
    }

    async fn cells(&self, _: &CellsAsked) -> Result<Vec<Counted>, StorageError> {
        Ok(Vec::new())
    }

    async fn runs(&self, _: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        Ok(Vec::new())
    }

    async fn top_runs(&self, _: &RunsAsked) -> Result<Vec<RunSummary>, StorageError> {
        Ok(Vec::new())
    }

    async fn linked(&self, _: Option<UnixNanos>) -> Result<Vec<Linked>, StorageError> {
        Ok(Vec::new())
    }

    async fn find_runs(&self, _: &str) -> Result<Vec<RunId>, StorageError> {
        Ok(Vec::new())
    }

    async fn tree(&self, _: RunId, _: usize) -> Result<Vec<Event>, StorageError> {
        Ok(Vec::new())
    }

    async fn names(&self, _: Hour, _: usize) -> Result<Names, StorageError> {
        Ok(Names::default())
    }

    async fn volumes(&self) -> Result<Volumes, StorageError> {
        Ok(Volumes::default())
    }

    async fn prune(&self, _: UnixNanos, _: UnixNanos) -> Result<Pruned, StorageError> {
        self.check()?;
        Ok(Pruned::default())
    }

    async fn add_key(&self, key: &KeyRecord) -> Result<(), StorageError> {
        self.keys.lock().unwrap().push(key.clone());
        Ok(())
    }

    async fn keys(&self) -> Result<Vec<KeyRecord>, StorageError> {
        Ok(self.keys.lock().unwrap().clone())
    }

    async fn key(&self, hash: &[u8; 32]) -> Result<Option<KeyRecord>, StorageError> {
        self.check()?;
        Ok(self.keys.lock().unwrap().iter().find(|key| key.hash == *hash).cloned())
    }

    async fn used_key(&self, hash: &[u8; 32], at: UnixNanos) -> Result<(), StorageError> {
        let mut keys = self.keys.lock().unwrap();
        keys.iter_mut().filter(|key| key.hash == *hash).for_each(|key| key.used = Some(at));
        Ok(())
    }

    async fn revoke_key(&self, name: &str, at: UnixNanos) -> Result<bool, StorageError> {
        let mut keys = self.keys.lock().unwrap();
        let mut of_name = keys.iter_mut().filter(|key| key.name == name);
        Ok(of_name.next().map(|key| key.revoked = Some(at)).is_some())
    }
}

/// Answers nothing.
pub struct NoAnswers;

#[async_trait]
impl Answers for NoAnswers {
    async fn insights(&self, _: &Question) -> Result<Page, AnswerError> {
        Err(AnswerError::Index("not here".to_owned()))
    }

    async fn runs(&self, _: &RunsAsked) -> Result<Vec<RunSummary>, AnswerError> {
        Ok(Vec::new())
    }

    async fn run(&self, wanted: &str) -> Result<RunDetail, AnswerError> {
        Err(AnswerError::NoRun(wanted.to_owned()))
    }

    async fn names(&self) -> Result<Names, AnswerError> {
        Ok(Names::default())
    }
}
