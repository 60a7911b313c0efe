//! The composition root: from a home's config to a running pipeline.
//!
//! - [`Telemetry`] is what a host's adapter holds: one per home and process, made by [`Telemetry::for_home`].
//! - [`offer`] puts the plugin into a Rust host's registry, under the name in its manifest.
//! - [`exports`] hands what is recorded on to destinations.
//! - [`replay`] feeds recorded hook calls through the same tracker.

mod command;
mod content;
#[cfg(feature = "exports")]
pub mod exports;
mod lanes;
mod live;
mod plugin;
mod process_id;
mod redactor;
#[cfg(feature = "replay")]
pub mod replay;
mod sink;
#[cfg(feature = "index")]
mod upkeep;

pub use command::remember_command;
pub use plugin::{MANIFEST, NAME, offer};
pub use process_id::remember_process;
pub use redactor::{gate, redactor};

use std::collections::HashMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use telemetry_core::emitter::Emitter as _;
use telemetry_core::lock::Mutex;
use telemetry_core::pipeline::Losses;
use telemetry_core::time::UnixNanos;
use telemetry_hooks::hook::Hook;
use telemetry_hooks::payload::Payload;
use telemetry_hooks::tracker::After;
use telemetry_policy::Settings;

use live::Live;

/// How long a callback may wait for the log where a host may vanish right after it.
const FLUSH: Duration = Duration::from_millis(10);
/// The same for the first such wait of a process, in which the writer starts and makes its files.
const FIRST_FLUSH: Duration = Duration::from_millis(50);
/// How long the end of a process may wait for the log.
const EXIT_FLUSH: Duration = Duration::from_millis(50);
/// How long it may wait then for destinations that are on, and in no trouble, to get what they do not have yet. A host that is
/// started for one question is gone before it was ever quiet. What is not delivered is, by the next process: it is in the log.
#[cfg(feature = "exports")]
const EXIT_DELIVERY: Duration = Duration::from_millis(250);

/// The name hosts without one of their own are recorded under.
pub const HERMES: &str = "hermes";

/// Telemetry of one home in this process. Every method may be called from any thread, before and after a fork, and
/// after the process began to leave; none blocks for longer than it says, and none panics.
pub struct Telemetry {
    home: PathBuf,
    host: &'static str,
    settings: Settings,
    #[cfg(feature = "exports")]
    exports: Vec<exports::Export>,
    live: ArcSwapOption<Live>,
}

impl Telemetry {
    /// The process's telemetry for `home`, made when it is first asked for. `None` when `telemetry.local` is false:
    /// then nothing is loaded. Reads the config; files and the writer thread appear with the first event.
    pub fn for_home(home: &Path) -> Option<Arc<Telemetry>> {
        static HOMES: Mutex<Option<HashMap<PathBuf, Option<Arc<Telemetry>>>>> = Mutex::new(None);
        let mut homes = HOMES.lock();
        let homes = homes.get_or_insert_default();
        if let Some(known) = homes.get(home) {
            return known.clone();
        }
        let made = Telemetry::new(home, HERMES, Settings::load(home)).map(Arc::new);
        homes.insert(home.to_owned(), made.clone());
        made
    }

    /// Telemetry for `home` of a host called `host`, with settings at hand; `None` when `telemetry.local` is false.
    pub fn new(home: &Path, host: &'static str, settings: Settings) -> Option<Telemetry> {
        let on = settings.planes().local;
        on.then(|| Telemetry {
            home: home.to_owned(),
            host,
            #[cfg(feature = "exports")]
            exports: exports::Enabled::of(home, &settings).exports,
            settings,
            live: ArcSwapOption::empty(),
        })
    }

    /// The same, with destinations of the host's own beside those of the settings.
    #[cfg(feature = "exports")]
    #[must_use]
    pub fn with_exports(mut self, exports: impl IntoIterator<Item = exports::Export>) -> Self {
        self.exports.extend(exports);
        self
    }

    /// The hooks to register under the current config.
    pub fn hook_names(&self) -> Vec<&'static str> {
        Hook::wanted(self.settings.capture_attempts(), self.settings.planes().trajectories)
            .map(Hook::as_str)
            .collect()
    }

    /// Takes one call of a hook. Returns in microseconds, but where the host may vanish right after: there it waits
    /// up to 10 ms for the log, the first time up to 50.
    pub fn on_hook(&self, hook: &str, payload: &dyn Payload) {
        // Nothing of ours may unwind into a host. What was locked stays usable.
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let live = self.live();
            match live.tracker.observe(hook, payload, UnixNanos::now(), &live.lanes) {
                After::GoOn => {}
                After::Flush => {
                    let first = !live.has_flushed.swap(true, Relaxed);
                    live.lanes.flush(if first { FIRST_FLUSH } else { FLUSH });
                }
            }
        }));
    }

    /// The process leaves in order. Hooks may still come afterwards. Waits up to 50 ms for the log, and where a
    /// destination is on up to 250 ms for what that did not get yet.
    pub fn on_exit(&self) {
        let _ = catch_unwind(AssertUnwindSafe(|| {
            // A process that never called a hook has nothing to tell.
            let Some(live) = self.live.load_full().filter(|live| live.is_of_this_process()) else { return };
            live.tracker.exit(UnixNanos::now(), &live.lanes);
            live.lanes.flush(EXIT_FLUSH);
            #[cfg(feature = "exports")]
            live.lanes.departure.call(EXIT_DELIVERY);
        }));
    }

    /// Waits until all that was recorded before is in the log, `deadline` at the most. Whether it is.
    pub fn flush(&self, deadline: Duration) -> bool {
        let flush = || {
            let live = self.live.load_full().filter(|live| live.is_of_this_process());
            live.is_none_or(|live| live.lanes.flush(deadline))
        };
        catch_unwind(AssertUnwindSafe(flush)).unwrap_or(false)
    }

    /// The events that were lost so far in this process.
    pub fn losses(&self) -> Losses {
        self.live.load_full().map(|live| live.lanes.losses()).unwrap_or_default()
    }

    /// The pieces of content that were lost so far in this process.
    pub fn content_losses(&self) -> Losses {
        self.live.load_full().map(|live| live.lanes.content_losses()).unwrap_or_default()
    }

    /// The tracker and pipeline of this process. A forked child gets its own: the parent's thread is not there, its
    /// queue holds the parent's events, and its files and locks may be in any state, so all of it is left alone.
    fn live(&self) -> Arc<Live> {
        if let Some(live) = self.live.load_full() {
            if live.is_of_this_process() {
                return live;
            }
            std::mem::forget(live);
        }
        let fresh = Arc::new(Live::new(self));
        let previous = self.live.rcu(|current| match current {
            // Another thread was first.
            Some(live) if live.is_of_this_process() => Some(Arc::clone(live)),
            _ => Some(Arc::clone(&fresh)),
        });
        match previous {
            Some(live) if live.is_of_this_process() => live,
            other => {
                std::mem::forget(other);
                fresh
            }
        }
    }
}
