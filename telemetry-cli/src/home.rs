//! The folder of a host that a command is about, and what is set there.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use telemetry_core::cost::Prices;
#[cfg(feature = "export")]
use telemetry_policy::Gate;
use telemetry_policy::Settings;
#[cfg(feature = "report")]
use telemetry_policy::redact::Redactor;
use telemetry_store::layout::Layout;

use crate::failure::Failure;

/// A home and its settings.
pub(crate) struct Home {
    pub path: PathBuf,
    pub layout: Layout,
    pub settings: Settings,
}

impl Home {
    /// Which home: `--home`, else `TELEMETRY_HOME`, else `HERMES_HOME`, else `~/.hermes`.
    pub(crate) fn resolve(given: Option<&Path>) -> Result<Self, Failure> {
        let variable =
            |name| env::var_os(name).filter(|value: &OsString| !value.is_empty()).map(PathBuf::from);
        let home = given
            .map(Path::to_owned)
            .or_else(|| variable("TELEMETRY_HOME"))
            .or_else(|| variable("HERMES_HOME"))
            .or_else(|| env::home_dir().map(|user| user.join(".hermes")))
            .ok_or_else(|| Failure::Failed("no home: give one with --home DIR".into()))?;
        // A home that is not there yet is an empty one; one that is no folder is a mistake.
        match home.metadata() {
            Ok(metadata) if !metadata.is_dir() => Err(Failure::not_a_folder(home)),
            _ => Ok(Home::at(home)),
        }
    }

    pub(crate) fn at(path: PathBuf) -> Self {
        Home { layout: Layout::of(&path), settings: Settings::load(&path), path }
    }

    /// What calls cost here: the owner's rates before those of the table.
    pub(crate) fn prices(&self) -> Prices {
        Prices::new(self.settings.pricing_overrides())
    }

    /// What everything that leaves goes through: the secrets this home knows, and personal data where the owner says so.
    #[cfg(feature = "report")]
    pub(crate) fn redactor(&self) -> Redactor {
        telemetry_plugin::redactor(&self.path, &self.settings)
    }

    /// What records that leave go through.
    #[cfg(feature = "export")]
    pub(crate) fn gate(&self) -> Gate {
        telemetry_plugin::gate(&self.path, &self.settings)
    }
}
