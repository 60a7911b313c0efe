//! How far something is that takes longer than a second: one line on a terminal, and nothing where nobody looks. What is slow here is who
//! writes what is read, or reads what is written, so these tests wait for the line and for no time.

use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use telemetry_tests::{Home, Recording, binary};

/// Nothing takes so long that is not stuck.
const STUCK: Duration = Duration::from_secs(90);
/// Between two pieces.
const PAUSE: Duration = Duration::from_millis(20);

/// A pipe with a name.
fn fifo(home: &Home, name: &str) -> PathBuf {
    let path = home.root().join(name);
    assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
    path
}

/// A shell command on a terminal, and what is written to that.
struct Terminal {
    child: Child,
    written: Receiver<Vec<u8>>,
    all: String,
}

impl Terminal {
    fn of(home: &Home, words: &str) -> Self {
        let line = format!("{} {words}", binary::telemetry().display());
        let mut command = Command::new("script");
        command.args(["-qefc", &line, "/dev/null"]).env("HERMES_MANAGED_DIR", home.root().join("managed"));
        let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
        let (sender, written) = channel();
        let mut out = child.stdout.take().unwrap();
        std::thread::spawn(move || {
            let mut bytes = [0; 4096];
            while let Ok(read @ 1..) = out.read(&mut bytes) {
                if sender.send(bytes[..read].to_vec()).is_err() {
                    return;
                }
            }
        });
        Terminal { child, written, all: String::new() }
    }

    /// Whether it shows `text` by now; waits a moment for it.
    fn shows(&mut self, text: &str) -> bool {
        while let Ok(bytes) = self.written.recv_timeout(PAUSE) {
            self.all.push_str(&String::from_utf8_lossy(&bytes));
        }
        self.all.contains(text)
    }

    /// All that was written to it, once it has ended well.
    fn end(mut self) -> String {
        assert!(self.child.wait().unwrap().success(), "{}", self.all);
        for bytes in self.written {
            self.all.push_str(&String::from_utf8_lossy(&bytes));
        }
        self.all
    }
}

/// The line is drawn over, and gone at the end.
fn is_wiped(all: &str) {
    let (_, after) = all.rsplit_once("\r\x1b[K").unwrap();
    assert!(!after.contains("MB/s"), "{all:?}");
}

#[test]
fn a_replay_tells_a_terminal_how_much_it_has_read() {
    let (home, unwatched) = (Home::new(), Home::new());
    let recorded = fs::read_to_string(Recording::folder().join("plain.jsonl")).unwrap();
    let (watched_file, unwatched_file) = (fifo(&home, "watched"), fifo(&unwatched, "unwatched"));
    let words = format!("replay {} --home {}", watched_file.display(), home.path().display());
    let mut terminal = Terminal::of(&home, &words);
    let mut command = unwatched.command([Path::new("replay"), &unwatched_file]);
    let unwatched_child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let write = |path: &Path| OpenOptions::new().write(true).open(path).unwrap();
    let mut files = [write(&watched_file), write(&unwatched_file)];
    let until = Instant::now() + STUCK;
    // The same once more is nothing new.
    while !terminal.shows("replaying  [") {
        assert!(Instant::now() < until, "nothing is shown: {:?}", terminal.all);
        files.iter_mut().for_each(|file| file.write_all(recorded.as_bytes()).unwrap());
    }
    drop(files);
    let all = terminal.end();
    assert!(all.contains(" MB/s"), "{all:?}");
    is_wiped(&all);
    let ended = unwatched_child.wait_with_output().unwrap();
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
    assert!(!String::from_utf8(ended.stdout).unwrap().contains('\r'));
}

#[test]
fn an_export_tells_a_terminal_how_much_it_has_read() {
    const EVENTS: usize = 40_000;
    let home = Home::new();
    let log = home.telemetry().join("log");
    fs::create_dir_all(&log).unwrap();
    let lines = (0..EVENTS).fold(String::new(), |mut lines, number| {
        let ts = 1_767_225_600_000_000_000 + number;
        writeln!(
            lines,
            r#"{{"v":1,"event":"future","id":"{number:016x}","ts":{ts},"more":"{}"}}"#,
            "x".repeat(100)
        )
        .unwrap();
        lines
    });
    let megabytes = lines.len() as f64 / 1e6;
    fs::write(log.join("2026-01-01.jsonl"), lines).unwrap();
    let out = fifo(&home, "out");
    let words = format!("export --out - --home {} >{}", home.path().display(), out.display());
    let mut terminal = Terminal::of(&home, &words);
    let mut exported = File::open(&out).unwrap();
    let (mut piece, mut lines) = ([0; 32 << 10], 0);
    let mut read = |exported: &mut File| {
        let read = exported.read(&mut piece).unwrap();
        lines += piece[..read].iter().filter(|byte| **byte == b'\n').count();
        read
    };
    while !terminal.shows("exporting  [") {
        assert!(read(&mut exported) > 0, "it has ended, and nothing was shown: {:?}", terminal.all);
    }
    while read(&mut exported) > 0 {}
    let all = terminal.end();
    assert!(all.contains(&format!(" of {megabytes:.0} MB, ")), "{all:?}");
    is_wiped(&all);
    assert_eq!(lines, EVENTS);
}
