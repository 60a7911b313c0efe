//! Phone numbers: international ones with a plus (ITU-T E.164), North American ones with their separators (NANP), and any number
//! under a name that says phone.

use super::super::finding::Finding;
use super::super::lexis::run_around;
use super::{digits, quote_of_number};

/// Country codes of one and two digits; all others have three.
const SHORT_CODES: &[u8] = &[
    1, 7, 20, 27, 30, 31, 32, 33, 34, 36, 39, 40, 41, 43, 44, 45, 46, 47, 48, 49, 51, 52, 53, 54, 55, 56, 57,
    58, 60, 61, 62, 63, 64, 65, 66, 81, 82, 84, 86, 90, 91, 92, 93, 94, 95, 98,
];

/// The number that begins at `at`; where it ends.
pub(super) fn find(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    let before = at.checked_sub(1).map(|at| text[at]);
    let start = match before {
        Some(b'+') => {
            let further = at.checked_sub(2).map(|at| text[at]);
            // A sum, a time zone, a build number.
            if further.is_some_and(|byte| byte.is_ascii_alphanumeric() || b".+_)".contains(&byte)) {
                return None;
            }
            at - 1
        }
        Some(b'(') => at - 1,
        Some(byte) if byte.is_ascii_alphanumeric() || b"._-/:#$=@%".contains(&byte) && !named(text, at) => {
            return None;
        }
        _ => at,
    };
    let (digits, end) = match before {
        Some(b'+') => international(text, at)?,
        Some(b'(') => parenthesised(text, at)?,
        _ => separated(text, at).or_else(|| under_its_name(text, at))?,
    };
    let after = text.get(end);
    let goes_on = after.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_/".contains(byte))
        || (matches!(after, Some(b'.' | b'-' | b':')) && text.get(end + 1).is_some_and(u8::is_ascii_digit));
    if goes_on || digits.iter().all(|digit| *digit == digits[0]) {
        return None;
    }
    findings.push(Finding { quote: quote_of_number(text, start, end), ..Finding::new(start, end, "phone") });
    Some(end)
}

/// `+49 30 123456`, `+14155550123`: a country's code and eight to fifteen digits in all.
fn international(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let (mut found, mut end) = digits(text, at, b" -.()", 15);
    // `+1 (415) 555-0123`
    if found.len() <= 3 && text.get(end..end + 2) == Some(b" (") {
        let (area, past) = parenthesised(text, end + 2)?;
        found.extend(area);
        end = past;
    }
    let two = found.get(..2)?;
    let code = two[0] * 10 + two[1];
    let known =
        SHORT_CODES.contains(&two[0]) || SHORT_CODES.contains(&code) || (two[0] >= 2 && found.len() >= 10);
    let american = two[0] != 1 || (found.len() == 11 && is_american(&found[1..]));
    ((8..=15).contains(&found.len()) && known && american).then_some((found, end))
}

/// `(415) 555-0123`
fn parenthesised(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let area = text.get(at..at + 3)?;
    let closed = text.get(at + 3) == Some(&b')') && area.iter().all(u8::is_ascii_digit);
    let rest = at + 4 + usize::from(text.get(at + 4) == Some(&b' '));
    let (local, end) = digits(text, rest, b"-. ", 7);
    let number: Vec<u8> = area.iter().map(|byte| byte.wrapping_sub(b'0')).chain(local).collect();
    (closed && is_american(&number)).then_some((number, end))
}

/// `415-555-0123`, `415.555.0123`, `1-415-555-0123`, with the same separator throughout.
fn separated(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let trunk = usize::from(text.get(at) == Some(&b'1') && matches!(text.get(at + 1), Some(b'-' | b'.')));
    let start = at + 2 * trunk;
    let separator = *text.get(start + 3)?;
    let same = matches!(separator, b'-' | b'.') && text.get(start + 7) == Some(&separator);
    let (number, end) = digits(text, start, &[separator], 10);
    (same && end == start + 12 && is_american(&number)).then_some((number, end))
}

/// Digits under `phone`, `mobile`, `tel`, `fax`.
fn under_its_name(text: &[u8], at: usize) -> Option<(Vec<u8>, usize)> {
    let (number, end) = digits(text, at, b" -/.()", 15);
    ((7..=15).contains(&number.len()) && named(text, at)).then_some((number, end))
}

fn named(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(24)..at];
    let trimmed = before.iter().rposition(|byte| byte.is_ascii_alphanumeric());
    let Some(last) = trimmed else { return false };
    let (from, to) =
        run_around(before, last, last + 1, 24, |byte| byte.is_ascii_alphanumeric() || byte == b'_');
    let operator = before[to..].iter().any(|byte| matches!(byte, b':' | b'='));
    let name = before[from..to].to_ascii_lowercase();
    let says = [
        "phone",
        "mobile",
        "tel",
        "telephone",
        "fax",
        "cell",
        "whatsapp",
        "sms",
        "phone_number",
        "phonenumber",
        "msisdn",
    ];
    operator
        && says.iter().any(|word| {
            name == word.as_bytes() || name.ends_with(b"phone") || name.ends_with(b"phone_number")
        })
}

/// Area codes and exchanges begin with 2 to 9.
fn is_american(digits: &[u8]) -> bool {
    digits.len() == 10 && digits[0] >= 2 && digits[3] >= 2
}
