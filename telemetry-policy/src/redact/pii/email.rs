//! E-mail addresses: a local part, a domain with a top-level domain of letters (RFC 5321, without quoted local parts).

use super::super::finding::Finding;

/// Endings of files that stand behind an `@` too: `logo@2x.png`.
const FILES: &[&str] = &[
    "png", "jpg", "jpeg", "gif", "svg", "webp", "css", "js", "ts", "json", "html", "md", "py", "rs", "local",
];

pub(super) fn find(text: &[u8], findings: &mut Vec<Finding>) {
    for at in memchr::memchr_iter(b'@', text) {
        let is_local = |byte: &&u8| byte.is_ascii_alphanumeric() || b"._%+-".contains(byte);
        let back = text[..at].iter().rev().take(64).take_while(is_local).count();
        let mut start = at - back;
        start += usize::from(start > 0 && text[start - 1] == b'\\' && back > 1);
        while start < at && matches!(text[start], b'.' | b'-' | b'+' | b'%') {
            start += 1;
        }
        let is_domain = |byte: &&u8| byte.is_ascii_alphanumeric() || b".-".contains(byte);
        let length = text[at + 1..].iter().take(253).take_while(is_domain).count();
        let domain = text[at + 1..at + 1 + length].trim_ascii_end();
        let domain = &domain[..domain.iter().rposition(u8::is_ascii_alphanumeric).map_or(0, |last| last + 1)];
        let Some(dot) = domain.iter().rposition(|byte| *byte == b'.') else { continue };
        let top = &domain[dot + 1..];
        let is_top = (2..=24).contains(&top.len()) && top.iter().all(u8::is_ascii_alphabetic);
        let is_file = FILES.iter().any(|file| top.eq_ignore_ascii_case(file.as_bytes()));
        // git@host:owner/name, user@host in an address: an account of a machine.
        let end = at + 1 + domain.len();
        let remote = text.get(end) == Some(&b':')
            && text.get(end + 1).is_some_and(|byte| !byte.is_ascii_whitespace() && !byte.is_ascii_digit());
        let git = &text[start..at] == b"git";
        let double_dot = domain.windows(2).any(|pair| pair == b"..");
        if start < at
            && is_top
            && !is_file
            && dot > 0
            && !double_dot
            && !git
            && !(remote && start > 0 && text[start - 1] == b'/')
        {
            findings.push(Finding::new(start, end, "email"));
        }
    }
}
