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
    let (read, drawn_over) = (out.is_terminal(), err.is_terminal());
    let screen = Screen::of(read.then(columns), |name| std::env::var_os(name));
    let mut streams = Streams::new(&mut out, &mut err)
        .with_screen(screen)
        .with_terminal(read)
        .with_progress(drawn_over)
        .with_reader(stdout_is_abandoned);
    run_in(Process::Alone, std::env::args_os(), &mut streams).into()
}

/// Columns of the terminal that standard output is; 0 where it does not say.
fn columns() -> usize {
    terminal_size::terminal_size_of(stdout()).map_or(0, |(width, _)| width.0.into())
}

/// Whether standard output is a pipe or a terminal whose other end is closed.
#[cfg(unix)]
fn stdout_is_abandoned() -> bool {
    use rustix::event::{PollFd, PollFlags, Timespec, poll};
    let out = stdout();
    // Errors and ends are told of unasked.
    let mut asked = [PollFd::new(&out, PollFlags::empty())];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    let told = poll(&mut asked, Some(&now));
    told.is_ok() && asked[0].revents().intersects(PollFlags::ERR | PollFlags::HUP | PollFlags::NVAL)
}

/// Seen when it is written to.
#[cfg(not(unix))]
fn stdout_is_abandoned() -> bool {
    false
}
