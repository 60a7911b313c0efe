//! One process at a time is at a destination.

use std::fs::{File, OpenOptions, TryLockError};
use std::io;
use std::path::Path;

/// A lock on a file, given back when dropped or when the process is gone, however it ends.
pub(super) struct Lock {
    file: File,
    process: u32,
}

impl Lock {
    /// Takes the lock; `None` while somebody else has it.
    pub fn take(path: &Path) -> io::Result<Option<Self>> {
        let file = private(path)?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Lock { file, process: std::process::id() })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(error)) => Err(error),
        }
    }
}

impl Drop for Lock {
    /// A child that was forked meanwhile has the same open file: it would keep the lock that this process only closes, and would
    /// give back one that is not its own.
    fn drop(&mut self) {
        if self.process == std::process::id() {
            let _ = self.file.unlock();
        }
    }
}

/// Opens a file for its owner alone, and makes it if it is not there.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}
