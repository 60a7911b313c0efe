//! Passwords in the arguments of well-known commands, where nothing but the command says that they are: `curl -u user:password`,
//! `mysql -pPASSWORD`, `sshpass -p PASSWORD`, `redis-cli -a PASSWORD`.

use super::finding::Finding;
use super::lexis::{close_of, ends_string, is_word, quote_at, skip_blanks};
use super::values;

/// How far from its command a flag is looked for, in bytes.
const REACH: usize = 400;

/// A command, the flag that takes a password, and how it takes it.
struct Command {
    name: &'static [u8],
    flags: &'static [&'static [u8]],
    takes: Takes,
}

#[derive(PartialEq)]
enum Takes {
    /// `user:password`
    Pair,
    /// The password, behind a blank.
    Word,
    /// The password, right behind the flag.
    Attached,
}

const COMMANDS: [Command; 6] = [
    Command { name: b"curl", flags: &[b" -u", b" --user", b" --proxy-user", b" -U"], takes: Takes::Pair },
    Command { name: b"mysql", flags: &[b" -p"], takes: Takes::Attached },
    Command { name: b"sshpass", flags: &[b" -p"], takes: Takes::Word },
    Command { name: b"redis-cli", flags: &[b" -a"], takes: Takes::Word },
    Command { name: b"openssl", flags: &[b" pass:"], takes: Takes::Attached },
    Command { name: b"docker login", flags: &[b" -p"], takes: Takes::Word },
];

/// The words to look for, in the order of the numbers [`find`] takes.
pub(crate) fn names() -> impl Iterator<Item = &'static [u8]> {
    COMMANDS.iter().map(|command| command.name)
}

/// The passwords that the command of this number, named at `start..end`, is given.
pub(crate) fn find(text: &[u8], number: usize, start: usize, end: usize, findings: &mut Vec<Finding>) {
    if start > 0 && is_word(text[start - 1]) && super::lexis::ends_escape(text, start) == 0 {
        return;
    }
    let command = &COMMANDS[number];
    let line = &text[end..text.len().min(end + REACH)];
    let line = &line
        [..memchr::memchr(b'\n', line).filter(|at| line[..*at].last() != Some(&b'\\')).unwrap_or(line.len())];
    for flag in command.flags {
        let Some(found) = memchr::memmem::find(line, flag) else { continue };
        let after = end + found + flag.len();
        let blank = matches!(text.get(after), Some(b' ' | b'='));
        if blank == (command.takes == Takes::Attached) {
            continue;
        }
        let at = skip_blanks(text, after + usize::from(blank && text[after] == b'='));
        let (from, to) = word(text, at);
        let value = &text[from..to];
        let from = match command.takes {
            Takes::Pair => match value.iter().position(|byte| *byte == b':') {
                // `docker -u 1000:1000` is no command of these, but a port is no password either.
                Some(colon) if value.len() - colon > 3 => from + colon + 1,
                _ => continue,
            },
            _ => from,
        };
        if to >= from + 3 && !values::stands_for_something_else(&text[from..to]) {
            findings.push(Finding::new(from, to, "password"));
        }
    }
}

/// The word at `at`, without its quotes.
fn word(text: &[u8], at: usize) -> (usize, usize) {
    if let Some(quote) = quote_at(text, at) {
        if ends_string(text, at, quote) {
            return (at, at);
        }
        let open = at + quote.len();
        return (open, close_of(text, open, quote, REACH).0);
    }
    let stop = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'\\' | b'`' | b'|' | b'>');
    let rest = &text[at.min(text.len())..text.len().min(at + REACH)];
    (at, at + rest.iter().position(stop).unwrap_or(rest.len()))
}
