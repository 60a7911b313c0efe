//! Where the `telemetry` binary is.

use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

/// Names a binary to test instead of one built here.
const OVERRIDE: &str = "TELEMETRY_BIN";

/// The binary under test, with all it can have: `$TELEMETRY_BIN`, or one built once per test process into the same target directory and
/// profile as the tests themselves (Cargo gives a test only the binaries of its own package).
///
/// # Panics
/// When it cannot be built; there is nothing to test then.
pub fn telemetry() -> &'static Path {
    static BINARY: OnceLock<PathBuf> = OnceLock::new();
    BINARY.get_or_init(|| match env::var_os(OVERRIDE) {
        Some(path) => {
            let path = PathBuf::from(path);
            assert!(path.is_file(), "{OVERRIDE}={} is not a file", path.display());
            path
        }
        None => build(),
    })
}

/// The workspace this crate is part of.
pub fn workspace() -> &'static Path {
    static WORKSPACE: OnceLock<PathBuf> = OnceLock::new();
    WORKSPACE.get_or_init(|| {
        let parent = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
        parent.unwrap_or_else(|| panic!("tests/ has a folder above it")).to_path_buf()
    })
}

/// `cargo`, as the one that runs the tests if there is one.
pub fn cargo() -> Command {
    let mut command = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(workspace());
    command
}

/// A test runs as `<target>[/<triple>]/<profile>/deps/it-<hash>`, and Cargo marks the root of a target directory.
fn build() -> PathBuf {
    let test = env::current_exe().unwrap_or_else(|error| panic!("where am I: {error}"));
    let mut above = test.ancestors().skip(1).filter(|folder| !folder.ends_with("deps"));
    let (Some(profile), Some(outer)) = (above.next(), above.next()) else {
        panic!("{} is not in a target directory", test.display());
    };
    let name = profile.file_name().and_then(|name| name.to_str()).unwrap_or("debug");
    let mut build = cargo();
    build.args([
        "build",
        "--quiet",
        "--package",
        "telemetry-cli",
        "--bin",
        "telemetry",
        "--features",
        "collector",
    ]);
    build.args(["--profile", if name == "debug" { "dev" } else { name }]);
    if outer.join("CACHEDIR.TAG").exists() {
        build.arg("--target-dir").arg(outer);
    } else if let (Some(triple), Some(root)) = (outer.file_name(), outer.parent()) {
        build.arg("--target-dir").arg(root).arg("--target").arg(triple);
    }
    let status = build.status().unwrap_or_else(|error| panic!("cargo build: {error}"));
    assert!(status.success(), "the telemetry binary does not build: {build:?}");
    profile.join("telemetry").with_extension(env::consts::EXE_EXTENSION)
}
