//! Which records of a file that is read on from a place were in it before, in memory that does not grow with the file.

use std::collections::{BTreeSet, HashSet};
use std::io;
use std::path::Path;

use telemetry_core::ids::EventId;
use telemetry_core::time::UnixNanos;

use super::reader::RECORDS_AT_ONCE;
use super::{LineReader, Record};

/// Keys that are remembered of a file: 2 to 3 MB, and all that most days have.
const REMEMBERED: usize = 1 << 16;

type Key = (UnixNanos, EventId);

/// The latest keys of a file, by their times. What is later than all that was forgotten cannot have been there before unless it
/// is remembered; the file is asked for the others. So a log that grows is hardly ever read again: its lines are about in the
/// order of their times, and one that comes too early stays among the latest and does not make the others late.
pub(super) struct Latest {
    keys: BTreeSet<Key>,
    /// The latest that was forgotten.
    forgotten: Option<Key>,
    most: usize,
}

impl Latest {
    /// Of the first `end` bytes of the file at `path`.
    pub fn of<T: Record>(path: &Path, end: u64) -> io::Result<Self> {
        Self::of_most::<T>(path, end, REMEMBERED)
    }

    fn of_most<T: Record>(path: &Path, end: u64, most: usize) -> io::Result<Self> {
        let mut latest = Latest { keys: BTreeSet::new(), forgotten: None, most };
        before::<T>(path, end, &mut |key| {
            latest.keys.insert(key);
            latest.forget();
        })?;
        Ok(latest)
    }

    /// For each key of some records that follow each other in the file at `path`, the first of them at `begin` or after, whether
    /// it is there for the first time.
    pub fn are_first<T: Record>(&mut self, path: &Path, begin: u64, keys: &[Key]) -> io::Result<Vec<bool>> {
        let is_late = |key: &Key| self.forgotten.is_some_and(|forgotten| *key <= forgotten);
        let late: HashSet<Key> = keys.iter().copied().filter(is_late).collect();
        let mut told = HashSet::new();
        if !late.is_empty() {
            before::<T>(path, begin, &mut |key| {
                if late.contains(&key) {
                    told.insert(key);
                }
            })?;
        }
        let is_first =
            |key: &Key| if late.contains(key) { told.insert(*key) } else { self.keys.insert(*key) };
        let are_first = keys.iter().map(is_first).collect();
        // Not before all were asked for: what is forgotten now was not late above.
        self.forget();
        Ok(are_first)
    }

    fn forget(&mut self) {
        while self.keys.len() > self.most {
            self.forgotten = self.forgotten.max(self.keys.pop_first());
        }
    }
}

/// Calls `each` with the keys of the records before `end`, where a line ends.
fn before<T: Record>(path: &Path, end: u64, each: &mut dyn FnMut(Key)) -> io::Result<()> {
    if end == 0 {
        return Ok(());
    }
    let mut lines = LineReader::<T>::open(path, 0)?;
    loop {
        let chunk = lines.next_chunk(RECORDS_AT_ONCE)?;
        for (record, line_end) in chunk.records.iter().zip(chunk.ends) {
            if line_end > end {
                return Ok(());
            }
            each(record.key());
        }
        if chunk.at_end || chunk.end >= end {
            return Ok(());
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::event::Event;

    use super::*;

    fn line((ts, id): Key) -> String {
        let ts = ts.0;
        format!("{{\"v\":1,\"event\":\"future\",\"id\":\"{id}\",\"ts\":{ts}}}\n")
    }

    proptest::proptest! {
        /// However little is remembered, in chunks of any size, and begun anew anywhere: what is told is what a memory of
        /// everything tells.
        #[test]
        fn the_first_of_equal_records_is_told_whatever_was_forgotten(
            times in proptest::collection::vec((0_i64..40, 0_u64..2), 1..200),
            most in 1_usize..20,
            chunk in 1_usize..30,
            begun_anew in 0_usize..200,
        ) {
            let keys: Vec<Key> = times.iter().map(|(ts, id)| (UnixNanos(*ts), EventId(*id))).collect();
            let file = tempfile::NamedTempFile::new().unwrap();
            let mut ends = vec![0];
            let mut text = String::new();
            for key in &keys {
                text += &line(*key);
                ends.push(text.len() as u64);
            }
            std::fs::write(file.path(), &text).unwrap();
            let mut all = HashSet::new();
            let expected: Vec<bool> = keys.iter().map(|key| all.insert(*key)).collect();

            let mut found = Vec::new();
            let mut latest = Latest::of_most::<Event>(file.path(), 0, most).unwrap();
            for keys in keys.chunks(chunk) {
                if (found.len()..found.len() + chunk).contains(&begun_anew) {
                    latest = Latest::of_most::<Event>(file.path(), ends[found.len()], most).unwrap();
                }
                found.extend(latest.are_first::<Event>(file.path(), ends[found.len()], keys).unwrap());
                proptest::prop_assert!(latest.keys.len() <= most);
            }
            proptest::prop_assert_eq!(found, expected);
        }
    }
}
