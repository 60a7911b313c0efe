//! The `telemetry` binary.

use std::io::{stderr, stdout};

use telemetry_cli::{Process, run_in};

fn main() -> std::process::ExitCode {
    run_in(Process::Alone, std::env::args_os(), &mut stdout(), &mut stderr()).into()
}
