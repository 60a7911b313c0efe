//! `telemetry tail` while others write.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use telemetry_tests::{Home, Recording};

/// Nothing takes so long that is not stuck.
const STUCK: Duration = Duration::from_secs(60);

/// A `tail` that runs, and what it prints.
struct Tail {
    child: Child,
    lines: Receiver<String>,
}

impl Tail {
    fn of(home: &Home, words: &[&str]) -> Self {
        let mut command = home.command([&["tail", "--lines", "1000"], words].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let out = BufReader::new(child.stdout.take().unwrap());
        let (sender, lines) = channel();
        std::thread::spawn(move || {
            for line in out.lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Tail { child, lines }
    }

    /// The lines up to the one that holds `part`.
    fn until(&self, part: &str) -> Vec<String> {
        let mut seen = Vec::new();
        loop {
            match self.lines.recv_timeout(STUCK) {
                Ok(line) => seen.push(line),
                Err(error) => panic!("no line with {part:?}: {error}; {seen:#?}"),
            }
            if seen.last().is_some_and(|line| line.contains(part)) {
                return seen;
            }
        }
    }

    fn signal(&self, name: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", name, &id]).status().unwrap().success());
    }

    /// Waits for its end; what it was, and what it said on standard error.
    fn end(mut self) -> (ExitStatus, String) {
        let until = Instant::now() + STUCK;
        while self.child.try_wait().unwrap().is_none() {
            assert!(Instant::now() < until, "it does not end");
            std::thread::yield_now();
        }
        let ended = self.child.wait_with_output().unwrap();
        (ended.status, String::from_utf8(ended.stderr).unwrap())
    }
}

/// A line of the log with this id, at a moment of 2026.
fn line(id: u64, at: &str) -> String {
    let ns: i64 = match at {
        "before midnight" => 1_767_311_999_900_000_000,
        "after midnight" => 1_767_312_000_100_000_000,
        other => panic!("{other}"),
    };
    format!("{{\"v\":1,\"event\":\"feedback\",\"id\":\"{id:016x}\",\"ts\":{ns},\"kind\":\"{at}\"}}\n")
}

fn append(home: &Home, day: &str, text: &str) {
    use std::io::Write as _;
    let folder = home.telemetry().join("log");
    fs::create_dir_all(&folder).unwrap();
    let mut options = fs::OpenOptions::new();
    let mut file = options.append(true).create(true).open(folder.join(format!("{day}.jsonl"))).unwrap();
    file.write_all(text.as_bytes()).unwrap();
}

#[test]
fn it_waits_for_a_log_and_shows_what_another_process_writes() {
    let home = Home::new();
    let tail = Tail::of(&home, &[]);
    home.replay([&Recording::named("tool")]);
    let shown = tail.until("process_ended");
    let kinds: Vec<&str> = shown.iter().filter_map(|line| line.split_whitespace().nth(2)).collect();
    let expected = [
        "process_started",
        "run_started",
        "turn_started",
        "model_call",
        "tool_call",
        "model_call",
        "turn_ended",
        "run_ended",
        "process_ended",
    ];
    assert_eq!(kinds, expected);

    // Another recording, appended to the same day.
    home.replay([&Recording::named("h401")]);
    assert!(tail.until("process_ended").iter().any(|line| line.ends_with(" auth")));
    tail.signal("INT");
    let (status, said) = tail.end();
    assert_eq!(said, "");
    assert!(!status.success());
}

#[test]
fn it_goes_over_midnight_and_on_after_files_that_were_cut_or_replaced() {
    let home = Home::new();
    let tail = Tail::of(&home, &["--json"]);
    append(&home, "2026-01-01", &line(1, "before midnight"));
    tail.until("0000000000000001");
    append(&home, "2026-01-02", &line(2, "after midnight"));
    tail.until("0000000000000002");
    // A process that is late.
    append(&home, "2026-01-01", &line(3, "before midnight"));
    assert_eq!(tail.until("0000000000000003").len(), 1);

    let today = home.telemetry().join("log/2026-01-02.jsonl");
    let fresh = home.file("fresh.jsonl", line(4, "after midnight"));
    fs::rename(fresh, &today).unwrap();
    assert_eq!(tail.until("0000000000000004").len(), 1);
    fs::remove_dir_all(home.telemetry()).unwrap();
    append(&home, "2026-01-02", &line(5, "after midnight"));
    assert_eq!(tail.until("0000000000000005").len(), 1);
    tail.signal("TERM");
    assert_eq!(tail.end().1, "");
}

#[test]
fn a_torn_or_foreign_line_costs_itself_and_every_line_is_a_document() {
    let home = Home::new();
    let tail = Tail::of(&home, &["--json"]);
    let (first, second) = (line(1, "before midnight"), line(2, "before midnight"));
    let (begin, end) = first.split_at(30);
    append(&home, "2026-01-01", begin);
    append(&home, "2026-01-02", &line(9, "after midnight"));
    // It has looked: what is not whole was not shown.
    assert_eq!(tail.until("0000000000000009").len(), 1);
    append(&home, "2026-01-01", end);
    append(&home, "2026-01-01", &format!("no event\n{{\"v\":1,\"ev\n{second}"));
    let shown = tail.until("0000000000000002");
    assert_eq!(shown, [first.trim_end(), second.trim_end()]);
    tail.signal("TERM");
    assert_eq!(tail.end().1, "");
}

/// The index is not looked at.
#[test]
fn it_needs_no_index() {
    let home = Home::with([&Recording::named("tool")]);
    let before = home.ok(["tail", "--no-follow"]).stdout;
    for name in ["telemetry.db", "telemetry.db-wal", "telemetry.db-shm"] {
        let _ = fs::remove_file(home.telemetry().join(name));
    }
    fs::create_dir(home.telemetry().join("telemetry.db")).unwrap();
    let after = home.ok(["tail", "--no-follow"]);
    assert_eq!((after.stdout, after.stderr), (before, String::new()));
}

/// `telemetry tail | head -1`: no failure, nothing said, and no waiting for an event that may never come.
#[cfg(unix)]
#[test]
fn it_ends_when_its_reader_leaves() {
    let home = Home::with([&Recording::named("tool")]);
    let mut command = home.command(["tail"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    assert_eq!(first, "2026-01-01\n");
    let lines = channel().1;
    let (status, said) = Tail { child, lines }.end();
    assert_eq!((status.code(), said.as_str()), (Some(0), ""));
}
