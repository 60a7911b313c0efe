//! Private keys between their `-----BEGIN` and `-----END` lines, however their lines end and whether or not they do.

use memchr::memmem;

use super::finding::Finding;

/// The longest private key that is followed, in bytes: an RSA key of 16,384 bits is 13 kB.
pub(crate) const LONGEST: usize = 32 * 1024;

/// The private key whose `-----BEGIN` stands at `start`. A key without an end, cut off, is one as far as its lines go. Where the
/// search may go on.
pub(crate) fn find(text: &[u8], start: usize, findings: &mut Vec<Finding>) -> usize {
    let before = findings.len();
    search(text, start, findings);
    findings[before..].iter().map(|finding| finding.end).max().unwrap_or(start)
}

fn search(text: &[u8], start: usize, findings: &mut Vec<Finding>) {
    let rest = &text[start..text.len().min(start + LONGEST)];
    let head = &rest[..rest.len().min(80)];
    let Some(label) = head.get(10..).and_then(|head| memmem::find(head, b"-----")).map(|end| 10 + end) else {
        return;
    };
    if memmem::find(&rest[..label], b"PRIVATE KEY").is_none() {
        return;
    }
    let body = label + 5;
    let end = memmem::find(&rest[body..], b"-----END").map(|end| body + end);
    let close = end.and_then(|end| {
        let tail = &rest[end + 8..rest.len().min(end + 80)];
        memmem::find(tail, b"-----").map(|tail| end + 8 + tail + 5)
    });
    let quoted = |part: &[u8]| part.iter().any(|byte| matches!(byte, b'"' | b'\'' | b'`'));
    match (end, close) {
        (Some(end), Some(close)) if !quoted(&rest[body..end]) => {
            let told = rest[body..end].iter().filter(|byte| byte.is_ascii_alphanumeric()).count() >= 24;
            if told {
                findings.push(Finding::new(start, start + close, "private-key"));
            }
        }
        // Lines in quotes of their own: source code.
        (Some(end), _) => lines_between(text, start + body, start + end, findings),
        (None, _) => {
            let length = key_lines(&rest[body..]);
            if length >= 24 {
                findings.push(Finding::new(start, start + body + length, "private-key"));
            }
        }
    }
}

/// The base64 lines that follow `end`, where a PuTTY key says how many there are.
pub(crate) fn putty(text: &[u8], end: usize, findings: &mut Vec<Finding>) {
    let rest = &text[end..text.len().min(end + LONGEST)];
    let Some(line) = memchr::memchr(b'\n', rest).map(|at| at + 1) else { return };
    let length = key_lines(&rest[line..]);
    if length >= 24 {
        findings.push(Finding::new(end + line, end + line + length, "private-key"));
    }
}

/// Each long run of base64 between `start` and `end`.
fn lines_between(text: &[u8], start: usize, end: usize, findings: &mut Vec<Finding>) {
    let mut at = start;
    while at < end {
        // The letter of an escape belongs to its backslash.
        if text[at] == b'\\' {
            at += if text.get(at + 1) == Some(&b'u') { 6 } else { 2 };
            continue;
        }
        let run = text[at..end].iter().take_while(|byte| is_base64(**byte)).count();
        // A number of JSON between two strings is no line of a key.
        if run >= 16 && text[at..at + run].iter().any(u8::is_ascii_alphabetic) {
            findings.push(Finding::new(at, at + run, "private-key"));
        }
        at += run.max(1);
    }
}

fn is_base64(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=')
}

/// How far `text` goes on as a key does: base64, and headers such as `Proc-Type: 4,ENCRYPTED` before it.
fn key_lines(text: &[u8]) -> usize {
    let mut end = 0;
    let mut at = 0;
    while at < text.len() {
        let separator = text[at..].iter().take_while(|byte| byte.is_ascii_whitespace()).count();
        let escape =
            if text[at + separator..].starts_with(b"\\n") || text[at + separator..].starts_with(b"\\r") {
                2
            } else {
                0
            };
        at += separator + escape;
        // The frame of another key.
        if text[at..].starts_with(b"-----") {
            break;
        }
        let line = text[at..].iter().take_while(|byte| is_base64(**byte)).count();
        let after = text.get(at + line);
        // Another frame right behind: a line of this key, and its last.
        if text[at + line..].starts_with(b"-----") {
            end = if line >= 16 { at + line } else { end };
            break;
        }
        if line == 0 && separator + escape > 0 {
            continue;
        }
        if after == Some(&b':') || after == Some(&b'-') || after == Some(&b',') {
            // A header: to the end of its line.
            let rest = &text[at..text.len().min(at + 120)];
            let Some(length) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\\' | b'"')) else {
                break;
            };
            at += length.max(1);
            continue;
        }
        // Only the last line is short.
        if line < 16 && (line == 0 || end == 0 || after == Some(&b' ')) {
            break;
        }
        at += line;
        end = at;
        if line < 16 || !after.is_some_and(|byte| byte.is_ascii_whitespace() || *byte == b'\\') {
            break;
        }
    }
    end
}
