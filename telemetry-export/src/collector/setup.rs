//! What a way to a collector is made of.

use telemetry_policy::{Endpoint, HeaderVariable, Key, Settings};

use super::dialect::{KEY, KEYS};
use crate::exporter::Undelivered;
use crate::http::{Interrupt, Limits};
use crate::machine;

/// What a way to a collector is made of.
pub struct Setup<'a> {
    /// Where the collector is.
    pub endpoint: &'a Endpoint,
    /// The variable with the key.
    pub key: HeaderVariable,
    /// What this machine is called there.
    pub machine: String,
    /// How long it may take.
    pub limits: Limits,
    /// What ends it early.
    pub interrupt: Interrupt,
    /// Where variables are looked up: that of the key, `TELEMETRY_COLLECTOR_CERTIFICATE`, and those of a proxy.
    pub environment: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Setup<'a> {
    /// What the settings say, with the usual limits and nothing that ends it early.
    ///
    /// # Errors
    /// When they name no endpoint, or no variable with a key: no collector takes anything without one.
    pub fn of(
        settings: &'a Settings,
        environment: &'a dyn Fn(&str) -> Option<String>,
    ) -> Result<Self, Undelivered> {
        let missing = || KEYS.no_endpoint(settings, Key::ExportCollectorEndpoint);
        let endpoint = settings.collector_endpoint().ok_or_else(missing)?;
        let variable = settings.collector_key_variable().ok_or_else(|| {
            Undelivered::for_good(format!(
                "there is no key to {endpoint}: set {} in config.yaml to the name of the environment variable that holds it",
                KEYS.headers
            ))
        })?;
        Ok(Setup {
            endpoint,
            key: HeaderVariable { header: Some(KEY.to_owned()), variable: variable.to_owned() },
            machine: settings.collector_host().map_or_else(machine::name, str::to_owned),
            limits: Limits::default(),
            interrupt: Interrupt::default(),
            environment,
        })
    }
}
