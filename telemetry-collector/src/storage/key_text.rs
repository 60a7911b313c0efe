//! Keys as texts of a row: scopes by their words with commas between, hashes in lower-case hex.

use telemetry_core::time::UnixNanos;

use crate::keys::Scope;

/// `ingest,read`.
pub(crate) fn scopes(scopes: &[Scope]) -> String {
    scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(",")
}

/// The scopes of such a text, each once. Rows are inserted by hand too: blanks do no harm, and a word that is no scope opens
/// nothing.
pub(crate) fn scopes_of(text: &str) -> Vec<Scope> {
    let words: Vec<&str> = text.split(',').map(str::trim).collect();
    Scope::ALL.into_iter().filter(|scope| words.contains(&scope.as_str())).collect()
}

/// 64 lower-case hex digits, as `encode(sha256(...), 'hex')` writes them.
pub(crate) fn hash(hash: &[u8; 32]) -> String {
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of such digits; `None` when they are something else, which no key can have.
pub(crate) fn hash_of(digits: &str) -> Option<[u8; 32]> {
    if digits.len() != 64 || !digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let mut hash = [0; 32];
    for (byte, at) in hash.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(&digits[at..at + 2], 16).ok()?;
    }
    Some(hash)
}

/// When a key was used, as it is kept: to the minute, so that a busy key is not written with each request.
pub(crate) fn minute_of(at: UnixNanos) -> UnixNanos {
    const MINUTE: i64 = 60_000_000_000;
    UnixNanos(at.0.div_euclid(MINUTE).saturating_mul(MINUTE))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_and_hashes_are_read_as_they_are_written() {
        assert_eq!(scopes_of(&scopes(&Scope::ALL)), Scope::ALL);
        assert_eq!(scopes_of(" read , ingest,root,,read"), [Scope::Ingest, Scope::Read]);
        assert_eq!(scopes_of(""), []);
        let bytes: [u8; 32] = std::array::from_fn(|at| at as u8 * 8);
        assert_eq!(hash_of(&hash(&bytes)), Some(bytes));
        for digits in ["", "+a", &"AB".repeat(32), &"é".repeat(32), &"0".repeat(63)] {
            assert_eq!(hash_of(digits), None, "{digits}");
        }
    }

    #[test]
    fn a_use_is_kept_to_the_minute() {
        assert_eq!(minute_of(UnixNanos(125_000_000_000)), UnixNanos(120_000_000_000));
        assert_eq!(minute_of(UnixNanos(-1)), UnixNanos(-60_000_000_000));
    }
}
