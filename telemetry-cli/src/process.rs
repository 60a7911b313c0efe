//! Whose process a command runs in.

use std::process::Command;

/// Whose process a command runs in: who may open the host's own database.
///
/// Two copies of SQLite in one process undo each other's file locks, and the host's next commit is lost without a word. So
/// inside a host nothing of ours touches the host's database.
#[derive(Debug)]
pub enum Process {
    /// A process of its own, such as the `telemetry` binary.
    Alone,
    /// The process of a host.
    Host {
        /// What starts the whole command in a process of its own, if the host knows: its arguments are added.
        alone: Option<Command>,
    },
}

impl Process {
    /// A host that cannot start the command in a process of its own. Always safe.
    pub const HOST: Process = Process::Host { alone: None };
}
