//! `telemetry export --format atof|atif`: what was recorded as trajectories.

use std::fs;
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::source::Source as _;
use telemetry_core::time::UnixNanos;
use telemetry_export::trajectory::Kept;
use telemetry_export::{atif, atof};
use telemetry_policy::Gate;
use telemetry_store::content::ContentReader;
use telemetry_store::log::LogReader;

use super::private_file;
use super::selected::Selected;
use crate::args::{self, Format};
use crate::commands::{Home, Streams};
use crate::failure::Failure;
use crate::{answers, render};

/// Where trajectories go.
enum Out<'a> {
    Directory(&'a Path),
    File(&'a Path),
    Standard,
}

pub(super) fn run(
    home: &Home,
    args: &args::Export,
    since: Option<UnixNanos>,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let is_atif = args.format == Format::Atif;
    if args.include_content {
        let why = "--include-content is of ndjson and json; a trajectory has what was said while \
                   telemetry.trajectories.enabled is true";
        return Err(Failure::Usage(why.to_owned()));
    }
    if args.subagents.is_some() && !is_atif {
        return Err(Failure::Usage("--subagents is of --format atif".to_owned()));
    }
    // What processes left open is closed by whoever looks at the index.
    drop(answers::open(home, streams)?);
    let log = LogReader::new(home.layout.clone());
    let selected = Selected::read(&log, args, since)?;
    let out = Out::of(args.out());
    if is_atif && !matches!(out, Out::Directory(_)) {
        one_document(args, &selected)?;
    }
    let failed = |error| Failure::File(args.out().to_owned(), error);
    // Beside what it becomes, so that it can be put in its place.
    let draft = draft_beside(&out).map_err(failed)?;
    let reading = Reading { home, log: &log, selected: &selected };
    match args.format {
        Format::Atif => atif(&reading, args, &out, draft.path(), streams)?,
        _ => atof(&reading, args, &out, draft.path(), streams)?,
    }
    if selected.unreadable > 0 {
        let lines = render::count(selected.unreadable, "line", "lines");
        writeln!(streams.err, "telemetry: left out {lines} of the log that cannot be read")?;
    }
    if !home.settings.planes().trajectories {
        let off = "telemetry.trajectories.enabled is not on: trajectories are exported without what was said";
        writeln!(streams.err, "telemetry: {off}")?;
    }
    Ok(())
}

impl<'a> Out<'a> {
    /// What is there tells; else the ending of the name.
    fn of(path: &'a Path) -> Self {
        const FILES: [&str; 6] = ["json", "jsonl", "ndjson", "atof", "atif", "log"];
        let ending = path.extension().map(|ending| ending.to_string_lossy().to_lowercase());
        let is_file = ending.is_some_and(|ending| FILES.contains(&ending.as_str()));
        let ends_with_slash = path.to_string_lossy().ends_with('/');
        match path.metadata() {
            _ if path == Path::new("-") => Out::Standard,
            Ok(metadata) if metadata.is_dir() => Out::Directory(path),
            Ok(_) => Out::File(path),
            Err(_) if ends_with_slash || !is_file => Out::Directory(path),
            Err(_) => Out::File(path),
        }
    }
}

fn one_document(args: &args::Export, selected: &Selected) -> Result<(), Failure> {
    match selected.sessions.len() {
        0 => Err(Failure::Failed("nothing is recorded that an ATIF document could be made of".to_owned())),
        1 if args.subagents == Some(args::Subagents::All) => {
            Err(Failure::Usage("--subagents all writes several files: give a directory to --out".to_owned()))
        }
        1 => Ok(()),
        sessions => Err(Failure::Failed(format!(
            "an ATIF document holds one session, and these are {sessions}: \
             give --session ID or --run ID, or a directory to --out"
        ))),
    }
}

fn draft_beside(out: &Out<'_>) -> io::Result<tempfile::TempDir> {
    let beside = match out {
        Out::Directory(directory) => {
            fs::create_dir_all(directory)?;
            Some(*directory)
        }
        Out::File(file) => {
            Some(file.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new(".")))
        }
        Out::Standard => None,
    };
    match beside {
        Some(directory) => tempfile::Builder::new().prefix(".export-").tempdir_in(directory),
        None => tempfile::Builder::new().prefix("telemetry-export-").tempdir(),
    }
}

/// What is read, and how.
struct Reading<'a> {
    home: &'a Home,
    log: &'a LogReader,
    selected: &'a Selected,
}

