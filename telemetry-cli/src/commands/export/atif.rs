//! `telemetry export --format atif`.

use std::path::Path;
use std::{fs, io};

use telemetry_export::atif;

use super::selected::Selected;
use super::trajectories::{Out, Reading};
use crate::args;
use crate::failure::Failure;
use crate::render;
use crate::streams::Streams;

/// Writes a document for each session, or the one of one session.
pub(super) fn write(
    reading: &Reading<'_>,
    args: &args::Export,
    out: &Out<'_>,
    draft: &Path,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let failed = |error| Failure::File(args.out().to_owned(), error);
    if !matches!(out, Out::Directory(_)) {
        one_document(args, reading.selected)?;
    }
    let mut said = reading.said(draft).map_err(failed)?;
    let subagents = match args.subagents {
        Some(args::Subagents::All) => atif::Subagents::All,
        Some(args::Subagents::Embedded) | None => atif::Subagents::Embedded,
    };
    let config = atif::Config::plain(draft.to_owned(), subagents);
    let mut bulk = atif::Bulk::new(config, reading.home.prices());
    reading.events(streams, &mut |event| bulk.event(event, &mut said)).map_err(failed)?;
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
