//! What is on, which file decided, how much is recorded.

use std::path::PathBuf;

use serde::Serialize;
use telemetry_store::insights::Volumes;

#[cfg(feature = "export")]
use super::delivery::Delivery;

/// What `status` says.
#[derive(Serialize)]
pub(crate) struct Status {
    pub home: PathBuf,
    pub planes: Planes,
    /// How long content is kept, where it is recorded.
    #[serde(skip)]
    pub keeps_content_days: u32,
    pub consent: String,
    pub may_upload_aggregate: bool,
    pub install_id: Option<String>,
    pub export: ExportPosture,
    pub settings: Vec<Setting>,
    pub warnings: Vec<String>,
    pub volumes: Volumes,
    /// Calls that were priced with other rates than today's.
    pub outdated_prices: u64,
    pub versions: Versions,
}

/// Where recorded events can go.
#[derive(Serialize)]
pub(crate) struct ExportPosture {
    /// Formats of files the owner writes.
    pub files: &'static [&'static str],
    /// Destinations over the network that are on.
    pub network: Vec<&'static str>,
    pub otlp: Posture,
    /// Files that hosts write as turns end.
    #[cfg(feature = "export")]
    pub trajectories: Vec<Growing>,
    pub collector: Posture,
}

/// What the config says of a destination, less what opens it.
#[derive(Serialize)]
pub(crate) struct Posture {
    /// Whether the config turns it on.
    pub enabled: bool,
    /// The host, and port, of its endpoint: the rest of the URL may hold a key.
    pub host: Option<String>,
    /// Where its headers or its key are.
    pub environment: Vec<Variable>,
    /// Whether this program can send there.
    #[serde(skip)]
    pub built: bool,
    /// What it got; `None` where nothing was to go there yet.
    #[cfg(feature = "export")]
    pub delivery: Option<Delivery>,
}

/// Files that grow as turns end.
#[cfg(feature = "export")]
#[derive(Serialize)]
pub(crate) struct Growing {
    /// `atof`, `atif`, or one of those with a hash of what the reference plugin was told.
    pub name: String,
    pub directory: String,
    /// What is in them.
    pub delivery: Delivery,
}

/// An environment variable, never its value.
#[derive(Serialize)]
pub(crate) struct Variable {
    /// The header it is for, where the config says.
    pub header: Option<String>,
    pub variable: String,
    /// Whether this process has it, and not empty.
    pub set: bool,
}

#[derive(Serialize)]
pub(crate) struct Planes {
    pub local: bool,
    pub aggregate: bool,
    pub trajectories: bool,
}

/// One key of the config and who decided it.
#[derive(Serialize)]
pub(crate) struct Setting {
    pub key: String,
    pub value: serde_json::Value,
    /// The value as it would be written, or what of it may be shown.
    #[serde(skip)]
    pub shown: String,
    /// `default`, `user` or `managed`.
    pub source: &'static str,
    /// The file that decided; `None` for a default.
    pub file: Option<PathBuf>,
    /// Whether the managed scope decided, so that the user's file cannot.
    pub locked: bool,
}

#[derive(Serialize)]
pub(crate) struct Versions {
    pub telemetry: &'static str,
    pub event_schema: u32,
    pub index_schema: usize,
    /// The price table's.
    pub prices: String,
}

impl Posture {
    /// The host it goes to, if it is on.
    pub fn goes_to(&self) -> Option<&str> {
        self.host.as_deref().filter(|_| self.enabled && self.built)
    }
}

impl Variable {
    /// As this process has it.
    pub fn named(variable: &str, header: Option<&str>) -> Self {
        let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        Variable { header: header.map(str::to_owned), variable: variable.to_owned(), set }
    }
}
