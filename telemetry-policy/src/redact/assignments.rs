//! Secrets that are assigned to a name: `API_KEY=...`, `"apiKey": "..."`, `password: ...`, `--token ...`,
//! `<password>...</password>`, in code, in configuration, on command lines and in JSON inside of JSON.

use super::finding::{Finding, Quote};
use super::lexis::{
    close_of, ends_escape, ends_string, is_name, is_word, line_start, quote_at, run_around, skip_blanks,
};
use super::names::{self, Strength};
use super::rules::RULES;
use super::values::{self, Setting};

/// The longest name, in bytes on either side of its keyword.
const LONGEST_NAME: usize = 64;
/// The longest value, in bytes. A longer one is a document, not a secret.
const LONGEST_VALUE: usize = 4096;

/// A name and the value that is assigned to it.
#[derive(Debug)]
pub(crate) struct Assignment {
    pub name: (usize, usize),
    pub value: (usize, usize),
    pub setting: Setting,
    /// The quote around the name, if it is a key of JSON.
    name_quote: Option<Quote>,
    value_quoted: bool,
}

/// What the keyword at `start..end` is a part of, if it is a name that something is assigned to.
pub(crate) fn read(text: &[u8], start: usize, end: usize) -> Option<Assignment> {
    let name = name_around(text, start, end)?;
    // arn:aws:secretsmanager:...:secret:name, urn:...: parts of an identifier.
    if text[..name.0].ends_with(b":")
        && memchr::memmem::find(&text[name.0.saturating_sub(80)..name.0], b"rn:").is_some()
    {
        return None;
    }
    let flag = text[..name.0].ends_with(b"-") || text[..name.0].ends_with(b" /");
    let mut at = name.1;
    let name_quote = quote_at(text, at).filter(|quote| opened_by(text, name.0, *quote));
    at += name_quote.map_or(0, Quote::len);
    // os.environ["NAME"] = ..., getenv("NAME") or ...
    at += text[at..].iter().take(2).take_while(|byte| matches!(byte, b']' | b')')).count();
    let blank = skip_blanks(text, at);
    let (operator, after) = operator(text, blank, at, flag, name, name_quote)?;
    let bare = matches!(operator, Operator::Tight | Operator::Word);
    value(text, name, name_quote, skip_blanks(text, after), operator, bare)
}

/// What an assignment comes to: a finding, named after the vendor if the name or the value tells.
pub(crate) fn judge(text: &[u8], assignment: &Assignment, vendor: Option<u16>) -> Option<Finding> {
    let name = &text[assignment.name.0..assignment.name.1];
    let value = &text[assignment.value.0..assignment.value.1];
    let strength = names::strength(name);
    let number = !assignment.value_quoted && assignment.name_quote.is_some();
    if number {
        // JSON: a password of digits. Counts of tokens, switches and null stay.
        let digits = value.len() >= 4 && value.iter().all(u8::is_ascii_digit);
        let quote = assignment.name_quote;
        return (strength == Some(Strength::Password) && digits)
            .then(|| Finding { quote, ..Finding::new(assignment.value.0, assignment.value.1, "password") });
    }
    if let Some(rule) = vendor.and_then(|number| RULES.get(usize::from(number))) {
        let reference = values::stands_for_something_else(value);
        return (rule.is_value(value) && !reference && vendor_name_fits(name, value, strength))
            .then(|| Finding::new(assignment.value.0, assignment.value.1, rule.id));
    }
    // The second of two texts is a password by its place.
    let between = &text[assignment.name.1..assignment.value.0];
    let quotes = between.iter().filter(|byte| matches!(byte, b'"' | b'\'')).count();
    let in_pair = quotes >= 3 && between.contains(&b'(');
    let strength = if in_pair && strength.is_some() { Strength::Password } else { strength? };
    let kind = if strength == Strength::Password { "password" } else { "credential" };
    values::is_secret(value, strength, assignment.setting)
        .then(|| Finding::new(assignment.value.0, assignment.value.1, kind))
}

/// A vendor's name alone announces no secret: `github_sha`, `linear_id`. Either the rest of the name does, or the name does not say
/// that it is something else and the value is no word.
fn vendor_name_fits(name: &[u8], value: &[u8], strength: Option<Strength>) -> bool {
    strength.is_some() || (!names::says_id(name) && super::randomness::could_be_generated(value))
}

