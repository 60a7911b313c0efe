//! What the owner chose.

use telemetry_policy::Settings;
use telemetry_policy::otlp::{Profile, Signals, Temporality};

use super::resource::Resource;

/// What is sent, and under which names. Where it goes and how it is encoded is the courier's.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// Whose names attributes have.
    pub profile: Profile,
    /// What metrics count from.
    pub temporality: Temporality,
    /// Which signals are sent. One that is not costs nothing, and is not counted for later either.
    pub signals: Signals,
    /// Who sends.
    pub resource: Resource,
}

impl Config {
    /// What the settings say (`telemetry.export.otlp`).
    pub fn of(settings: &Settings, resource: Resource) -> Self {
        Config {
            profile: settings.otlp_profile(),
            temporality: settings.otlp_temporality(),
            signals: settings.otlp_signals(),
            resource,
        }
    }
}
