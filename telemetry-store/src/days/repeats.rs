//! Which records of a file are there more than once, found in memory that does not grow with the file.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use telemetry_core::ids::EventId;
use telemetry_core::time::UnixNanos;

use super::reader::RECORDS_AT_ONCE;
use super::{LineReader, Record};

/// Of a file up to this size all keys are remembered: 20 to 40 MB of them, and one pass over the file.
const LARGE_BYTES: u64 = 128 << 20;
/// Of a larger one so much at a time.
const PART_BYTES: u64 = 64 << 20;
/// At most so many parts: each is an open file.
const MOST_PARTS: u64 = 64;

type Key = (UnixNanos, EventId);

/// Tells the first of equal records from the others, in the order of their file.
pub(super) enum Repeats {
    /// The keys so far.
    Remembered(HashSet<Key>),
    /// Found out before: a bit for each record, set for one that was there before.
    Marked { repeated: Vec<u64>, records: u64, next: u64 },
}

impl Repeats {
    /// Of a small file nothing is read. A large one is read once, its keys are put into files by their hash, where those
    /// of equal records meet, and each of these files is looked at alone. They lie beside it, have no name, and are gone
    /// with this process; where none can be made the keys are remembered after all.
    ///
    /// While a file is read for it, `watch` hears how many of its bytes were.
    pub fn of<T: Record>(
        path: &Path,
        holding: Option<&[u8]>,
        watch: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        match holding {
            // Lines that are looked for are few.
            Some(_) => Ok(Self::Remembered(HashSet::new())),
            None => Self::of_large::<T>(path, LARGE_BYTES, PART_BYTES, watch),
        }
    }

    fn of_large<T: Record>(
        path: &Path,
        large: u64,
        part: u64,
        watch: &mut dyn FnMut(u64),
    ) -> io::Result<Self> {
        let bytes = path.metadata()?.len();
        if bytes <= large {
            return Ok(Self::Remembered(HashSet::new()));
        }
        let parts = (bytes / part + 1).min(MOST_PARTS);
        let folder = path.parent().unwrap_or(Path::new("."));
        let make = || tempfile::tempfile_in(folder).or_else(|_| tempfile::tempfile()).map(BufWriter::new);
        let Ok(mut parts) = (0..parts).map(|_| make()).collect::<io::Result<Vec<_>>>() else {
            return Ok(Self::Remembered(HashSet::new()));
        };
        let mut records = 0_u64;
        let mut lines = LineReader::<T>::open(path, 0)?;
        loop {
            let chunk = lines.next_chunk(RECORDS_AT_ONCE)?;
            for record in &chunk.records {
                let (ts, id) = record.key();
                let part = id.0 as usize % parts.len();
                for number in [ts.0.cast_unsigned(), id.0, records] {
                    parts[part].write_all(&number.to_le_bytes())?;
                }
                records += 1;
            }
            watch(chunk.end);
            if chunk.at_end {
                break;
            }
        }
        let mut repeated = vec![0_u64; (records / 64 + 1) as usize];
        for part in parts {
            mark(part.into_inner().map_err(io::IntoInnerError::into_error)?, &mut repeated)?;
        }
        Ok(Self::Marked { repeated, records, next: 0 })
    }

    /// Whether the next record of the file, with this key, is there for the first time; `None` when it was appended since
    /// the file was looked at, as are all after it.
    pub fn is_first(&mut self, key: Key) -> Option<bool> {
        match self {
            Self::Remembered(keys) => Some(keys.insert(key)),
            Self::Marked { records, next, .. } if *next >= *records => None,
            Self::Marked { repeated, next, .. } => {
                let (word, bit) = ((*next / 64) as usize, *next % 64);
                *next += 1;
                Some(repeated[word] >> bit & 1 == 0)
            }
        }
    }
}

/// Sets the bits of the records of a part that were in it before.
fn mark(mut part: File, repeated: &mut [u64]) -> io::Result<()> {
    let entries = part.seek(SeekFrom::End(0))? / 24;
    part.seek(SeekFrom::Start(0))?;
    let mut part = BufReader::new(part);
    let mut keys = HashSet::with_capacity(entries as usize);
    let mut entry = [[0; 8]; 3];
    for _ in 0..entries {
        part.read_exact(entry.as_flattened_mut())?;
        let [ts, id, record] = entry.map(u64::from_le_bytes);
        if !keys.insert((ts, id)) {
            repeated[(record / 64) as usize] |= 1 << (record % 64);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use telemetry_core::event::Event;

    use super::*;

    /// Both ways give the same answers, whatever is repeated and however far away.
    #[test]
    fn a_large_file_is_told_apart_like_a_small_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut numbers: Vec<u64> = (0..5_000).collect();
        numbers.extend((0..5_000).step_by(7));
        numbers.extend([3, 3, 4_999]);
        let line = |number: &u64| {
            // The same id at another time is another event.
            let (id, ts) = (number / 2, number % 2);
            format!("{{\"v\":1,\"event\":\"future\",\"id\":\"{id:016x}\",\"ts\":{ts}}}\n")
        };
        std::fs::write(&path, numbers.iter().map(line).collect::<String>()).unwrap();
        let firsts = |mut repeats: Repeats| -> Vec<Option<bool>> {
            let keys = numbers.iter().map(|number| (UnixNanos((number % 2) as i64), EventId(number / 2)));
            keys.map(|key| repeats.is_first(key)).collect()
        };
        let expected = firsts(Repeats::of::<Event>(&path, None, &mut |_| {}).unwrap());
        assert_eq!(expected.iter().filter(|first| **first == Some(true)).count(), 5_000);
        let mut heard = Vec::new();
        let mut marked = Repeats::of_large::<Event>(&path, 0, 1_000, &mut |bytes| heard.push(bytes)).unwrap();
        assert!(heard.is_sorted() && heard.last() == Some(&path.metadata().unwrap().len()), "{heard:?}");
        assert!(matches!(marked, Repeats::Marked { records, .. } if records == numbers.len() as u64));
        for first in &expected {
            assert_eq!(marked.is_first((UnixNanos(0), EventId(0))), *first);
        }
        assert_eq!(marked.is_first((UnixNanos(0), EventId(0))), None, "appended since");
        let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().collect();
        assert_eq!(left.len(), 1, "{left:?}");
    }
}
