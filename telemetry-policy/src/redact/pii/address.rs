//! IP addresses, as `std` reads them; not versions, times or paths in code. One without a single digit is taken for a path.

use core::net::{Ipv4Addr, Ipv6Addr};
use std::str;

use super::super::finding::Finding;

/// The address whose first digit stands at `at`; where it ends.
pub(super) fn find(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    version_4(text, at, findings).or_else(|| version_6(text, at, findings))
}

fn version_4(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    let end =
        at + text[at..].iter().take(16).take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
    let written = text[at..end].strip_suffix(b".").unwrap_or(&text[at..end]);
    let end = at + written.len();
    let before = at.checked_sub(1).map(|at| text[at]);
    if before.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte))
        || text.get(end).is_some_and(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(byte))
    {
        return None;
    }
    let address: Ipv4Addr = str::from_utf8(written).ok()?.parse().ok()?;
    let nobody = address.is_loopback()
        || address.is_unspecified()
        || address.is_broadcast()
        || address.octets()[0] == 255;
    (!nobody && !is_version(text, at)).then(|| {
        findings.push(Finding::new(at, end, "ip-address"));
        end
    })
}

/// `version: 1.2.3.4`, `==1.2.3.4`, `Chrome/120.0.0.0`, `v 1.2.3.4`.
fn is_version(text: &[u8], at: usize) -> bool {
    let before = &text[at.saturating_sub(32)..at];
    let word = before.iter().rposition(|byte| byte.is_ascii_alphanumeric()).map_or(0, |last| last + 1);
    let sign = &before[word..];
    let from = before[..word].iter().rposition(|byte| !byte.is_ascii_alphabetic()).map_or(0, |at| at + 1);
    let name = &before[from..word];
    let says = [
        "version",
        "ver",
        "v",
        "release",
        "build",
        "rev",
        "revision",
        "assemblyversion",
        "fileversion",
        "tag",
        "upgrade",
    ];
    let product = sign == b"/"
        && !name.is_empty()
        && !name.eq_ignore_ascii_case(b"http")
        && !name.eq_ignore_ascii_case(b"ip");
    product
        || [&b"=="[..], b">=", b"<=", b"~=", b"^", b"~"].iter().any(|operator| sign.ends_with(operator))
        || (sign == b"@" && name.iter().all(u8::is_ascii_lowercase) && !before[..from].ends_with(b":"))
        || says.iter().any(|word| {
            name.eq_ignore_ascii_case(word.as_bytes()) || name.to_ascii_lowercase().ends_with(b"version")
        })
}

fn is_of_address(byte: u8) -> bool {
    byte.is_ascii_hexdigit() || byte == b':'
}

fn version_6(text: &[u8], at: usize, findings: &mut Vec<Finding>) -> Option<usize> {
    let back = text[..at].iter().rev().take(40).take_while(|byte| is_of_address(**byte)).count();
    let start = at - back;
    let end =
        at + text[at..].iter().take(46).take_while(|byte| is_of_address(**byte) || **byte == b'.').count();
    let written = &text[start..end];
    let written = written
        .strip_suffix(b".")
        .or_else(|| written.strip_suffix(b":").filter(|rest| !rest.ends_with(b":")))
        .unwrap_or(written);
    let colons = written.iter().filter(|byte| **byte == b':').count();
    let joined = start.checked_sub(1).is_some_and(|at| text[at].is_ascii_alphanumeric() || text[at] == b'_')
        || text.get(start + written.len()).is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    if colons < 3 || joined {
        return None;
    }
    let address: Ipv6Addr = str::from_utf8(written).ok()?.parse().ok()?;
    if address.is_loopback() || address.is_unspecified() {
        return None;
    }
    findings.push(Finding::new(start, start + written.len(), "ip-address"));
    Some(start + written.len())
}
