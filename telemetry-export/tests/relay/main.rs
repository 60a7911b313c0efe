//! The reference plugin's settings from outside.
//!
//! - `variables`: each of `HERMES_NEMO_RELAY_*`.
//! - `versions`: a `plugins.toml` of each version of the component.
//! - `mistakes`: what a person may write, and what is said.
//! - `both`: which of variables, file and config decides.
//! - `templates`: names of files for any session.
//! - `page`: docs/relay.md says what is so.
//! - `garbage`: any bytes are a file and an environment.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking, as the test does")]

mod both;
mod garbage;
mod mistakes;
mod page;
mod templates;
mod variables;
mod versions;

use std::fs;
use std::path::{Path, PathBuf};

use telemetry_export::atif::{self, FilenameTemplate, Subagents};
use telemetry_export::atof::{self, Filename, Mode};
use telemetry_export::relay::{self, Destinations};
use telemetry_policy::Settings;

/// The current directory of who asks. Nothing is read from there.
const HERE: &str = "/here";

/// What variables come to, `HERMES_NEMO_RELAY_` left out of their names.
fn variables(variables: &[(&str, &str)]) -> Destinations {
    relay::destinations(&Settings::default(), &environment(variables), Path::new(HERE))
}

fn environment(variables: &[(&str, &str)]) -> impl Fn(&str) -> Option<String> {
    let set: Vec<(String, String)> = variables
        .iter()
        .map(|(name, value)| (format!("HERMES_NEMO_RELAY_{name}"), (*value).to_owned()))
        .collect();
    move |name| set.iter().find(|(set, _)| set == name).map(|(_, value)| value.clone())
}

/// What a `plugins.toml` comes to, with other variables beside it.
fn file_and(text: impl AsRef<[u8]>, others: &[(&str, &str)]) -> Destinations {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("plugins.toml");
    fs::write(&path, text).unwrap();
    let mut destinations = variables(&[&[("PLUGINS_TOML", path.to_str().unwrap())], others].concat());
    for warning in &mut destinations.warnings {
        warning.file =
            warning.file.take().map(|file| file.strip_prefix(directory.path()).unwrap().to_owned());
    }
    destinations
}

fn file(text: impl AsRef<[u8]>) -> Destinations {
    file_and(text, &[])
}

/// The warnings as a person reads them.
fn warnings(destinations: &Destinations) -> String {
    destinations.warnings.iter().map(|warning| format!("{warning}\n")).collect()
}

fn atof_file(directory: &str, filename: &str, mode: Mode) -> atof::Config {
    atof::Config { directory: directory.into(), filename: Filename::fixed(filename).unwrap(), mode }
}

/// ATIF with the defaults of the environment.
fn atif_files(directory: &str) -> atif::Config {
    atif::Config {
        directory: PathBuf::from(directory),
        filename_template: FilenameTemplate::of_environment("hermes-atif-{session_id}.json").unwrap(),
        agent_name: "Hermes Agent".to_owned(),
        agent_version: "unknown".to_owned(),
        model_name: "unknown".to_owned(),
        subagents: Subagents::Embedded,
    }
}
