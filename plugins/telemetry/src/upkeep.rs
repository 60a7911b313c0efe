//! Work nobody waits for, done by whichever process is idle: the index, budgets, retention, the install id.
//!
//! On a thread of its own for as long as there is work: a database that is slow, locked or hangs must not stand between
//! an event and the log, which the writer's thread writes.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::Relaxed};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use telemetry_core::cost::Prices;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_policy::{InstallId, Settings};
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::TimeZone;
use telemetry_store::layout::Layout;
use telemetry_store::retention::{self, Keep};

/// The host must have been quiet for so long: it may want its processors for itself.
const QUIET: Duration = Duration::from_millis(250);
/// Work between two looks whether the host still is quiet.
const STEP: Duration = Duration::from_millis(5);
/// How long an index that cannot be opened is left alone. The log has everything; somebody else may catch up.
const RETRY: Duration = Duration::from_secs(30);

/// When there is work, and who is at it.
pub(crate) struct Upkeep {
    /// The last event that the index may not have yet.
    last_event: Option<Instant>,
    /// Tells the worker that the host is not quiet any more.
    disturbed: Arc<AtomicBool>,
    /// Present while no thread is at work.
    worker: Option<Worker>,
    thread: Option<JoinHandle<Worker>>,
}

impl Upkeep {
    pub(crate) fn new(home: PathBuf, layout: Layout, settings: Settings) -> Self {
        let disturbed = Arc::<AtomicBool>::default();
        let worker = Worker {
            home,
            layout,
            settings,
            disturbed: Arc::clone(&disturbed),
            index: None,
            caught_up: false,
            not_before: None,
            pruned_on: None,
        };
        Upkeep { last_event: None, disturbed, worker: Some(worker), thread: None }
    }

    pub(crate) fn heard(&mut self) {
        self.last_event = Some(Instant::now());
        self.disturbed.store(true, Relaxed);
    }

    /// Starts the work when it is time for it. Returns at once.
    pub(crate) fn idle(&mut self) {
        if let Some(finished) = self.thread.take_if(|thread| thread.is_finished()) {
            self.worker = finished.join().ok();
            if self.worker.as_ref().is_some_and(|worker| worker.caught_up) && !self.disturbed.load(Relaxed) {
                // Nothing to do until the next event.
                self.last_event = None;
            }
        }
        let now = Instant::now();
        let quiet = self.last_event.is_some_and(|last| now >= last + QUIET);
        if !quiet {
            return;
        }
        if !sqlite_is_ours() {
            self.last_event = None;
            return;
        }
        let Some(worker) = self.worker.take_if(|worker| worker.not_before.is_none_or(|then| now >= then))
        else {
            return;
        };
        self.disturbed.store(false, Relaxed);
        // One that cannot be started takes the worker along: the index is left to whoever runs next.
        let thread = std::thread::Builder::new().name("telemetry-upkeep".into());
        self.thread = thread.spawn(move || worker.run()).ok();
    }
}

/// Who does the work; goes to a thread for it and comes back.
struct Worker {
    home: PathBuf,
    layout: Layout,
    settings: Settings,
    disturbed: Arc<AtomicBool>,
    index: Option<Index>,
    /// The index has all that the log had.
    caught_up: bool,
    not_before: Option<Instant>,
    /// The day retention was last looked at.
    pruned_on: Option<Day>,
}

impl Worker {
    fn run(mut self) -> Self {
        let worked = catch_unwind(AssertUnwindSafe(|| {
            self.once_a_day();
            self.catch_up()
        }));
        self.caught_up = matches!(worked, Ok(Some(true)));
        if !matches!(worked, Ok(Some(_))) {
            // Busy, broken or gone: the log is the truth, and whoever runs next catches up.
            self.index = None;
            self.not_before = Some(Instant::now() + RETRY);
        }
        self
    }

    /// Brings the index up to date unless the host is disturbed before; whether it is. `None` where it cannot be used.
    fn catch_up(&mut self) -> Option<bool> {
        if self.index.is_none() {
            let index = Index::open(self.layout.clone(), Patience::Host).ok()?;
            self.index = Some(index.priced_by(self.prices()));
        }
        let index = self.index.as_mut()?;
        while !self.disturbed.load(Relaxed) {
            if index.catch_up(Some(STEP)).ok()?.complete {
                return self.note_crossings();
            }
        }
        Some(false)
    }

    /// Records what budgets have crossed, unless the host is disturbed before; whether that is done. `None` where the index
    /// cannot be used. A sum over a month takes longer than a step, so it is broken off and begun again.
    fn note_crossings(&mut self) -> Option<bool> {
        let (budgets, index) = (self.settings.budgets(), self.index.as_mut()?);
        if budgets.is_empty() {
            return Some(true);
        }
        index.give_way_to(Arc::clone(&self.disturbed)).ok()?;
        let noted = index.note_crossings(budgets, &zone_of(&self.settings), UnixNanos::now());
        index.give_way_to_nobody().ok()?;
        match noted {
            Ok(_) => Some(true),
            Err(_) if self.disturbed.load(Relaxed) => Some(false),
            Err(_) => None,
        }
    }

    fn prices(&self) -> Prices {
        Prices::new(self.settings.pricing_overrides())
    }

    fn once_a_day(&mut self) {
        let today = UnixNanos::now().day();
        if self.pruned_on.replace(today) == Some(today) {
            return;
        }
        InstallId::obtain(&self.settings, &self.home);
        let keep =
            Keep { log: self.settings.retention_days(), content: self.settings.content_retention_days() };
        if retention::expired(&self.layout, keep, today).is_ok_and(|expired| !expired.is_empty()) {
            // One that finds another process at it leaves the work to that.
            drop(retention::prune(&self.layout, keep, today, self.prices(), &mut |_| {}));
        }
    }
}

/// The owner's zone, else this machine's.
fn zone_of(settings: &Settings) -> TimeZone {
    settings.timezone().and_then(|name| TimeZone::get(name).ok()).unwrap_or_else(TimeZone::system)
}

/// Whether this process may use SQLite. A child that was forked while a thread of its parent was inside SQLite has that
/// library's locks as they were, taken for ever, and would hang on them with its own events behind it. So only the
/// process that used it first does; its children leave the index to whoever runs next.
fn sqlite_is_ours() -> bool {
    static OWNER: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    OWNER.compare_exchange(0, process, Relaxed, Relaxed).map_or_else(|owner| owner == process, |_| true)
}
