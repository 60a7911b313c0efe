//! Where ATOF goes.

#[cfg(feature = "atof")]
use std::path::Path;
use std::path::PathBuf;

use telemetry_core::time::UnixNanos;

use crate::inside::leads_inside;

/// A file of ATOF.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The directory it is in, an absolute path.
    pub directory: PathBuf,
    /// Its name there.
    pub filename: Filename,
    /// What becomes of a file that is there already.
    pub mode: Mode,
}

impl Config {
    /// The path of a file that is begun at `now`.
    pub fn path(&self, now: UnixNanos) -> PathBuf {
        self.directory.join(self.filename.at(now))
    }

    /// Whether that is a file this would write to, begun at whatever time.
    #[cfg(feature = "atof")]
    pub(super) fn is_path(&self, path: &Path) -> bool {
        match &self.filename.0 {
            Some(name) => path == self.directory.join(name),
            None => path.parent() == Some(&self.directory),
        }
    }
}

/// The name of a file, perhaps with folders before it, never outside of its directory.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filename(Option<String>);

impl Filename {
    /// `nemo-relay-events-2026-02-03-14.15.16.jsonl`, by the UTC second at which the file is begun: what the reference does
    /// when it is told no name.
    pub const STAMPED: Self = Self(None);

    /// This name; `None` if it is none or leads out of its directory.
    pub fn fixed(name: &str) -> Option<Self> {
        leads_inside(name).then(|| Self(Some(name.to_owned())))
    }

    /// The name of a file that is begun at `now`.
    pub fn at(&self, now: UnixNanos) -> String {
        match &self.0 {
            Some(name) => name.clone(),
            None => {
                let day = now.day();
                let second = now.since(day.start()) / 1_000_000_000;
                let (hour, minute, second) = (second / 3_600, second / 60 % 60, second % 60);
                format!("nemo-relay-events-{day}-{hour:02}.{minute:02}.{second:02}.jsonl")
            }
        }
    }
}

/// What becomes of a file that is there already.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mode {
    /// Lines are added to it.
    #[default]
    Append,
    /// It is emptied before the first line of a process.
    Overwrite,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_what_was_said_or_the_second_it_was_begun_in() {
        let config = |filename| Config { directory: "/traces".into(), filename, mode: Mode::Append };
        let now = UnixNanos::from_seconds(1_770_128_116.9).unwrap();
        assert_eq!(
            config(Filename::STAMPED).path(now),
            PathBuf::from("/traces/nemo-relay-events-2026-02-03-14.15.16.jsonl")
        );
        let fixed = Filename::fixed("today/events.jsonl").unwrap();
        assert_eq!(config(fixed).path(now), PathBuf::from("/traces/today/events.jsonl"));
        assert_eq!(Filename::fixed("../events.jsonl"), None);
    }
}
