//! Where words, escapes and quotes begin and end in a text that may be code, JSON, or JSON in JSON.

use super::finding::Quote;

/// Letters, digits and `_` of ASCII. Text in other scripts is no word here: a credential may follow it directly.
pub(crate) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// What a name is made of: `api_key`, `X-Api-Key`, `spring.datasource.password`.
pub(crate) fn is_name(byte: u8) -> bool {
    is_word(byte) || byte == b'-' || byte == b'.'
}

/// Whether a word may begin at `at`: what stands before is no part of one, or is the end of an escape (`\n`, `\u0026`,
/// `%3D`, a colour of a terminal). After an underscore one may only begin when `distinctive`.
pub(crate) fn starts_word(text: &[u8], at: usize, distinctive: bool) -> bool {
    let Some(before) = at.checked_sub(1).map(|at| text[at]) else { return true };
    !is_word(before) || (before == b'_' && distinctive) || ends_escape(text, at) > 0
}

/// The length of the escape that ends right before `at`, without its backslash; 0 if none does.
pub(crate) fn ends_escape(text: &[u8], at: usize) -> usize {
    let before = |back: usize| at.checked_sub(back).map(|at| text[at]);
    let Some(last) = before(1) else { return 0 };
    if b"nrtbf".contains(&last) && before(2) == Some(b'\\') {
        return 1;
    }
    let hex =
        |from: usize, to: usize| (from..=to).all(|back| before(back).is_some_and(|b| b.is_ascii_hexdigit()));
    if hex(1, 4) && before(5) == Some(b'u') && before(6) == Some(b'\\') {
        return 5;
    }
    if hex(1, 2) && before(3) == Some(b'%') {
        return 2;
    }
    if last == b'm' {
        let digits =
            (2..10).take_while(|back| before(*back).is_some_and(|b| b.is_ascii_digit() || b == b';'));
        let digits = digits.count();
        if digits > 0 && before(digits + 2) == Some(b'[') {
            return 1;
        }
    }
    0
}

/// The quote that begins at `at`: `"`, `'`, a backtick, or one of them escaped.
pub(crate) fn quote_at(text: &[u8], at: usize) -> Option<Quote> {
    let backslashes = text[at.min(text.len())..].iter().take(64).take_while(|byte| **byte == b'\\').count();
    let mark = *text.get(at + backslashes)?;
    matches!(mark, b'"' | b'\'' | b'`').then_some(Quote { backslashes, mark })
}

/// Whether the quote at `at` rather ends a string of JSON than begins a value: punctuation of JSON follows, or nothing.
pub(crate) fn ends_string(text: &[u8], at: usize, quote: Quote) -> bool {
    let after = text[at + quote.len()..].trim_ascii_start().first();
    quote.mark == b'"' && matches!(after, None | Some(b',' | b'}' | b']' | b':'))
}

impl Quote {
    pub(crate) fn len(self) -> usize {
        self.backslashes + 1
    }
}

/// How many of the backslashes before a mark are its own. In JSON each level of nesting doubles them: a mark of the first level has
/// none, of the second one, of the third three, and what is beyond that are backslashes of the content, twice as many each.
pub(crate) fn own_backslashes(backslashes: usize) -> usize {
    (1_usize << backslashes.trailing_ones().min(16)) - 1
}

/// The end of what `quote` opened right before `from`, and whether it was closed within `limit` bytes. In JSON in JSON a mark of a
/// deeper level belongs to the inside, and one of a level above ends everything.
pub(crate) fn close_of(text: &[u8], from: usize, quote: Quote, limit: usize) -> (usize, bool) {
    let upto = text.len().min(from.saturating_add(limit));
    let mut at = from;
    while let Some(found) = memchr::memchr(quote.mark, &text[at..upto]) {
        let mark = at + found;
        let backslashes = text[from..mark].iter().rev().take_while(|byte| **byte == b'\\').count();
        let own = own_backslashes(backslashes);
        if own <= own_backslashes(quote.backslashes) {
            let end = mark - own;
            return string_end(text, from, end, quote).map_or((end, true), |end| (end, false));
        }
        at = mark + 1;
    }
    (string_end(text, from, upto, quote).unwrap_or(upto), false)
}

/// Where a string of JSON ends between `from` and `upto`, if what `quote` opened is inside of one: an apostrophe that is never closed
/// must not reach into the next string. A string's end is followed by punctuation of JSON, or by nothing.
fn string_end(text: &[u8], from: usize, upto: usize, quote: Quote) -> Option<usize> {
    if quote.mark == b'"' {
        return None;
    }
    memchr::memchr_iter(b'"', &text[from..upto]).map(|found| from + found).find_map(|mark| {
        let after = text[mark + 1..].trim_ascii_start().first();
        let ends =
            matches!(after, None | Some(b',' | b'}' | b']' | b':')) || text[mark + 1..].starts_with(b"\\");
        let backslashes = text[from..mark].iter().rev().take_while(|byte| **byte == b'\\').count();
        ends.then_some(mark - own_backslashes(backslashes))
    })
}

/// The first place at or after `at`, at most 64 bytes on, that holds no blank.
pub(crate) fn skip_blanks(text: &[u8], at: usize) -> usize {
    at + text[at.min(text.len())..].iter().take(64).take_while(|byte| matches!(byte, b' ' | b'\t')).count()
}

/// Where the line with `at` begins, looked for at most `limit` bytes back. A written-out `\n` ends a line too.
pub(crate) fn line_start(text: &[u8], at: usize, limit: usize) -> usize {
    let from = at.saturating_sub(limit);
    let line = &text[from..at];
    let real = memchr::memrchr(b'\n', line).map(|found| found + 1);
    let written = memchr::memmem::rfind(line, b"\\n").map(|found| found + 2);
    from + real.max(written).unwrap_or(0)
}

/// The beginning and end of the longest run of bytes for which `is` holds, around `start..end` and at most `limit` bytes
/// beyond it on either side.
pub(crate) fn run_around(
    text: &[u8],
    start: usize,
    end: usize,
    limit: usize,
    is: fn(u8) -> bool,
) -> (usize, usize) {
    let back = text[..start].iter().rev().take(limit).take_while(|byte| is(**byte)).count();
    let ahead = text[end..].iter().take(limit).take_while(|byte| is(**byte)).count();
    (start - back, end + ahead)
}
