//! One module per command.

mod alone;
mod budget;
#[cfg(feature = "collector")]
mod collector;
#[cfg(feature = "demo")]
mod demo;
mod doctor;
#[cfg(feature = "export")]
mod export;
mod insights;
mod preview;
mod prune;
mod redact;
mod reindex;
mod replay;
#[cfg(feature = "report")]
mod report;
mod reprice;
mod runs;
#[cfg(feature = "collector")]
mod serve;
mod show;
mod sql;
mod status;
mod tail;
#[cfg(feature = "top")]
mod top;

use crate::answers;
use crate::args::{Command, TelemetryArgs};
use crate::failure::Failure;
use crate::home::Home;
use crate::process::Process;
use crate::streams::Streams;

pub(crate) fn run(
    args: &TelemetryArgs,
    mut process: Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    #[cfg(feature = "demo")]
    if matches!(args.command, Command::Demo) {
        return demo::run(streams);
    }
    let home = Home::resolve(args.home.as_deref())?;
    match answer(&home, &args.command, &mut process, streams) {
        // Whoever opened the index saw nothing wrong with it. Nothing was said yet: questions come before words.
        Err(Failure::Index(error)) if error.is_damage() && answers::rebuild(&home, streams).is_ok() => {
            answer(&home, &args.command, &mut process, streams)
        }
        done => done,
    }
}

fn answer(
    home: &Home,
    command: &Command,
    process: &mut Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    match command {
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(streams),
        Command::Insights(args) => insights::run(home, args, process, streams),
        Command::Runs(args) => runs::run(home, args, streams),
        Command::Show(args) => show::run(home, args, streams),
        Command::Tail(args) => tail::run(home, args, streams),
        #[cfg(feature = "report")]
        Command::Report(args) => report::run(home, args, streams),
        #[cfg(feature = "top")]
        Command::Top(args) => top::run(home, args, streams),
        #[cfg(feature = "collector")]
        Command::Serve(args) => serve::run(home, args, streams),
        #[cfg(feature = "collector")]
        Command::Collector(args) => collector::run(home, args, streams),
        #[cfg(not(feature = "collector"))]
        Command::Serve(_) => Err(absent("serve")),
        #[cfg(not(feature = "collector"))]
        Command::Collector(_) => Err(absent("collector")),
        Command::Status(args) => status::run(home, args, streams),
        Command::Budget(args) => budget::run(home, args, streams),
        Command::Sql(args) => sql::run(home, args, process, streams),
        Command::Preview(args) => preview::run(home, args, streams),
        #[cfg(feature = "export")]
        Command::Export(args) => export::run(home, args, process, streams),
        Command::Replay(args) => replay::run(home, args, streams),
        Command::Redact(args) => redact::run(home, args, streams),
        Command::Reindex => reindex::run(home, streams),
        Command::Reprice(args) => reprice::run(home, args, streams),
        Command::Prune(args) => prune::run(home, args, streams),
        Command::Doctor(args) => doctor::run(home, args, streams),
    }
}

/// How to get a command that is not in this build.
#[cfg(not(feature = "collector"))]
fn absent(command: &str) -> Failure {
    Failure::Failed(format!(
        "`telemetry {command}` is not in this build: `cargo install --path telemetry-cli --features collector` makes one that has it"
    ))
}
