//! What a way to a receiver is made of.

use telemetry_policy::otlp::Protocol;
use telemetry_policy::{Endpoint, HeaderVariable, Key, Settings};

use super::dialect::KEYS;
use crate::exporter::Undelivered;
use crate::http::{Interrupt, Limits};

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
        let missing = || KEYS.no_endpoint(settings, Key::ExportOtlpEndpoint);
        let endpoint = settings.otlp_endpoint().ok_or_else(missing)?;
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
