//! Reading whole files of days back.

use std::io;
use std::path::PathBuf;

use telemetry_core::source::SourceSummary;
use telemetry_core::time::Day;

use super::repeats::Repeats;
use super::{LineReader, Record};

pub(super) const RECORDS_AT_ONCE: usize = 4_096;

/// Hears how many bytes were read, of how many there were when it began; several times a second.
pub type Watch<'a> = &'a mut dyn FnMut(u64, u64);

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
    read_watched(files, holding, each, &mut |_, _| {})
}

/// As [`read`], while `watch` hears how far it is.
///
/// # Errors
/// As there.
pub(crate) fn read_watched<T: Record>(
    files: &[(Day, PathBuf)],
    holding: Option<&[u8]>,
    each: &mut dyn FnMut(T) -> bool,
    watch: Watch<'_>,
) -> io::Result<SourceSummary> {
    let mut summary = SourceSummary::default();
    let lengths: Vec<u64> =
        files.iter().map(|(_, path)| path.metadata().map_or(0, |file| file.len())).collect();
    let (mut before, total) = (0, lengths.iter().sum());
    for ((_, path), length) in files.iter().zip(lengths) {
        // One that is read twice is half read by the first time.
        let mut passed = 0;
        // A record and its duplicates have the same time, so they are in the file of the same day.
        let found = Repeats::of::<T>(path, holding, &mut |at| {
            passed = at / 2;
            watch(before + passed, total);
        });
        let opened = found.and_then(|repeats| Ok((repeats, LineReader::open(path, 0)?.holding(holding))));
        let (mut repeats, mut lines) = match opened {
            // Pruned since the folder was looked at.
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            opened => opened?,
        };
        'file: loop {
            let chunk = lines.next_chunk(RECORDS_AT_ONCE)?;
            watch(before + if passed > 0 { passed + chunk.end / 2 } else { chunk.end }, total);
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
        before += length;
    }
    Ok(summary)
}
