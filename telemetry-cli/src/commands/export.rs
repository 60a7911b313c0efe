//! `telemetry export`: recorded events to a file or a pipe.

use std::fs::OpenOptions;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use telemetry_export::{Destination, Json, Ndjson, Selection, export};
use telemetry_policy::Gate;
use telemetry_store::log::LogReader;

use super::{Home, Streams};
use crate::args::{self, Format};
use crate::failure::Failure;
use crate::{render, span};

pub(super) fn run(home: &Home, args: &args::Export, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let zone = span::zone(None, &home.settings)?;
    let now = jiff::Timestamp::now();
    let since = args.since.as_deref().map(|text| span::moment(text, now, &zone)).transpose()?;
    let source = LogReader::new(home.layout.clone());
    let gate = Gate::new(&home.settings);
    let selection = Selection { since };
    if args.out == Path::new("-") {
        let mut destination = destination(args.format, BufWriter::new(&mut *streams.out));
        let summary = export(&source, &gate, selection, destination.as_mut())?;
        drop(destination);
        return left_out(streams, summary.unreadable);
    }
    let failed = |error| Failure::File(args.out.clone(), error);
    // Written beside its place and then put there: a reader sees the old file or the new one, never half.
    let draft = args.out.with_extension(format!("partial-{}", std::process::id()));
    let file = private_file(&draft).map_err(failed)?;
    let written = export(&source, &gate, selection, destination(args.format, BufWriter::new(file)).as_mut())
        .and_then(|summary| std::fs::rename(&draft, &args.out).map(|()| summary));
    let summary = written.map_err(|error| {
        let _ = std::fs::remove_file(&draft);
        failed(error)
    })?;
    writeln!(streams.out, "exported {} events to {}", summary.events, args.out.display())?;
    left_out(streams, summary.unreadable)
}

/// Says how many lines of the log are not in the export, if any.
fn left_out(streams: &mut Streams<'_>, unreadable: u64) -> Result<(), Failure> {
    if unreadable > 0 {
        let lines = render::count(unreadable, "line", "lines");
        writeln!(streams.err, "telemetry: left out {lines} of the log that cannot be read")?;
    }
    Ok(())
}

fn destination<'a>(format: Format, out: impl Write + 'a) -> Box<dyn Destination + 'a> {
    match format {
        Format::Ndjson => Box::new(Ndjson::new(out)),
        Format::Json => Box::new(Json::new(out)),
    }
}

fn private_file(path: &Path) -> io::Result<std::fs::File> {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
