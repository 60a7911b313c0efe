//! One commit for many requests: what waits while a commit is under way goes into the next one, together.
//!
//! A transaction costs the same for one event as for a hundred, so the more there is to do the less each request costs, and a
//! request that comes alone waits for nobody. An answer is given when what it answers for is kept, and not before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::{Mutex, OwnedSemaphorePermit, Semaphore, mpsc, oneshot};
use tokio::task::JoinSet;

use super::{Recorded, Report};
use crate::storage::{Storage, StorageError};

/// Events that may wait at once, of each kind: about 60 MB at the length of ours. More are refused, and sent again by whoever
/// sent them: a sender keeps what it has until it is answered, and we have nowhere to keep it.
const ROOM: usize = 100_000;

/// Events that go into one commit, unless a single request has more.
const TOGETHER: usize = 5_000;

/// Why something was not kept.
#[derive(Debug, Clone, thiserror::Error)]
pub enum IntakeError {
    /// There is too much waiting: send it again, later.
    #[error("too much is waiting to be kept")]
    Full,
    /// The database cannot be had: send it again, later.
    #[error("{0}")]
    Unavailable(String),
    /// The database refused it: a bug of ours, or a database that is not as we left it.
    #[error("{0}")]
    Broken(String),
}

impl From<StorageError> for IntakeError {
    fn from(error: StorageError) -> Self {
        match error {
            StorageError::Unavailable(_) => IntakeError::Unavailable(error.to_string()),
            _ => IntakeError::Broken(error.to_string()),
        }
    }
}

/// Takes in events and reports, from any number of requests at once. Clones are the same queue.
#[derive(Clone)]
pub struct Intake {
    events: Lane<Recorded>,
    reports: Lane<Report>,
    storage: Arc<dyn Storage>,
}

/// What commits for an [`Intake`], until every clone of that is dropped.
#[must_use = "what is not waited for may be lost when the runtime ends"]
pub struct Committing(JoinSet<()>);

impl Committing {
    /// Waits until all that was taken in is kept, which is after the last clone of the [`Intake`] is dropped.
    pub async fn finish(mut self) {
        while self.0.join_next().await.is_some() {}
    }
}

impl Intake {
    /// Starts to take in, with so many commits of each kind at the same time: one for a database with one writer. Must be called
    /// inside a runtime.
    pub fn start(storage: Arc<dyn Storage>, at_once: usize) -> (Self, Committing) {
        let mut tasks = JoinSet::new();
        let events = Lane::start(&storage, at_once, &mut tasks);
        let reports = Lane::start(&storage, at_once, &mut tasks);
        (Intake { events, reports, storage }, Committing(tasks))
    }

    /// Keeps events; says of each, in their order, whether it is new.
    ///
    /// # Errors
    /// None of them is known to be kept then, and all may be sent again.
    pub async fn events(&self, events: Vec<Recorded>) -> Result<Vec<bool>, IntakeError> {
        self.events.put(events).await
    }

    /// Keeps events of the batch wire; says of each, in their order, whether it is new.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub async fn reports(&self, reports: Vec<Report>) -> Result<Vec<bool>, IntakeError> {
        self.reports.put(reports).await
    }

    /// Keeps a transcript. They are few and large, so each has a commit of its own.
    ///
    /// # Errors
    /// As [`events`](Self::events).
    pub async fn transcript(&self, transcript: &super::Transcript) -> Result<(), IntakeError> {
        Ok(self.storage.keep_transcript(transcript).await?)
    }

    /// How many events wait, of both kinds.
    pub fn waiting(&self) -> usize {
        self.events.waiting() + self.reports.waiting()
    }

    /// How many commits there were.
    pub fn commits(&self) -> u64 {
        self.events.commits.load(Ordering::Relaxed) + self.reports.commits.load(Ordering::Relaxed)
    }
}

/// What can be kept many at a time.
trait Kept: Send + Sync + Sized + 'static {
    /// Keeps them in one transaction.
    fn keep(
        storage: &dyn Storage,
        items: &[Self],
    ) -> impl Future<Output = Result<Vec<bool>, StorageError>> + Send;
}

impl Kept for Recorded {
    async fn keep(storage: &dyn Storage, items: &[Self]) -> Result<Vec<bool>, StorageError> {
        storage.keep_events(items).await
    }
}

impl Kept for Report {
    async fn keep(storage: &dyn Storage, items: &[Self]) -> Result<Vec<bool>, StorageError> {
        storage.keep_reports(items).await
    }
}

/// One request's events, and who waits for them.
struct Waiting<T> {
    items: Vec<T>,
    answer: oneshot::Sender<Result<Vec<bool>, IntakeError>>,
    /// Its part of the room, given back when it is answered.
    _room: OwnedSemaphorePermit,
}

