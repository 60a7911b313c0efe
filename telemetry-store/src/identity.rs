//! Whether a file that was opened is still the one under its name.

use std::fs::Metadata;
use std::path::Path;

/// Whether `path` leads to the file with this metadata: it was neither deleted nor replaced since.
pub(crate) fn is_in_place(path: &Path, opened: &Metadata) -> bool {
    std::fs::metadata(path).is_ok_and(|there| is_same_file(&there, opened))
}

/// Whether both are of one file. A file system gives the number of one that was deleted to the next it makes, so that the
/// time of birth is asked too, where it is known.
#[cfg(unix)]
pub(crate) fn is_same_file(one: &Metadata, other: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (one.dev(), one.ino(), one.created().ok()) == (other.dev(), other.ino(), other.created().ok())
}

/// Whether both are of one file: this system does not tell, and a file that is there is taken for it.
#[cfg(not(unix))]
pub(crate) fn is_same_file(_one: &Metadata, _other: &Metadata) -> bool {
    true
}
