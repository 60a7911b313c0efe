//! The `telemetry` binary.

use std::io::{IsTerminal as _, stderr, stdout};

fn main() -> std::process::ExitCode {
    let (mut out, mut err) = (stdout(), stderr());
    let on_terminal = err.is_terminal();
    let mut streams = telemetry_cli::Streams::new(&mut out, &mut err).with_progress(on_terminal);
    telemetry_cli::run_from(std::env::args_os(), &mut streams).into()
}
