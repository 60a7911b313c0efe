//! Credentials of vendors nobody has written a rule for: a short name, then a long random tail (`acme_live_8f3k...`), and
//! the three parts of a Discord bot's token.
//!
//! Ids have the same shape, so the tail must be long and of every kind of character, unless the name says what it is.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;

use super::finding::Finding;
use super::lexis::{is_word, starts_word};
use super::randomness::{entropy, is_dummy, looks_generated, looks_like_key_material};

/// The shortest run of letters, digits, `_` and `-` that is looked at.
const SHORTEST: usize = 24;
/// A longer run is data: an image, a signature.
const LONGEST: usize = 400;

/// Parts of a name that say that a secret follows.
const SECRET_PARTS: &[&str] = &[
    "sk", "rk", "pat", "secret", "live", "token", "tok", "apikey", "key", "prod", "test", "api", "priv",
    "private", "access", "auth", "svc", "sa", "pwd", "cred",
];

/// Names of ids that models, agents and services give: what follows is no secret.
const ID_NAMES: &[&str] = &[
    "call",
    "toolu",
    "tool",
    "chatcmpl",
    "cmpl",
    "msg",
    "message",
    "req",
    "request",
    "resp",
    "response",
    "run",
    "thread",
    "asst",
    "file",
    "batch",
    "fc",
    "rs",
    "gen",
    "step",
    "evt",
    "event",
    "item",
    "session",
    "sess",
    "conv",
    "conversation",
    "cus",
    "pi",
    "ch",
    "sub",
    "in",
    "acct",
    "price",
    "prod",
    "pm",
    "seti",
    "si",
    "txn",
    "po",
    "re",
    "cs",
    "srvtoolu",
    "mcp",
    "mcpl",
    "ws",
    "ig",
    "ci",
    "cntr",
    "container",
    "vs",
    "vector",
    "ft",
    "ftjob",
    "model",
    "snapshot",
    "upload",
    "part",
    "user",
    "org",
    "proj",
    "project",
    "team",
    "trace",
    "span",
    "task",
    "job",
    "id",
    "uuid",
    "sha256",
    "sha512",
    "sha1",
    "md5",
    "etag",
    "commit",
    "build",
    "image",
    "img",
    "css",
    "chunk",
    "hash",
    "cache",
    "nonce",
    "test",
    "deployment",
    "dpl",
    "inv",
    "ctx",
    "agent",
    "agentrun",
    "tooluse",
    "tu",
    "pk",
    "pub",
    "index",
    "bundle",
    "vendor",
    "runtime",
    "main",
    "layer",
    "blob",
    "digest",
    "ray",
    "cf",
    "fp",
    "system",
    "document",
    "doc",
    "node",
    "turn",
    "workflow",
    "wf",
    "execution",
    "exec",
    "cell",
    "page",
    "block",
];

/// Finds what has the shape of a credential in `text`. Steps over it in strides of [`SHORTEST`]: a run that long has a byte at
/// one of them.
pub(crate) fn find(text: &[u8], findings: &mut Vec<Finding>) {
    let mut at = SHORTEST - 1;
    let mut passed = 0;
    while at < text.len() {
        if !is_run(text[at]) {
            at += SHORTEST;
            continue;
        }
        let back = text[passed..at].iter().rev().take_while(|byte| is_run(**byte)).count();
        let start = at - back;
        // A run shorter than a stride ends before it could be one.
        let probe = start + SHORTEST - 1;
        if probe > at && !text.get(at..=probe).is_some_and(|rest| rest.iter().all(|byte| is_run(*byte))) {
            at += SHORTEST;
            continue;
        }
        let end = start + text[start..].iter().take_while(|byte| is_run(**byte)).count();
        judge(text, start, end, findings);
        passed = end;
        at = end + SHORTEST;
    }
}

fn is_run(byte: u8) -> bool {
    is_word(byte) || byte == b'-'
}

