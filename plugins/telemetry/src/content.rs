//! The far end of content: secrets are taken out, and what is left is written. Away from the host's threads.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use serde_json::value::{RawValue, to_raw_value};
use telemetry_core::content::Content;
use telemetry_core::sink::{Sink, SinkError};
use telemetry_policy::redact::{CorrelationKey, KnownSecrets, Options, Redactor};
use telemetry_store::content::ContentWriter;
use telemetry_store::layout::Layout;

/// Takes secrets out of what was said.
pub(crate) trait Scrub: Send {
    /// `body` without its secrets, or `None` when there is none in it.
    fn scrub(&self, body: &RawValue) -> Option<Box<RawValue>>;
}

/// Takes out what the redactor takes for a secret. Personal data stays: that is for whoever exports to decide.
pub(crate) struct WithoutSecrets {
    home: PathBuf,
    /// Made with the first piece, on the thread that writes: it reads the environment and two files.
    redactor: OnceLock<Redactor>,
}

impl WithoutSecrets {
    pub(crate) fn new(home: &Path) -> Self {
        WithoutSecrets { home: home.to_owned(), redactor: OnceLock::new() }
    }

    fn redactor(&self) -> &Redactor {
        self.redactor.get_or_init(|| {
            let known = KnownSecrets::of(&self.home);
            Redactor::new(Options { known, key: CorrelationKey::kept_at(&self.home), ..Options::default() })
        })
    }
}

impl Scrub for WithoutSecrets {
    fn scrub(&self, body: &RawValue) -> Option<Box<RawValue>> {
        let redacted = self.redactor().redact_text(body.get());
        if redacted == body.get() {
            return None;
        }
        // What cannot be looked at comes back as words of ours, which are no JSON.
        let body = RawValue::from_string(redacted.into_owned());
        Some(body.or_else(|_| to_raw_value(UNAVAILABLE)).unwrap_or_default())
    }
}

/// What stands for a body when it cannot be told whether there is a secret in it.
const UNAVAILABLE: &str = "[redaction-unavailable]";

pub(crate) struct ScrubbedContent {
    writer: ContentWriter,
    scrub: Box<dyn Scrub>,
}

impl ScrubbedContent {
    pub(crate) fn new(layout: Layout, scrub: Box<dyn Scrub>) -> Self {
        ScrubbedContent { writer: ContentWriter::new(layout), scrub }
    }

    /// Whatever goes wrong in it, what was said is never written as it was, nor is its record lost.
    fn scrubbed(&self, content: &Content) -> Content {
        let scrubbed = catch_unwind(AssertUnwindSafe(|| self.scrub.scrub(&content.body)));
        let body = match scrubbed {
            Ok(Some(body)) => body,
            Ok(None) => content.body.clone(),
            Err(_) => to_raw_value(UNAVAILABLE).unwrap_or_default(),
        };
        Content { body, part: content.part.clone(), ..*content }
    }
}

impl Sink<Content> for ScrubbedContent {
    fn write(&mut self, content: &[Content]) -> Result<(), SinkError> {
        let scrubbed: Vec<Content> = content.iter().map(|content| self.scrubbed(content)).collect();
        self.writer.write(&scrubbed)
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::ids::{RunId, SpanId};
    use telemetry_core::time::UnixNanos;
    use telemetry_core::vocabulary::Part;
    use telemetry_store::content::ContentReader;

    use super::*;

    /// Knows one secret, and is afraid of a word.
    struct Timid;

    impl Scrub for Timid {
        fn scrub(&self, body: &RawValue) -> Option<Box<RawValue>> {
            assert!(!body.get().contains("boo"), "afraid of {body}");
            let without = body.get().replace("hunter2", "[REDACTED]");
            (without != body.get()).then(|| RawValue::from_string(without).unwrap())
        }
    }

    #[test]
    fn the_redactor_takes_out_secrets_of_any_kind_and_json_stays_json() {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join(".env"), "ACME_API_KEY=wobbly-heron-42\n").unwrap();
        let scrub = WithoutSecrets::new(home.path());
        let token = format!("ghp_{}", "a1B2c3D4e5F6".repeat(3));
        let said = serde_json::json!({
            "args": {"command": format!("curl -H 'Authorization: token {token}' https://api.github.com")},
            "result": "{\"password\": \"tr0ub4dor&3\", \"max_tokens\": 4096}",
            "note": "the key is wobbly-heron-42",
            "mail": "ann@example.org",
        });
        let body = to_raw_value(&said).unwrap();
        let scrubbed = scrub.scrub(&body).unwrap();
        for secret in [token.as_str(), "tr0ub4dor", "wobbly-heron"] {
            assert!(!scrubbed.get().contains(secret), "{scrubbed}");
        }
        let scrubbed: serde_json::Value = serde_json::from_str(scrubbed.get()).unwrap();
        assert_eq!(scrubbed["mail"], said["mail"], "personal data is for the export to judge");
        assert!(scrubbed["result"].as_str().unwrap().contains("\"max_tokens\": 4096"));
        assert!(scrub.scrub(&to_raw_value("nothing to hide").unwrap()).is_none());
        // Another process marks the same secret alike.
        let again = WithoutSecrets::new(home.path()).scrub(&body).unwrap();
        assert_eq!(serde_json::from_str::<serde_json::Value>(again.get()).unwrap(), scrubbed);
    }

    #[test]
    fn secrets_are_taken_out_and_a_scrubber_that_fails_lets_nothing_through() {
        let home = tempfile::tempdir().unwrap();
        let layout = Layout::of(home.path());
        let said = ["my password is hunter2", "boo: hunter2", "nothing"].into_iter().zip(1..);
        let said: Vec<Content> = said
            .map(|(text, at)| {
                let body = to_raw_value(text).unwrap();
                Content::new(UnixNanos(at), RunId(1), SpanId(1), Part::UserMessage, 0, body)
            })
            .collect();
        ScrubbedContent::new(layout.clone(), Box::new(Timid)).write(&said).unwrap();
        let mut kept = Vec::new();
        let mut each = |content: Content| {
            kept.push((content.id, content.body.get().to_owned()));
            true
        };
        ContentReader::new(layout).read(&mut each).unwrap();
        let bodies = [r#""my password is [REDACTED]""#, r#""[redaction-unavailable]""#, r#""nothing""#];
        let expected: Vec<_> = said.iter().map(|content| content.id).zip(bodies.map(str::to_owned)).collect();
        assert_eq!(kept, expected, "every record is there");
    }
}
