//! The policy crate from outside.
//!
//! - `merging`: two files, one answer for each key.
//! - `broken_files`: what a file may do to us.
//! - `wrong_keys`: what a person may write, and what we say.
//! - `budgets`: a list whose entries hold one by one.
//! - `exports`: what is chosen of a destination.
//! - `planes`: consent and the hard gate.
//! - `prices`: rates of the owner's own.
//! - `install_id`: one id, whoever comes first.
//! - `cleared`: the only door out; `conversation`: what was said, on its way through it.
//! - `redact`: what is taken out of texts.

#![expect(clippy::unwrap_used, reason = "the helpers of a test fail it by panicking, as the test does")]

mod broken_files;
mod budgets;
mod cleared;
mod conversation;
mod exports;
mod install_id;
mod merging;
mod planes;
mod prices;
mod redact;
mod wrong_keys;

use std::fs;
use std::path::{Path, PathBuf};

use telemetry_policy::{Settings, Source};

/// A home and a managed directory, both empty, and nothing of the machine the tests run on.
struct World {
    directory: tempfile::TempDir,
}

impl World {
    fn new() -> Self {
        let directory = tempfile::tempdir().unwrap();
        fs::create_dir(directory.path().join("home")).unwrap();
        fs::create_dir(directory.path().join("managed")).unwrap();
        Self { directory }
    }

    fn with_user(config: &str) -> Self {
        let world = Self::new();
        fs::write(world.user_file(), config).unwrap();
        world
    }

    fn with_both(user: &str, managed: &str) -> Self {
        let world = Self::with_user(user);
        fs::write(world.managed_file(), managed).unwrap();
        world
    }

    fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    fn user_file(&self) -> PathBuf {
        self.home().join("config.yaml")
    }

    fn managed_file(&self) -> PathBuf {
        self.directory.path().join("managed/config.yaml")
    }

    fn settings(&self) -> Settings {
        self.settings_with(&|_| None)
    }

    fn settings_with(&self, environment: &dyn Fn(&str) -> Option<String>) -> Settings {
        let managed = self.directory.path().join("managed").display().to_string();
        Settings::load_with(&self.home(), &|name| {
            if name == "HERMES_MANAGED_DIR" { Some(managed.clone()) } else { environment(name) }
        })
    }

    /// `name = value (source)` for each key, with `locked` and `not understood` where they hold.
    fn table(&self, settings: &Settings) -> String {
        let mut table = String::new();
        for entry in settings.entries() {
            let source = match entry.source {
                Source::Default => "default",
                Source::User(file) if *file == self.user_file() => "user",
                Source::Managed(file) if *file == self.managed_file() => "managed",
                other => panic!("a source nobody wrote: {other:?}"),
            };
            let locked = if entry.locked { ", locked" } else { "" };
            let understood = if entry.understood { "" } else { ", not understood" };
            table += &format!("{} = {} ({source}{locked}{understood})\n", entry.name(), entry.value);
        }
        table
    }

    /// The warnings as a person reads them, with the files' paths made short.
    fn warnings(&self, settings: &Settings) -> String {
        let directory = format!("{}/", self.directory.path().display());
        settings.warnings().iter().map(|warning| format!("{warning}\n").replace(&directory, "")).collect()
    }
}

/// The warnings of one user file.
fn warnings_of(config: &str) -> String {
    let world = World::with_user(config);
    world.warnings(&world.settings())
}

fn default_settings_apply(world: &World) {
    let settings = world.settings();
    for entry in settings.entries() {
        assert_eq!(entry.value, &entry.spec.default, "{}", entry.name());
        assert_eq!(entry.source, &Source::Default, "{}", entry.name());
    }
}

fn mode_of(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}
