//! Keys to the collector: what is known of one, never the key itself.

use telemetry_core::time::UnixNanos;

/// What a key opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// To send.
    Ingest,
    /// To ask.
    Read,
    /// To manage keys, and all the rest.
    Admin,
}

impl Scope {
    /// All of them.
    pub const ALL: [Scope; 3] = [Scope::Ingest, Scope::Read, Scope::Admin];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Ingest => "ingest",
            Scope::Read => "read",
            Scope::Admin => "admin",
        }
    }
}

/// What is kept of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRecord {
    /// The SHA-256 of the key's 64 hex characters, as they are sent; in lower-case hex in the database.
    pub hash: [u8; 32],
    /// What people call it; unique.
    pub name: String,
    /// What it opens.
    pub scopes: Vec<Scope>,
    /// The only machine it may send for.
    pub host: Option<String>,
    /// When it was made.
    pub created: UnixNanos,
    /// From when on it opens nothing.
    pub expires: Option<UnixNanos>,
    /// When it was last used, to the minute.
    pub used: Option<UnixNanos>,
    /// When it was revoked.
    pub revoked: Option<UnixNanos>,
}
