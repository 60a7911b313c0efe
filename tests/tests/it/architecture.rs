//! The manifests keep to the house: who may import whom, what stands at the top, where `unsafe` is, what a plain build
//! needs.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use telemetry_tests::binary::{cargo, workspace};
use toml::{Table, Value};

/// Who may import whom: a folder and the folders right below it. What those may import comes with them.
const HOUSE: &[(&str, &[&str])] = &[
    ("telemetry-core", &[]),
    ("telemetry-hooks", &["telemetry-core"]),
    ("telemetry-store", &["telemetry-core"]),
    ("telemetry-policy", &["telemetry-core"]),
    ("telemetry-export", &["telemetry-core", "telemetry-policy"]),
    ("plugins/telemetry", &["telemetry-hooks", "telemetry-store", "telemetry-policy", "telemetry-export"]),
    ("plugins/command-hooks", &["telemetry-core", "telemetry-hooks"]),
    ("telemetry-cli", &["plugins/telemetry", "plugins/command-hooks", "telemetry-collector"]),
    ("telemetry-collector", &["telemetry-store", "telemetry-policy"]),
    // The wheel puts the whole command line into the host's own.
    ("plugins/hermes", &["plugins/telemetry", "telemetry-cli"]),
    ("plugins/c-abi", &["plugins/telemetry"]),
    ("tests", &["telemetry-cli"]),
    ("tests/fuzz", &["telemetry-hooks", "telemetry-store", "telemetry-policy", "telemetry-collector"]),
];

/// What may stand at the top.
const TOP: &[&str] = &[
    ".ci",
    ".config",
    ".git",
    ".github",
    ".gitignore",
    "ARCHITECTURE.md",
    "BENCHMARKS.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "LICENSE-APACHE",
    "LICENSE-MIT",
    "README.md",
    "clippy.toml",
    "deny.toml",
    "docs",
    "plugins",
    "rust-toolchain.toml",
    "rustfmt.toml",
    "scripts",
    "telemetry-cli",
    "telemetry-collector",
    "telemetry-core",
    "telemetry-export",
    "telemetry-hooks",
    "telemetry-policy",
    "telemetry-store",
    "tests",
];

struct Manifest {
    /// The crate's folder, from the top.
    folder: String,
    name: String,
    table: Table,
}

fn read(path: &Path) -> Table {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    text.parse().unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// Every crate below the top, members or not.
fn manifests() -> Vec<Manifest> {
    let found = sources()
        .into_iter()
        .filter(|path| path.ends_with("Cargo.toml") && *path != workspace().join("Cargo.toml"));
    found
        .map(|path| {
            let table = read(&path);
            let folder = path.parent().and_then(|folder| folder.strip_prefix(workspace()).ok()).unwrap();
            let name = table["package"]["name"].as_str().unwrap().to_owned();
            Manifest { folder: folder.to_str().unwrap().to_owned(), name, table }
        })
        .collect()
}

/// Every file of the repository; nothing that was built or fetched.
fn sources() -> Vec<PathBuf> {
    let skip =
        |name: &str| name == "target" || name == "node_modules" || (name.starts_with('.') && name != ".ci");
    let (mut found, mut open) = (Vec::new(), vec![workspace().to_path_buf()]);
    while let Some(folder) = open.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let is_folder = entry.file_type().unwrap().is_dir();
            match entry.file_name().to_str() {
                Some(name) if is_folder && !skip(name) => open.push(entry.path()),
                _ if is_folder => {}
                _ => found.push(entry.path()),
            }
        }
    }
    found.sort();
    found
}

/// Everything a folder may import.
fn allowed(folder: &str) -> BTreeSet<&'static str> {
    let below = HOUSE.iter().find(|(name, _)| *name == folder).map_or(&[][..], |(_, below)| *below);
    below.iter().flat_map(|name| allowed(name).into_iter().chain([*name])).collect()
}

/// All dependency tables of a manifest, those of targets too: section, name, entry.
fn dependencies(table: &Table) -> Vec<(String, String, Value)> {
    let mut found = Vec::new();
    for section in ["dependencies", "build-dependencies", "dev-dependencies"] {
        for (name, entry) in table.get(section).and_then(Value::as_table).into_iter().flatten() {
            found.push((section.to_owned(), name.clone(), entry.clone()));
        }
    }
    for target in
        table.get("target").and_then(Value::as_table).into_iter().flatten().map(|(_, target)| target)
    {
        found.extend(target.as_table().map(dependencies).unwrap_or_default());
    }
    found
}

