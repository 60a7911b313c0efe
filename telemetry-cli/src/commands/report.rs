//! `telemetry report`: the answers as one page for a browser.

use std::io::{self, Write};
use std::path::Path;

use jiff::Timestamp;
use telemetry_store::insights::{self, Dimension, Grouping, Question, RunDetail};

use super::insights::asked;
use crate::args;
use crate::failure::Failure;
use crate::home::Home;
use crate::render::html::{Names, Report};
use crate::streams::Streams;
use crate::{answers, render, span};

pub(super) fn run(home: &Home, args: &args::Report, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let to_standard_output = args.html == Path::new("-");
    if !to_standard_output {
        // Before the work: a slip in the name should not cost the wait.
        check_place(&args.html)?;
    }
    let (window, zone) = span::window(&args.span, &home.settings)?;
    let filters = asked::filters(&args.filters)?;
    if args.compare {
        asked::has_a_window_before(window)?;
    }
    let made = Timestamp::now();
    let index = answers::open(home, streams)?;
    let by = vec![
        Grouping::One(Dimension::Day),
        Grouping::One(Dimension::Model),
        Grouping::One(Dimension::Tool),
        Grouping::Two(Dimension::Day, Dimension::Model),
    ];
    let question = Question {
        by,
        filters: filters.clone(),
        top: usize::from(args.top),
        compare: args.compare,
        ..Question::page(window, zone.clone())
    };
    let found = insights::insights(index.connection(), &question)?;
    let runs = found
        .top_runs
        .iter()
        .map(|run| insights::run_detail(index.connection(), run.clone()))
        .collect::<Result<Vec<RunDetail>, _>>()?;
    // A page leaves the machine: what it names goes the way of everything that does.
    let names = Names::new(home.redactor());
    let page =
        Report { found: &found, filters: &filters, runs: &runs, zone: &zone, made, names: &names }.page();
    if to_standard_output {
        return Ok(streams.out.write_all(page.as_bytes())?);
    }
    put(&args.html, &page).map_err(|error| Failure::File(args.html.clone(), error))?;
    let turns = render::count(found.turns.ended.total, "turn", "turns");
    writeln!(streams.out, "a report on {turns} is in {}", args.html.display())?;
    Ok(())
}

/// Whether a file may be put there: where nothing is, or in place of a file.
fn check_place(path: &Path) -> Result<(), Failure> {
    let refused = |error: io::Error| Err(Failure::File(path.to_owned(), error));
    match path.symlink_metadata() {
        Ok(there) if there.is_dir() => refused(io::ErrorKind::IsADirectory.into()),
        Ok(there) if !there.is_file() => refused(io::Error::other(
            "is there and no file, and is left as it is; give another name, or - for standard output",
        )),
        Err(error) if error.kind() != io::ErrorKind::NotFound => refused(error),
        _ => folder_of(path).metadata().map(drop).or_else(refused),
    }
}

/// Written beside its place, for its owner alone, and then put there: a reader sees the old page or the new one.
fn put(path: &Path, page: &str) -> io::Result<()> {
    let draft = tempfile::Builder::new().prefix(".telemetry-report-").tempfile_in(folder_of(path));
    // Without the name of a draft nobody asked for.
    let mut draft = draft.map_err(|error| error.kind())?;
    draft.write_all(page.as_bytes())?;
    draft.as_file().sync_all()?;
    draft.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// The folder a file is in.
fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}