/// The name around a keyword, without the escape before it and the dashes of a flag.
fn name_around(text: &[u8], start: usize, end: usize) -> Option<(usize, usize)> {
    let (mut from, to) = run_around(text, start, end, LONGEST_NAME, is_name);
    if from > 0 && matches!(text[from - 1], b'\\' | b'%') {
        from += (from + 1..=(from + 5).min(start))
            .map(|at| (at, ends_escape(text, at)))
            .find(|(at, n)| *n == at - from)
            .map_or(0, |(_, n)| n);
    }
    while from < start && matches!(text[from], b'-' | b'.') {
        from += 1;
    }
    // The end of a sentence.
    let mut to = to;
    while to > end && matches!(text[to - 1], b'.' | b'-') {
        to -= 1;
    }
    // `api key: ...`, `seed phrase: ...`
    if text[from..to].iter().all(u8::is_ascii_alphabetic) && from >= 2 && text[from - 1] == b' ' {
        let word =
            text[..from - 1].iter().rev().take(20).take_while(|byte| byte.is_ascii_alphabetic()).count();
        if names::continues(&text[from - 1 - word..from - 1]) {
            from -= word + 1;
        }
    }
    Some((from, to))
}

fn opened_by(text: &[u8], name: usize, quote: Quote) -> bool {
    // "spring password": a name may be the end of what is quoted.
    name >= quote.len()
        && (text[name - 1] == quote.mark || text[name - 1] == b' ' || !is_word(text[name - 1]))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    /// `=` with nothing before and after it.
    Tight,
    /// `=`, `:`, `=>`, `:=` and the like.
    Loose,
    /// A blank after a flag or a word that takes one.
    Word,
    /// `>`, up to `<`.
    Tag,
    /// `(` or `,`: only before a quote.
    Call,
}

/// The operator at `at`, and where what follows it begins. `adjacent` is where it would be without blanks before it.
fn operator(
    text: &[u8],
    at: usize,
    adjacent: usize,
    flag: bool,
    name: (usize, usize),
    name_quote: Option<Quote>,
) -> Option<(Operator, usize)> {
    let rest = &text[at..];
    let tight = at == adjacent;
    let found = match rest {
        [b'=', b'=', b'=', ..] => (Operator::Loose, 3),
        [b'=', b'=' | b'>' | b'~', ..] => (Operator::Loose, 2),
        [b'=', b'3', b'D', ..] => (Operator::Tight, 3),
        [b'=', next, ..] if tight && !next.is_ascii_whitespace() => (Operator::Tight, 1),
        [b'=', ..] => (Operator::Loose, 1),
        [b':', b':', b'=', ..] => (Operator::Loose, 3),
        [b':', b'=', ..] => (Operator::Loose, 2),
        // A path in code.
        [b':', b':', ..] => return None,
        [b':', ..] => (Operator::Loose, 1),
        [b'?', b'=' | b':', ..] | [b'!' | b'+' | b'|', b'=', ..] | [b'-', b'>', ..] => (Operator::Loose, 2),
        [b'|', b'|', b'=', ..] => (Operator::Loose, 3),
        [b'%', b'3', b'D' | b'd', ..] if tight => (Operator::Tight, 3),
        [b'\\', b'u', b'0', b'0', b'3', b'd' | b'D', ..] if tight => (Operator::Tight, 6),
        [b'>', ..] if tight && closes_later(text, at) => (Operator::Tag, 1),
        [b'(' | b',', ..] => (Operator::Call, 1),
        // In prose: `the password is ...`
        [b'i', b's', b' ' | b':', ..] | [b'w', b'a', b's', b' ', ..] if !tight => {
            (Operator::Loose, 3 + usize::from(rest[0] == b'w'))
        }
        _ if !tight && (flag || takes_word(text, name)) => (Operator::Word, 0),
        _ => return pair(text, at, name_quote),
    };
    let (operator, length) = found;
    if operator == Operator::Call
        && text[at] == b','
        && let Some(found) = pair(text, at, name_quote)
    {
        return Some(found);
    }
    Some((operator, at + length))
}

/// `"name": "API_KEY", "value": "..."`, and the same in YAML and in HTML: the name is a value itself.
fn pair(text: &[u8], at: usize, name_quote: Option<Quote>) -> Option<(Operator, usize)> {
    let upto = text.len().min(at + 96);
    let near = &text[at..upto];
    let found = memchr::memmem::find(near, b"alue")
        .filter(|found| *found > 0 && matches!(near[found - 1], b'v' | b'V'))?;
    // Nothing but punctuation and blanks between the name and the word.
    let between = &near[..found - 1];
    let plain = between.iter().all(|byte| b" \t\r\n,\"'\\-:n".contains(byte));
    if !plain
        || (name_quote.is_none()
            && !between.contains(&b'\n')
            && memchr::memmem::find(between, b"\\n").is_none())
    {
        return None;
    }
    let mut after = at + found + 4;
    after += quote_at(text, after).map_or(0, Quote::len);
    after = skip_blanks(text, after);
    matches!(text.get(after), Some(b':' | b'=')).then_some((Operator::Loose, after + 1))
}

