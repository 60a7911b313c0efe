//! One pass over a text for every word that could stand at a secret, and a closer look at each.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use super::assignments;
use super::commands;
use super::finding::{Finding, Kind};
use super::headers;
use super::known::KnownSecrets;
use super::lexis::starts_word;
use super::pem;
use super::pii;
use super::randomness::looks_like_base64;
use super::rules::{RULES, kind};
use super::shapes;
use super::urls;

/// What a keyword calls for.
#[derive(Clone, Copy, Debug)]
enum Look {
    /// A rule with a form of its own.
    Form(u16),
    /// A rule that goes by the name of what is assigned.
    Vendor(u16),
    /// A name that may be a secret's.
    Name,
    Bearer,
    Basic,
    Authorization,
    Cookie,
    Url,
    Oracle,
    Pem,
    Putty,
    Jwt,
    Command(u8),
}

/// Parts of names of secrets.
const NAMES: &[&str] = &[
    "key",
    "token",
    "secret",
    "pass",
    "pwd",
    "auth",
    "cred",
    "jwt",
    "psk",
    "mnemonic",
    "phrase",
    "contrasena",
    "sig",
    "_pw",
    "pswd",
];

struct Keywords {
    automaton: AhoCorasick,
    /// By pattern of the automaton.
    looks: Vec<Vec<Look>>,
}

/// Built when the first text is read: 2 to 3 ms.
static KEYWORDS: LazyLock<Option<Keywords>> = LazyLock::new(|| {
    let mut words: Vec<Vec<u8>> = Vec::new();
    let mut looks: Vec<Vec<Look>> = Vec::new();
    let mut add = |word: &[u8], look: Look| match words.iter().position(|known| known == word) {
        Some(at) => looks[at].push(look),
        None => {
            words.push(word.to_vec());
            looks.push(vec![look]);
        }
    };
    for (number, rule) in (0_u16..).zip(&RULES) {
        rule.keywords.iter().for_each(|word| add(word.as_bytes(), Look::Form(number)));
        rule.names.iter().for_each(|word| add(word.as_bytes(), Look::Vendor(number)));
    }
    NAMES.iter().for_each(|word| add(word.as_bytes(), Look::Name));
    for (word, look) in [
        ("bearer ", Look::Bearer),
        ("bearer%20", Look::Bearer),
        ("ssws ", Look::Bearer),
        ("basic ", Look::Basic),
        ("authorization", Look::Authorization),
        ("cookie", Look::Cookie),
        ("://", Look::Url),
        (":\\/\\/", Look::Url),
        ("jdbc:oracle:thin:", Look::Oracle),
        ("-----begin", Look::Pem),
        ("private-lines:", Look::Putty),
        ("eyj", Look::Jwt),
    ] {
        add(word.as_bytes(), look);
    }
    (0_u8..).zip(commands::names()).for_each(|(number, word)| add(word, Look::Command(number)));
    let automaton =
        AhoCorasick::builder().ascii_case_insensitive(true).kind(Some(AhoCorasickKind::DFA)).build(&words);
    Some(Keywords { automaton: automaton.ok()?, looks })
});

/// Whether the scanner could be built; a text that cannot be scanned must not pass.
pub(crate) fn is_ready() -> bool {
    KEYWORDS.is_some()
}

/// Everything in `text` that must not stay, in no order and possibly overlapping.
pub(crate) fn find(text: &[u8], known: &KnownSecrets, pii: bool, findings: &mut Vec<Finding>) {
    if let Some(keywords) = KEYWORDS.as_ref() {
        let mut pass = Pass { text, findings, name_end: 0, name: None, key_end: 0 };
        for found in keywords.automaton.find_overlapping_iter(text) {
            for look in &keywords.looks[found.pattern().as_usize()] {
                pass.look(*look, found.start(), found.end());
            }
        }
    }
    shapes::find(text, findings);
    known.find(text, findings);
    if pii {
        pii::find(text, findings);
    }
}

