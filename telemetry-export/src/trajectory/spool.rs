//! What is too much for memory, in a file while it is needed.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::File;
use std::io::{self, BufWriter, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::Path;

use telemetry_core::content::Content;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

use super::held::{Said, Spoken};

/// A file without a name, to be written and then read.
pub struct Spool {
    out: BufWriter<File>,
    length: u64,
    flushed: bool,
}

/// Where something is in a [`Spool`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place {
    offset: u64,
    length: u32,
}

impl Spool {
    /// A spool in `directory`, readable by its owner alone and gone with the process.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let out = BufWriter::new(tempfile::tempfile_in(directory)?);
        Ok(Spool { out, length: 0, flushed: true })
    }

    /// Writes `bytes` at its end.
    ///
    /// # Errors
    /// When they cannot be written, or are more than 4 GiB.
    pub fn push(&mut self, bytes: &[u8]) -> io::Result<Place> {
        let length = u32::try_from(bytes.len()).map_err(io::Error::other)?;
        if self.flushed {
            self.out.seek(SeekFrom::Start(self.length))?;
            self.flushed = false;
        }
        self.out.write_all(bytes)?;
        let place = Place { offset: self.length, length };
        self.length += u64::from(length);
        Ok(place)
    }

    /// Reads what is at `place`.
    ///
    /// # Errors
    /// When it cannot be read.
    pub fn read(&mut self, place: Place) -> io::Result<Vec<u8>> {
        if !self.flushed {
            self.out.flush()?;
            self.flushed = true;
        }
        let file = self.out.get_mut();
        file.seek(SeekFrom::Start(place.offset))?;
        let mut bytes = vec![0; place.length as usize];
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// All that was said in runs of which all is told, however much that is: in memory is where it is.
pub struct Kept {
    spool: Spool,
    places: HashMap<(RunId, SpanId), Vec<Place>>,
    /// Of each run, when requests were made, and by which calls.
    requests: HashMap<RunId, BTreeMap<UnixNanos, HashSet<SpanId>>>,
    failure: Option<io::Error>,
}

impl Kept {
    /// With nothing said, and a file in `directory` for what will be.
    ///
    /// # Errors
    /// When no file can be made there.
    pub fn new(directory: &Path) -> io::Result<Self> {
        let (places, requests) = (HashMap::new(), HashMap::new());
        Ok(Kept { spool: Spool::new(directory)?, places, requests, failure: None })
    }

    /// Keeps a piece.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn keep(&mut self, content: Cleared<Content>) -> io::Result<()> {
        let of = (content.run, content.span);
        if let Some(said) = Said::of(content) {
            if said.is_of_request() {
                self.requests.entry(of.0).or_default().entry(said.ts).or_default().insert(of.1);
            }
            let place = self.spool.push(&serde_json::to_vec(&said)?)?;
            self.places.entry(of).or_default().push(place);
        }
        Ok(())
    }

    /// Why something that was kept could not be read, if that was so.
    pub fn failure(&mut self) -> Option<io::Error> {
        self.failure.take()
    }
}

impl Spoken for Kept {
    fn take(&mut self, run: RunId, span: SpanId) -> Vec<Said> {
        let mut said = Vec::new();
        for place in self.places.remove(&(run, span)).unwrap_or_default() {
            match self.spool.read(place).and_then(|bytes| Ok(serde_json::from_slice(&bytes)?)) {
                Ok(piece) => said.push(piece),
                Err(error) => self.failure = Some(error),
            }
        }
        said.sort_by_key(|said: &Said| said.ts);
        said
    }

    fn unanswered(&mut self, run: RunId, before: UnixNanos, told: &HashSet<SpanId>) -> Vec<Said> {
        let Some(requests) = self.requests.get_mut(&run) else { return Vec::new() };
        // What is told takes what it said itself, and is not looked at with the next turn again.
        let later = requests.split_off(&before);
        let earlier = std::mem::replace(requests, later).into_values().flatten();
        earlier.filter(|span| !told.contains(span)).flat_map(|span| self.take(run, span)).collect()
    }

    /// Nothing is held in memory but where it is.
    fn forget(&mut self, _: RunId, _: UnixNanos) {}

    fn over(&mut self, _: RunId) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_written_is_read_in_any_order_and_nothing_is_left() {
        let directory = tempfile::tempdir().unwrap();
        let mut spool = Spool::new(directory.path()).unwrap();
        let one = spool.push(b"one").unwrap();
        assert_eq!(spool.read(one).unwrap(), b"one");
        let (two, empty) = (spool.push(b"two").unwrap(), spool.push(b"").unwrap());
        assert_eq!(
            [spool.read(two), spool.read(empty), spool.read(one)].map(Result::unwrap),
            [&b"two"[..], b"", b"one"]
        );
        assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 0);
    }
}
