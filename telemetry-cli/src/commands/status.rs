//! `telemetry status`: what is on, which file decided, how much is recorded, what was lost.

#[cfg(feature = "export")]
mod delivery;

use jiff::tz::TimeZone;
use telemetry_core::cost::Version;
use telemetry_core::event::SCHEMA_VERSION;
#[cfg(feature = "export")]
use telemetry_plugin::exports::Enabled;
use telemetry_policy::{Endpoint, InstallId, Key, Settings, Value};
use telemetry_store::index;
use telemetry_store::insights::volumes;

use crate::args;
#[cfg(feature = "export")]
use crate::documents::status::Growing;
use crate::documents::status::{ExportPosture, Planes, Posture, Setting, Status, Variable, Versions};
use crate::failure::Failure;
use crate::home::Home;
use crate::streams::Streams;
use crate::{answers, render, span};

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
        delivery: delivery::of(home, "otlp", enabled)?,
    })
}

#[cfg(feature = "export")]
fn growing(home: &Home, enabled: &Enabled) -> Result<Vec<Growing>, Failure> {
    let files = enabled.exports.iter().filter(|export| export.with_content);
    files
        .map(|export| {
            let (name, directory) = (export.name.clone(), export.to.clone());
            Ok(Growing { directory, delivery: delivery::on(home, &name, true)?, name })
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
        delivery: delivery::of(home, "collector", enabled)?,
    })
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
