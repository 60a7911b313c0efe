//! The `telemetry` binary.

use std::io::{IsTerminal as _, Write as _, stderr, stdout};

use telemetry_cli::{Process, Screen, Streams, run_in};

fn main() -> std::process::ExitCode {
    // The words of a panic may quote what it was about, and that may be a secret: only its place is told.
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let _ = writeln!(stderr(), "telemetry: panicked at {place}; this is a bug, please report it");
    }));
    let (mut out, mut err) = (stdout(), stderr());
    let on_terminal = err.is_terminal();
    let screen = Screen::of(out.is_terminal().then(columns), |name| std::env::var_os(name));
    let mut streams = Streams::new(&mut out, &mut err).with_progress(on_terminal).with_screen(screen);
    run_in(Process::Alone, std::env::args_os(), &mut streams).into()
}

/// Columns of the terminal that standard output is; 0 where it does not say.
fn columns() -> usize {
    terminal_size::terminal_size_of(stdout()).map_or(0, |(width, _)| width.0.into())
}
