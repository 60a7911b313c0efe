use serde::{Deserialize, Serialize};

use crate::event::Event;
use crate::ids::{Key, ProcessId};
use crate::name::Name;
use crate::time::UnixNanos;
use crate::vocabulary::{Command, ProcessEnd};

/// A process of a host sent its first hook.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessStarted {
    /// Its id.
    pub process: ProcessId,
    /// The host, for example `hermes`.
    pub host: Name,
    /// The operating system's id of the process.
    pub pid: u32,
    /// Where to look whether the process still lives: machine, boot and process namespace. `None` for a recording.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub birthplace: Option<Name>,
    /// The process's start in the kernel's own unit, to tell a process id that was used again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub born: Option<u64>,
    /// Our version.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub version: Option<Name>,
    /// What started it, where that is known.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub command: Option<Command>,
}

/// A process of a host left, or was found gone.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ProcessEnded {
    /// Its id.
    pub process: ProcessId,
    /// How.
    pub end: ProcessEnd,
}

impl ProcessEnded {
    /// The event that `process` ended. Who finds a process gone and who replays its recording make the same one; one
    /// that was taken for lost and spoke again may end again, at another time.
    pub fn event(process: ProcessId, end: ProcessEnd, at: UnixNanos) -> Event {
        let key = Key::new("process_ended").number(process.0).text(end.as_str());
        Event::new(at, None, &key, ProcessEnded { process, end })
    }
}

/// What the reasons begin with for which pieces of content were lost, and not events.
pub const CONTENT_LOSS: &str = "content_";

/// Telemetry about telemetry: totals of one process since its start. The largest counts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stats {
    /// The process it counts.
    pub process: ProcessId,
    /// Events lost, and pieces of content, by reason.
    pub dropped: Vec<Dropped>,
}

/// Events, or pieces of content ([`CONTENT_LOSS`]), lost for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dropped {
    /// Why.
    pub reason: Name,
    /// How many since the start of the process.
    pub events: u64,
}
