//! Which home: `--home`, else `TELEMETRY_HOME`, else `HERMES_HOME`, else `~/.hermes`.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use crate::failure::Failure;

pub(crate) fn resolve(given: Option<&Path>) -> Result<PathBuf, Failure> {
    let variable = |name| env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from);
    let home = given
        .map(Path::to_owned)
        .or_else(|| variable("TELEMETRY_HOME"))
        .or_else(|| variable("HERMES_HOME"))
        .or_else(|| env::home_dir().map(|user| user.join(".hermes")))
        .ok_or_else(|| Failure::Failed("no home: give one with --home DIR".into()))?;
    // A home that is not there yet is an empty one; one that is no folder is a mistake.
    match home.metadata() {
        Ok(metadata) if !metadata.is_dir() => Err(Failure::not_a_folder(home)),
        _ => Ok(home),
    }
}