fn judge(text: &[u8], start: usize, end: usize, findings: &mut Vec<Finding>) {
    if end - start > LONGEST {
        return;
    }
    if let Some(finding) = discord(text, start, end) {
        findings.push(finding);
        return;
    }
    let escaped = super::lexis::ends_escape(text, start + 1).min(1)
        * usize::from(start > 0 && text[start - 1] == b'\\');
    let start = start + escaped;
    let run = &text[start..end];
    // Part of a path, of an address or of a longer value in base64.
    let path = start > 0 && matches!(text[start - 1], b'/' | b'+' | b'.' | b'@' | b'#')
        || !starts_word(text, start, true);
    if path || matches!(text.get(end), Some(b'/' | b'+')) {
        return;
    }
    let Some(tail) = tail(run) else { return };
    let (name, body) = (&run[..tail], &run[tail..]);
    let parts = || name.split(|byte| !byte.is_ascii_alphanumeric()).filter(|part| !part.is_empty());
    let is_in =
        |list: &[&str], part: &[u8]| list.iter().any(|entry| part.eq_ignore_ascii_case(entry.as_bytes()));
    let Some(first) = parts().next() else { return };
    let said = parts().any(|part| is_in(SECRET_PARTS, part));
    // Publishable keys are in every page that uses them.
    let published = is_in(&["pk", "pub", "public", "publishable"], first);
    let last = parts().next_back().unwrap_or(first);
    let is_id = is_in(ID_NAMES, first) && !(said && parts().count() >= 2 && !is_in(ID_NAMES, last));
    let opaque = match said {
        true => body.len() >= 16 && looks_generated(body) && entropy(body) >= 3.0 && !is_word_list(run),
        false => body.len() >= 30 && looks_like_key_material(body) && entropy(body) >= 4.0,
    };
    let secret = opaque && !published && !is_id;
    if secret && !is_dummy(run) {
        findings.push(Finding::new(start, end, "generic-token"));
    }
}

/// Where the random tail of `run` begins: behind a short name in letters and small numbers, of at most four parts.
fn tail(run: &[u8]) -> Option<usize> {
    let mut at = 0;
    for _ in 0..4 {
        let length = run[at..].iter().position(|byte| matches!(byte, b'_' | b'-'))?;
        let part = &run[at..at + length];
        let letters = part.iter().filter(|byte| byte.is_ascii_alphabetic()).count();
        let one_case = part.iter().all(|byte| !byte.is_ascii_uppercase())
            || part.iter().all(|byte| !byte.is_ascii_lowercase());
        if !(1..=14).contains(&length) || !one_case || letters == 0 || length - letters > 2 {
            break;
        }
        at += length + 1;
        // The tail begins at the first part that is long by itself.
        let next = run[at..].iter().position(|byte| matches!(byte, b'_' | b'-')).unwrap_or(run.len() - at);
        if next >= 16 {
            break;
        }
    }
    (at > 0 && at < run.len()).then_some(at)
}

/// Words joined by `-` or `_`: a name, a slug.
fn is_word_list(run: &[u8]) -> bool {
    let mut parts = run.split(|byte| matches!(byte, b'_' | b'-'));
    parts.all(|part| {
        part.len() <= 12 && (part.iter().all(u8::is_ascii_alphabetic) || part.iter().all(u8::is_ascii_digit))
    })
}

/// `<base64 of the bot's id>.<time>.<signature>`, the first part of which is the run at `start..end`.
fn discord(text: &[u8], start: usize, end: usize) -> Option<Finding> {
    let first = &text[start..end];
    if !(23..=28).contains(&first.len())
        || !matches!(first[0], b'M' | b'N' | b'O')
        || text.get(end) != Some(&b'.')
    {
        return None;
    }
    let part =
        |from: usize| text[from.min(text.len())..].iter().take(64).take_while(|byte| is_run(**byte)).count();
    let (second, third) = (part(end + 1), part(end + 8));
    if second != 6 || text.get(end + 7) != Some(&b'.') || !(27..=40).contains(&third) {
        return None;
    }
    let id = STANDARD_NO_PAD.decode(&first[..first.len() / 4 * 4]).ok()?;
    id.iter().all(u8::is_ascii_digit).then(|| Finding::new(start, end + 8 + third, "discord-bot-token"))
}
