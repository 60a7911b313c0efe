//! The settings of the reference plugin (hermes-agent's `observability/nemo_relay`), served by our destinations.
//!
//! Whoever has `HERMES_NEMO_RELAY_*` in the environment, or a `plugins.toml` for that plugin, gets the same files in the same
//! places. What is meant and cannot be served is said, by name and line, and so is what nobody understands: the reference
//! is silent about both.
//!
//! Where both are given, the reference's rule holds: a `plugins.toml` that can be used stands in for the variables of ATOF
//! altogether, and for those of ATIF if it turns ATIF on; one that cannot be used is as good as none. Over both stands
//! `telemetry.export.{atof,atif}.enabled`: where that is written down as false, nothing else opens the destination.
//!
//! - `environment`: the variables. `file`: from a `plugins.toml` to its sections, `section`: what is asked of one.
//! - `component`: the sections that are ours; `elsewhere`: those that are understood and not served.

mod component;
mod elsewhere;
mod environment;
mod file;
mod findings;
mod section;

use std::path::{Path, PathBuf};

use telemetry_policy::{Key, Settings, Source};

pub use findings::Warning;

use crate::{atif, atof};

/// Looks up an environment variable. A function, so that a test or a host with a context of its own can answer.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// The variable that names a `plugins.toml`.
const PLUGINS_TOML: &str = "HERMES_NEMO_RELAY_PLUGINS_TOML";

/// What the settings come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Destinations {
    /// Files of ATOF, no two of them the same.
    pub atof: Vec<atof::Config>,
    /// Files of ATIF.
    pub atif: Option<atif::Config>,
    /// What a person should know: the file's by line, then the environment's.
    pub warnings: Vec<Warning>,
}

/// Reads the environment, and the `plugins.toml` it names.
///
/// Does not fail and does not write; asks for nothing where nothing is recorded. Paths that are not absolute are below `current_directory`, as in the reference.
pub fn destinations(
    settings: &Settings,
    environment: Environment<'_>,
    current_directory: &Path,
) -> Destinations {
    if !settings.local() {
        return Destinations::default();
    }
    let named = environment(PLUGINS_TOML).map(|path| path.trim().to_owned()).filter(|path| !path.is_empty());
    let (file, mut warnings) = match named {
        Some(path) => file::read(&current_directory.join(path), current_directory),
        None => (None, Vec::new()),
    };
    let asked = environment::read(environment, current_directory, &file);
    warnings.extend(asked.warnings);
    let file = file.unwrap_or_default();
    let mut destinations = Destinations {
        atof: file.atof.into_iter().chain(asked.atof).collect(),
        atif: file.atif.or(asked.atif),
        warnings,
    };
    if let Some(warning) = closed(settings, Key::ExportAtofEnabled, !destinations.atof.is_empty()) {
        destinations.atof.clear();
        destinations.warnings.push(warning);
    }
    if let Some(warning) = closed(settings, Key::ExportAtifEnabled, destinations.atif.is_some()) {
        destinations.atif = None;
        destinations.warnings.push(warning);
    }
    destinations
}

/// Says that a destination which is asked for is closed by the config, if it is.
fn closed(settings: &Settings, key: Key, asked_for: bool) -> Option<Warning> {
    let entry = settings.entry(key);
    if !asked_for || settings.is_on(key) || *entry.source == Source::Default {
        return None;
    }
    let name = entry.name();
    Some(Warning {
        file: entry.source.file().map(PathBuf::from),
        line: None,
        key: name.to_owned(),
        message: format!("`{name}` is false, so what HERMES_NEMO_RELAY_* asks for is not written"),
    })
}
