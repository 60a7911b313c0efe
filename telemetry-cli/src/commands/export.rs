//! `telemetry export`: what was recorded to a file, a pipe, a receiver or a collector.

#[cfg(feature = "atif")]
mod atif;
#[cfg(feature = "atof")]
mod atof;
#[cfg(any(feature = "otlp", feature = "shipping"))]
mod network;
#[cfg(any(feature = "atif", feature = "atof"))]
mod selected;
#[cfg(any(feature = "atif", feature = "atof"))]
mod trajectories;

use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use clap::ValueEnum as _;
use telemetry_core::conversation::Conversations;
use telemetry_core::event::Event;
use telemetry_core::source::{Source, SourceSummary};
use telemetry_core::time::UnixNanos;
use telemetry_export::{Destination, ExportError, Exported, Json, Ndjson, Selection, export};
#[cfg(feature = "shipping")]
use telemetry_plugin::exports::Collector;
#[cfg(feature = "otlp")]
use telemetry_plugin::exports::Otlp;
use telemetry_store::conversations::{HostDatabase, Recorded};
use telemetry_store::log::LogReader;

use super::alone;
use crate::args::{self, Format};
use crate::failure::Failure;
use crate::home::Home;
use crate::process::Process;
use crate::progress::Progress;
use crate::streams::Streams;
use crate::{answers, render, span};

pub(super) fn run(
    home: &Home,
    args: &args::Export,
    process: &mut Process,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let zone = span::zone(None, &home.settings)?;
    let now = jiff::Timestamp::now();
    let since = args.since.as_deref().map(|text| span::moment(text, now, &zone)).transpose()?;
    #[cfg(feature = "otlp")]
    if args.network.otlp {
        let otlp = match args.follow {
            true => Otlp::in_the_background(&home.path, &home.settings),
            false => Otlp::of(&home.path, &home.settings),
        };
        return network::run(home, &otlp, since, args.follow, streams);
    }
    #[cfg(feature = "shipping")]
    if args.network.collector {
        let collector = match args.follow {
            true => Collector::in_the_background(&home.settings),
            false => Collector::of(&home.settings),
        };
        return network::run(home, &collector, since, args.follow, streams);
    }
    #[cfg(any(feature = "atif", feature = "atof"))]
    if let Some(written) = trajectories::run(home, args, since, streams) {
        return written;
    }
    if !args.include_content {
        return write(home, args, since, None, streams);
    }
    if let (Process::Host { alone }, true) = (process, home.path.join("state.db").exists()) {
        return elsewhere(home, args, alone.as_mut(), streams);
    }
    let index = answers::open(home, streams)?;
    let (host, closed) = match HostDatabase::open(&home.path) {
        Ok(host) => (host, None),
        Err(error) => (None, Some(error.to_string())),
    };
    let conversations = Recorded::new(index.connection(), &home.layout, host)?;
    if !home.settings.planes().trajectories {
        writeln!(
            streams.err,
            "telemetry: telemetry.trajectories.enabled is not on: sessions and messages are exported without what was said"
        )?;
    }
    write(home, args, since, Some(&conversations), streams)?;
    for left_out in closed.into_iter().chain(conversations.left_out()) {
        writeln!(streams.err, "telemetry: left out: {}", render::clean(&left_out))?;
    }
    Ok(())
}

/// The host's database holds sessions, and this is the host's process: the whole export is made by another.
fn elsewhere(
    home: &Home,
    args: &args::Export,
    alone: Option<&mut std::process::Command>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let Some(command) = alone else {
        return Err(Failure::Failed(
            "--include-content reads the host's own database, which must not be opened inside the host; \
             run this with the `telemetry` binary"
                .to_owned(),
        ));
    };
    command.args(["export", "--include-content", "--out"]).arg(args.out());
    let format = args.format.to_possible_value();
    command.arg("--format").args(format.as_ref().map(|format| format.get_name()));
    command.args(args.since.iter().flat_map(|since| ["--since", since]));
    command.arg("--home").arg(&home.path);
    alone::run(command, streams)
}

fn write(
    home: &Home,
    args: &args::Export,
    since: Option<UnixNanos>,
    conversations: Option<&dyn Conversations>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let gate = home.gate();
    let selection = Selection { since, conversations };
    let to = |destination: io::Result<Box<dyn Destination + '_>>, progress| {
        let source = Watched { log: LogReader::new(home.layout.clone()), progress: RefCell::new(progress) };
        export(&source, &gate, selection, destination.map_err(ExportError::Destination)?.as_mut())
    };
    let with = conversations.is_some();
    if args.out() == Path::new("-") {
        let (progress, out) = Progress::beside("exporting", streams);
        let exported = to(destination(args.format, with, BufWriter::new(out)), progress).map_err(
            |error| match error {
                ExportError::Source(error) => Failure::File(home.layout.root().to_owned(), error),
                ExportError::Destination(error) => Failure::Output(error),
            },
        )?;
        return unreadable(streams, &exported);
    }
    // Written beside its place and then put there: a reader sees the old file or the new one, never half.
    let draft = args.out().with_extension(format!("partial-{}", std::process::id()));
    let failed = |error| Failure::File(args.out().to_owned(), error);
    let file = private_file(&draft).map_err(failed)?;
    let progress = Progress::of("exporting", streams);
    let exported = to(destination(args.format, with, BufWriter::new(file)), progress)
        .and_then(|exported| match std::fs::rename(&draft, args.out()) {
            Ok(()) => Ok(exported),
            Err(error) => Err(ExportError::Destination(error)),
        })
        .map_err(|error| {
            let _ = std::fs::remove_file(&draft);
            match error {
                ExportError::Source(error) => Failure::File(home.layout.root().to_owned(), error),
                ExportError::Destination(error) => failed(error),
            }
        })?;
    writeln!(streams.out, "exported {} to {}", what(&exported, with), args.out().display())?;
    unreadable(streams, &exported)
}

/// The log, of which it is shown how much is read.
struct Watched<'a> {
    log: LogReader,
    progress: RefCell<Progress<'a>>,
}

impl Source for Watched<'_> {
    fn read(&self, each: &mut dyn FnMut(Event) -> bool) -> io::Result<SourceSummary> {
        let progress = &mut *self.progress.borrow_mut();
        self.log.read_watched(each, &mut |done, total| progress.has_read(done, total))
    }
}

fn what(exported: &Exported, with_conversations: bool) -> String {
    let events = render::count(exported.events, "event", "events");
    if !with_conversations {
        return events;
    }
    let sessions = render::count(exported.sessions, "session", "sessions");
    let messages = render::count(exported.messages, "message", "messages");
    format!("{events}, {sessions} and {messages}")
}

/// Says how many lines of the log are not in the export, if any.
fn unreadable(streams: &mut Streams<'_>, exported: &Exported) -> Result<(), Failure> {
    if exported.unreadable > 0 {
        let lines = render::count(exported.unreadable, "line", "lines");
        writeln!(streams.err, "telemetry: left out {lines} of the log that cannot be read")?;
    }
    Ok(())
}

fn destination<'a>(
    format: Format,
    conversations: bool,
    out: impl Write + 'a,
) -> io::Result<Box<dyn Destination + 'a>> {
    Ok(match format {
        Format::Ndjson => Box::new(Ndjson::new(out)),
        Format::Json => Box::new(Json::new(out, conversations)?),
        #[cfg(any(feature = "atif", feature = "atof"))]
        _ => return Err(io::ErrorKind::Unsupported.into()),
    })
}

fn private_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
