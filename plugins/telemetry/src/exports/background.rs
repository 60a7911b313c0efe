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
    departure: Arc<Departure>,
}

impl Exports {
    /// Of `home`, to `exports`. Nothing is started or made yet.
    pub(crate) fn new(home: &Path, settings: &Settings, exports: Vec<Export>) -> Self {
        let departure = Arc::new(Departure::of(exports.len()));
        let lane = |(number, export)| {
            let desk = Desk { departure: Arc::clone(&departure), number, news: Arc::default() };
            Lane::new(Worker {
                home: home.to_owned(),
                settings: settings.clone(),
                desk,
                work: Work::Ahead(export),
                next: None,
            })
        };
        Exports { lanes: exports.into_iter().enumerate().map(lane).collect(), departure }
    }

    /// What the end of the process waits for.
    pub(crate) fn departure(&self) -> Arc<Departure> {
        Arc::clone(&self.departure)
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
        let (now, at_once) = (Instant::now(), self.departure.is_near());
        self.lanes.iter_mut().for_each(|lane| lane.idle(now, at_once));
    }
}

/// One destination: when there is work, and who is at it.
struct Lane {
    /// The first and the last of what it may not have yet.
    first: Option<Instant>,
    last: Option<Instant>,
    desk: Desk,
    /// Present while no thread is at work.
    worker: Option<Worker>,
    thread: Option<JoinHandle<Worker>>,
}

impl Lane {
    fn new(worker: Worker) -> Self {
        Lane { first: None, last: None, desk: worker.desk.clone(), worker: Some(worker), thread: None }
    }

    fn heard(&mut self, now: Instant) {
        self.first.get_or_insert(now);
        self.last = Some(now);
        self.desk.heard();
    }

    fn idle(&mut self, now: Instant, at_once: bool) {
        if let Some(finished) = self.thread.take_if(|thread| thread.is_finished()) {
            // One that died takes its worker along; the log has everything.
            self.worker = finished.join().ok();
            if self.worker.as_ref().is_some_and(|worker| worker.next.is_none()) && !self.desk.has_news() {
                (self.first, self.last) = (None, None);
            }
        }
        let (Some(first), Some(last)) = (self.first, self.last) else { return };
        if now < last + QUIET && now < first + PATIENCE && !at_once {
            return;
        }
        let is_due = |worker: &mut Worker| {
            worker.next.is_none_or(|next| now >= next) || (at_once && worker.desk.is_busy())
        };
        let Some(worker) = self.worker.take_if(is_due) else { return };
        self.desk.read_news();
        self.first = Some(now);
        // One that cannot be started takes the worker along: it is left to whoever runs next.
        let thread = std::thread::Builder::new().name("telemetry-export".into());
        self.thread = thread.spawn(move || worker.run()).ok();
        if self.thread.is_none() {
            self.desk.settle(Leg::Waits);
        }
    }
}

/// Who does the work; goes to a thread for it and comes back.
struct Worker {
    home: PathBuf,
    settings: Settings,
    desk: Desk,
    work: Work,
    /// When to come again; `None` when all was delivered.
    next: Option<Instant>,
}

enum Work {
    /// Before the first: what it needs is read on the thread.
    Ahead(Export),
    Begun(Box<Drain>),
}

/// What a worker came to.
enum Rest {
    Nothing,
    /// There is something of this very moment.
    Soon,
    /// It cannot go on before.
    Later(Duration),
}

impl Worker {
    fn run(mut self) -> Self {
        let rest = catch_unwind(AssertUnwindSafe(|| self.work())).unwrap_or(Rest::Later(LATER));
        let (leg, rest) = match rest {
            Rest::Nothing => (Leg::Idle, None),
            Rest::Soon => (Leg::Busy, Some(SOON)),
            Rest::Later(rest) => (Leg::Waits, Some(rest)),
        };
        self.next = rest.map(|rest| Instant::now() + rest);
        self.desk.settle(leg);
        self
    }

    /// Delivers what there is.
    fn work(&mut self) -> Rest {
        if let Work::Ahead(export) = &self.work {
            let gate = gate(&self.home, &self.settings);
            self.work = Work::Begun(Box::new(Drain::new(Layout::of(&self.home), gate, export.clone())));
        }
        let Work::Begun(drain) = &mut self.work else { return Rest::Nothing };
        let mut held = match drain.hold() {
            Ok(Some(held)) => held,
            Ok(None) => return Rest::Later(ELSEWHERE),
            Err(_) => return Rest::Later(LATER),
        };
        loop {
            let now = UnixNanos::now();
            if held.waits(now) {
                let rest = held.state().not_before.map_or(0, |then| then.since(now));
                return Rest::Later(Duration::from_nanos(rest.cast_unsigned()));
            }
            match held.step_at(self.desk.departure.is_near()).map(|drained| drained.read.then) {
                Ok(Then::More) => {}
                Ok(Then::Soon) => return Rest::Soon,
                Ok(Then::End) => return Rest::Nothing,
                // Why, and until when, is noted.
                Err(_) if held.waits(UnixNanos::now()) => {}
                Err(_) => return Rest::Later(LATER),
            }
        }
    }
}

/// What the end of a process waits for: destinations that have not got everything, unless they are in trouble.
pub(crate) struct Departure {
    legs: Mutex<Vec<Leg>>,
    settled: Condvar,
    is_near: AtomicBool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Leg {
    /// All was delivered.
    Idle,
    /// Not all was delivered.
    Busy,
    /// The destination is down, or another process is at it.
    Waits,
}

impl Departure {
    fn of(destinations: usize) -> Self {
        Departure {
            legs: Mutex::new(vec![Leg::Idle; destinations]),
            settled: Condvar::default(),
            is_near: AtomicBool::new(false),
        }
    }

    fn is_near(&self) -> bool {
        self.is_near.load(Relaxed)
    }

    /// The process leaves, as far as it knows: what waited for a quiet host is delivered at once. Returns when that is done, or cannot
    /// be, or `patience` is over; without a destination at once.
    pub(crate) fn call(&self, patience: Duration) {
        let legs = self.legs.lock();
        self.is_near.store(true, Relaxed);
        let is_busy = |legs: &mut Vec<Leg>| legs.contains(&Leg::Busy);
        drop(self.settled.wait_while_until(legs, Instant::now() + patience, is_busy));
        self.is_near.store(false, Relaxed);
    }
}

/// A lane's place at the departure.
#[derive(Clone)]
struct Desk {
    departure: Arc<Departure>,
    number: usize,
    /// Something was recorded since the thread began.
    news: Arc<AtomicBool>,
}

impl Desk {
    fn heard(&self) {
        self.news.store(true, Relaxed);
        let mut legs = self.departure.legs.lock();
        if legs[self.number] == Leg::Idle {
            legs[self.number] = Leg::Busy;
        }
    }

    fn has_news(&self) -> bool {
        self.news.load(Relaxed)
    }

    fn read_news(&self) {
        self.news.store(false, Relaxed);
    }

    fn is_busy(&self) -> bool {
        self.departure.legs.lock()[self.number] == Leg::Busy
    }

    /// What a thread came to. What was recorded meanwhile is still to be delivered.
    fn settle(&self, leg: Leg) {
        let mut legs = self.departure.legs.lock();
        legs[self.number] = if leg == Leg::Idle && self.has_news() { Leg::Busy } else { leg };
        drop(legs);
        self.departure.settled.notify_all();
    }
}
