//! The `telemetry` binary.

fn main() -> std::process::ExitCode {
    telemetry_cli::run_from(std::env::args_os(), &mut std::io::stdout(), &mut std::io::stderr()).into()
}
