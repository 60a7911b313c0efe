//! Destinations served from inside a host, while it works.
//!
//! On a thread for each, which is there only while there is something to deliver: a destination that is slow or hangs holds up
//! neither the log nor another destination. The host's own threads never come here.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telemetry_core::lock::{Condvar, Mutex};
use telemetry_core::source::Then;
use telemetry_core::time::UnixNanos;
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;

use super::{Drain, Export, gate};

/// The host must have been quiet for so long: it may want its processors for itself.
const QUIET: Duration = Duration::from_millis(250);
/// A host that is never quiet is not waited for any longer than this.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a destination is left to another process that is at it.
const ELSEWHERE: Duration = Duration::from_secs(5);
/// When an event of this moment is looked at again.
const SOON: Duration = Duration::from_secs(1);
/// When a destination is tried again whose files cannot be used.
const LATER: Duration = Duration::from_secs(60);

/// The destinations of a process.
pub(crate) struct Exports {
    lanes: Vec<Lane>,
    flight: Arc<Flight>,
}

impl Exports {
    /// Of `home`, to `exports`. Nothing is started or made yet.
    pub(crate) fn new(home: &Path, settings: &Settings, exports: Vec<Export>) -> Self {
        let flight = Arc::<Flight>::default();
        let lane = |export| Lane::new(Worker::new(home, settings, export, Arc::clone(&flight)));
        Exports { lanes: exports.into_iter().map(lane).collect(), flight }
    }

    /// What is under way.
    pub(crate) fn flight(&self) -> Arc<Flight> {
        Arc::clone(&self.flight)
    }

    /// Something was recorded.
    pub(crate) fn heard(&mut self) {
        if self.lanes.is_empty() {
            return;
        }
        let now = Instant::now();
        self.lanes.iter_mut().for_each(|lane| lane.heard(now));
    }

    /// Starts the work when it is time for it. Returns at once.
    pub(crate) fn idle(&mut self) {
        if self.lanes.is_empty() {
            return;
        }
        let now = Instant::now();
        self.lanes.iter_mut().for_each(|lane| lane.idle(now));
    }
}

/// One destination: when there is work, and who is at it.
struct Lane {
    /// The first and the last of what it may not have yet.
    first: Option<Instant>,
    last: Option<Instant>,
    /// Something was recorded since the thread began.
    news: Arc<AtomicBool>,
    /// Present while no thread is at work.
    worker: Option<Worker>,
    thread: Option<JoinHandle<Worker>>,
}

impl Lane {
    fn new(worker: Worker) -> Self {
        Lane { first: None, last: None, news: Arc::default(), worker: Some(worker), thread: None }
    }

    fn heard(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.news.store(true, Relaxed);
    }

    fn idle(&mut self, now: Instant) {
        if let Some(finished) = self.thread.take_if(|thread| thread.is_finished()) {
            // One that died takes its worker along; the log has everything.
            self.worker = finished.join().ok();
            if self.worker.as_ref().is_some_and(|worker| worker.next.is_none()) && !self.news.load(Relaxed) {
                (self.first, self.last) = (None, None);
            }
        }
        let (Some(first), Some(last)) = (self.first, self.last) else { return };
        if now < last + QUIET && now < first + PATIENCE {
            return;
        }
        let is_time = |worker: &mut Worker| worker.next.is_none_or(|next| now >= next);
        let Some(worker) = self.worker.take_if(is_time) else { return };
        self.news.store(false, Relaxed);
        self.first = Some(now);
        // One that cannot be started takes the worker along: it is left to whoever runs next.
        let thread = std::thread::Builder::new().name("telemetry-export".into());
        self.thread = thread.spawn(move || worker.run()).ok();
    }
}

/// Who does the work; goes to a thread for it and comes back.
struct Worker {
    home: PathBuf,
    settings: Settings,
    flight: Arc<Flight>,
    work: Work,
    /// When to come again; `None` when all was delivered.
    next: Option<Instant>,
}

enum Work {
    /// Before the first: what it needs is read on the thread.
    Ahead(Export),
    Begun(Box<Drain>),
}

impl Worker {
    fn new(home: &Path, settings: &Settings, export: Export, flight: Arc<Flight>) -> Self {
        Worker {
            home: home.to_owned(),
            settings: settings.clone(),
            flight,
            work: Work::Ahead(export),
            next: None,
        }
    }

    fn run(mut self) -> Self {
        let worked = catch_unwind(AssertUnwindSafe(|| self.work()));
        self.next = worked.unwrap_or(Some(LATER)).map(|rest| Instant::now() + rest);
        self
    }

    /// Delivers what there is; after how long to come again, if there is a reason to.
    fn work(&mut self) -> Option<Duration> {
        if let Work::Ahead(export) = &self.work {
            let gate = gate(&self.home, &self.settings);
            self.work = Work::Begun(Box::new(Drain::new(Layout::of(&self.home), gate, export.clone())));
        }
        let Work::Begun(drain) = &mut self.work else { return None };
        let mut held = match drain.hold() {
            Ok(Some(held)) => held,
            Ok(None) => return Some(ELSEWHERE),
            Err(_) => return Some(LATER),
        };
        loop {
            let now = UnixNanos::now();
            if held.waits(now) {
                let rest = held.state().not_before.map_or(0, |then| then.since(now));
                return Some(Duration::from_nanos(rest.cast_unsigned()));
            }
            let Some(step) = self.flight.step(|| held.step()) else { return Some(SOON) };
            match step.map(|drained| drained.read.then) {
                Ok(Then::More) => {}
                Ok(Then::Soon) => return Some(SOON),
                Ok(Then::End) => return None,
                // Why, and until when, is noted.
                Err(_) if held.waits(UnixNanos::now()) => {}
                Err(_) => return Some(LATER),
            }
        }
    }
}

/// Deliveries that are under way, and whether more may begin.
#[derive(Default)]
pub(crate) struct Flight {
    state: Mutex<Under>,
    landed: Condvar,
}

#[derive(Default)]
struct Under {
    way: usize,
    leaving: bool,
}

impl Flight {
    /// Runs one step, unless the process is leaving.
    fn step<T>(&self, step: impl FnOnce() -> T) -> Option<T> {
        {
            let mut under = self.state.lock();
            if under.leaving {
                return None;
            }
            under.way += 1;
        }
        let stepped = catch_unwind(AssertUnwindSafe(step));
        self.state.lock().way -= 1;
        self.landed.notify_all();
        stepped.ok()
    }

    /// The process leaves, as far as it knows. Waits until what is being delivered was noted, `patience` at the most: what is
    /// not would be delivered again by the next process. Nothing more is begun meanwhile.
    pub(crate) fn land(&self, patience: Duration) {
        let mut under = self.state.lock();
        if under.way == 0 {
            return;
        }
        under.leaving = true;
        let until = Instant::now() + patience;
        self.landed.wait_while_until(under, until, |under| under.way > 0).leaving = false;
    }
}
