//! What started this process.

use std::sync::OnceLock;

use telemetry_core::vocabulary::Command;

static REMEMBERED: OnceLock<Command> = OnceLock::new();

/// Takes the command line of hermes-agent, the program first, and remembers [which command](telemetry_hooks::command) it
/// is, and nothing else of it: for this process and the children it forks. What is told first holds, and the
/// hooks that came before are recorded without it.
pub fn remember_command<'a>(command_line: impl IntoIterator<Item = &'a str>) {
    if let Some(command) = telemetry_hooks::command::command(command_line) {
        REMEMBERED.get_or_init(|| command);
    }
}

pub(crate) fn remembered() -> Option<Command> {
    REMEMBERED.get().cloned()
}
