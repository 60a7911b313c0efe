//! The secrets this process knows: found wherever they stand, whatever they look like.

use std::path::Path;

use aho_corasick::{AhoCorasick, MatchKind};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

use super::finding::Finding;
use super::names;
use super::values;

/// Shorter secrets turn up by chance.
const SHORTEST: usize = 8;

/// Values that must not leave whatever they look like: those of environment variables and config keys whose names say that they
/// are credentials. Each is looked for as it is, and as base64 (at each of its three alignments, so inside of `user:secret` too),
/// percent-encoded and escaped for JSON.
#[derive(Clone, Debug, Default)]
pub struct KnownSecrets {
    automaton: Option<AhoCorasick>,
    count: usize,
}

impl KnownSecrets {
    /// The secrets among `named`: names with their values, as of an environment or a config.
    ///
    /// ```
    /// use telemetry_policy::redact::{KnownSecrets, Options, Redactor};
    ///
    /// let known = KnownSecrets::among([("ACME_PASSWORD", "correct-horse"), ("LANG", "en_GB.UTF-8")]);
    /// assert_eq!(known.len(), 1);
    /// let redactor = Redactor::new(Options { known, ..Options::default() });
    /// assert!(!redactor.redact_text("it said correct-horse").contains("horse"));
    /// ```
    pub fn among<N: AsRef<str>, V: AsRef<str>>(named: impl IntoIterator<Item = (N, V)>) -> Self {
        let secret = |(name, value): (N, V)| {
            let value = value.as_ref().trim();
            let told = names::strength(name.as_ref().as_bytes()).is_some();
            let meant = !values::stands_for_something_else(value.as_bytes()) && !value.starts_with('/');
            (told && meant).then(|| value.to_owned())
        };
        Self::from_values(named.into_iter().filter_map(secret))
    }

    /// Those of this process' environment, and of the host's `.env` and `config.yaml` in `home`, of which each line with a name and
    /// a value is read. A file that is not there or cannot be read holds none.
    pub fn of(home: &Path) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)));
        let files = [".env", "config.yaml"]
            .into_iter()
            .filter_map(|name| std::fs::read_to_string(home.join(name)).ok());
        let lines = files.flat_map(|text| text.lines().filter_map(line).collect::<Vec<_>>());
        Self::among(environment.chain(lines))
    }

    /// Values that are secrets by the caller's word. Those shorter than 8 bytes are left out: they turn up by chance.
    pub fn from_values(values: impl IntoIterator<Item = impl AsRef<str>>) -> Self {
        let mut forms: Vec<Vec<u8>> = Vec::new();
        let mut count = 0;
        for value in values {
            let value = value.as_ref().as_bytes();
            if value.len() < SHORTEST {
                continue;
            }
            count += 1;
            forms.extend(forms_of(value));
        }
        forms.sort_by_key(|form| std::cmp::Reverse(form.len()));
        forms.dedup();
        let build = || AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&forms).ok();
        Self { automaton: if forms.is_empty() { None } else { build() }, count }
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    pub(crate) fn find(&self, text: &[u8], findings: &mut Vec<Finding>) {
        for found in self.automaton.iter().flat_map(|automaton| automaton.find_iter(text)) {
            findings.push(Finding::new(found.start(), found.end(), "known-secret"));
        }
    }
}

/// `NAME=value`, `export NAME="value"`, `name: value`.
fn line(line: &str) -> Option<(String, String)> {
    let (name, value) = line.split_once('=').or_else(|| line.split_once(": "))?;
    let name = name.trim().rsplit(' ').next()?;
    let value = value.trim();
    let quoted = ['"', '\''].iter().find_map(|quote| value.strip_prefix(*quote)?.strip_suffix(*quote));
    Some((name.to_owned(), quoted.unwrap_or(value).to_owned()))
}

/// The ways in which a secret may stand in a text.
fn forms_of(secret: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = vec![secret.to_vec()];
    for skipped in 0..3 {
        // With one or two bytes before it, and without the characters that share bits with a neighbour.
        let mut padded = vec![0; skipped];
        padded.extend_from_slice(secret);
        let first = (skipped * 8).div_ceil(6);
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let last = padded.len() * 8 / 6;
            let inner = encoded.as_bytes().get(first..last).unwrap_or_default();
            if inner.len() >= SHORTEST {
                forms.push(inner.to_vec());
            }
        }
    }
    let mut percent = Vec::new();
    let mut form = Vec::new();
    for byte in secret {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(byte);
        let code = |digits: &str| {
            format!("%{}", if digits.len() < 2 { format!("0{digits}") } else { digits.to_owned() })
        };
        if plain {
            percent.push(*byte);
            form.push(*byte);
        } else {
            percent.extend(code(&format!("{byte:X}")).into_bytes());
            form.extend(code(&format!("{byte:x}")).into_bytes());
        }
    }
    forms.extend([percent, form]);
    if let Ok(text) = std::str::from_utf8(secret) {
        let mut escaped = text.to_owned();
        for _ in 0..2 {
            escaped = serde_json::Value::from(escaped.as_str()).to_string();
            escaped = escaped[1..escaped.len() - 1].to_owned();
            forms.push(escaped.clone().into_bytes());
        }
    }
    forms
}
