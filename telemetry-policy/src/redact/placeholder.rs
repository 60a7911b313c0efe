//! What stands where a secret was: `[REDACTED:github-pat:h4f2]`.
//!
//! The four characters at the end are a keyed hash of the secret: the same secret has the same ones under the same key,
//! so that one can follow it through a log, and without the key they say nothing about it, not even to somebody who can
//! try every possible password. Nothing of the secret itself is kept, no beginning and no length.

use std::fmt;
use std::hash::Hasher as _;
use std::path::{Path, PathBuf};

use memchr::memmem;
use siphasher::sip::SipHasher24;
use uuid::Uuid;

use super::finding::Kind;
use crate::install_id;

/// How every placeholder begins.
const OPEN: &[u8] = b"[REDACTED:";
/// The characters of a tag: 32, none of which needs escaping anywhere.
const TAG: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
/// The length of a tag, in characters: one of a million.
const TAG_LENGTH: usize = 4;
/// Longer than the longest id of a rule.
const LONGEST_ID: usize = 48;
/// The longest placeholder, in bytes.
pub(crate) const LONGEST: usize = OPEN.len() + LONGEST_ID + 1 + TAG_LENGTH + 1;

/// The key of the tags: random, 128 bits. Whoever shares one shares which secrets are the same.
///
/// Keep one for an installation to follow a secret from export to export, or make one for each process to follow it
/// within one only.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct CorrelationKey([u8; 16]);

impl CorrelationKey {
    /// A key that nobody else has.
    pub fn random() -> Self {
        // A UUID of version 4 holds 122 random bits of the operating system's.
        Self(Uuid::new_v4().into_bytes())
    }

    /// The key of `home`, in `<home>/telemetry/redaction_key`: minted by whoever comes first and writes there anyway, so that a
    /// secret is followed from process to process. A key of this process alone where it cannot be kept.
    pub fn kept_at(home: &Path) -> Self {
        let kept = install_id::kept_in(&file_in(home)).ok().flatten();
        let key = kept.and_then(|kept| Uuid::parse_str(&kept).ok());
        key.map_or_else(Self::random, |key| Self(key.into_bytes()))
    }

    /// As [`CorrelationKey::kept_at`], for who asks: a home that nothing was recorded in is left as it is.
    pub fn of(home: &Path) -> Self {
        if home.join("telemetry").is_dir() { Self::kept_at(home) } else { Self::random() }
    }

    /// A key that was kept.
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The key, to keep: for its owner alone.
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    fn tag(&self, secret: &[u8]) -> [u8; TAG_LENGTH] {
        let mut hasher = SipHasher24::new_with_key(&self.0);
        hasher.write(secret);
        let hash = hasher.finish();
        std::array::from_fn(|at| TAG[(hash >> (5 * at)) as usize % TAG.len()])
    }
}

fn file_in(home: &Path) -> PathBuf {
    home.join("telemetry").join("redaction_key")
}

/// Not the key: a key in a log would undo what it is for.
impl fmt::Debug for CorrelationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CorrelationKey(..)")
    }
}

/// Appends the placeholder of `secret`.
pub(crate) fn write(out: &mut Vec<u8>, kind: Kind, secret: &[u8], key: &CorrelationKey) {
    out.extend_from_slice(OPEN);
    out.extend_from_slice(kind.0.as_bytes());
    out.push(b':');
    out.extend_from_slice(&key.tag(secret));
    out.push(b']');
}

/// The end of the placeholder that begins at `at`, if one does.
pub(crate) fn end_of(text: &[u8], at: usize) -> Option<usize> {
    let rest = text.get(at..)?.strip_prefix(OPEN)?;
    let id = rest.iter().take(LONGEST_ID + 1).position(|byte| *byte == b':')?;
    let is_id = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || *byte == b'-';
    let tag = rest.get(id + 1..id + 1 + TAG_LENGTH)?;
    let closed = rest.get(id + 1 + TAG_LENGTH) == Some(&b']');
    let whole = id > 0 && rest[..id].iter().all(is_id) && tag.iter().all(|byte| TAG.contains(byte)) && closed;
    whole.then_some(at + OPEN.len() + id + TAG_LENGTH + 2)
}

/// Where placeholders stand in `text`.
pub(crate) fn all(text: &[u8]) -> Vec<(usize, usize)> {
    let found = memmem::find_iter(text, OPEN);
    found.filter_map(|start| Some((start, end_of(text, start)?))).collect()
}
