//! One module per command.

#[cfg(feature = "demo")]
mod demo;
pub(crate) mod doctor;
#[cfg(feature = "export")]
mod export;
mod insights;
pub(crate) mod preview;
mod prune;
mod redact;
mod reindex;
mod replay;
mod runs;
mod show;
pub(crate) mod status;

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;

use crate::args::{Command, TelemetryArgs};
use crate::failure::Failure;
use crate::home;

/// Where a command's words go.
pub(crate) struct Streams<'a> {
    /// Answers.
    pub out: &'a mut dyn Write,
    /// Everything else.
    pub err: &'a mut dyn Write,
}

impl Streams<'_> {
    /// Prints one JSON document, `schema` first.
    pub(crate) fn json(&mut self, schema: &'static str, document: &impl Serialize) -> io::Result<()> {
        #[derive(Serialize)]
        struct Document<'a, T> {
            schema: &'static str,
            #[serde(flatten)]
            document: &'a T,
        }
        serde_json::to_writer_pretty(&mut *self.out, &Document { schema, document })?;
        writeln!(self.out)
    }
}

/// A home and its settings.
pub(crate) struct Home {
    pub path: PathBuf,
    pub layout: Layout,
    pub settings: Settings,
}

impl Home {
    pub(crate) fn at(path: PathBuf) -> Self {
        Home { layout: Layout::of(&path), settings: Settings::load(&path), path }
    }
}

pub(crate) fn run(args: &TelemetryArgs, streams: &mut Streams<'_>) -> Result<(), Failure> {
    #[cfg(feature = "demo")]
    if matches!(args.command, Command::Demo) {
        return demo::run(streams);
    }
    let home = Home::at(home::resolve(args.home.as_deref())?);
    match &args.command {
        #[cfg(feature = "demo")]
        Command::Demo => demo::run(streams),
        Command::Insights(args) => insights::run(&home, args, streams),
        Command::Runs(args) => runs::run(&home, args, streams),
        Command::Show(args) => show::run(&home, args, streams),
        Command::Status(args) => status::run(&home, args, streams),
        Command::Preview(args) => preview::run(&home, args, streams),
        #[cfg(feature = "export")]
        Command::Export(args) => export::run(&home, args, streams),
        Command::Replay(args) => replay::run(&home, args, streams),
        Command::Redact(args) => redact::run(&home, args, streams),
        Command::Reindex => reindex::run(&home, streams),
        Command::Prune(args) => prune::run(&home, args, streams),
        Command::Doctor(args) => doctor::run(&home, args, streams),
    }
}
