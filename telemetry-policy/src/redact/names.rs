//! What the name of a field, a variable or a flag says about its value.

mod words;

use words::{IDS, KEYS, NAMES, NO_PASS, SUFFIXES, TOKENS};

/// How much a name says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Strength {
    /// A password: whatever stands there is one, however plain.
    Password,
    /// A key, token or secret: what stands there is one unless it is words.
    Credential,
    /// A key of something: what stands there is one if it looks made up.
    Likely,
    /// Perhaps: what stands there must look like nothing else.
    Possible,
}

/// Longer names are no names.
const MOST_WORDS: usize = 12;

/// Whether `word` and the blank after it belong to a name that follows: `api key`, `seed phrase`.
pub(crate) fn continues(word: &[u8]) -> bool {
    is_one_of(word, KEYS)
        || is_one_of(word, &["seed", "recovery", "backup", "bearer", "refresh", "id", "bot"])
}

/// Whether `name` says that its value is an id, a digest or a place.
pub(crate) fn says_id(name: &[u8]) -> bool {
    let mut buffer: [&[u8]; MOST_WORDS] = [b""; MOST_WORDS];
    split(name, &mut buffer).last().is_some_and(|last| is_one_of(last, IDS))
}

/// What `name` says about what is assigned to it. Words are told apart by `_`, `-`, `.`, blanks and capitals.
pub(crate) fn strength(name: &[u8]) -> Option<Strength> {
    let mut buffer: [&[u8]; MOST_WORDS] = [b""; MOST_WORDS];
    let mut words = split(name, &mut buffer);
    loop {
        match words {
            [] => return None,
            [.., last] if last.iter().all(u8::is_ascii_digit) => {}
            _ => {
                if let Some(strength) = judge(words, name) {
                    return Some(strength);
                }
                let last = words.last()?;
                if words.len() < 2 || !is_one_of(last, SUFFIXES) {
                    return None;
                }
            }
        }
        words = &words[..words.len() - 1];
    }
}

fn judge(words: &[&[u8]], name: &[u8]) -> Option<Strength> {
    let (last, before) = words.split_last()?;
    let previous = before.last().copied();
    let ends = |ending: &str| ends_with(last, ending);
    let after = |word: &str| previous.is_some_and(|previous| previous.eq_ignore_ascii_case(word.as_bytes()));
    let is = |word: &str| last.eq_ignore_ascii_case(word.as_bytes());
    if ["password", "passwd", "passphrase", "passcode", "pwd", "passwort", "contrasena"]
        .iter()
        .any(|word| ends(word))
    {
        // The shell's working directory.
        let directory = name.eq_ignore_ascii_case(b"pwd") || name.eq_ignore_ascii_case(b"oldpwd");
        return Some(if directory { Strength::Possible } else { Strength::Password });
    }
    if (is("pw") || is("pswd")) && !before.is_empty() {
        return Some(Strength::Password);
    }
    if is("signature") && (after("amz") || after("goog")) {
        return Some(Strength::Credential);
    }
    if is("mnemonic")
        || is("psk")
        || (is("phrase") && ["seed", "recovery", "secret", "backup"].iter().any(|w| after(w)))
    {
        return Some(Strength::Password);
    }
    if ends("pass") && !NO_PASS.iter().any(|word| ends(word)) {
        let alone = before.is_empty() && is("pass") && !name.iter().all(u8::is_ascii_uppercase);
        return (!alone).then_some(Strength::Password);
    }
    if ends("secret") || is("credential") || is("credentials") || is("creds") || is("jwt") || is("apikeys") {
        return Some(Strength::Credential);
    }
    if ends("token") {
        let kind = &last[..last.len() - "token".len()];
        let kind = if kind.is_empty() { previous } else { Some(kind) };
        let unit = kind.is_some_and(|kind| is_one_of(kind, TOKENS));
        return (!unit).then_some(Strength::Credential);
    }
    if ends("key") {
        let kind = &last[..last.len() - "key".len()];
        let kind = if kind.is_empty() { previous } else { Some(kind) };
        return match kind {
            None => Some(Strength::Possible),
            Some(kind) if is_one_of(kind, KEYS) => {
                // A storage key is an address or an account's key: AZURE_STORAGE_KEY.
                Some(if kind.eq_ignore_ascii_case(b"storage") && before.len() < 2 {
                    Strength::Possible
                } else {
                    Strength::Credential
                })
            }
            Some(kind) if is_one_of(kind, NAMES) => None,
            // monkey, turkey, donkey: no key of anything.
            Some(kind) if is_one_of(kind, &["mon", "tur", "don", "joc", "hoc", "whis", "hus"]) => None,
            // ACME_KEY: the name of somebody's service.
            Some(_) => Some(Strength::Likely),
        };
    }
    if is("base") && after("key") {
        return Some(Strength::Credential);
    }
    let possible = ["auth", "sig", "pin", "bearer", "cookie", "salt"].iter().any(|word| is(word));
    possible.then_some(Strength::Possible)
}

