//! Keys to a collector, and never a key.

use serde::Serialize;
use telemetry_collector::keys::KeyRecord;
use telemetry_core::time::UnixNanos;

/// What is known of a key.
#[derive(Serialize)]
pub(crate) struct Key {
    pub name: String,
    pub scopes: Vec<&'static str>,
    pub host: Option<String>,
    /// `valid`, `expired` or `revoked`.
    pub state: &'static str,
    pub created_at: String,
    pub expires_at: Option<String>,
    pub used_at: Option<String>,
    pub revoked_at: Option<String>,
}

#[derive(Serialize)]
pub(crate) struct Keys {
    pub keys: Vec<Key>,
}

impl Key {
    /// As it is now.
    pub fn of(key: &KeyRecord, now: UnixNanos) -> Self {
        // To the second, which is as much as anybody reads.
        let moment = |at: UnixNanos| UnixNanos(at.0 - at.0.rem_euclid(1_000_000_000)).to_string();
        Key {
            name: key.name.clone(),
            scopes: key.scopes.iter().map(|scope| scope.as_str()).collect(),
            host: key.host.clone(),
            state: match key.revoked {
                Some(_) => "revoked",
                None if !key.is_valid(now) => "expired",
                None => "valid",
            },
            created_at: moment(key.created),
            expires_at: key.expires.map(moment),
            used_at: key.used.map(moment),
            revoked_at: key.revoked.map(moment),
        }
    }
}
