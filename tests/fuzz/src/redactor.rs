//! What takes secrets out of content.

use std::sync::OnceLock;

use serde_json::Value;
use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor, Shape, Stream, WITHHELD};

/// A secret this process knows. It has the form of nothing, so nothing but the knowledge finds it.
const KNOWN: &str = "correct horse battery";

/// Redacting twice is redacting once; JSON stays JSON, as a text and as a value; a secret that is known goes wherever it
/// stands; a stream that is read in small pieces is no different the second time.
///
/// The first byte of the input says where the known secret is put into the rest.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let Some((&place, text)) = input.split_first() else { return };
    for redactor in redactors() {
        let once = redactor.redact_bytes(text).into_owned();
        assert_eq!(redactor.redact_bytes(&once), once, "twice is not once");
        if let Ok(mut value) = serde_json::from_slice::<Value>(text) {
            assert!(
                once == WITHHELD.as_bytes() || serde_json::from_slice::<Value>(&once).is_ok(),
                "JSON is none any more"
            );
            redactor.redact_json(&mut value, Shape::Any);
            let whole = value.clone();
            redactor.redact_json(&mut value, Shape::Any);
            assert_eq!(value, whole, "a document, twice");
        }
        let at = text.len() * usize::from(place) / 256;
        let planted = [&text[..at], b"\n", KNOWN.as_bytes(), b"\n", &text[at..]].concat();
        for redacted in [redactor.redact_bytes(&planted).into_owned(), streamed(redactor, &planted)] {
            assert!(memchr::memmem::find(&redacted, KNOWN.as_bytes()).is_none(), "a known secret is there");
        }
        let once = streamed(redactor, text);
        assert_eq!(streamed(redactor, &once), once, "a stream, twice");
    }
}

/// Without personal data, and with it.
fn redactors() -> &'static [Redactor; 2] {
    static REDACTORS: OnceLock<[Redactor; 2]> = OnceLock::new();
    REDACTORS.get_or_init(|| {
        [false, true].map(|pii| {
            let known = KnownSecrets::from_values([KNOWN]);
            Redactor::new(Options { pii, known, key: CorrelationKey::from_bytes([7; 16]) })
        })
    })
}

/// `text` through a stream that gets a few bytes at a time.
fn streamed(redactor: &Redactor, text: &[u8]) -> Vec<u8> {
    struct Pieces<'t>(&'t [u8]);
    impl std::io::Read for Pieces<'_> {
        fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
            let piece = into.len().min(61);
            self.0.read(&mut into[..piece])
        }
    }
    let mut redacted = Vec::new();
    Stream::new(redactor).copy(&mut Pieces(text), &mut redacted).unwrap_or_else(|error| panic!("{error}"));
    redacted
}
