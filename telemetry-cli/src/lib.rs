//! The `telemetry` command, as a library.
//!
//! Three ways in:
//! - [`run_from`] takes arguments as a program gets them, the program's name first: the binary, and hosts that are no
//!   Rust programs.
//! - [`command`] is the whole command as a [`clap::Command`], for a host that mounts it as its `telemetry` subcommand
//!   and gives the matches to [`run_matches`].
//! - [`TelemetryArgs`] with [`run`], for a host that derives its own parser.
//!
//! All three take the process for a host's, in which nothing of ours opens the host's own database. [`run_in`] is told
//! whose [`Process`] it is: the binary's, or a host's that can start the command elsewhere.
//!
//! Nothing here prints or exits by itself: output goes where the host says ([`Streams`]), and the exit code comes back (0 done,
//! 1 failed with one line that says what to do, 2 wrong usage, 3 a budget is exceeded).
//!
//! ```
//! let host = clap::Command::new("myagent").subcommand(telemetry_cli::command());
//! let matches = host.try_get_matches_from(["myagent", "telemetry", "runs", "--home", "/nonexistent"]).unwrap();
//! let (_, telemetry) = matches.subcommand().unwrap();
//! let (mut out, mut err) = (Vec::new(), Vec::new());
//! let mut streams = telemetry_cli::Streams::new(&mut out, &mut err);
//! assert_eq!(telemetry_cli::run_matches(telemetry, &mut streams), 0);
//! ```

mod answers;
mod args;
mod auxiliary;
mod commands;
mod documents;
mod failure;
mod home;
#[cfg(feature = "collector")]
mod local;
mod process;
mod progress;
mod render;
mod screen;
mod span;
mod streams;
#[cfg(feature = "top")]
mod top;

use std::ffi::OsString;

use clap::{ArgMatches, Args as _, Command, FromArgMatches as _};

pub use args::TelemetryArgs;
use failure::Failure;
pub use process::Process;
pub use screen::Screen;
pub use streams::Streams;

/// The whole command, named `telemetry`.
pub fn command() -> Command {
    TelemetryArgs::augment_args(Command::new("telemetry"))
        .version(env!("CARGO_PKG_VERSION"))
        .about("What your agent did, how long it took, what it cost and how often it failed")
        .arg_required_else_help(true)
}

/// Runs parsed arguments; the exit code.
pub fn run(args: &TelemetryArgs, streams: &mut Streams<'_>) -> u8 {
    run_parsed(args, Process::HOST, streams)
}

fn run_parsed(args: &TelemetryArgs, process: Process, streams: &mut Streams<'_>) -> u8 {
    match commands::run(args, process, streams) {
        Ok(()) => 0,
        Err(Failure::Told(code)) => code,
        // The reader of a pipe left: not a failure, and nobody to tell.
        Err(Failure::Output(error)) if error.kind() == std::io::ErrorKind::BrokenPipe => 0,
        Err(failure) => {
            // It may name what was asked for, which a script may have from anywhere.
            let _ = writeln!(streams.err, "telemetry: {}", render::clean(&failure.to_string()));
            failure.exit_code()
        }
    }
}

/// Runs the matches of [`command`]; the exit code.
pub fn run_matches(matches: &ArgMatches, streams: &mut Streams<'_>) -> u8 {
    match TelemetryArgs::from_arg_matches(matches) {
        Ok(args) => run(&args, streams),
        Err(error) => refuse(&error, streams),
    }
}

/// Runs arguments as a program gets them, the program's name first; the exit code.
pub fn run_from(
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    streams: &mut Streams<'_>,
) -> u8 {
    run_in(Process::HOST, args, streams)
}

/// As [`run_from`], in a process whose owner is known.
pub fn run_in(
    process: Process,
    args: impl IntoIterator<Item = impl Into<OsString> + Clone>,
    streams: &mut Streams<'_>,
) -> u8 {
    let matches = command().try_get_matches_from(args);
    match matches.and_then(|matches| TelemetryArgs::from_arg_matches(&matches)) {
        Ok(args) => run_parsed(&args, process, streams),
        Err(error) => refuse(&error, streams),
    }
}

/// Help and version are answers; everything else clap says is wrong usage.
fn refuse(error: &clap::Error, streams: &mut Streams<'_>) -> u8 {
    let said = error.render().to_string();
    let _ = match error.use_stderr() {
        true => said.lines().try_for_each(|line| writeln!(streams.err, "{}", render::clean(line))),
        false => write!(streams.out, "{said}"),
    };
    u8::try_from(error.exit_code()).unwrap_or(2)
}
