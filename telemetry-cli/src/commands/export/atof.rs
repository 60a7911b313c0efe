//! `telemetry export --format atof`.

use std::fs;
use std::io::BufWriter;
use std::path::Path;

use telemetry_export::atof;

use super::private_file;
use super::trajectories::{Out, Reading};
use crate::args;
use crate::failure::Failure;
use crate::render;
use crate::streams::Streams;

/// Writes lines: one stream of all, or a file for each tree.
pub(super) fn write(
    reading: &Reading<'_>,
    args: &args::Export,
    out: &Out<'_>,
    draft: &Path,
    streams: &mut Streams<'_>,
) -> Result<(), Failure> {
    let failed = |error| Failure::File(args.out().to_owned(), error);
    #[cfg(feature = "atif")]
    if args.subagents.is_some() {
        return Err(Failure::Usage("--subagents is of --format atif".to_owned()));
    }
    let mut said = reading.said(draft).map_err(failed)?;
    let mut bulk = atof::Bulk::new(reading.home.prices(), draft).map_err(failed)?;
    reading.events(streams, &mut |event| bulk.event(event, &mut said)).map_err(failed)?;
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
            let open =
                &mut |session: &str| private_file(&draft.join(atof::file_name(session))).map(BufWriter::new);
            let close = &mut |session: &str, _| {
                let name = atof::file_name(session);
                fs::rename(draft.join(&name), directory.join(name))
            };
            bulk.write_trees(open, close).map_err(failed)?
        }
    };
    let lines = render::count(written.lines, "line", "lines");
    let trees = render::count(written.trees, "session", "sessions");
    writeln!(streams.out, "exported {lines} of {trees} to {}", args.out().display())?;
    Ok(())
}
