//! A throw-away home, and the binary run on it.

use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

use crate::recording::Recording;
use crate::{binary, json};

/// A fresh home with everything around it that a command could look at: a user's home, a managed folder, a working
/// directory. All of it is gone when this is dropped.
pub struct Home {
    root: TempDir,
}

/// What a command came to.
#[derive(Debug, Clone)]
pub struct Output {
    /// The exit code; -1 when a signal ended it.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
    /// The command line, for messages.
    pub command: String,
}

impl Default for Home {
    fn default() -> Self {
        Self::new()
    }
}

impl Home {
    /// An empty home.
    ///
    /// # Panics
    /// When the temporary directory cannot be written.
    pub fn new() -> Self {
        let root =
            TempDir::with_prefix("telemetry-test-").unwrap_or_else(|e| panic!("a temporary folder: {e}"));
        for folder in ["home", "user", "managed", "work"] {
            fs::create_dir(root.path().join(folder)).unwrap_or_else(|e| panic!("{folder}: {e}"));
        }
        Self { root }
    }

    /// A home into which all of `recordings` were replayed by one command.
    ///
    /// # Panics
    /// When the replay fails.
    pub fn with<'a>(recordings: impl IntoIterator<Item = &'a Recording>) -> Self {
        let home = Self::new();
        home.replay(recordings);
        home
    }

    /// Everything, homes of all kinds included.
    pub fn root(&self) -> &Path {
        self.root.path()
    }

    /// The host's home, as `--home` takes it.
    pub fn path(&self) -> PathBuf {
        self.root.path().join("home")
    }

    /// Where everything of ours must be.
    pub fn telemetry(&self) -> PathBuf {
        self.path().join("telemetry")
    }

    /// The command with this home in `--home`, alone in the world: no variable of the caller reaches it.
    pub fn command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = self.bare_command(args);
        command.arg("--home").arg(self.path());
        command
    }

    /// The command without `--home`.
    pub fn bare_command<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Command {
        let mut command = Command::new(binary::telemetry());
        command
            .args(args)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.root().join("user"))
            .env("HERMES_MANAGED_DIR", self.root().join("managed"))
            .env("TZ", "UTC")
            .current_dir(self.root().join("work"))
            .stdin(Stdio::null());
        // Coverage and sanitizer builds need to be told where to write.
        for name in ["LLVM_PROFILE_FILE", "RUST_BACKTRACE"] {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command
    }

    /// Runs `telemetry ARGS --home HOME` to its end, whatever it says.
    pub fn run<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        Output::of(self.command(args))
    }

    /// Runs it and insists that it succeeds.
    ///
    /// # Panics
    /// When the exit code is not 0.
    pub fn ok<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Output {
        self.run(args).assert_code(0)
    }

    /// Runs it and reads the one JSON document on its standard output.
    ///
    /// # Panics
    /// When it fails, or standard output is anything but one document that starts with its schema.
    pub fn json<A: AsRef<OsStr>>(&self, args: impl IntoIterator<Item = A>) -> Value {
        self.ok(args).document()
    }

    /// `runs --json`.
    pub fn runs(&self) -> Value {
        self.json(["runs", "--json"])
    }

    /// `insights --json` without the moment it was asked for.
    pub fn insights(&self) -> Value {
        let mut document = self.json(["insights", "--json"]);
        if let Some(window) = document.get_mut("window").and_then(Value::as_object_mut) {
            window.remove("until");
        }
        document
    }

    /// Both answers, for comparing two homes as a whole.
    pub fn answers(&self) -> Value {
        serde_json::json!({ "runs": self.runs(), "insights": self.insights() })
    }

    /// Replays recordings in one command.
    ///
    /// # Panics
    /// When it fails.
    pub fn replay<'a>(&self, recordings: impl IntoIterator<Item = &'a Recording>) -> Output {
        let files = recordings.into_iter().map(|recording| recording.path.clone().into_os_string());
        self.ok([OsStr::new("replay").to_owned()].into_iter().chain(files))
    }

    /// Writes a file beside the home (never in it) and says where.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.root().join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        }
        fs::write(&path, content).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        path
    }

    /// Every file below the root of everything, sorted.
    pub fn files(&self) -> Vec<PathBuf> {
        files_below(self.root())
    }
}

/// Every file below `folder`, sorted.
///
/// # Panics
/// When a folder cannot be read.
pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = fs::read_dir(&folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
        for entry in entries {
            let entry = entry.unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
            let is_folder = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_folder { open.push(entry.path()) } else { found.push(entry.path()) }
        }
    }
    found.sort();
    found
}

impl Output {
    /// Runs a prepared command to its end.
    ///
    /// # Panics
    /// When it cannot be started, prints something that is not UTF-8, or panics inside.
    pub fn of(mut command: Command) -> Self {
        let ended = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
        Self::ended(&command, ended)
    }

    /// What an ended process left.
    ///
    /// # Panics
    /// As [`Output::of`].
    pub fn ended(command: &Command, ended: std::process::Output) -> Self {
        let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy().into_owned()).collect();
        let text = |bytes| String::from_utf8(bytes).unwrap_or_else(|e| panic!("{command:?} printed {e}"));
        let output = Self {
            code: ended.status.code().unwrap_or(-1),
            stdout: text(ended.stdout),
            stderr: text(ended.stderr),
            command: arguments.join(" "),
        };
        assert!(!output.stderr.contains("panicked at"), "a panic got out\n{output}");
        output
    }

    /// Insists on an exit code.
    ///
    /// # Panics
    /// When it is another.
    #[track_caller]
    #[must_use]
    pub fn assert_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "exit code\n{self}");
        self
    }

    /// Standard output as one JSON document, its schema first.
    ///
    /// # Panics
    /// When it is anything else.
    #[track_caller]
    pub fn document(&self) -> Value {
        json::assert_starts_with_schema(&self.stdout, &self.command);
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|e| panic!("standard output is not one document: {e}\n{self}"))
    }
}

impl std::fmt::Display for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let cut = |text: &str| text.chars().take(4000).collect::<String>();
        write!(
            f,
            "$ telemetry {}\nexit {}\n--- stdout\n{}\n--- stderr\n{}",
            cut(&self.command),
            self.code,
            cut(&self.stdout),
            cut(&self.stderr)
        )
    }
}

/// Starts `command` without waiting for it; [`finish`] does.
pub fn start(mut command: Command) -> (Command, Child) {
    match command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn() {
        Ok(child) => (command, child),
        Err(error) => panic!("{command:?} did not start: {error}"),
    }
}

/// Waits for what [`start`] started; it must have exited with 0.
pub fn finish((command, child): (Command, Child)) -> Output {
    match child.wait_with_output() {
        Ok(ended) => Output::ended(&command, ended).assert_code(0),
        Err(error) => panic!("{command:?} was not waited for: {error}"),
    }
}
