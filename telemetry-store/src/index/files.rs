//! The files of a database: its own, and those SQLite keeps beside it.

use std::fs::{self, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::layout::Layout;
use crate::process;

/// What SQLite keeps beside a database, by what is added to its name.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// Makes an empty database that only its owner can read; one that is there stays as it is.
///
/// Somebody may have deleted a database and left the files beside it, which processes that had it open still share. A new
/// database must not begin with them.
pub(super) fn make(path: &Path) -> io::Result<()> {
    if !path.exists() {
        remove_beside(path);
    }
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Whether a database was cut to nothing while processes have it open: they hold locks on it that let nobody begin it
/// anew. One that is only just being made has no index of a write-ahead log yet.
pub(super) fn is_cut(path: &Path) -> bool {
    /// SQLite's smallest page; a whole database has one.
    const PAGE: u64 = 512;
    beside(path, "-shm").exists() && fs::metadata(path).is_ok_and(|file| file.len() < PAGE)
}

/// A database that is being made beside the one in use. Removed when dropped.
pub(super) struct Draft {
    path: PathBuf,
}

/// The beginning of a draft's name; the process id follows.
const DRAFT: &str = "telemetry.db.new-";

impl Draft {
    /// A draft of this process, with nothing in its place. What processes left that were killed in the middle goes too.
    pub(super) fn of(layout: &Layout) -> Self {
        let draft = Draft { path: layout.root().join(format!("{DRAFT}{}", std::process::id())) };
        remove_abandoned(layout);
        remove(&draft.path);
        draft
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Puts the draft, which nobody has open, in the place of a damaged database. Who has that open finds out by itself
    /// ([`super::Index::catch_up`]).
    pub(super) fn put_in_place_of(&self, path: &Path) -> io::Result<()> {
        remove_beside(path);
        fs::rename(&self.path, path)
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        remove(&self.path);
    }
}

fn remove_abandoned(layout: &Layout) {
    for entry in fs::read_dir(layout.root()).into_iter().flatten().flatten() {
        let name = entry.file_name();
        let Some(rest) = name.to_str().and_then(|name| name.strip_prefix(DRAFT)) else { continue };
        let pid: Option<u32> = rest.split('-').next().and_then(|pid| pid.parse().ok());
        if pid.is_some_and(|pid| process::is_alive(pid, process::birthplace(), None) == Some(false)) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

/// Removes a database and what is beside it; what is not there is as good.
fn remove(path: &Path) {
    let _ = fs::remove_file(path);
    remove_beside(path);
}

fn remove_beside(path: &Path) {
    for suffix in BESIDE {
        let _ = fs::remove_file(beside(path, suffix));
    }
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}
