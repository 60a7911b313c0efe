//! Whether a value is the secret its name announces, or a reference to one, a stand-in, a type, a piece of code.

use super::names::Strength;
use super::placeholder;
use super::randomness::{
    contains, is_dummy, is_hex, is_no_slug, is_uuid, looks_generated, looks_like_key_material,
};

/// How a value stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Setting {
    /// Between quotes, or between tags.
    Quoted,
    /// Bare where only values stand: a line of an environment file, a flag, a header, a query.
    Bare,
    /// Bare where code or prose may stand too: `token: value`.
    Loose,
}

/// Words that stand for a value, are a type, or tell of one.
const WORDS: &[&str] = &[
    "none",
    "null",
    "nil",
    "true",
    "false",
    "undefined",
    "string",
    "str",
    "text",
    "password",
    "passwd",
    "passphrase",
    "pass",
    "pwd",
    "secret",
    "secrets",
    "token",
    "tokens",
    "key",
    "bearer",
    "basic",
    "oauth",
    "oauth2",
    "apikey",
    "api_key",
    "api-key",
    "access_token",
    "auth_token",
    "required",
    "optional",
    "empty",
    "missing",
    "invalid",
    "incorrect",
    "unknown",
    "default",
    "any",
    "number",
    "integer",
    "object",
    "array",
    "boolean",
    "varchar",
    "value",
    "username",
    "user",
    "enabled",
    "disabled",
    "hidden",
    "private",
    "public",
    "header",
    "query",
    "cookie",
    "body",
    "path",
    "file",
    "env",
    "environment",
    "never",
    "always",
    "expired",
    "revoked",
    "valid",
    "unset",
    "set",
    "mysecret",
    "mypassword",
    "not-set",
    "changeme",
    "change-me",
    "change_me",
    "todo",
    "tbd",
    "na",
    "n/a",
    "prompt",
    "stdin",
    "inherit",
    "external",
    "this",
    "client_secret",
    "client_credentials",
    "authorization_code",
    "refresh_token",
    "generic",
    "json",
    "yaml",
];

/// Beginnings of expressions that fetch a secret instead of being one.
const REFERENCES: &[&str] = &[
    "${",
    "$(",
    "$env:",
    "{{",
    "<%",
    "%{",
    "#{",
    "process.",
    "os.",
    "env.",
    "env(",
    "env[",
    "getenv",
    "secrets.",
    "vars.",
    "config.",
    "self.",
    "this.",
    "args.",
    "settings.",
    "options.",
    "opts.",
    "params.",
    "props.",
    "request.",
    "req.",
    "data.",
    "var.",
    "local.",
    "module.",
    "!ref",
    "!sub",
    "!getatt",
    "!secret",
    "!vault",
    "op://",
    "vault:",
    "file:",
    "ssm:",
    "arn:",
    "ref+",
    "ref:",
    "projects/",
    "/run/secrets",
    "sha256:",
    "sha1:",
    "md5:",
    "sha512-",
    "sha256-",
    "sha384-",
    "system.",
    "environment.",
    "credentials.",
    "context.",
    "state.",
    "session.",
    "response.",
    "res.",
    "json.",
    "await ",
    "new ",
    "function",
    "async ",
    "lambda ",
    "http://",
    "https://",
    "file://",
    "data:",
];

/// Words that sentences have and passwords of several words rather not.
const PROSE: &[&str] = &[
    "the", "your", "is", "are", "must", "enter", "for", "to", "of", "and", "please", "password", "this",
    "be", "not", "with", "in", "an", "was", "or", "from", "can", "if", "no", "use", "token", "secret", "key",
    "new", "forgot", "invalid", "at",
];