/// Whether `</` follows on the same line: an element, not a comparison.
fn closes_later(text: &[u8], at: usize) -> bool {
    let upto = text.len().min(at + LONGEST_VALUE);
    let line = memchr::memchr2(b'<', b'\n', &text[at + 1..upto]);
    line.is_some_and(|found| {
        text[at + 1 + found] == b'<' && matches!(text.get(at + 2 + found), Some(b'/' | b'\\'))
    })
}

/// Words after which a name takes its value without an operator: `ENV NAME value`, `setx NAME value`, and `password` in a
/// netrc file or a statement.
fn takes_word(text: &[u8], name: (usize, usize)) -> bool {
    let line = &text[line_start(text, name.0, 200)..name.0];
    let word = line.trim_ascii_end().rsplit(|byte| matches!(byte, b' ' | b'\t')).next().unwrap_or_default();
    let upper = text[name.0..name.1].iter().all(|byte| !byte.is_ascii_lowercase());
    let declares = ["env", "arg", "setx", "setenv", "export"]
        .iter()
        .any(|entry| word.eq_ignore_ascii_case(entry.as_bytes()));
    let is_password = text[name.0..name.1].eq_ignore_ascii_case(b"password");
    let before = &text[name.0.saturating_sub(160)..name.0];
    let netrc = is_password && memchr::memmem::find(before, b"login ").is_some();
    let statement = is_password
        && ["user", "role", "login", "with", "encrypted", "set"]
            .iter()
            .any(|entry| super::randomness::contains(line, entry.as_bytes()));
    (declares && upper) || netrc || (statement && quote_at(text, skip_blanks(text, name.1)).is_some())
}

fn value(
    text: &[u8],
    name: (usize, usize),
    name_quote: Option<Quote>,
    at: usize,
    operator: Operator,
    bare: bool,
) -> Option<Assignment> {
    // b"...", f'...', @"...", $'...'
    let prefixed =
        matches!(text.get(at..at + 2), Some([b'b' | b'f' | b'r' | b'u' | b'@' | b'$' | b'B', b'"' | b'\'']));
    let at = at + usize::from(prefixed);
    if operator == Operator::Tag {
        let end = at + memchr::memchr(b'<', &text[at..text.len().min(at + LONGEST_VALUE)])?;
        return Some(Assignment {
            name,
            value: trimmed(text, at, end),
            setting: Setting::Quoted,
            name_quote: None,
            value_quoted: true,
        });
    }
    if let Some(value) = pair_of_texts(text, name, at, operator) {
        return Some(Assignment {
            name,
            value,
            setting: Setting::Quoted,
            name_quote: None,
            value_quoted: true,
        });
    }
    if let Some(quote) = quote_at(text, at) {
        if name_quote.is_none() && ends_string(text, at, quote) {
            return None;
        }
        let mut open = at + quote.len();
        if quote_at(text, open) == Some(quote) && quote_at(text, open + quote.len()) == Some(quote) {
            open += 2 * quote.len();
        }
        let (end, _) = close_of(text, open, quote, LONGEST_VALUE);
        // "Password", "key": the word was a value, and this is the next name.
        if operator == Operator::Call
            && matches!(text.get(skip_blanks(text, end + quote.len())), Some(b':' | b'='))
        {
            return None;
        }
        return Some(Assignment {
            name,
            value: (open, end),
            setting: Setting::Quoted,
            name_quote,
            value_quoted: true,
        });
    }
    if operator == Operator::Call || (name_quote.is_some() && bare && operator == Operator::Word) {
        return None;
    }
    let end = at + bare_length(text, name, at, operator);
    if let Some(typed) = typed(text, name, name_quote, at, end) {
        return Some(typed);
    }
    let (start, end) = trimmed(text, at, end);
    // Code: a call, an index, a field of something.
    let code = matches!(text.get(end), Some(b'(' | b'[' | b'{'));
    let setting = if bare || is_header(text, name) { Setting::Bare } else { Setting::Loose };
    (!code && start < end).then_some(Assignment {
        name,
        value: (start, end),
        setting,
        name_quote,
        value_quoted: false,
    })
}

