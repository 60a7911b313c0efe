//! What was found, and the text without it.

use super::placeholder::{self, CorrelationKey};

/// What a finding is: the word in its placeholder, of lower-case letters, digits and dashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind(pub &'static str);

/// A part of a text that must not stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Finding {
    pub start: usize,
    pub end: usize,
    pub kind: Kind,
    /// The quote to put around the placeholder: a number in JSON that becomes a text.
    pub quote: Option<Quote>,
}

/// A quotation mark behind as many backslashes as the text around it needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Quote {
    pub backslashes: usize,
    pub mark: u8,
}

impl Finding {
    pub(crate) fn new(start: usize, end: usize, kind: &'static str) -> Self {
        Self { start, end, kind: Kind(kind), quote: None }
    }
}

/// Brings findings into order: none overlaps another, and none touches what is a placeholder already. Where two
/// overlap, one that says whose credential it is gives the name, and the union of both goes.
pub(crate) fn settle(text: &[u8], findings: &mut Vec<Finding>) {
    findings.retain(|finding| finding.start < finding.end);
    if findings.is_empty() {
        return;
    }
    let taken = placeholder::all(text);
    if !taken.is_empty() {
        findings.retain(|finding| {
            let next = taken.partition_point(|(_, end)| *end <= finding.start);
            taken.get(next).is_none_or(|(start, _)| *start >= finding.end)
        });
    }
    findings.sort_by_key(|finding| (finding.start, std::cmp::Reverse(finding.end)));
    let mut settled: Vec<Finding> = Vec::with_capacity(findings.len());
    for finding in findings.drain(..) {
        match settled.last_mut() {
            // The password of an address and the host behind it look like somebody's mailbox.
            Some(last) if is_mailbox_of(text, &finding, last) => {}
            Some(last) if is_mailbox_of(text, last, &finding) => *last = finding,
            Some(last) if finding.start < last.end => {
                let same = last.start == finding.start && last.end == finding.end;
                if same && is_general(last.kind) && !is_general(finding.kind) {
                    last.kind = finding.kind;
                }
                last.end = last.end.max(finding.end);
            }
            _ => settled.push(finding),
        }
    }
    *findings = settled;
}

/// Whether `mailbox` is an e-mail address whose local part is a secret of its own.
fn is_mailbox_of(text: &[u8], mailbox: &Finding, secret: &Finding) -> bool {
    mailbox.kind.0 == "email"
        && secret.kind.0 == "url-credential"
        && (secret.start..secret.end).contains(&mailbox.start)
        && secret.end < mailbox.end
        && text.get(secret.end) == Some(&b'@')
}

/// Names of findings that do not say whose credential it is.
fn is_general(kind: Kind) -> bool {
    const GENERAL: [&str; 9] = [
        "password",
        "credential",
        "authorization",
        "bearer-token",
        "generic-token",
        "known-secret",
        "url-credential",
        "sk-key",
        "sk-underscore-key",
    ];
    GENERAL.contains(&kind.0)
}

/// The text with a placeholder for each finding, which are settled.
pub(crate) fn apply(text: &[u8], findings: &[Finding], key: &CorrelationKey) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() + findings.len() * 16);
    let mut copied = 0;
    for finding in findings {
        out.extend_from_slice(&text[copied..finding.start]);
        let around = |out: &mut Vec<u8>| {
            if let Some(Quote { backslashes, mark }) = finding.quote {
                out.resize(out.len() + backslashes, b'\\');
                out.push(mark);
            }
        };
        around(&mut out);
        placeholder::write(&mut out, finding.kind, &text[finding.start..finding.end], key);
        around(&mut out);
        copied = finding.end;
    }
    out.extend_from_slice(&text[copied..]);
    out
}