fn ends_with(word: &[u8], ending: &str) -> bool {
    word.len() >= ending.len() && word[word.len() - ending.len()..].eq_ignore_ascii_case(ending.as_bytes())
}

fn is_one_of(word: &[u8], list: &[&str]) -> bool {
    list.iter().any(|entry| word.eq_ignore_ascii_case(entry.as_bytes()))
}

/// The words of `name`, the last [`MOST_WORDS`] of them.
fn split<'n, 'b>(name: &'n [u8], buffer: &'b mut [&'n [u8]; MOST_WORDS]) -> &'b [&'n [u8]] {
    let (mut count, mut start) = (0, 0);
    let mut push = |word: &'n [u8]| {
        if word.is_empty() {
            return;
        }
        if count == MOST_WORDS {
            buffer.rotate_left(1);
            count -= 1;
        }
        buffer[count] = word;
        count += 1;
    };
    for at in 0..name.len() {
        let byte = name[at];
        let next_lower = name.get(at + 1).is_some_and(u8::is_ascii_lowercase);
        let previous = at.checked_sub(1).map(|at| name[at]);
        if matches!(byte, b'_' | b'-' | b'.' | b' ') {
            push(&name[start..at]);
            start = at + 1;
        } else if byte.is_ascii_uppercase()
            && previous.is_some_and(|p| p.is_ascii_lowercase() || (p.is_ascii_uppercase() && next_lower))
            || byte.is_ascii_digit() != previous.is_some_and(|p| p.is_ascii_digit()) && byte.is_ascii_digit()
        {
            push(&name[start..at]);
            start = at;
        }
    }
    push(&name[start..]);
    &buffer[..count]
}

#[cfg(test)]
mod tests {
    use super::Strength::{Credential, Likely, Password, Possible};
    use super::*;

    #[test]
    fn names_of_secrets() {
        for (name, expected) in [
            ("password", Password),
            ("DB_PASS", Password),
            ("spring.datasource.password", Password),
            ("rootPassword2", Password),
            ("PGPASSWORD", Password),
            ("wifi_psk", Password),
            ("seed_phrase", Password),
            ("OPENAI_API_KEY", Credential),
            ("apiKey", Credential),
            ("x-api-key", Credential),
            ("openaiApiKeyProd", Credential),
            ("clientSecret", Credential),
            ("SECRET_KEY_BASE", Credential),
            ("GITHUB_TOKEN", Credential),
            ("accesstoken", Credential),
            ("AccountKey", Credential),
            ("key", Possible),
            ("widget_key", Likely),
            ("_auth", Possible),
            ("PWD", Possible),
        ] {
            assert_eq!(strength(name.as_bytes()), Some(expected), "{name}");
        }
    }

    #[test]
    fn names_of_other_things() {
        for name in [
            "max_tokens",
            "prompt_tokens",
            "token_count",
            "next_page_token",
            "eos_token",
            "tokenizer",
            "primary_key",
            "cacheKey",
            "idempotency-key",
            "public_key",
            "api_key_id",
            "author",
            "authority",
            "monkey",
            "keyboard",
            "keywords",
            "bypass",
            "compass",
            "pass",
            "password_policy",
            "secret_name",
            "secretary",
            "passenger",
            "token_type",
        ] {
            assert_eq!(strength(name.as_bytes()), None, "{name}");
        }
    }
}