/// `auth=("user", "password")`, `basic_auth("user", "password")`: the second of two texts.
fn pair_of_texts(text: &[u8], name: (usize, usize), at: usize, operator: Operator) -> Option<(usize, usize)> {
    let says = [&b"auth"[..], b"credentials", b"creds", b"login"].iter().any(|word| {
        let name = &text[name.0..name.1];
        name.len() >= word.len() && name[name.len() - word.len()..].eq_ignore_ascii_case(word)
    });
    let opened = operator == Operator::Call || matches!(text.get(at), Some(b'(' | b'['));
    if !says || !opened {
        return None;
    }
    let first = skip_blanks(text, at + usize::from(matches!(text.get(at), Some(b'(' | b'['))));
    let quote = quote_at(text, first)?;
    let (end, closed) = close_of(text, first + quote.len(), quote, 256);
    let comma = skip_blanks(text, end + quote.len());
    let second = skip_blanks(text, comma + 1);
    if !closed || text.get(comma) != Some(&b',') || quote_at(text, second) != Some(quote) {
        return None;
    }
    let open = second + quote.len();
    let (end, closed) = close_of(text, open, quote, 256);
    closed.then_some((open, end))
}

/// `name: Type = "value"`: the value is behind the type.
fn typed(
    text: &[u8],
    name: (usize, usize),
    name_quote: Option<Quote>,
    at: usize,
    end: usize,
) -> Option<Assignment> {
    let is_type = |byte: &u8| is_word(*byte) || b"&'<>:[]|?. ".contains(byte);
    let upto = text.len().min(at + 48);
    let equals = at + memchr::memchr2(b'=', b'\n', &text[at..upto])?;
    let between = &text[at..equals];
    if text[equals] != b'=' || equals <= at || end > equals || !between.iter().all(is_type) {
        return None;
    }
    let value = skip_blanks(text, equals + 1);
    let quote = quote_at(text, value)?;
    let open = value + quote.len();
    let (close, _) = close_of(text, open, quote, LONGEST_VALUE);
    Some(Assignment { name, value: (open, close), setting: Setting::Quoted, name_quote, value_quoted: true })
}

/// How long a value without quotes is. In an environment file it goes on to the next blank, in a query to the next `&`.
fn bare_length(text: &[u8], name: (usize, usize), at: usize, operator: Operator) -> usize {
    let before = name.0.checked_sub(1).map(|at| text[at]);
    let query = matches!(before, Some(b'?' | b'&'))
        || text[..name.0].ends_with(b"&amp;")
        || text[..name.0].ends_with(b"\\u0026");
    let line = line_start(text, name.0, 64);
    let own_line = !query && operator == Operator::Tight && starts_line(&text[line..name.0]);
    let stop = |byte: u8| match byte {
        b' ' | b'\t' | b'\n' | b'\r' | b'"' | b'\'' | b'`' | b'\\' => true,
        b'#' if query => true,
        b',' | b';' | b')' | b'(' | b'<' | b'>' | b'[' | b']' | b'{' | b'}' | b'|' => !own_line,
        _ => false,
    };
    let rest = &text[at..text.len().min(at + LONGEST_VALUE)];
    let length = rest.iter().position(|byte| stop(*byte)).unwrap_or(rest.len());
    // `a=1&b=2`, `a=1 && b`, but also `Tr0ub4dor&3`.
    let parameter = |at: usize| {
        let name = rest[at + 1..length].iter().take(64).take_while(|byte| is_name(**byte)).count();
        query || name == 0 || rest.get(at + 1 + name) == Some(&b'=') || rest[at + 1..].starts_with(b"amp;")
    };
    let length =
        memchr::memchr_iter(b'&', &rest[..length]).take(8).find(|at| parameter(*at)).unwrap_or(length);
    // `A=x; B=y` and `A=x && b` on a line of their own are still commands.
    let cut = rest[..length].iter().rposition(|byte| !matches!(byte, b';' | b',')).map_or(0, |last| last + 1);
    if own_line { cut } else { length }
}

/// Whether what stands before a name on its line leaves it the only thing there: nothing, `export`, a list's dash.
fn starts_line(before: &[u8]) -> bool {
    let before = before.trim_ascii();
    before.is_empty()
        || ["export", "set", "-", "+", "ENV", "ARG", "$env:", "-e", "declare -x", "#", ">"]
            .iter()
            .any(|word| before.eq_ignore_ascii_case(word.as_bytes()))
}

/// `X-Api-Key: value`: a dash in a name, which no language allows.
fn is_header(text: &[u8], name: (usize, usize)) -> bool {
    text[name.0..name.1].contains(&b'-')
}

/// Without blanks at the ends, and without what ends a sentence.
fn trimmed(text: &[u8], start: usize, end: usize) -> (usize, usize) {
    let value = &text[start..end];
    let front = value.len() - value.trim_ascii_start().len();
    let back = value.len() - value.trim_ascii_end().len();
    let mut end = end - back.min(value.len() - front);
    while end > start + front && matches!(text[end - 1], b'.' | b':' | b'!' | b'?') {
        end -= 1;
    }
    (start + front, end.max(start + front))
}
