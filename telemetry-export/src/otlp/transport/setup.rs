//! What a way to a receiver is made of.

use std::time::Duration;

use telemetry_policy::otlp::Protocol;
use telemetry_policy::{Endpoint, HeaderVariable, Key, Settings};

use super::Interrupt;
use crate::exporter::Undelivered;

/// How long a delivery may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Until there is a connection.
    pub connect: Duration,
    /// From the beginning of a request to the end of its answer.
    pub request: Duration,
    /// How long after the beginning of a delivery something may be sent once more that was not taken for now. Nothing is with
    /// zero.
    pub patience: Duration,
}

impl Default for Limits {
    /// For somebody who waits for it: 5 s to connect, 30 s for a request, and 10 s of patience.
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Limits { connect: seconds(5), request: seconds(30), patience: seconds(10) }
    }
}

/// What a way to a receiver is made of.
pub struct Setup<'a> {
    /// Where the receiver is.
    pub endpoint: &'a Endpoint,
    /// The variables with its headers.
    pub headers: &'a [HeaderVariable],
    /// How requests are written.
    pub protocol: Protocol,
    /// How long it may take.
    pub limits: Limits,
    /// What ends it early.
    pub interrupt: Interrupt,
    /// Where variables are looked up: those of `headers`, `OTEL_EXPORTER_OTLP_CERTIFICATE`, and those of a proxy.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Setup<'a> {
    /// What the settings say, with the usual limits and nothing that ends it early.
    ///
    /// # Errors
    /// When they name no endpoint.
    pub fn of(
        settings: &'a Settings,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Undelivered> {
        let endpoint = settings.otlp_endpoint().ok_or_else(|| no_endpoint(settings))?;
        Ok(Setup {
            endpoint,
            headers: settings.otlp_headers(),
            protocol: settings.otlp_protocol(),
            limits: Limits::default(),
            interrupt: Interrupt::default(),
            environment,
        })
    }
}

/// What is there may be a key that was put in the wrong place, so it is not shown.
fn no_endpoint(settings: &Settings) -> Undelivered {
    let entry = settings.entry(Key::ExportOtlpEndpoint);
    match entry.source.file().filter(|_| !entry.understood) {
        Some(file) => Undelivered::for_good(format!(
            "telemetry.export.otlp.endpoint in {} is no http or https URL: write it like http://localhost:4318",
            file.display()
        )),
        None => Undelivered::for_good(
            "there is no receiver: set telemetry.export.otlp.endpoint in config.yaml to its address, such as \
             http://localhost:4318",
        ),
    }
}