/// The queue of one kind.
struct Lane<T> {
    queue: mpsc::UnboundedSender<Waiting<T>>,
    room: Arc<Semaphore>,
    commits: Arc<AtomicU64>,
}

impl<T> Clone for Lane<T> {
    fn clone(&self) -> Self {
        Lane { queue: self.queue.clone(), room: self.room.clone(), commits: self.commits.clone() }
    }
}

impl<T: Kept> Lane<T> {
    fn start(storage: &Arc<dyn Storage>, at_once: usize, tasks: &mut JoinSet<()>) -> Self {
        // Not bounded itself: what is in it has taken its part of the room.
        let (queue, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(Mutex::new(waiting));
        let commits = Arc::new(AtomicU64::new(0));
        for _ in 0..at_once.max(1) {
            tasks.spawn(commit_all(storage.clone(), waiting.clone(), commits.clone()));
        }
        Lane { queue, room: Arc::new(Semaphore::new(ROOM)), commits }
    }

    async fn put(&self, items: Vec<T>) -> Result<Vec<bool>, IntakeError> {
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let wanted = u32::try_from(items.len()).map_err(|_| IntakeError::Full)?;
        let room = self.room.clone().try_acquire_many_owned(wanted).map_err(|_| IntakeError::Full)?;
        let (answer, answered) = oneshot::channel();
        let stopped = || IntakeError::Unavailable("the collector is stopping".to_owned());
        self.queue.send(Waiting { items, answer, _room: room }).map_err(|_| stopped())?;
        // Nobody answers when the commit panicked: it may be kept or not, and may be sent again either way.
        answered.await.unwrap_or_else(|_| Err(stopped()))
    }
}

impl<T> Lane<T> {
    fn waiting(&self) -> usize {
        ROOM - self.room.available_permits()
    }
}

/// Commits what waits, until nobody can send any more.
async fn commit_all<T: Kept>(
    storage: Arc<dyn Storage>,
    queue: Arc<Mutex<mpsc::UnboundedReceiver<Waiting<T>>>>,
    commits: Arc<AtomicU64>,
) {
    while let Some(mut requests) = next(&queue).await {
        commits.fetch_add(1, Ordering::Relaxed);
        // In a task of its own, because a panic of the database's driver must not be the end of taking in.
        let storage = storage.clone();
        let _ = tokio::spawn(async move { commit(&*storage, &mut requests).await }).await;
    }
}

/// The next requests to commit together.
async fn next<T>(queue: &Mutex<mpsc::UnboundedReceiver<Waiting<T>>>) -> Option<Vec<Waiting<T>>> {
    let mut queue = queue.lock().await;
    let first = queue.recv().await?;
    let mut count = first.items.len();
    let mut requests = vec![first];
    while count < TOGETHER
        && let Ok(request) = queue.try_recv()
    {
        count += request.items.len();
        requests.push(request);
    }
    Some(requests)
}

async fn commit<T: Kept>(storage: &dyn Storage, requests: &mut Vec<Waiting<T>>) {
    let counts: Vec<usize> = requests.iter().map(|request| request.items.len()).collect();
    let all: Vec<T> = requests.iter_mut().flat_map(|request| std::mem::take(&mut request.items)).collect();
    let mut results = split(T::keep(storage, &all).await, &counts);
    if counts.len() > 1 && results.iter().any(|result| matches!(result, Err(IntakeError::Broken(_)))) {
        // Something in one of them cannot be kept. The others must not suffer for it.
        results = Vec::with_capacity(counts.len());
        let mut rest = all.as_slice();
        for count in &counts {
            let (own, others) = rest.split_at(*count);
            rest = others;
            results.extend(split(T::keep(storage, own).await, &[*count]));
        }
    }
    for (request, result) in requests.drain(..).zip(results) {
        // Whoever hung up will send it again.
        let _ = request.answer.send(result);
    }
}

/// What one commit says, to each of the requests in it.
fn split(kept: Result<Vec<bool>, StorageError>, counts: &[usize]) -> Vec<Result<Vec<bool>, IntakeError>> {
    let total: usize = counts.iter().sum();
    let kept = kept.map_err(IntakeError::from).and_then(|kept| match kept.len() == total {
        true => Ok(kept),
        false => Err(IntakeError::Broken(format!("{} answers for {total} events", kept.len()))),
    });
    let mut from = 0;
    let mut share = |count: &usize| {
        from += count;
        kept.as_ref().map(|kept| kept[from - count..from].to_vec()).map_err(Clone::clone)
    };
    counts.iter().map(&mut share).collect()
}
