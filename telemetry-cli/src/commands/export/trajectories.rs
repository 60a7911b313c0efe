//! `telemetry export --format atof|atif`: what was recorded as trajectories.

use std::fs;
use std::io;
use std::path::Path;

use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::trajectory::Kept;
use telemetry_policy::Cleared;
use telemetry_store::content::ContentReader;
use telemetry_store::log::LogReader;

use super::selected::Selected;
use crate::args::{self, Format};
use crate::failure::Failure;
use crate::home::Home;
use crate::progress::Progress;
use crate::streams::Streams;
use crate::{answers, render};

/// Where trajectories go.
pub(super) enum Out<'a> {
    Directory(&'a Path),
    File(&'a Path),
    Standard,
}

/// Writes trajectories, if they are asked for.
pub(super) fn run(
    home: &Home,
    args: &args::Export,
    since: Option<UnixNanos>,
    streams: &mut Streams<'_>,
) -> Option<Result<(), Failure>> {
    let write: Write = match args.format {
        #[cfg(feature = "atif")]
        Format::Atif => super::atif::write,
        #[cfg(feature = "atof")]
        Format::Atof => super::atof::write,
        Format::Ndjson | Format::Json => {
            #[cfg(feature = "atif")]
            if args.subagents.is_some() {
                return Some(Err(Failure::Usage("--subagents is of --format atif".to_owned())));
            }
            let is_chosen = args.run.is_some() || args.session.is_some();
            let why = || {
                Failure::Usage("--run and --session are of trajectories, --format atof or atif".to_owned())
            };
            return is_chosen.then(|| Err(why()));
        }
    };
    Some(written(home, args, since, write, streams))
}

/// Writes what is read in one format.
type Write = fn(&Reading<'_>, &args::Export, &Out<'_>, &Path, &mut Streams<'_>) -> Result<(), Failure>;

fn written(
    home: &Home,
    args: &args::Export,
    since: Option<UnixNanos>,
    write: Write,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    if args.include_content {
        let why = "--include-content is of ndjson and json; a trajectory has what was said while \
                   telemetry.trajectories.enabled is true";
        return Err(Failure::Usage(why.to_owned()));
    }
    // What processes left open is closed by whoever looks at the index.
    drop(answers::open(home, streams)?);
    let log = LogReader::new(home.layout.clone());
    let selected = Selected::read(&log, args, since, streams)?;
    let out = Out::of(args.out());
    // Beside what it becomes, so that it can be put in its place.
    let draft = draft_beside(&out).map_err(|error| Failure::File(args.out().to_owned(), error))?;
    write(&Reading { home, log: &log, selected: &selected }, args, &out, draft.path(), streams)?;
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
pub(super) struct Reading<'a> {
    pub home: &'a Home,
    log: &'a LogReader,
    pub selected: &'a Selected,
}

impl Reading<'_> {
    /// What was said, cleared, in a file of `draft`.
    pub fn said(&self, draft: &Path) -> io::Result<Kept> {
        let mut kept = Kept::new(draft)?;
        if !self.home.settings.planes().trajectories {
            return Ok(kept);
        }
        let gate = self.home.gate();
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
    pub fn events(
        &self,
        streams: &mut Streams<'_>,
        each: &mut dyn FnMut(Cleared<Event>) -> io::Result<()>,
    ) -> io::Result<()> {
        let gate = self.home.gate();
        let mut failure = None;
        let mut progress = Progress::of("exporting", streams);
        let clear_each = &mut |event: Event| {
            if self.selected.has(event.run) {
                failure = each(gate.clear(event)).err();
            }
            failure.is_none()
        };
        self.log.read_watched(clear_each, &mut |done, total| progress.has_read(done, total))?;
        failure.map_or(Ok(()), Err)
    }
}
