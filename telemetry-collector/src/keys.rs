//! Keys to the collector: what is known of one, never the key itself.

use sha2::{Digest as _, Sha256};
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

    /// The scope of a word.
    pub fn of_word(word: &str) -> Option<Self> {
        Scope::ALL.into_iter().find(|scope| scope.as_str() == word)
    }
}

/// A key as it is sent: told once, to whoever made it, and kept nowhere. Has no `Debug`, so that it is in no message.
pub struct Secret(String);

impl Secret {
    /// A new one: 32 random bytes of the system's, as 64 hex characters.
    ///
    /// # Errors
    /// When the system has none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut bytes = [0; 32];
        getrandom::fill(&mut bytes)?;
        Ok(Secret(bytes.iter().map(|byte| format!("{byte:02x}")).collect()))
    }

    /// The text to send.
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is kept of it.
    pub fn hash(&self) -> [u8; 32] {
        hash(self.0.as_bytes())
    }
}

/// What is kept of a key that was sent.
pub fn hash(sent: &[u8]) -> [u8; 32] {
    Sha256::digest(sent).into()
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

impl KeyRecord {
    /// Whether it opens anything at `now`.
    pub fn is_valid(&self, now: UnixNanos) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| expires > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_hex_and_its_hash_that_of_its_text() {
        let (one, other) = (Secret::random().unwrap(), Secret::random().unwrap());
        assert_eq!(one.reveal().len(), 64);
        assert!(one.reveal().bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')));
        assert_ne!(one.reveal(), other.reveal());
        // printf abc | sha256sum
        let known: String = hash(b"abc").iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(known, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