#[test]
fn arrows_point_down() {
    let manifests = manifests();
    let folders: BTreeMap<&str, &str> =
        manifests.iter().map(|m| (m.name.as_str(), m.folder.as_str())).collect();
    let mut wrong = Vec::new();
    for manifest in &manifests {
        assert!(
            HOUSE.iter().any(|(folder, _)| *folder == manifest.folder),
            "{} ({}) is not in the plan of the house",
            manifest.folder,
            manifest.name
        );
        let allowed = allowed(&manifest.folder);
        for (section, name, _) in dependencies(&manifest.table) {
            if let Some(folder) = folders.get(name.as_str()).filter(|folder| !allowed.contains(**folder)) {
                wrong.push(format!("{} imports {folder} ({section})", manifest.folder));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Features are chosen at the top, so no crate of ours may switch on another's defaults by accident.
#[test]
fn crates_of_ours_come_from_the_workspace_without_default_features() {
    let root = read(&workspace().join("Cargo.toml"));
    let shared = root["workspace"]["dependencies"].as_table().unwrap();
    let manifests = manifests();
    let ours: BTreeSet<&str> = manifests.iter().map(|manifest| manifest.name.as_str()).collect();
    for (name, entry) in shared.iter().filter(|(name, _)| ours.contains(name.as_str())) {
        assert_eq!(
            entry.get("default-features"),
            Some(&Value::Boolean(false)),
            "workspace dependency {name}: {entry}"
        );
        assert!(entry.get("path").is_some(), "workspace dependency {name}: {entry}");
    }
    for manifest in &manifests {
        for (section, name, entry) in dependencies(&manifest.table) {
            let is_shared = entry.get("workspace") == Some(&Value::Boolean(true));
            assert!(
                is_shared || !(ours.contains(name.as_str()) || shared.contains_key(&name)),
                "{}: {section}.{name} is not `workspace = true`: {entry}",
                manifest.folder
            );
        }
    }
}

#[test]
fn every_crate_is_a_member_and_keeps_the_lints() {
    let root = read(&workspace().join("Cargo.toml"));
    let members: BTreeSet<&str> =
        root["workspace"]["members"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    for manifest in manifests() {
        assert!(members.contains(manifest.folder.as_str()), "{} is not a member", manifest.folder);
        let lints = manifest.table.get("lints").and_then(|lints| lints.get("workspace"));
        assert_eq!(lints, Some(&Value::Boolean(true)), "{} has lints of its own", manifest.folder);
    }
    for member in members {
        assert!(
            workspace().join(member).join("Cargo.toml").is_file(),
            "{member} is a member and is not there"
        );
    }
}

#[test]
fn nothing_unexpected_stands_at_the_top() {
    let ignored = fs::read_to_string(workspace().join(".gitignore")).unwrap_or_default();
    let ignored: BTreeSet<&str> = ignored.lines().map(|line| line.trim().trim_matches('/')).collect();
    let entries =
        fs::read_dir(workspace()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let strangers: Vec<String> =
        entries.filter(|name| !TOP.contains(&name.as_str()) && !ignored.contains(name.as_str())).collect();
    assert_eq!(strangers, [] as [&str; 0]);
}

/// `unsafe` lives where a foreign language is, where native code is loaded, and in the program that forks.
#[test]
fn in_the_command_nothing_imports_commands() {
    let sources = sources();
    let below = |path: &&PathBuf| {
        let folder = workspace().join("telemetry-cli/src");
        path.starts_with(&folder)
            && !path.starts_with(folder.join("commands"))
            && !path.ends_with("telemetry-cli/src/lib.rs")
    };
    let below: Vec<&PathBuf> = sources.iter().filter(below).collect();
    assert!(below.len() > 50, "{below:?}");
    let imports = |path: &&&PathBuf| fs::read_to_string(path).unwrap().contains("crate::commands");
    let importing: Vec<&&PathBuf> = below.iter().filter(imports).collect();
    assert!(importing.is_empty(), "{importing:?}: what both need is below them, as documents/ is");
}

#[test]
fn unsafe_is_where_it_belongs() {
    let may = |path: &Path| {
        let path = path.strip_prefix(workspace()).unwrap();
        path.starts_with("plugins/c-abi")
            || path.starts_with("plugins/hermes")
            || path.starts_with("telemetry-hooks/src/native")
            || path == Path::new("telemetry-hooks/src/native.rs")
            || path == Path::new("tests/src/bin/forks.rs")
            // This file speaks of it.
            || path == Path::new(file!())
    };
    let rust = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "rs");
    let mut found = Vec::new();
    for path in sources().into_iter().filter(rust).filter(|path| !may(path)) {
        let text = fs::read_to_string(&path).unwrap();
        for (number, line) in text.lines().enumerate() {
            if is_unsafe(line) {
                found.push(format!("{}:{}: {}", path.display(), number + 1, line.trim()));
            }
        }
    }
    assert!(found.is_empty(), "{found:#?}");
}

/// Whether a line of code, not of a comment, makes something unsafe or lifts the lint.
fn is_unsafe(line: &str) -> bool {
    let code = line.split("//").next().unwrap_or("");
    let words: Vec<&str> =
        code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|w| !w.is_empty()).collect();
    let begins = |after: &str| {
        let after = after.trim_start();
        ["{", "fn ", "impl", "extern", "trait", "("].iter().any(|start| after.starts_with(start))
            || after.is_empty()
    };
    let keyword = words.contains(&"unsafe") && !code.contains('"');
    let keyword = keyword && code.match_indices("unsafe").any(|(at, word)| begins(&code[at + word.len()..]));
    let lifted =
        ["allow", "expect"].iter().any(|lint| words.contains(lint)) && words.contains(&"unsafe_code");
    keyword || lifted
}

#[test]
fn the_search_for_unsafe_finds_it() {
    for line in [
        "unsafe {",
        "let x = unsafe { y };",
        "pub unsafe fn f() {",
        "unsafe impl Send for X {}",
        "#[unsafe(no_mangle)]",
    ] {
        assert!(is_unsafe(line), "{line}");
    }
    assert!(is_unsafe(r#"#[expect(unsafe_code, reason = "r")]"#));
    for line in ["// unsafe { }", "unsafe_code = \"deny\"", "an unsafe thing", "\"unsafe {\""] {
        assert!(!is_unsafe(line), "{line}");
    }
}

/// A plain `cargo build` needs no Python, no web server and no PostgreSQL.
#[test]
fn a_plain_build_is_light() {
    let output = cargo()
        .args(["tree", "--edges", "normal,build", "--prefix", "none", "--format", "{p}"])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let tree = String::from_utf8(output.stdout).unwrap();
    let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(names.contains("telemetry-cli") && names.contains("serde"), "{tree}");
    for heavy in ["pyo3", "pyo3-ffi", "tokio", "axum", "sqlx", "sqlx-core", "hyper", "tokio-postgres"] {
        assert!(!names.contains(heavy), "a default build pulls in {heavy}");
    }
}

/// See telemetry-core/src/lock.rs. The screen of `top` has them, in the binary, which records nothing and does not fork.
#[test]
fn a_host_gets_no_locks_that_a_forked_child_cannot_wait_for() {
    for package in ["telemetry-plugin", "telemetry-hermes"] {
        let tree = ["tree", "--package", package, "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let output = cargo().args(tree).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let tree = String::from_utf8(output.stdout).unwrap();
        let names: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
        assert!(names.contains("telemetry-core"), "{tree}");
        for stranger in ["parking_lot_core", "ratatui", "crossterm"] {
            assert!(!names.contains(stranger), "{package} pulls in {stranger}");
        }
    }
}

/// What needs more than Rust is built only when asked for.
#[test]
fn default_members_are_the_light_ones() {
    let root = read(&workspace().join("Cargo.toml"));
    let list = |key: &str| -> BTreeSet<&str> {
        root["workspace"][key].as_array().unwrap().iter().filter_map(Value::as_str).collect()
    };
    let (members, defaults) = (list("members"), list("default-members"));
    assert!(defaults.is_subset(&members));
    for heavy in ["telemetry-collector", "plugins/hermes", "plugins/c-abi"] {
        assert!(!defaults.contains(heavy), "{heavy} is a default member");
    }
}
