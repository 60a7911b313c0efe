//! Credentials in headers: `Authorization`, `Cookie`, and a scheme with its token wherever it stands.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::finding::Finding;
use super::lexis::{is_word, quote_at, skip_blanks};
use super::names;
use super::randomness::{contains, is_dummy, looks_generated};
use super::values;

/// The longest credential in a header, in bytes.
const LONGEST: usize = 8192;

/// What may be in a token (RFC 7235, token68), and the dots and colons of the schemes that do not keep to it.
fn is_token(byte: u8) -> bool {
    is_word(byte) || b"-.~+/=:%".contains(&byte)
}

/// `Bearer <token>`, `token <token>`, `SSWS <token>` after the scheme that ends at `end`.
pub(crate) fn scheme(text: &[u8], end: usize) -> Option<Finding> {
    let start = skip_blanks(text, end);
    let length = text[start..].iter().take(LONGEST).take_while(|byte| is_token(**byte)).count();
    let token = text[start..start + length].trim_ascii_end();
    let token = token.strip_suffix(b".").unwrap_or(token);
    let opaque = token.len() >= 12 && looks_generated(token) && !is_dummy(&token[..token.len().min(60)]);
    (opaque && !values::stands_for_something_else(token))
        .then(|| Finding::new(start, start + token.len(), "bearer-token"))
}

/// `Basic <base64 of user:password>` after the scheme that ends at `end`: decoded to be sure.
pub(crate) fn basic(text: &[u8], end: usize) -> Option<Finding> {
    let start = skip_blanks(text, end);
    let is_base64 = |byte: &&u8| byte.is_ascii_alphanumeric() || b"+/=".contains(byte);
    let length = text[start..].iter().take(LONGEST).take_while(is_base64).count();
    let decoded = STANDARD.decode(&text[start..start + length]).ok()?;
    let colon = decoded.iter().position(|byte| *byte == b':')?;
    let printable = decoded.iter().all(|byte| byte.is_ascii_graphic() || *byte == b' ' || *byte >= 0x80);
    let told = !values::stands_for_something_else(&decoded[colon + 1..]) || decoded.len() > colon + 12;
    (printable && decoded.len() >= 4 && told).then(|| Finding::new(start, start + length, "basic-auth"))
}

/// `Authorization: <anything>`, the name of which ends at `end`: the scheme stays, the rest goes.
pub(crate) fn authorization(text: &[u8], end: usize) -> Option<Finding> {
    let (start, upto) = header_value(text, end)?;
    let value = &text[start..upto];
    let scheme = value.iter().position(|byte| *byte == b' ').filter(|at| {
        *at <= 24 && value[..*at].iter().all(|byte| byte.is_ascii_alphanumeric() || *byte == b'-')
    });
    let from = scheme.map_or(0, |at| at + 1);
    let credential = value[from..].trim_ascii();
    // `authorization: required`, `Authorization: Bearer <token>`
    let opaque = credential.len() >= 8
        && (looks_generated(credential) || (scheme.is_some() && credential.contains(&b'=')));
    let prose = credential.split(|byte| *byte == b' ').count() > 12;
    (opaque
        && !prose
        && !values::stands_for_something_else(credential)
        && !is_dummy(&credential[..credential.len().min(60)]))
    .then(|| Finding::new(start + from, upto, "authorization"))
}

/// `Cookie: a=1; b=2` and `Set-Cookie: a=1; Path=/`, the name of which ends at `end`: every value that looks made up.
pub(crate) fn cookies(text: &[u8], end: usize, findings: &mut Vec<Finding>) {
    let Some((start, upto)) = header_value(text, end) else { return };
    let mut at = start;
    for pair in text[start..upto].split(|byte| *byte == b';') {
        if let Some(equals) = pair.iter().position(|byte| *byte == b'=') {
            let value = pair[equals + 1..].trim_ascii();
            let from =
                at + equals + 1 + (pair[equals + 1..].len() - pair[equals + 1..].trim_ascii_start().len());
            let name = pair[..equals].trim_ascii();
            let says =
                ["sess", "sid", "auth", "token", "csrf"].iter().any(|word| contains(name, word.as_bytes()));
            let named = (says || names::strength(name).is_some()) && value.len() >= 8;
            let opaque = value.len() >= 12 && looks_generated(value);
            if (opaque || named) && !values::stands_for_something_else(value) && !is_date(value) {
                findings.push(Finding::new(from, from + value.len(), "cookie"));
            }
        }
        at += pair.len() + 1;
    }
}

/// `Expires=Wed, 21 Oct 2026 07:28:00 GMT`
fn is_date(value: &[u8]) -> bool {
    value.ends_with(b"GMT") || value.ends_with(b"UTC")
}

/// The value of a header whose name ends at `end`: to the end of its quote, or of its line.
fn header_value(text: &[u8], end: usize) -> Option<(usize, usize)> {
    let mut at = end;
    if let Some(quote) = quote_at(text, at) {
        at += quote.len();
    }
    at += text[at..].iter().take(2).take_while(|byte| matches!(byte, b']' | b')')).count();
    at = skip_blanks(text, at);
    if !matches!(text.get(at), Some(b':' | b'=' | b',')) {
        return None;
    }
    at = skip_blanks(text, at + 1);
    at += usize::from(matches!(text.get(at..at + 2), Some([b'f' | b'b' | b'r', b'"' | b'\''])));
    if let Some(quote) = quote_at(text, at) {
        at += quote.len();
    }
    let rest = &text[at..text.len().min(at + LONGEST)];
    let stop = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'\n' | b'\r' | b'\\' | b'<');
    let length = rest.iter().position(stop).unwrap_or(rest.len());
    (length > 0).then_some((at, at + length))
}