struct Pass<'a> {
    text: &'a [u8],
    findings: &'a mut Vec<Finding>,
    /// Where the last name ended: another keyword in it says nothing new.
    name_end: usize,
    name: Option<assignments::Assignment>,
    /// Where the last private key ended.
    key_end: usize,
}

impl Pass<'_> {
    fn look(&mut self, look: Look, start: usize, end: usize) {
        let text = self.text;
        match look {
            Look::Form(number) => {
                let Some(rule) = RULES.get(usize::from(number)) else { return };
                if let Some((start, end)) = rule.find(text, start, end) {
                    self.findings.push(Finding { kind: kind(number), ..Finding::new(start, end, "") });
                    if rule.id == "aws-access-key" {
                        aws_secret(text, start, end, self.findings);
                    }
                }
            }
            Look::Name => self.assignment(start, end, None),
            Look::Vendor(number) => self.assignment(start, end, Some(number)),
            Look::Bearer => self.findings.extend(headers::scheme(text, end)),
            Look::Basic => self.findings.extend(headers::basic(text, end)),
            Look::Authorization => self.findings.extend(headers::authorization(text, end)),
            Look::Cookie => headers::cookies(text, end, self.findings),
            Look::Url => urls::userinfo(text, end, self.findings),
            Look::Oracle => self.findings.extend(urls::oracle(text, end)),
            Look::Pem if start < self.key_end => {}
            Look::Pem => self.key_end = pem::find(text, start, self.findings),
            Look::Putty => pem::putty(text, end, self.findings),
            Look::Jwt => self.findings.extend(jwt(text, start)),
            Look::Command(number) => commands::find(text, usize::from(number), start, end, self.findings),
        }
    }

    fn assignment(&mut self, start: usize, end: usize, vendor: Option<u16>) {
        if start >= self.name_end {
            self.name = assignments::read(self.text, start, end);
            self.name_end = self.name.as_ref().map_or(end, |name| name.name.1);
            if let Some(name) = &self.name {
                self.findings.extend(assignments::judge(self.text, name, None));
            }
        }
        if let (Some(name), Some(_)) = (&self.name, vendor) {
            self.findings.extend(assignments::judge(self.text, name, vendor));
        }
    }
}

/// Three parts of base64 with dots between them, the first of which is a JSON object. Two parts are a token without a signature.
fn jwt(text: &[u8], start: usize) -> Option<Finding> {
    if !starts_word(text, start, true) {
        return None;
    }
    let part = |from: usize| {
        let rest = text.get(from..).unwrap_or_default();
        rest.iter()
            .take(16_384)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
            .count()
    };
    let head = start + part(start);
    let body = head + 1 + part(head + 1);
    let is_jwt = head - start >= 12
        && text.get(head) == Some(&b'.')
        && body - head > 12
        && text.get(head + 1..head + 3) == Some(b"ey");
    // Encrypted tokens have five parts, of which the second may be empty.
    let encrypted = head - start >= 12 && text.get(head) == Some(&b'.') && !is_jwt;
    let mut end = if is_jwt { body } else { head };
    let mut parts = 0;
    while text.get(end) == Some(&b'.') && parts < 4 {
        let next = part(end + 1);
        if next < 8 && !(encrypted && parts == 0) {
            break;
        }
        end += 1 + next;
        parts += 1;
    }
    (is_jwt || (encrypted && parts == 4)).then(|| Finding::new(start, end, "jwt"))
}

/// The secret that goes with an access key id: forty characters of base64 near it, for it has no form of its own.
fn aws_secret(text: &[u8], start: usize, end: usize, findings: &mut Vec<Finding>) {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/');
    let (mut at, upto) = (start.saturating_sub(256), text.len().min(end + 256));
    while at < upto {
        let run = text[at..].iter().take(64).take_while(|byte| is_base64(byte)).count();
        if run == 40 && (at == 0 || !is_base64(&text[at - 1])) && looks_like_base64(&text[at..at + run]) {
            findings.push(Finding { kind: Kind("aws-secret-key"), ..Finding::new(at, at + run, "") });
        }
        at += run + 1;
    }
}
