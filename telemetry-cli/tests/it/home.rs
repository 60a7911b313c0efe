//! A fixed home, and asking it.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

/// The recorded sessions the home is made of: each way to end, retries, an approval, subagents in subagents.
const RECORDINGS: [&str; 14] = [
    "always429",
    "compress_rotate",
    "cron",
    "flaky500",
    "h401",
    "interactive_approval",
    "interactive_ctrlc",
    "interactive_new",
    "loop_maxturns",
    "nested_inline",
    "resume",
    "sigkill",
    "tool",
    "toolerr",
];

/// A time zone, so that output is the same on every machine.
const CONFIG: &str = "telemetry:\n  timezone: UTC\n";

/// A home that goes away with it.
pub struct Home {
    folder: tempfile::TempDir,
}

/// What a command answered.
#[derive(Debug, PartialEq, Eq)]
pub struct Answer {
    pub code: u8,
    pub out: String,
    pub err: String,
}

/// The fixed home. Nobody writes to it.
pub static RECORDED: LazyLock<Home> = LazyLock::new(|| {
    let home = Home::empty();
    let files: Vec<String> = RECORDINGS.iter().map(|name| recording(name).display().to_string()).collect();
    let words: Vec<&str> = ["replay"].into_iter().chain(files.iter().map(String::as_str)).collect();
    let answer = home.ask(&words);
    assert_eq!((answer.code, answer.err.as_str()), (0, ""), "{}", answer.out);
    home
});

impl Home {
    /// A home with a config and nothing recorded.
    pub fn empty() -> Self {
        let home = Home { folder: tempfile::tempdir().unwrap() };
        std::fs::create_dir(home.path()).unwrap();
        std::fs::write(home.path().join("config.yaml"), CONFIG).unwrap();
        home
    }

    /// Where it is.
    pub fn path(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// A folder beside it, for files of a test.
    pub fn beside(&self) -> &Path {
        self.folder.path()
    }

    /// Asks `telemetry` about this home.
    pub fn ask(&self, words: &[&str]) -> Answer {
        let home = self.path().display().to_string();
        let line: Vec<&str> = ["telemetry"].iter().chain(words).copied().chain(["--home", &home]).collect();
        let mut answer = ask(&line);
        for text in [&mut answer.out, &mut answer.err] {
            *text = self.fixed(text);
        }
        answer
    }

    /// `text` without what differs between machines and runs: paths, the system's name, the install id, and the tags of
    /// placeholders.
    pub fn fixed(&self, text: &str) -> String {
        let minted = std::fs::read_to_string(self.path().join("telemetry/install_id")).unwrap_or_default();
        let text = match minted.trim() {
            "" => text.to_owned(),
            id => text.replace(id, "b1946ac9-2492-4d23-97c1-8b1d4e2a7f01"),
        };
        let text = text.replace(&self.path().display().to_string(), "~/.hermes");
        let text = text.replace(&format!("{}/", self.beside().display()), "");
        with_one_tag(&text.replace(&format!(", {}\n", std::env::consts::OS), ", linux\n"))
    }
}

/// `text` with the same tag in every placeholder of a secret: they are made with a key that is new in each run.
fn with_one_tag(text: &str) -> String {
    let mut parts = text.split("[REDACTED:");
    let mut fixed = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (kind, rest) = part.split_once(':').unwrap_or((part, ""));
        fixed += &format!("[REDACTED:{kind}:h4f2{}", rest.get(4..).unwrap_or_default());
    }
    fixed
}

/// `text` without sizes on disk, which depend on the version of SQLite.
pub fn without_sizes(text: &str) -> String {
    let mut fixed = String::with_capacity(text.len());
    for line in text.split_inclusive('\n') {
        if line.starts_with("on disk ") {
            let digits = |word: &&str| word.starts_with(|c: char| c.is_ascii_digit());
            let words: Vec<&str> = line.split_inclusive(' ').collect();
            for (at, word) in words.iter().enumerate() {
                let units = ["bytes", "kB", "MB"];
                let is_unit = |next: &&str| units.iter().any(|unit| next.starts_with(unit));
                let is_size = digits(word) && words.get(at + 1).is_some_and(is_unit);
                fixed.push_str(if is_size { "N " } else { word });
            }
        } else if let Some((before, _)) = line.split_once("_bytes\": ") {
            fixed.push_str(&format!("{before}_bytes\": 0,\n"));
        } else {
            fixed.push_str(line);
        }
    }
    fixed
}

/// Asks `telemetry` with these words, its own name first.
pub fn ask(line: &[&str]) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = telemetry_cli::run_from(line, &mut telemetry_cli::Streams::new(&mut out, &mut err));
    Answer { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

/// A recording's file.
pub fn recording(name: &str) -> PathBuf {
    repository().join(format!("tests/fixtures/recordings/hermes/{name}.jsonl"))
}

/// The top of the repository.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}
