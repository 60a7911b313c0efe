//! Which process hooks come from.

use telemetry_core::ids::{Key, ProcessId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Command;

/// Where hooks come from: the host and its process.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The process.
    pub process: ProcessId,
    /// The host, for example `hermes`.
    pub host: Name,
    /// The host's configuration profile, where it has them.
    pub profile: Option<Name>,
    /// The operating system's id of the process.
    pub pid: u32,
    /// Machine, boot and process namespace: where the process id means something. `None` for a recording.
    pub birthplace: Option<Name>,
    /// The process's start in the kernel's own unit.
    pub born: Option<u64>,
    /// Our version.
    pub version: Option<Name>,
    /// What started the process, where that is known.
    pub command: Option<Command>,
}

impl Origin {
    /// A process of a recording: told apart by its process id and the time of its first hook, to the nanosecond.
    pub fn recorded(host: &str, pid: u32, first_hook: UnixNanos) -> Self {
        let key = Key::new("recorded").text(host).number(pid).number(first_hook.0 as u64);
        Origin {
            process: ProcessId(key.wide()),
            host: Name::intern(host),
            profile: None,
            pid,
            birthplace: None,
            born: None,
            version: None,
            command: None,
        }
    }
}
