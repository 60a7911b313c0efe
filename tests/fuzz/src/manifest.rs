//! A plugin's manifest.

use telemetry_hooks::manifest::{Manifest, Problem};

/// Any text is a manifest whose fields were checked, or is refused with reasons; each reason and remark is one line.
///
/// # Panics
/// When it is not.
pub fn holds(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else { return };
    match Manifest::parse("plugin.yaml", text) {
        Ok(manifest) => {
            let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "_-".contains(c);
            let name = &manifest.name;
            assert!((1..=64).contains(&name.len()) && name.chars().all(plain), "a name: {name:?}");
            assert!(!manifest.version.is_empty() && manifest.version.is_ascii(), "{:?}", manifest.version);
            let lists = [&manifest.hooks, &manifest.provides_tools, &manifest.requires_env];
            for entry in lists.into_iter().flatten() {
                assert!((1..=64).contains(&entry.len()), "a name in a list: {entry:?}");
            }
            assert!(manifest.hooks.iter().all(|hook| manifest.declares(hook)));
            one_line_each(&manifest.warnings);
        }
        Err(error) => {
            assert!(!error.problems.is_empty(), "refused without a reason");
            one_line_each(&error.problems);
            assert_eq!(error.to_string().lines().count(), error.problems.len(), "{error}");
        }
    }
}

fn one_line_each(problems: &[Problem]) {
    for problem in problems {
        let shown = problem.at("plugin.yaml".as_ref()).to_string();
        assert!(!shown.is_empty() && !shown.contains(['\n', '\r', '\u{1b}']), "not one line: {shown:?}");
        assert!(shown.len() < 4_096, "a reason of {} bytes", shown.len());
    }
}
