//! Manifests in plugin directories.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::Warning;

/// In this order; the first that exists is the plugin's.
const FILE_NAMES: [&str; 2] = ["plugin.yaml", "plugin.yml"];

/// In bytes. The longest manifest known is under 4 KB; a file beyond this is something else.
const LARGEST: u64 = 256 * 1024;

/// The manifests of the plugins in `dir`, one directory each, by name.
pub(super) fn manifests(dir: &Path, warnings: &mut Vec<Warning>) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut unreadable = |error: io::Error| {
        warnings.push(Warning::Unreadable { path: dir.to_owned(), reason: error.to_string() });
    };
    match fs::read_dir(dir) {
        Ok(entries) => {
            for entry in entries {
                match entry {
                    // `symlink_metadata`, so that a link to nowhere is reported instead of overlooked.
                    Ok(entry) => found.extend(
                        FILE_NAMES
                            .map(|name| entry.path().join(name))
                            .into_iter()
                            .find(|path| fs::symlink_metadata(path).is_ok()),
                    ),
                    Err(error) => unreadable(error),
                }
            }
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => unreadable(error),
    }
    found.sort();
    found
}

/// The text of a manifest, or why there is none.
pub(super) fn read(path: &Path) -> Result<String, String> {
    let describe = |error: io::Error| error.to_string();
    // Before opening: opening a pipe would wait for its writer.
    if !fs::metadata(path).map_err(describe)?.is_file() {
        return Err("not a regular file".to_owned());
    }
    let mut bytes = Vec::new();
    File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(describe)?;
    if bytes.len() as u64 > LARGEST {
        return Err(format!("longer than {LARGEST} bytes"));
    }
    String::from_utf8(bytes)
        .map_err(|error| format!("not UTF-8 after byte {}", error.utf8_error().valid_up_to()))
}
