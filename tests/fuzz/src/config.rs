//! The user's config, and an administrator's over it.

use std::fs;
use std::path::Path;

use serde_json::Value;
use telemetry_policy::{Entry, Key, Settings, Source};
use tempfile::TempDir;

/// Stands between the two files in an input. Without it there is no managed file.
pub const AND_MANAGED: u8 = 0;

/// The one variable there is for `${ON}` in a value.
const ON: &str = "ON";

/// Any two files give settings; what could let something out is on only where the file that decided says so in one of
/// the words that mean it; a managed file that says no has the last word.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    thread_local!(static WORLD: World = World::new());
    WORLD.with(|world| world.holds(input));
}

struct World {
    root: TempDir,
}

impl World {
    fn new() -> Self {
        // In memory where there is such a place: an input is two files.
        let root = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        World { root: root.unwrap_or_else(|error| panic!("a temporary folder: {error}")) }
    }

    fn holds(&self, input: &[u8]) {
        let (user, managed) = match input.iter().position(|byte| *byte == AND_MANAGED) {
            Some(at) => (&input[..at], Some(&input[at + 1..])),
            None => (input, None),
        };
        let scope = self.root.path().join("managed");
        write(&self.root.path().join("config.yaml"), Some(user));
        fs::create_dir_all(&scope).unwrap_or_else(|error| panic!("{}: {error}", scope.display()));
        write(&scope.join("config.yaml"), managed);
        let settings = Settings::load_with(self.root.path(), &|name| match name {
            "HERMES_MANAGED_DIR" => Some(scope.display().to_string()),
            ON => Some("true".to_owned()),
            _ => None,
        });

        let file_of = |source: &Source| match source {
            Source::Default => None,
            Source::User(_) => Some(user),
            Source::Managed(_) => managed,
        };
        let says = |key: Key, words: &[&str]| {
            let entry = settings.entry(key);
            file_of(entry.source).is_some_and(|file| match written(file, entry) {
                Some(written) => words.contains(&&*written),
                None => mentions(file, words),
            })
        };
        let planes = settings.planes();
        if planes.trajectories {
            assert!(says(Key::TrajectoriesEnabled, &ON_WORDS), "content is recorded, and nobody said so");
        }
        if planes.aggregate {
            assert!(says(Key::ConsentState, &["aggregate"]), "consent that nobody gave");
            let allowed = settings.entry(Key::AllowAggregate);
            assert!(
                *allowed.source == Source::Default || says(Key::AllowAggregate, &ON_WORDS),
                "allowed by nobody"
            );
        }
        for key in [Key::ExportOtlpEnabled, Key::ExportAtofEnabled, Key::ExportAtifEnabled] {
            assert!(
                !settings.is_on(key) || says(key, &ON_WORDS),
                "{} is on, and nobody said so",
                key.spec().name
            );
        }
        for directory in [settings.atof_directory(), settings.atif_directory()].into_iter().flatten() {
            assert!(directory.is_absolute(), "{directory:?} is somewhere else for each who reads it");
        }
        assert!(planes.local || !(planes.trajectories || planes.aggregate), "a plane without the local one");
        assert!(
            settings.entry(Key::RedactSecrets).value.to_string() == "true",
            "secrets are always redacted"
        );
        assert!((1..=36_500).contains(&settings.retention_days()));
        for entry in settings.entries() {
            assert!(entry.understood || entry.value == &entry.spec.safe, "{} is not safe", entry.name());
        }
        if let Some(managed) = managed {
            self.obeys(&settings, managed);
        }
        for warning in settings.warnings() {
            assert!(!warning.to_string().contains(['\n', '\r', '\u{1b}']), "not one line: {warning:?}");
        }
    }

    /// Alone, a managed file decides what it names; so it does over any other file.
    fn obeys(&self, settings: &Settings, managed: &[u8]) {
        write(&self.root.path().join("config.yaml"), None);
        let scope = self.root.path().join("managed").display().to_string();
        let alone = Settings::load_with(self.root.path(), &|name| match name {
            "HERMES_MANAGED_DIR" => Some(scope.clone()),
            ON => Some("true".to_owned()),
            _ => None,
        });
        for (alone, both) in alone.entries().zip(settings.entries()) {
            if alone.locked {
                assert_eq!((both.value, both.locked), (alone.value, true), "{} in {managed:?}", alone.name());
            }
        }
    }
}

fn write(path: &Path, content: Option<&[u8]>) {
    let written = match content {
        Some(content) => fs::write(path, content),
        None => fs::remove_file(path).or_else(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        }),
    };
    written.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

/// The words that turn a switch on.
const ON_WORDS: [&str; 4] = ["true", "yes", "on", "1"];

/// What stands in `file` for a key, read as plain data and not by the rules under test. `None` when the file is YAML that
/// plain data cannot hold, such as a list as a key.
fn written(file: &[u8], entry: Entry<'_>) -> Option<String> {
    let options = serde_saphyr::options! {
        duplicate_keys: serde_saphyr::DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    };
    let text = std::str::from_utf8(file).ok()?;
    let document: Value = serde_saphyr::from_str_with_options(text, options).ok()?;
    let found = entry.name().split('.').try_fold(&document, |at, name| at.get(name));
    let shown = match found {
        Some(Value::String(text)) => text.replace("${ON}", "true"),
        Some(other) => other.to_string(),
        None => String::new(),
    };
    Some(shown.trim().to_ascii_lowercase())
}

/// Whether one of the words is anywhere in `file`, or could be spelled in it by an escape or the variable.
fn mentions(file: &[u8], words: &[&str]) -> bool {
    let text = String::from_utf8_lossy(file).to_ascii_lowercase();
    words.iter().any(|word| text.contains(word)) || text.contains(['\\', '$'])
}
