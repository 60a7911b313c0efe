//! Whether a file that was opened is still the one under its name.

use std::fs::Metadata;
use std::path::Path;

/// Whether `path` leads to the file with this metadata: it was neither deleted nor replaced since.
#[cfg(unix)]
pub(crate) fn is_in_place(path: &Path, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    std::fs::metadata(path).is_ok_and(|there| (there.dev(), there.ino()) == (opened.dev(), opened.ino()))
}

/// Whether `path` leads to a file: this system does not tell which.
#[cfg(not(unix))]
pub(crate) fn is_in_place(path: &Path, _opened: &Metadata) -> bool {
    path.exists()
}
