//! Personal data: e-mail addresses, phone numbers, IBANs, card numbers, IP addresses and the names in home folders.
//!
//! Each is validated by what its standard says, so that ids, times, prices, versions and code survive. UUIDs are ids.

mod address;
mod email;
mod home;
mod payment;
mod phone;

use super::finding::{Finding, Quote};
use super::lexis::{own_backslashes, quote_at};

/// Everything personal in `text`.
pub(crate) fn find(text: &[u8], findings: &mut Vec<Finding>) {
    email::find(text, findings);
    home::find(text, findings);
    let mut at = 0;
    // Numbers of every kind begin with a digit, or a sign or letters right before one.
    while let Some(found) = text[at..].iter().position(u8::is_ascii_digit) {
        let digit = at + found;
        let end = address::find(text, digit, findings)
            .or_else(|| payment::iban(text, digit, findings))
            .or_else(|| payment::card(text, digit, findings))
            .or_else(|| phone::find(text, digit, findings));
        at = end
            .unwrap_or_else(|| digit + text[digit..].iter().take_while(|byte| byte.is_ascii_digit()).count());
    }
}

/// The digits from `at` on with single separators of `allowed` between them, at most `most`: the digits and where they end.
fn digits(text: &[u8], at: usize, allowed: &[u8], most: usize) -> (Vec<u8>, usize) {
    let mut digits = Vec::with_capacity(most);
    let (mut here, mut end) = (at, at);
    while let Some(byte) = text.get(here) {
        if byte.is_ascii_digit() {
            if digits.len() == most {
                break;
            }
            digits.push(byte - b'0');
            end = here + 1;
        } else if !(allowed.contains(byte) && text.get(here + 1).is_some_and(u8::is_ascii_digit)) {
            break;
        }
        here += 1;
    }
    (digits, end)
}

/// The quote that a number needs to become a text, if it stands in JSON: after a name's `:`, or in a list of a document. It is the
/// document's own, escaped as often as the nearest before it.
fn quote_of_number(text: &[u8], start: usize, end: usize) -> Option<Quote> {
    let before = text[..start].trim_ascii_end();
    let after = text[end..].trim_ascii_start();
    let listed = matches!(text.trim_ascii_start().first(), Some(b'[' | b'{' | b'"'));
    let stands = match before.last()? {
        b':' => before[..before.len() - 1].trim_ascii_end().ends_with(b"\""),
        b'[' | b',' => listed,
        _ => false,
    };
    if !stands || !matches!(after.first(), Some(b',' | b']' | b'}')) {
        return None;
    }
    let near = before.len().saturating_sub(256);
    let nearest = before[near..].iter().rposition(|byte| *byte == b'"').and_then(|mark| {
        let backslashes = before[near..near + mark].iter().rev().take_while(|byte| **byte == b'\\').count();
        quote_at(text, near + mark - own_backslashes(backslashes))
    });
    Some(nearest.unwrap_or(Quote { backslashes: 0, mark: b'"' }))
}
