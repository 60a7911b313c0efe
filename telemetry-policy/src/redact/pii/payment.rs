//! Card numbers (ISO/IEC 7812: issuer, length, Luhn's check digit) and IBANs (ISO 13616: country, length, modulo 97).

use super::super::finding::Finding;
use super::{digits, quote_of_number};

/// Lengths of IBANs by country, of those in the registry.
const IBAN_LENGTHS: &[(&[u8; 2], usize)] = &[
    (b"AD", 24),
    (b"AE", 23),
    (b"AL", 28),
    (b"AT", 20),
    (b"AZ", 28),
    (b"BA", 20),
    (b"BE", 16),
    (b"BG", 22),
    (b"BH", 22),
    (b"BR", 29),
    (b"BY", 28),
    (b"CH", 21),
    (b"CR", 22),
    (b"CY", 28),
    (b"CZ", 24),
    (b"DE", 22),
    (b"DK", 18),
    (b"DO", 28),
    (b"EE", 20),
    (b"EG", 29),
    (b"ES", 24),
    (b"FI", 18),
    (b"FO", 18),
    (b"FR", 27),
    (b"GB", 22),
    (b"GE", 22),
    (b"GI", 23),
    (b"GL", 18),
    (b"GR", 27),
    (b"GT", 28),
    (b"HR", 21),
    (b"HU", 28),
    (b"IE", 22),
    (b"IL", 23),
    (b"IQ", 23),
    (b"IS", 26),
    (b"IT", 27),
    (b"JO", 30),
    (b"KW", 30),
    (b"KZ", 20),
    (b"LB", 28),
    (b"LC", 32),
    (b"LI", 21),
    (b"LT", 20),
    (b"LU", 20),
    (b"LV", 21),
    (b"LY", 25),
    (b"MC", 27),
    (b"MD", 24),
    (b"ME", 22),
    (b"MK", 19),
    (b"MR", 27),
    (b"MT", 31),
    (b"MU", 30),
    (b"NL", 18),
    (b"NO", 15),
    (b"PK", 24),
    (b"PL", 28),
    (b"PS", 29),
    (b"PT", 25),
    (b"QA", 29),
    (b"RO", 24),
    (b"RS", 22),
    (b"SA", 24),
    (b"SC", 31),
    (b"SD", 18),
    (b"SE", 24),
    (b"SI", 19),
    (b"SK", 24),
    (b"SM", 27),
    (b"ST", 25),
    (b"SV", 28),
    (b"TL", 23),
    (b"TN", 24),
    (b"TR", 26),
    (b"UA", 29),
    (b"VA", 22),
    (b"VG", 24),
    (b"XK", 20),
];

/// The IBAN whose check digits begin at `at`; where it ends.
pub(super) fn iban(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    let start = at.checked_sub(2)?;
    let country = &text[start..at];
    let &(_, length) = IBAN_LENGTHS.iter().find(|(code, _)| &code[..] == country)?;
    if start > 0 && text[start - 1].is_ascii_alphanumeric() {
        return None;
    }
    let mut letters = Vec::with_capacity(length);
    let mut end = start;
    // In groups of four, or together.
    while letters.len() < length {
        match text.get(end)? {
            byte if byte.is_ascii_digit() || byte.is_ascii_uppercase() => letters.push(*byte),
            b' ' if letters.len() % 4 == 0 => {}
            _ => return None,
        }
        end += 1;
    }
    if text.get(end).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    letters.rotate_left(4);
    let remainder = letters.iter().fold(0_u32, |remainder, byte| match byte {
        b'0'..=b'9' => (remainder * 10 + u32::from(byte - b'0')) % 97,
        _ => (remainder * 100 + u32::from(byte - b'A') + 10) % 97,
    });
    (remainder == 1).then(|| {
        findings.push(Finding::new(start, end, "iban"));
        end
    })
}

/// The card number that begins at `at`; where it ends.
pub(super) fn card(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    if at > 0 && (text[at - 1].is_ascii_alphanumeric() || b"._-+".contains(&text[at - 1])) {
        return None;
    }
    let (digits, end) = digits(text, at, b" -", 19);
    let after = text.get(end);
    let goes_on = after.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
        || (after == Some(&b'.') && text.get(end + 1).is_some_and(u8::is_ascii_digit));
    if goes_on || !issued(&digits) || !luhn(&digits) || is_repeated(&digits) {
        return None;
    }
    let grouped = end - at > digits.len();
    if grouped && !grouping(&text[at..end]) || !grouped && under_an_id(text, at) {
        return None;
    }
    findings.push(Finding { quote: quote_of_number(text, at, end), ..Finding::new(at, end, "card-number") });
    Some(end)
}

/// Whether an issuer gives numbers that begin so and are so long.
fn issued(digits: &[u8]) -> bool {
    let prefix = |length: usize| {
        digits.iter().take(length).fold(0_u32, |number, digit| number * 10 + u32::from(*digit))
    };
    match digits.len() {
        13 | 19 if digits[0] == 4 => true,
        14 => matches!(prefix(2), 36 | 38 | 39) || matches!(prefix(3), 300..=305),
        15 => matches!(prefix(2), 34 | 37),
        16 => {
            digits[0] == 4
                || matches!(prefix(2), 51..=55 | 65 | 62)
                || matches!(prefix(4), 2221..=2720 | 6011 | 3528..=3589)
                || matches!(prefix(3), 644..=649)
        }
        17..=19 => prefix(2) == 62,
        _ => false,
    }
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(at, digit)| match (at % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) if digit > 4 => digit * 2 - 9,
            (_, digit) => digit * 2,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn is_repeated(digits: &[u8]) -> bool {
    digits.iter().all(|digit| *digit == digits[0])
}

/// 4-4-4-4, 4-6-5 or 4-6-4, as cards are printed: not a list of numbers.
fn grouping(text: &[u8]) -> bool {
    let groups: Vec<usize> = text.split(|byte| !byte.is_ascii_digit()).map(<[u8]>::len).collect();
    matches!(groups[..], [4, 4, 4, 4] | [4, 6, 5] | [4, 6, 4] | [4, 4, 4, 4, 3])
}

/// Whether digits without groups stand under a name that says they are an id, a time or a count.
fn under_an_id(text: &[u8], at: usize) -> bool {
    let before = text[at.saturating_sub(40)..at].trim_ascii_end();
    let before = before.strip_suffix(b"\"").unwrap_or(before).trim_ascii_end();
    let Some(name) = before.strip_suffix(b":").or_else(|| before.strip_suffix(b"=")) else { return false };
    let name = name.trim_ascii_end();
    let name = name
        .strip_suffix(b"\"")
        .unwrap_or(name)
        .strip_suffix(b"\\")
        .unwrap_or(name.strip_suffix(b"\"").unwrap_or(name));
    [
        "id",
        "ids",
        "ts",
        "time",
        "timestamp",
        "count",
        "ns",
        "nanos",
        "us",
        "offset",
        "size",
        "bytes",
        "seed",
        "hash",
    ]
    .iter()
    .any(|ending| {
        name.len() >= ending.len()
            && name[name.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
    })
}
