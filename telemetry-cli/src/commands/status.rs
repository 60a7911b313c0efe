//! `telemetry status`: what is on, which file decided, how much is recorded, what was lost.

#[cfg(feature = "export")]
mod delivery;

use std::path::PathBuf;

use jiff::tz::TimeZone;
use serde::Serialize;
use telemetry_core::cost::Version;
use telemetry_core::event::SCHEMA_VERSION;
#[cfg(feature = "export")]
use telemetry_plugin::exports::Enabled;
use telemetry_policy::{Endpoint, InstallId, Key, Settings, Value};
use telemetry_store::index;
use telemetry_store::insights::{Volumes, volumes};

#[cfg(feature = "export")]
pub(crate) use delivery::Delivery;

use super::{Home, Streams};
use crate::args;
use crate::failure::Failure;
use crate::{answers, render, span};

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

pub(super) fn run(home: &Home, args: &args::Json, streams: &mut Streams<'_>) -> Result<(), Failure> {
    let index = answers::open(home, streams)?;
    let planes = home.settings.planes();
    let (otlp, collector) = (otlp(home)?, collector(home)?);
    #[cfg(feature = "export")]
    let enabled = Enabled::of(&home.path, &home.settings);
    let warnings = home.settings.warnings().iter().map(ToString::to_string);
    #[cfg(feature = "export")]
    let warnings = warnings.chain(enabled.warnings.iter().cloned());
    let warnings = warnings.collect();
    let status = Status {
        home: home.path.clone(),
        planes: Planes {
            local: planes.local,
            aggregate: planes.aggregate,
            trajectories: planes.trajectories,
        },
        keeps_content_days: home.settings.content_retention_days(),
        consent: home.settings.consent().to_string(),
        may_upload_aggregate: home.settings.may_upload_aggregate(),
        install_id: InstallId::peek(&home.settings, &home.path).id().map(str::to_owned),
        export: ExportPosture {
            files: if cfg!(feature = "export") { &["ndjson", "json", "atof", "atif"] } else { &[] },
            network: [("otlp", &otlp), ("collector", &collector)]
                .into_iter()
                .filter_map(|(name, posture)| posture.goes_to().map(|_| name))
                .collect(),
            otlp,
            #[cfg(feature = "export")]
            trajectories: growing(home, &enabled)?,
            collector,
        },
        settings: settings(&home.settings),
        warnings,
        volumes: volumes(&home.layout, index.connection())?,
        outdated_prices: index.outdated_calls()?,
        versions: Versions {
            telemetry: env!("CARGO_PKG_VERSION"),
            event_schema: SCHEMA_VERSION,
            index_schema: index::SCHEMA_VERSION,
            prices: Version::Table.to_string(),
        },
    };
    if args.json {
        streams.json("telemetry.status/1", &status)?;
    } else {
        // A zone this machine does not know is no reason to say nothing.
        let zone = span::zone(None, &home.settings).unwrap_or(TimeZone::UTC);
        render::status(streams.out, &status, &zone)?;
    }
    Ok(())
}

fn otlp(home: &Home) -> Result<Posture, Failure> {
    let settings = &home.settings;
    let headers = settings.otlp_headers().iter();
    let enabled = settings.is_on(Key::ExportOtlpEnabled);
    Ok(Posture {
        enabled,
        host: settings.otlp_endpoint().map(Endpoint::to_string),
        environment: headers
            .map(|header| Variable::named(&header.variable, header.header.as_deref()))
            .collect(),
        built: cfg!(feature = "otlp"),
        #[cfg(feature = "export")]
        delivery: delivery(home, "otlp", enabled)?,
    })
}

#[cfg(feature = "export")]
fn delivery(home: &Home, name: &str, enabled: bool) -> Result<Option<Delivery>, Failure> {
    match enabled {
        true => Delivery::on(home, name, false).map(Some),
        false => Delivery::off(home, name, false),
    }
}

#[cfg(feature = "export")]
fn growing(home: &Home, enabled: &Enabled) -> Result<Vec<Growing>, Failure> {
    let files = enabled.exports.iter().filter(|export| export.with_content);
    files
        .map(|export| {
            let (name, directory) = (export.name.clone(), export.to.clone());
            Ok(Growing { directory, delivery: Delivery::on(home, &name, true)?, name })
        })
        .collect()
}

fn collector(home: &Home) -> Result<Posture, Failure> {
    let settings = &home.settings;
    let enabled = settings.is_on(Key::ExportCollectorEnabled);
    Ok(Posture {
        enabled,
        host: settings.collector_endpoint().map(Endpoint::to_string),
        environment: settings
            .collector_key_variable()
            .map(|name| Variable::named(name, None))
            .into_iter()
            .collect(),
        built: cfg!(feature = "shipping"),
        #[cfg(feature = "export")]
        delivery: delivery(home, "collector", enabled)?,
    })
}

impl Posture {
    /// The host it goes to, if it is on.
    pub(crate) fn goes_to(&self) -> Option<&str> {
        self.host.as_deref().filter(|_| self.enabled && self.built)
    }
}

impl Variable {
    fn named(variable: &str, header: Option<&str>) -> Self {
        let set = std::env::var_os(variable).is_some_and(|value| !value.is_empty());
        Variable { header: header.map(str::to_owned), variable: variable.to_owned(), set }
    }
}

fn settings(settings: &Settings) -> Vec<Setting> {
    use telemetry_policy::Source;
    settings
        .entries()
        .map(|entry| Setting {
            key: entry.name().to_string(),
            value: value(entry.value),
            shown: entry.value.to_string(),
            source: match entry.source {
                Source::Default => "default",
                Source::User(_) => "user",
                Source::Managed(_) => "managed",
            },
            file: entry.source.file().map(|file| file.to_owned()),
            locked: entry.locked,
        })
        .collect()
}

fn value(value: &Value) -> serde_json::Value {
    serde_json::to_value(value).unwrap_or(serde_json::Value::Null)
}
