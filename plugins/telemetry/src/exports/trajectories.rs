//! Files of ATOF and ATIF that grow as turns end: those of the settings, and those that the reference plugin was told to write.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use telemetry_core::cost::Prices;
use telemetry_core::ids::Key;
use telemetry_export::relay::{self, Destinations};
use telemetry_export::{atif, atof};
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;

use super::{Export, Unmade};

/// The file of ATOF in the directory of the settings.
const STREAM: &str = "events.jsonl";

/// What goes to files, and what a person should know of who asks for them.
pub(super) fn exports(home: &Path, settings: &Settings) -> (Vec<Export>, Vec<String>) {
    let environment = |name: &str| std::env::var(name).ok();
    let here = std::env::current_dir().unwrap_or_else(|_| home.to_owned());
    let Destinations { atof, atif, warnings } = relay::destinations(settings, &environment, &here);
    let directory = |given: Option<&Path>, name: &str| -> PathBuf {
        given.map_or_else(|| Layout::of(home).exports().join(name), Path::to_owned)
    };
    let mut exports = Vec::new();
    if settings.atof_enabled()
        && let Some(filename) = atof::Filename::fixed(STREAM)
    {
        let directory = directory(settings.atof_directory(), "atof");
        let config = atof::Config { directory, filename, mode: atof::Mode::Append };
        exports.push(to_atof("atof".to_owned(), config, settings));
    }
    for config in atof {
        exports.push(to_atof(named("atof", &format!("{config:?}")), config, settings));
    }
    if settings.atif_enabled() {
        let directory = directory(settings.atif_directory(), "atif");
        let config = atif::Config::plain(directory, atif::Subagents::Embedded);
        exports.push(to_atif("atif".to_owned(), config, settings));
    }
    if let Some(config) = atif {
        exports.push(to_atif(named("atif", &format!("{config:?}")), config, settings));
    }
    (exports, warnings.iter().map(ToString::to_string).collect())
}

/// A process may have been told another place than the one before it, and how far each is, is noted for itself.
fn named(format: &str, config: &str) -> String {
    format!("{format}-{:08x}", Key::new("destination").text(config).narrow() as u32)
}

fn to_atof(name: String, config: atof::Config, settings: &Settings) -> Export {
    let (overrides, to) = (settings.pricing_overrides(), config.directory.display().to_string());
    let make = Arc::new(move |state| {
        match atof::Atof::resume(config.clone(), Prices::new(overrides.clone()), state) {
            Ok(exporter) => Ok(Box::new(exporter) as _),
            Err(error) => Err(Unmade::State(error.to_string())),
        }
    });
    Export { name, to, with_content: true, make }
}

fn to_atif(name: String, config: atif::Config, settings: &Settings) -> Export {
    let (overrides, to) = (settings.pricing_overrides(), config.directory.display().to_string());
    let make = Arc::new(move |state| {
        match atif::Atif::resume(config.clone(), Prices::new(overrides.clone()), state) {
            Ok(exporter) => Ok(Box::new(exporter) as _),
            Err(error) => Err(Unmade::State(error.to_string())),
        }
    });
    Export { name, to, with_content: true, make }
}
