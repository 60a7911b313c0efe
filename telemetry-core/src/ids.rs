//! Identifiers, all derived from natural keys so that a replay or a re-delivery makes the same ones.
//!
//! Every id is a hash (XXH3) of what names the thing in the host's own world: a run is a session in a process, a
//! turn is the host's turn id in a run, and so on. [`Key`] spells such a natural key. The hash is not
//! cryptographic: ids are for joining and de-duplicating, never for trust.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use xxhash_rust::xxh3::{xxh3_64, xxh3_128};

/// An id that could not be read: not the right number of lower-case hex digits.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is not an id: expected {digits} lower-case hex digits")]
pub struct ParseIdError {
    text: String,
    digits: usize,
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// The two digits of each byte.
static PAIRS: [[u8; 2]; 256] = {
    let mut pairs = [[0; 2]; 256];
    let mut byte = 0;
    while byte < 256 {
        pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
        byte += 1;
    }
    pairs
};

/// The value of each digit; 255 of what is none.
static VALUES: [u8; 256] = {
    let mut values = [255; 256];
    let mut value = 0;
    while value < 16 {
        values[DIGITS[value] as usize] = value as u8;
        value += 1;
    }
    values
};

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $int:ty, $digits:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        // A u128 wants an address divisible by 16, and an optional one would take 32 bytes of every event.
        #[repr(Rust, packed(8))]
        pub struct $name(pub $int);

        impl $name {
            /// The digits on the wire. Not by way of `fmt`, which takes longer than all the rest of a line.
            #[inline]
            pub(crate) fn digits(self) -> [u8; $digits] {
                let mut digits = [0; $digits];
                for (pair, byte) in digits.chunks_exact_mut(2).zip({ self.0 }.to_be_bytes()) {
                    pair.copy_from_slice(&PAIRS[usize::from(byte)]);
                }
                digits
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(std::str::from_utf8(&self.digits()).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let error = || ParseIdError { text: text.chars().take(80).collect(), digits: $digits };
                if text.len() != $digits {
                    return Err(error());
                }
                // Without a branch for each digit: what is none shows in the end.
                let (mut bytes, mut all) = ([0; $digits / 2], 0);
                for (byte, pair) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
                    let (high, low) = (VALUES[usize::from(pair[0])], VALUES[usize::from(pair[1])]);
                    all |= high | low;
                    *byte = high << 4 | low;
                }
                if all < 16 { Ok(Self(<$int>::from_be_bytes(bytes))) } else { Err(error()) }
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let digits = self.digits();
                serializer.serialize_str(std::str::from_utf8(&digits).map_err(serde::ser::Error::custom)?)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Hex;
                impl de::Visitor<'_> for Hex {
                    type Value = $name;
                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        write!(f, concat!($digits, " lower-case hex digits"))
                    }
                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        text.parse().map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Hex)
            }
        }
    };
}

hex_id!(
    /// One event. Unique together with the event's time: the same event written twice has the same id and the
    /// same time, and counts once.
    EventId, u64, 16);
hex_id!(
    /// One process of a host, from its first hook to its end. A forked child is a process of its own.
    ProcessId, u128, 32);
hex_id!(
    /// One run: one session in one process. A root run's id is also the trace id of its tree
    /// (16 bytes, as W3C Trace Context and OpenTelemetry want it).
    RunId, u128, 32);
hex_id!(
    /// One span inside a run: a turn, a model call, a tool call (8 bytes, as OpenTelemetry wants it).
    SpanId, u64, 16);

impl RunId {
    /// The run of `session_id` in `process`.
    pub fn of(process: ProcessId, session_id: &str) -> Self {
        RunId(Key::new("run").number(process.0).text(session_id).wide())
    }

    /// The span of the run as a whole: the last half of its id.
    pub fn span(self) -> SpanId {
        SpanId(self.0 as u64)
    }
}

/// A natural key under construction: a domain and its parts, each delimited by its length, so that
/// `("ab", "c")` and `("a", "bc")` differ.
///
/// # Examples
/// ```
/// use telemetry_core::ids::Key;
/// let one = Key::new("turn").text("ab").text("c").narrow();
/// let two = Key::new("turn").text("a").text("bc").narrow();
/// assert_ne!(one, two);
/// assert_eq!(one, Key::new("turn").text("ab").text("c").narrow());
/// ```
#[derive(Clone)]
pub struct Key {
    bytes: [u8; Self::ROOM],
    used: usize,
}

impl Key {
    const ROOM: usize = 192;

    /// Starts a key in `domain`, a constant word that keeps kinds of things apart.
    #[inline]
    pub fn new(domain: &'static str) -> Self {
        Self { bytes: [0; Self::ROOM], used: 0 }.text(domain)
    }

    /// Adds a text part of any length; one longer than 64 bytes goes in as its hash.
    #[must_use]
    #[inline]
    pub fn text(self, part: &str) -> Self {
        if part.len() > 64 {
            return self.number(xxh3_128(part.as_bytes()));
        }
        self.part(part.as_bytes())
    }

    /// Adds a numeric part.
    #[must_use]
    #[inline]
    pub fn number(self, part: impl Into<u128>) -> Self {
        self.part(&part.into().to_le_bytes())
    }

    #[inline]
    fn part(mut self, part: &[u8]) -> Self {
        if self.used + part.len() + 1 > Self::ROOM {
            self.fold();
        }
        // A part is at most 64 bytes, so its length fits.
        self.bytes[self.used] = part.len() as u8;
        self.bytes[self.used + 1..self.used + 1 + part.len()].copy_from_slice(part);
        self.used += part.len() + 1;
        self
    }

    /// Makes room: what was added so far becomes its hash.
    #[cold]
    fn fold(&mut self) {
        let folded = self.wide().to_le_bytes();
        self.bytes[..16].copy_from_slice(&folded);
        self.used = 16;
    }

    /// The 64-bit id of this key.
    #[inline]
    pub fn narrow(&self) -> u64 {
        xxh3_64(&self.bytes[..self.used])
    }

    /// The 128-bit id of this key.
    #[inline]
    pub fn wide(&self) -> u128 {
        xxh3_128(&self.bytes[..self.used])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_canonical_hex() {
        let id = SpanId(0xab);
        assert_eq!(id.to_string(), "00000000000000ab");
        assert_eq!("00000000000000ab".parse::<SpanId>(), Ok(id));
        for bad in ["ab", "00000000000000AB", "+0000000000000ab", "00000000000000a\u{e9}", ""] {
            assert!(bad.parse::<SpanId>().is_err(), "{bad}");
        }
        for byte in 0..128_u8 {
            let text = format!("{}0123456789abcde", char::from(byte));
            let read = text.parse::<SpanId>();
            assert_eq!(read.is_ok(), b"0123456789abcdef".contains(&byte), "{text:?}");
            assert!(read.is_err() || read.is_ok_and(|id| id.to_string() == text));
        }
    }

    #[test]
    fn long_keys_fold_and_stay_distinct() {
        let long = "x".repeat(500);
        let key = |n: u64| (0..20).fold(Key::new("k").text(&long), |k, _| k.text("part")).number(n).wide();
        assert_ne!(key(1), key(2));
        assert_eq!(key(1), key(1));
    }

    #[test]
    fn derived_ids_never_change() {
        // On disk for ever: a change of hash or of key layout would make every stored id foreign.
        assert_eq!(RunId::of(ProcessId(1), "session").to_string(), "20ce9513db286a20c9de1f9e6f6e251a");
    }
}
