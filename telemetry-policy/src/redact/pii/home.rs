//! The name of a person in the path of their home folder: `/home/ada/src`, `/Users/ada`, `C:\Users\ada`.

use super::super::finding::Finding;

/// Folders beside the homes that are nobody's, and accounts that every machine has.
const NOBODY: &[&str] = &[
    "Shared",
    "Public",
    "Default",
    "All",
    "linuxbrew",
    "runner",
    "vscode",
    "ubuntu",
    "root",
    "user",
    "username",
    "node",
    "app",
];

pub(super) fn find(text: &[u8], findings: &mut Vec<Finding>) {
    for start in ["/home/", "/Users/", "\\Users\\", "/users/"].iter().flat_map(|root| {
        memchr::memmem::find_iter(text, root.as_bytes()).map(|at| (at, at + root.len())).collect::<Vec<_>>()
    }) {
        let (root, mut name) = start;
        let windows = text[root] == b'\\' || text[root..name].ends_with(b"users/");
        let before = root.checked_sub(1).map(|at| text[at]);
        // `C:\Users`, and never the middle of an address.
        let rooted = match before {
            Some(b':') => true,
            Some(b'\\') => windows,
            Some(byte) => !(windows || byte.is_ascii_alphanumeric() || b"_-.~}".contains(&byte)),
            None => !windows,
        };
        name += usize::from(text.get(name) == Some(&b'\\'));
        let length = text[name..]
            .iter()
            .take(64)
            .take_while(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(byte))
            .count();
        let person = &text[name..name + length];
        let nobody = NOBODY.iter().any(|entry| person.eq_ignore_ascii_case(entry.as_bytes()));
        if rooted && length > 0 && !nobody && text[name] != b'.' {
            findings.push(Finding::new(name, name + length, "home-user"));
        }
    }
}
