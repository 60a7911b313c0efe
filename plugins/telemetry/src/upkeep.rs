//! Work nobody waits for, done by whichever process is idle: the index, retention, the install id.

use std::path::PathBuf;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::{Duration, Instant};

use telemetry_core::time::{Day, UnixNanos};
use telemetry_policy::{InstallId, Settings};
use telemetry_store::index::{Index, Patience};
use telemetry_store::layout::Layout;
use telemetry_store::retention::{self, Keep};

/// The host must have been quiet for so long: upkeep must not stand between an event and the log.
const QUIET: Duration = Duration::from_millis(250);
/// How long an index that cannot be opened is left alone. The log has everything; somebody else may catch up.
const RETRY: Duration = Duration::from_secs(30);

pub(crate) struct Upkeep {
    home: PathBuf,
    layout: Layout,
    settings: Settings,
    index: Option<Index>,
    last_event: Option<Instant>,
    not_before: Option<Instant>,
    /// The day retention was last looked at.
    pruned_on: Option<Day>,
}

impl Upkeep {
    pub(crate) fn new(home: PathBuf, layout: Layout, settings: Settings) -> Self {
        Upkeep { home, layout, settings, index: None, last_event: None, not_before: None, pruned_on: None }
    }

    pub(crate) fn heard(&mut self) {
        self.last_event = Some(Instant::now());
    }

    /// Works for about `budget`; whether there is more to do.
    pub(crate) fn idle(&mut self, budget: Duration) -> bool {
        let now = Instant::now();
        let Some(last_event) = self.last_event else { return false };
        if !sqlite_is_ours() {
            self.last_event = None;
            return false;
        }
        if now < last_event + QUIET || self.not_before.is_some_and(|then| now < then) {
            return false;
        }
        self.once_a_day();
        if self.index.is_none() {
            self.index = Index::open(self.layout.clone(), Patience::Host).ok();
        }
        match self.index.as_mut().map(|index| index.catch_up(Some(budget))) {
            Some(Ok(progress)) => {
                if progress.complete {
                    // Nothing to do until the next event.
                    self.last_event = None;
                }
                !progress.complete
            }
            // Busy, broken or gone: the log is the truth, and whoever runs next catches up.
            _ => {
                self.index = None;
                self.not_before = Some(now + RETRY);
                false
            }
        }
    }

    fn once_a_day(&mut self) {
        let today = UnixNanos::now().day();
        if self.pruned_on.replace(today) == Some(today) {
            return;
        }
        InstallId::obtain(&self.settings, &self.home);
        let layout = self.layout.clone();
        let keep =
            Keep { log: self.settings.retention_days(), content: self.settings.content_retention_days() };
        if retention::expired(&layout, keep, today).is_ok_and(|expired| !expired.is_empty()) {
            // On a thread of its own: making the index anew takes seconds, and this one writes the log. One that
            // cannot be started, or finds another process at it, leaves the work to the next.
            let prune = move || drop(retention::prune(&layout, keep, today));
            let _ = std::thread::Builder::new().name("telemetry-prune".into()).spawn(prune);
        }
    }
}

/// Whether this process may use SQLite. A child that was forked while its parent's writer was inside SQLite has that
/// library's locks as they were, taken for ever, and would hang on them with its own events behind it. So only the
/// process that used it first does; its children leave the index to whoever runs next.
fn sqlite_is_ours() -> bool {
    static OWNER: AtomicU32 = AtomicU32::new(0);
    let process = std::process::id();
    OWNER.compare_exchange(0, process, Relaxed, Relaxed).map_or_else(|owner| owner == process, |_| true)
}
