//! Reading whole files of days back.

use std::io;
use std::path::PathBuf;

use telemetry_core::source::SourceSummary;
use telemetry_core::time::Day;

use super::repeats::Repeats;
use super::{LineReader, Record};

pub(super) const RECORDS_AT_ONCE: usize = 4_096;

/// Calls `each` for every record of `files` once, duplicates left out, until it says stop (`false`). With `holding`,
/// only lines that hold these bytes are looked at.
///
/// # Errors
/// When a file cannot be read; lines that are no records are counted, not errors.
pub(crate) fn read<T: Record>(
    files: &[(Day, PathBuf)],
    holding: Option<&[u8]>,
    each: &mut dyn FnMut(T) -> bool,
) -> io::Result<SourceSummary> {
    let mut summary = SourceSummary::default();
    for (_, path) in files {
        // A record and its duplicates have the same time, so they are in the file of the same day.
        let opened = Repeats::of::<T>(path, holding)
            .and_then(|repeats| Ok((repeats, LineReader::open(path, 0)?.holding(holding))));
        let (mut repeats, mut lines) = match opened {
            // Pruned since the folder was looked at.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        'file: loop {
            let chunk = lines.next_chunk(RECORDS_AT_ONCE)?;
            summary.unreadable += chunk.unreadable;
            for record in chunk.records {
                match repeats.is_first(T::key(&record)) {
                    None => break 'file,
                    Some(false) => summary.duplicates += 1,
                    Some(true) => {
                        summary.events += 1;
                        if !each(record) {
                            return Ok(summary);
                        }
                    }
                }
            }
            if chunk.at_end {
                break;
            }
        }
    }
    Ok(summary)
}
