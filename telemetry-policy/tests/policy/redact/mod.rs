//! The redactor from outside.
//!
//! - `rules`: each rule finds its hits and not its near misses.
//! - `texts`: where secrets stand, and what only looks like one.
//! - `documents`: JSON, and messages of models.
//! - `personal`: personal data.
//! - `holds`: what must hold for any text.

mod documents;
mod holds;
mod personal;
mod random;
mod rules;
mod texts;

use random::Random;
use telemetry_policy::redact::{CorrelationKey, Options, Redactor, Report};

/// A redactor whose tags are the same in every run.
fn redactor() -> Redactor {
    Redactor::new(options())
}

fn options() -> Options {
    Options { key: CorrelationKey::from_bytes(*b"sixteen bytes ok"), ..Options::default() }
}

/// What `text` is redacted to, with each tag as `#`.
fn redacted(text: &str) -> String {
    without_tags(&redactor().redact_text(text))
}

fn without_tags(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("[REDACTED:") {
        let (inside, after) = after.split_once(']').unwrap();
        let (kind, tag) = inside.split_once(':').unwrap();
        assert_eq!(tag.len(), 4, "{text}");
        out += &format!("{before}[{kind}]");
        rest = after;
    }
    out + rest
}

/// The kinds of what was taken out of `text`.
fn kinds(text: &str) -> Vec<&'static str> {
    let mut report = Report::default();
    redactor().redact_counted(text.as_bytes(), Some(&mut report));
    report.counts().map(|(kind, _)| kind).collect()
}
