//! The `telemetry` binary.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use telemetry_cli::{Process, Streams, run_in};

fn main() -> std::process::ExitCode {
    // The words of a panic may quote what it was about, and that may be a secret: only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(stderr(), "telemetry: panicked at {place}; this is a bug, please report it");
    }));
    let (mut out, mut err) = (stdout(), stderr());
    let on_terminal = err.is_terminal();
    let mut streams = Streams::new(&mut out, &mut err).with_progress(on_terminal);
    run_in(Process::Alone, std::env::args_os(), &mut streams).into()
}
