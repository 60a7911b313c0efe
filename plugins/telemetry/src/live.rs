//! What runs in one process: the tracker of its hooks, and the ways to its files.

use std::path::Path;
use std::sync::atomic::AtomicBool;

use telemetry_core::ids::ProcessId;
use telemetry_core::name::Name;
use telemetry_hooks::tracker::{Origin, Tracker};
use telemetry_store::process;
use uuid::Uuid;

use crate::Telemetry;
use crate::command;
use crate::lanes::Lanes;
use crate::process_id;

pub(crate) struct Live {
    pub tracker: Tracker,
    pub lanes: Lanes,
    /// The first flush, which also waits for the writer to start, is behind us.
    pub has_flushed: AtomicBool,
    pid: u32,
}

impl Live {
    pub(crate) fn new(telemetry: &Telemetry) -> Self {
        let pid = process_id::current();
        let process = ProcessId(Uuid::now_v7().as_u128());
        let origin = Origin {
            process,
            host: Name::fixed(telemetry.host),
            profile: profile_of(&telemetry.home),
            pid,
            birthplace: Some(Name::fixed(process::birthplace())),
            born: process::born(pid),
            version: Some(Name::fixed(env!("CARGO_PKG_VERSION"))),
            command: command::remembered(),
        };
        Live {
            tracker: Tracker::new(origin),
            lanes: Lanes::new(telemetry, process),
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