/// Whether `value` is a secret where the name says so as strongly as `strength`.
pub(crate) fn is_secret(value: &[u8], strength: Strength, setting: Setting) -> bool {
    if stands_for_something_else(value) {
        return false;
    }
    let blanks = value.iter().any(|byte| matches!(byte, b' ' | b'\t' | b'\n'));
    match strength {
        Strength::Password if blanks => setting == Setting::Quoted && !is_prose(value),
        Strength::Password => {
            let plain = value.iter().all(u8::is_ascii_alphabetic);
            // `password: incorrect`
            let spoken = setting == Setting::Loose && plain;
            value.len() >= 4 && !(spoken || is_selector(value) || is_path(value))
        }
        _ if blanks => false,
        Strength::Credential | Strength::Likely => {
            let digits = value.len() >= 32 && is_hex(value) && value.iter().any(u8::is_ascii_digit);
            let opaque = looks_generated(value) || is_uuid(value) || digits;
            let said = strength == Strength::Credential && setting != Setting::Loose && is_no_slug(value);
            value.len() >= 8 && (opaque || said) && !is_path(value)
        }
        Strength::Possible => {
            setting != Setting::Loose
                && looks_like_key_material(value)
                && !is_hex(value)
                && !is_uuid(value)
                && !is_path(value)
        }
    }
}

/// References, masks, stand-ins, types and placeholders.
pub(crate) fn stands_for_something_else(value: &[u8]) -> bool {
    let starts =
        |word: &str| value.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word.as_bytes()));
    let masked = value.iter().filter(|byte| b"*xX.-_# ".contains(byte)).count() * 4 >= value.len() * 3;
    value.is_empty()
        || masked
        || value.ends_with(b"...")
        || value.ends_with("…".as_bytes())
        || contains(value, b"***")
        || memchr::memmem::find(value, "•".as_bytes()).is_some()
        || WORDS.iter().any(|word| value.eq_ignore_ascii_case(word.as_bytes()))
        || REFERENCES.iter().any(|start| starts(start))
        || is_variable(value)
        || (value.first() == Some(&b'<') && value.contains(&b'>'))
        || (value.first() == Some(&b'[') && value.contains(&b']'))
        || (value.len() <= 40 && is_dummy(value))
        || memchr::memmem::find(value, b"[REDACTED")
            .is_some_and(|at| at == 0 || placeholder::end_of(value, at).is_some())
        || memchr::memmem::find(value, b"${").is_some()
        || memchr::memmem::find(value, b"{{").is_some()
}

/// `$NAME`, `%NAME%`, `{name}`.
fn is_variable(value: &[u8]) -> bool {
    let name = match value {
        [b'$', name @ ..] | [b'%', name @ .., b'%'] | [b'{', name @ .., b'}'] => name,
        _ => return false,
    };
    !name.is_empty()
        && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"_.:".contains(byte))
        && !looks_generated(name)
}

/// Words with blanks between them, of which some make a sentence.
fn is_prose(value: &[u8]) -> bool {
    value.len() > 120
        || value.split(|byte| *byte == b' ').any(|word| {
            let word = word.strip_suffix(b",").or_else(|| word.strip_suffix(b".")).unwrap_or(word);
            PROSE.iter().any(|entry| word.eq_ignore_ascii_case(entry.as_bytes()))
        })
}

/// `#password`, `.field-name`: where a program finds the box to type it into.
fn is_selector(value: &[u8]) -> bool {
    matches!(value, [b'#' | b'.', rest @ ..] if rest.iter().all(|byte| byte.is_ascii_lowercase() || *byte == b'-'))
        || value.contains(&b'[') && value.contains(&b'=')
}

/// A file: slashes between words, or an ending.
fn is_path(value: &[u8]) -> bool {
    let ending = value.iter().rposition(|byte| *byte == b'.').map(|dot| &value[dot + 1..]);
    let known = [
        "pem", "key", "json", "yaml", "yml", "txt", "env", "crt", "p12", "pub", "md", "rs", "py", "ts", "js",
    ];
    let slashes = value.iter().filter(|byte| matches!(byte, b'/' | b'\\')).count();
    let rooted = [&b"/"[..], b"./", b"../", b"~/", b"C:\\"].iter().any(|root| value.starts_with(root));
    (rooted && !looks_generated(value))
        || ending.is_some_and(|ending| known.iter().any(|known| ending == known.as_bytes()))
        || (slashes >= 2 && !looks_generated(value))
}
