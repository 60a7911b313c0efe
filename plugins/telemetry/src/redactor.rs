//! What takes secrets out of what leaves.

use std::path::Path;
use std::sync::Arc;

use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor};
use telemetry_policy::{ContentRedaction, Gate, Settings};

/// What everything that leaves `home` passes: secrets go, those this home knows too, and personal data where the owner says so.
/// Reads the environment and two files.
pub fn redactor(home: &Path, settings: &Settings) -> Redactor {
    let pii = settings.content_redaction() == ContentRedaction::Pii;
    let (known, key) = (KnownSecrets::of(home), CorrelationKey::of(home));
    Redactor::new(Options { pii, known, key })
}

/// The only door out of `home`, as its owner wants it. Reads the environment and two files.
pub fn gate(home: &Path, settings: &Settings) -> Gate {
    Gate::new(settings).with_redactor(Arc::new(redactor(home, settings)))
}
