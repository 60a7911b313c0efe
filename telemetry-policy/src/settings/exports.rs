//! What the settings say of each destination.

use std::path::Path;

use super::{Endpoint, HeaderVariable, Key, Settings, Value};
use crate::otlp::{Profile, Protocol, Signals, Temporality};

impl Settings {
    /// Whether what is recorded is sent over OTLP as it happens.
    pub fn otlp_enabled(&self) -> bool {
        self.local() && self.is_on(Key::ExportOtlpEnabled)
    }

    /// Where OTLP goes, when the key is set; whether it does is [another](Self::otlp_enabled).
    pub fn otlp_endpoint(&self) -> Option<&Endpoint> {
        self.endpoint(Key::ExportOtlpEndpoint)
    }

    /// The environment variables that hold the headers of OTLP.
    pub fn otlp_headers(&self) -> &[HeaderVariable] {
        match self.entry(Key::ExportOtlpHeadersEnv).value {
            Value::Headers(headers) => headers,
            _ => &[],
        }
    }

    /// How OTLP is encoded.
    pub fn otlp_protocol(&self) -> Protocol {
        Protocol::from_word(self.text(Key::ExportOtlpProtocol))
    }

    /// Whose names attributes over OTLP have.
    pub fn otlp_profile(&self) -> Profile {
        Profile::from_word(self.text(Key::ExportOtlpProfile))
    }

    /// What is sent over OTLP.
    pub fn otlp_signals(&self) -> Signals {
        match self.entry(Key::ExportOtlpSignals).value {
            Value::Signals(signals) => *signals,
            _ => Signals::NONE,
        }
    }

    /// What a metric over OTLP counts from.
    pub fn otlp_temporality(&self) -> Temporality {
        Temporality::from_word(self.text(Key::ExportOtlpTemporality))
    }

    /// Whether what is recorded is written to files of ATOF as it happens.
    pub fn atof_enabled(&self) -> bool {
        self.local() && self.is_on(Key::ExportAtofEnabled)
    }

    /// Where files of ATOF are, an absolute path; `None` for `telemetry/export/atof` in the home.
    pub fn atof_directory(&self) -> Option<&Path> {
        self.directory(Key::ExportAtofDirectory)
    }

    /// Whether what is recorded is written to files of ATIF as turns end.
    pub fn atif_enabled(&self) -> bool {
        self.local() && self.is_on(Key::ExportAtifEnabled)
    }

    /// Where files of ATIF are, an absolute path; `None` for `telemetry/export/atif` in the home.
    pub fn atif_directory(&self) -> Option<&Path> {
        self.directory(Key::ExportAtifDirectory)
    }

    /// Whether what is recorded is sent to a team's collector as it happens.
    pub fn collector_enabled(&self) -> bool {
        self.local() && self.is_on(Key::ExportCollectorEnabled)
    }

    /// Where the team's collector is, when the key is set.
    pub fn collector_endpoint(&self) -> Option<&Endpoint> {
        self.endpoint(Key::ExportCollectorEndpoint)
    }

    /// The environment variable that holds the key to the team's collector.
    pub fn collector_key_variable(&self) -> Option<&str> {
        Some(self.text(Key::ExportCollectorApiKeyEnv)).filter(|name| !name.is_empty())
    }

    /// What this machine is called at the team's collector; `None` for its own name.
    pub fn collector_host(&self) -> Option<&str> {
        Some(self.text(Key::ExportCollectorHost)).filter(|name| !name.is_empty())
    }

    fn endpoint(&self, key: Key) -> Option<&Endpoint> {
        match self.entry(key).value {
            Value::Endpoint(endpoint) => Some(endpoint),
            _ => None,
        }
    }

    fn directory(&self, key: Key) -> Option<&Path> {
        Some(self.text(key)).filter(|path| !path.is_empty()).map(Path::new)
    }
}
