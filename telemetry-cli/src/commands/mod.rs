//! One module per command.

mod alone;
mod budget;
#[cfg(feature = "collector")]
pub(crate) mod collector;
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
#[cfg(feature = "report")]
mod report;
pub(crate) mod reprice;
mod runs;
#[cfg(feature = "collector")]
mod serve;
mod show;
mod sql;
pub(crate) mod status;
mod tail;
#[cfg(feature = "top")]
mod top;

use std::io::{self, Write};
use std::path::PathBuf;

use serde::Serialize;
use telemetry_core::cost::Prices;
#[cfg(feature = "export")]
use telemetry_policy::Gate;
use telemetry_policy::Settings;
#[cfg(feature = "report")]
use telemetry_policy::redact::Redactor;
use telemetry_store::layout::Layout;

use crate::answers;
use crate::args::{Command, TelemetryArgs};
use crate::failure::Failure;
use crate::home;
use crate::process::Process;
use crate::render::Sheet;
use crate::screen::Screen;

/// Where a command's words go.
pub struct Streams<'a> {
    /// Answers.
    pub(crate) out: &'a mut dyn Write,
    /// Everything else.
    pub(crate) err: &'a mut dyn Write,
    /// Whether `err` is a terminal, where a line can be drawn over.
    pub(crate) progress: bool,
    /// What `out` is read on.
    pub(crate) screen: Screen,
    /// Whether `out` is a terminal.
    #[cfg_attr(
        not(any(feature = "export", feature = "top")),
        expect(dead_code, reason = "only these look at it")
    )]
    pub(crate) terminal: bool,
    /// Whether nobody reads `out` any more.
    pub(crate) is_abandoned: fn() -> bool,
}

impl<'a> Streams<'a> {
    /// Answers to `out`, everything else to `err`: plain, and nothing drawn over.
    pub fn new(out: &'a mut dyn Write, err: &'a mut dyn Write) -> Self {
        Streams { out, err, progress: false, screen: Screen::PLAIN, terminal: false, is_abandoned: || false }
    }

    /// Says whether `err` is a terminal: what takes longer than a second shows there how far it is.
    pub fn with_progress(self, progress: bool) -> Self {
        Streams { progress, ..self }
    }

    /// Says what `out` is read on: pages are as wide, and coloured where it can show that.
    pub fn with_screen(self, screen: Screen) -> Self {
        Streams { screen, ..self }
    }

    /// Says whether `out` is a terminal, on which a screen can be drawn.
    pub fn with_terminal(self, terminal: bool) -> Self {
        Streams { terminal, ..self }
    }

    /// Gives a way to see that nobody reads `out` any more. Without it a command that waits sees it when it next writes.
    pub fn with_reader(self, is_abandoned: fn() -> bool) -> Self {
        Streams { is_abandoned, ..self }
    }

    /// Where pages are written.
    pub(crate) fn sheet(&mut self) -> Sheet<'_> {
        Sheet::new(self.out, self.screen)
    }

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

    /// What calls cost here: the owner's rates before those of the table.
    pub(crate) fn prices(&self) -> Prices {
        Prices::new(self.settings.pricing_overrides())
    }

    /// What everything that leaves goes through: the secrets this home knows, and personal data where the owner says so.
    #[cfg(feature = "report")]
    pub(crate) fn redactor(&self) -> Redactor {
        telemetry_plugin::redactor(&self.path, &self.settings)
    }

    /// What records that leave go through.
    #[cfg(feature = "export")]
    pub(crate) fn gate(&self) -> Gate {
        telemetry_plugin::gate(&self.path, &self.settings)
    }
}

pub(crate) fn run(
    args: &TelemetryArgs,
    mut process: Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    #[cfg(feature = "demo")]
    if matches!(args.command, Command::Demo) {
        return demo::run(streams);
    }
    let home = Home::at(home::resolve(args.home.as_deref())?);
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
