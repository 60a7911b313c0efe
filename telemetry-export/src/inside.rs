//! Names of files that stay inside their directory, whatever somebody put into them.

use telemetry_core::ids::Key;

/// The longest part of a path that is made, in bytes: below the 255 that file systems have, with room for the ending of a
/// file that is not finished.
pub(crate) const MAX_PART: usize = 240;

/// The longest text that stands for itself in a name, in bytes.
pub(crate) const MAX_PLAIN: usize = 100;

/// The longest part that [`cleaned`] makes, in bytes.
pub(crate) const MAX_CLEANED: usize = 64;

/// Whether a path that a person wrote leads to a file below the directory it is put into: parts of ordinary names, with
/// single slashes between them.
pub(crate) fn leads_inside(path: &str) -> bool {
    path.split('/').all(|part| {
        (1..=MAX_PART).contains(&part.len())
            && !matches!(part, "." | "..")
            && !part.chars().any(|c| c.is_control() || c == '\\')
    })
}

/// A text as a part of a name: itself if it is plain, else what is plain of it and a hash of the whole, 128 bits of it, so
/// that different texts are different names. Nothing plain has the `~` that stands before a hash.
pub(crate) fn told_apart(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { hashed(text) }
}

/// As [`told_apart`], always with the hash.
pub(crate) fn hashed(text: &str) -> String {
    format!("{}~{:032x}", cleaned(text), Key::new("file name").text(text).wide())
}

/// What is plain of a text, for people: not different for every text, and never empty.
pub(crate) fn cleaned(text: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let mut cleaned: String = text.chars().take(MAX_CLEANED).map(plain).collect();
    if cleaned.is_empty() || cleaned.starts_with('.') {
        cleaned.insert(0, '_');
        cleaned.truncate(MAX_CLEANED);
    }
    cleaned
}

/// Whether a text may stand in a name as it is. Where `A` and `a` are one file, capitals may not.
fn is_plain(text: &str) -> bool {
    let folds = cfg!(any(target_os = "macos", windows));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    (1..=MAX_PLAIN).contains(&text.len())
        && !text.starts_with('.')
        && text.bytes().all(|byte| plain(byte) && !(folds && byte.is_ascii_uppercase()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_person_writes_stays_inside() {
        for inside in ["a", "a.jsonl", "a/b.jsonl", "my file", "..a", "a..", "{x}"] {
            assert!(leads_inside(inside), "{inside}");
        }
        let long = "a".repeat(MAX_PART + 1);
        for outside in ["", "/", "/a", "a/", "a//b", ".", "..", "../a", "a/../b", "a/.", "a\0", "a\\b", &long]
        {
            assert!(!leads_inside(outside), "{outside:?}");
        }
    }

    #[test]
    fn a_text_that_is_plain_is_itself_and_any_other_has_a_name_of_its_own() {
        for plain in ["20260101_120000_a1b2c3", "0199a1b2-c3d4-7e5f", "a.b", "-"] {
            assert_eq!(told_apart(plain), plain);
        }
        let (long, longer) = ("a".repeat(200), "a".repeat(201));
        let texts =
            ["", ".", "..", ".a", "_a", "/", "//", "a/b", "a\\b", "a b", "a~b", "a\0", "ä", &long, &longer];
        let names: std::collections::BTreeSet<String> = texts.iter().map(|text| told_apart(text)).collect();
        assert_eq!(names.len(), texts.len(), "{names:?}");
        for name in names {
            assert!(leads_inside(&name) && !name.contains('/') && !name.starts_with('.'), "{name}");
            assert!(name.len() <= MAX_PLAIN, "{name}");
        }
    }
}
