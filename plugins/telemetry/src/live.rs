//! What runs in one process: the tracker of its hooks, and the pipeline to its log.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use telemetry_core::ids::ProcessId;
use telemetry_core::name::Name;
use telemetry_core::pipeline::{Options, Pipeline};
use telemetry_hooks::tracker::{Origin, Tracker};
use telemetry_policy::Settings;
use telemetry_store::process;
use uuid::Uuid;

use crate::process_id;
use crate::sink::LogAndUpkeep;

pub(crate) struct Live {
    pub tracker: Tracker,
    pub pipeline: Pipeline,
    /// The first flush, which also waits for the writer to start, is behind us.
    pub has_flushed: AtomicBool,
    pid: u32,
}

impl Live {
    pub(crate) fn new(home: &Path, host: &'static str, settings: &Settings) -> Self {
        let pid = process_id::current();
        let process = ProcessId(Uuid::now_v7().as_u128());
        let origin = Origin {
            process,
            host: Name::fixed(host),
            profile: profile_of(home),
            pid,
            birthplace: Some(Name::fixed(process::birthplace())),
            born: process::born(pid),
            version: Some(Name::fixed(env!("CARGO_PKG_VERSION"))),
        };
        let sink = Box::new(LogAndUpkeep::new(home, settings));
        Live {
            tracker: Tracker::new(origin),
            pipeline: Pipeline::new(process, sink, Options::default()),
            has_flushed: AtomicBool::new(false),
            pid,
        }
    }

    pub(crate) fn is_of_this_process(&self) -> bool {
        self.pid == process_id::current()
    }
}

/// The host's profile: hermes-agent keeps them in `<home>/profiles/<name>`, each a home of its own.
fn profile_of(home: &Path) -> Option<Name> {
    let in_profiles = home.parent()?.file_name()? == "profiles";
    in_profiles.then(|| home.file_name()?.to_str().map(Name::intern)).flatten()
}
