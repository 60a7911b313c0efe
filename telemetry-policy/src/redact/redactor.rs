//! The redactor: texts and documents in, the same without secrets out.

use std::borrow::Cow;
use std::panic::{AssertUnwindSafe, catch_unwind};

use serde_json::Value;

use super::finding::{self, Finding};
use super::json::{self, Shape};
use super::known::KnownSecrets;
use super::placeholder::{self, CorrelationKey};
use super::report::Report;
use super::scan;

/// What stands in place of a text that could not be redacted.
pub const WITHHELD: &str = "[redaction-unavailable]";

/// A secret that is gone may leave another one standing alone: two keys written together. Rounds until nothing is found; what
/// still is then cannot be trusted.
const ROUNDS: usize = 8;

/// What a redactor takes out, and how it marks it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Whether personal data goes too (`telemetry.content_redaction: pii`): e-mail addresses, phone numbers, IBANs, card numbers,
    /// IP addresses and the names in paths of home folders. UUIDs are ids and stay.
    pub pii: bool,
    /// Secrets that go wherever they stand.
    pub known: KnownSecrets,
    /// The key of the tags in placeholders.
    pub key: CorrelationKey,
}

/// Secrets alone, none known, and tags that nobody else can reproduce.
impl Default for Options {
    fn default() -> Self {
        Self { pii: false, known: KnownSecrets::default(), key: CorrelationKey::random() }
    }
}

/// Takes secrets out. Make one and share it: it holds no state but its options.
#[derive(Clone, Debug)]
pub struct Redactor {
    options: Options,
}

impl Redactor {
    /// A redactor with these options. Costs nothing; the first text that is read pays for the table of keywords.
    pub fn new(options: Options) -> Self {
        Self { options }
    }

    /// `text` without its secrets, borrowed if it has none.
    pub fn redact_text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        guarded(|| match self.redacted(text.as_bytes(), None) {
            None => Some(Cow::Borrowed(text)),
            // Findings end at ASCII, so this is always a text; if it were not, nobody should see it.
            Some(bytes) => String::from_utf8(bytes).ok().map(Cow::Owned),
        })
        .unwrap_or(Cow::Borrowed(WITHHELD))
    }

    /// As [`redact_text`](Self::redact_text) for bytes that may not be UTF-8; what is not, is kept as it is.
    pub fn redact_bytes<'t>(&self, text: &'t [u8]) -> Cow<'t, [u8]> {
        self.redact_counted(text, None)
    }

    /// As [`redact_bytes`](Self::redact_bytes), and counts in `report` what was taken out.
    pub fn redact_counted<'t>(&self, text: &'t [u8], report: Option<&mut Report>) -> Cow<'t, [u8]> {
        guarded(|| Some(self.redacted(text, report).map_or(Cow::Borrowed(text), Cow::Owned)))
            .unwrap_or(Cow::Borrowed(WITHHELD.as_bytes()))
    }

    /// The value of a field called `name`: what [`redact_text`](Self::redact_text) would make of `name: "value"`.
    pub fn redact_named<'t>(&self, name: &str, value: &'t str) -> Cow<'t, str> {
        guarded(|| match json::named(name, value.as_bytes()) {
            Some(kind) if placeholder::all(value.as_bytes()).is_empty() => {
                let whole = [Finding::new(0, value.len(), kind)];
                String::from_utf8(finding::apply(value.as_bytes(), &whole, &self.options.key))
                    .ok()
                    .map(Cow::Owned)
            }
            _ => Some(self.redact_text(value)),
        })
        .unwrap_or(Cow::Borrowed(WITHHELD))
    }

    /// The first `max_bytes` bytes of `text` without its secrets, and less where the cut would fall into a character or a
    /// placeholder. Redacting comes first: a secret that was cut in two is no longer recognised, and half of it is enough.
    pub fn redact_and_truncate(&self, text: &str, max_bytes: usize) -> String {
        let redacted = self.redact_text(text);
        if redacted.len() <= max_bytes {
            return redacted.into_owned();
        }
        let mut end = redacted.floor_char_boundary(max_bytes);
        let from = end.saturating_sub(placeholder::LONGEST);
        // A placeholder cut in two would be read as text from then on.
        for start in from..end {
            if placeholder::end_of(redacted.as_bytes(), start).is_some_and(|past| past > end) {
                end = start;
                break;
            }
        }
        redacted.get(..end).unwrap_or(WITHHELD).to_owned()
    }

    /// Redacts a document in place: every text in it, by the name it stands under, and the names. What `shape` says are ids, roles
    /// and types stays as it is, unless it is a credential by its form.
    pub fn redact_json(&self, value: &mut Value, shape: Shape) {
        let redacted = catch_unwind(AssertUnwindSafe(|| {
            let mut value = value.clone();
            json::redact(self, &mut value, shape);
            value
        }));
        *value = redacted.unwrap_or_else(|_| Value::from(WITHHELD));
    }

    /// Where secrets stand in `text`, settled; empty for most texts.
    pub(crate) fn findings(&self, text: &[u8]) -> Vec<Finding> {
        let mut findings = Vec::new();
        scan::find(text, &self.options.known, self.options.pii, &mut findings);
        finding::settle(text, &mut findings);
        findings
    }

    /// The text without its secrets; nothing if it has none. A document of JSON is one afterwards: should a finding reach from one of
    /// its strings into another, which only broken quotes in both can bring about, each string is redacted by itself.
    fn redacted(&self, text: &[u8], report: Option<&mut Report>) -> Option<Vec<u8>> {
        let redacted = self.rounds(text, report)?;
        if json::is_document(text) && !json::is_document(&redacted) {
            let document = serde_json::from_slice(text).map(|mut document| {
                json::redact(self, &mut document, Shape::Any);
                document
            });
            return Some(document.unwrap_or_else(|_| Value::from(WITHHELD)).to_string().into_bytes());
        }
        Some(redacted)
    }

    fn rounds(&self, text: &[u8], mut report: Option<&mut Report>) -> Option<Vec<u8>> {
        let mut redacted: Option<Vec<u8>> = None;
        for _ in 0..ROUNDS {
            let before = redacted.as_deref().unwrap_or(text);
            let findings = self.findings(before);
            if findings.is_empty() {
                return redacted;
            }
            if let Some(report) = report.as_deref_mut() {
                report.add(findings.iter().map(|finding| finding.kind.0));
            }
            redacted = Some(finding::apply(before, &findings, &self.options.key));
        }
        Some(WITHHELD.as_bytes().to_vec())
    }
}

/// What `work` makes, unless it panics or the scanner is not there: then nothing.
fn guarded<T>(work: impl FnOnce() -> Option<T>) -> Option<T> {
    if !scan::is_ready() {
        return None;
    }
    catch_unwind(AssertUnwindSafe(work)).ok().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_withholds_the_text() {
        let broken = guarded(|| -> Option<Cow<'_, str>> { panic!("a mistake of ours") });
        assert_eq!(broken.unwrap_or(Cow::Borrowed(WITHHELD)), WITHHELD);
    }
}
