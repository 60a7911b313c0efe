//! Folders that are their owner's alone.

use std::fs::DirBuilder;
use std::io;
use std::path::Path;

/// Makes a directory, for its owner alone, unless it is there.
pub(crate) fn directory(directory: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(directory)
}