impl Reading<'_> {
    fn gate(&self) -> Gate {
        Gate::new(&self.home.settings).with_redactor(Arc::new(self.home.redactor()))
    }

    /// What was said, cleared, in a file of `draft`.
    fn said(&self, draft: &Path) -> io::Result<Kept> {
        let mut kept = Kept::new(draft)?;
        if !self.home.settings.planes().trajectories {
            return Ok(kept);
        }
        let gate = self.gate();
        let mut failure = None;
        ContentReader::new(self.home.layout.clone()).read(&mut |content: Content| {
            if self.selected.has(Some(content.run)) {
                failure = kept.keep(gate.clear(content)).err();
            }
            failure.is_none()
        })?;
        failure.map_or(Ok(kept), Err)
    }

    /// All events that are wanted, cleared.
    fn events(
        &self,
        each: &mut dyn FnMut(telemetry_policy::Cleared<Event>) -> io::Result<()>,
    ) -> io::Result<()> {
        let gate = self.gate();
        let mut failure = None;
        self.log.read(&mut |event| {
            if self.selected.has(event.run) {
                failure = each(gate.clear(event)).err();
            }
            failure.is_none()
        })?;
        failure.map_or(Ok(()), Err)
    }
}

fn atof(
    reading: &Reading<'_>,
    args: &args::Export,
    out: &Out<'_>,
    draft: &Path,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let failed = |error| Failure::File(args.out().to_owned(), error);
    let mut said = reading.said(draft).map_err(failed)?;
    let mut bulk = atof::Bulk::new(reading.home.prices(), draft).map_err(failed)?;
    reading.events(&mut |event| bulk.event(event, &mut said)).map_err(failed)?;
    bulk.finish(&mut said).map_err(failed)?;
    if let Some(error) = said.failure() {
        return Err(failed(error));
    }
    let written = match out {
        Out::Standard => {
            bulk.write(&mut BufWriter::new(&mut *streams.out))?;
            return Ok(());
        }
        Out::File(file) => {
            let path = draft.join("stream");
            let written =
                bulk.write(&mut BufWriter::new(private_file(&path).map_err(failed)?)).map_err(failed)?;
            fs::rename(path, file).map_err(failed)?;
            written
        }
        Out::Directory(directory) => {
            let mut name = PathBuf::new();
            let names = std::cell::RefCell::new(&mut name);
            let open = &mut |session: &str| {
                **names.borrow_mut() = atof::file_name(session).into();
                private_file(&draft.join(&**names.borrow())).map(BufWriter::new)
            };
            let close = &mut |_| {
                let name = names.borrow();
                fs::rename(draft.join(&**name), directory.join(&**name))
            };
            bulk.write_trees(open, close).map_err(failed)?
        }
    };
    let lines = render::count(written.lines, "line", "lines");
    let trees = render::count(written.trees, "session", "sessions");
    writeln!(streams.out, "exported {lines} of {trees} to {}", args.out().display())?;
    Ok(())
}

fn atif(
    reading: &Reading<'_>,
    args: &args::Export,
    out: &Out<'_>,
    draft: &Path,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let failed = |error| Failure::File(args.out().to_owned(), error);
    let mut said = reading.said(draft).map_err(failed)?;
    let subagents = match args.subagents {
        Some(args::Subagents::All) => atif::Subagents::All,
        Some(args::Subagents::Embedded) | None => atif::Subagents::Embedded,
    };
    let config = atif::Config::plain(draft.to_owned(), subagents);
    let mut bulk = atif::Bulk::new(config, reading.home.prices());
    reading.events(&mut |event| bulk.event(event, &mut said)).map_err(failed)?;
    let documents = bulk.finish(&mut said).map_err(failed)?;
    if let Some(error) = said.failure() {
        return Err(failed(error));
    }
    let nothing = || Failure::Failed("nothing is recorded that an ATIF document could be made of".to_owned());
    match out {
        Out::Standard => {
            let document = documents.first().ok_or_else(nothing)?;
            io::copy(&mut fs::File::open(document).map_err(failed)?, &mut *streams.out)?;
            return Ok(());
        }
        Out::File(file) => fs::rename(documents.first().ok_or_else(nothing)?, file).map_err(failed)?,
        Out::Directory(directory) => {
            for document in &documents {
                let name = document.file_name().unwrap_or_default();
                fs::rename(document, directory.join(name)).map_err(failed)?;
            }
        }
    }
    let documents = render::count(documents.len() as u64, "document", "documents");
    writeln!(streams.out, "exported {documents} to {}", args.out().display())?;
    Ok(())
}
