//! Credentials in addresses: `https://user:password@host`, `https://token@host`, connection strings.

use super::finding::Finding;
use super::randomness::looks_generated;
use super::values;

/// The longest part of an address before its host, in bytes.
const LONGEST: usize = 1024;

/// What the address whose `://` ends at `end` gives away before its host.
pub(crate) fn userinfo(text: &[u8], end: usize, findings: &mut Vec<Finding>) {
    let rest = &text[end..text.len().min(end + LONGEST)];
    let stop = |byte: &u8| {
        matches!(byte, b'/' | b'?' | b'#' | b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\' | b',' | b'|')
            || *byte <= b' '
    };
    let authority = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
    let Some(sign) = authority.iter().rposition(|byte| *byte == b'@').or_else(|| loose(text, end, rest))
    else {
        return;
    };
    let userinfo = &rest[..sign];
    let (user, password) = match userinfo.iter().position(|byte| *byte == b':') {
        Some(colon) => (&userinfo[..colon], Some((colon + 1, &userinfo[colon + 1..]))),
        None => (userinfo, None),
    };
    if let Some((at, password)) = password
        && is_password(password)
    {
        findings.push(Finding::new(end + at, end + sign, "url-credential"));
    }
    // A token in the place of a user: git, package registries, Sentry.
    if user.len() >= 16 && looks_generated(user) && !values::stands_for_something_else(user) {
        findings.push(Finding::new(end, end + user.len(), "url-credential"));
    }
}

/// `scott/tiger@//host` after `jdbc:oracle:thin:`, which ends at `end`.
pub(crate) fn oracle(text: &[u8], end: usize) -> Option<Finding> {
    let rest = &text[end..text.len().min(end + LONGEST)];
    let stop = |byte: &u8| *byte <= b' ' || matches!(byte, b'"' | b'\'' | b'`' | b'\\');
    let word = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
    let sign = memchr::memmem::rfind(word, b"@")?;
    let slash = word[..sign].iter().position(|byte| *byte == b'/')?;
    is_password(&word[slash + 1..sign]).then(|| Finding::new(end + slash + 1, end + sign, "url-credential"))
}

fn is_password(password: &[u8]) -> bool {
    let oauth = password == b"x-oauth-basic";
    !oauth && password.len() >= 2 && !values::stands_for_something_else(password)
}

/// Passwords of databases are often written into the address as they are, with `/`, `#` and `?` in them: there, the last
/// `@` of the word counts, if something like a host follows.
fn loose(text: &[u8], end: usize, rest: &[u8]) -> Option<usize> {
    let scheme = &text[end.saturating_sub(16)..end - 3];
    let database = [
        &b"postgres"[..],
        b"postgresql",
        b"mysql",
        b"mongodb",
        b"mongodb+srv",
        b"redis",
        b"rediss",
        b"amqp",
        b"amqps",
        b"mssql",
        b"mariadb",
        b"clickhouse",
        b"cockroachdb",
    ];
    if !database.iter().any(|name| scheme.ends_with(name)) {
        return None;
    }
    let stop = |byte: &u8| matches!(byte, b'"' | b'\'' | b'`' | b'<' | b'>' | b'\\') || *byte <= b' ';
    let word = &rest[..rest.iter().position(stop).unwrap_or(rest.len())];
    let sign = word.iter().rposition(|byte| *byte == b'@')?;
    // Otherwise the sign is in a path or a query.
    let colon = word.iter().position(|byte| *byte == b':')?;
    let host = word.get(sign + 1)?;
    let slash = word.iter().position(|byte| *byte == b'/').unwrap_or(usize::MAX);
    let port = slash < word.len() && word[(colon + 1).min(slash)..slash].iter().all(u8::is_ascii_digit);
    (colon < sign && colon < slash && !port && host.is_ascii_alphanumeric()).then_some(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<&str> {
        let mut findings = Vec::new();
        let end = text.find("://").unwrap() + 3;
        userinfo(text.as_bytes(), end, &mut findings);
        findings.iter().map(|finding| &text[finding.start..finding.end]).collect()
    }

    #[test]
    fn what_stands_before_the_host() {
        assert_eq!(found("postgres://app:tr0ub4dor@db.internal:5432/app"), ["tr0ub4dor"]);
        assert_eq!(found("postgres://app:a/b#c?d@db.internal/app"), ["a/b#c?d"]);
        assert_eq!(found("redis://:hunter22@cache:6379"), ["hunter22"]);
        assert_eq!(found("https://u:p%40ss@example.org/x?mail=a@b.org"), ["p%40ss"]);
        assert_eq!(found("https://q8Zt3vLw9xKd2mRb7nYc@git.example.org/x.git"), ["q8Zt3vLw9xKd2mRb7nYc"]);
        for clean in [
            "https://example.org/a?mail=someone@example.org",
            "https://git@example.org/x.git",
            "postgres://user:password@localhost/db",
            "postgres://app:${PASSWORD}@db/app",
            "postgres://app:***@db/app",
            "postgres://db.internal:5432/app?owner=a@b",
            "http://localhost:8080/",
        ] {
            assert_eq!(found(clean), [] as [&str; 0], "{clean}");
        }
    }
}
