//! Hosts that write until they are killed (`src/bin/writer.rs`), and what must hold of a home they wrote to.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use rusqlite::types::Value as Cell;
use rusqlite::{Connection, OpenFlags};
use serde_json::{Value, json};
use telemetry_tests::Home;
use telemetry_tests::json::assert_same;

/// A host at work.
pub struct Writer {
    process: Child,
    acknowledged: PathBuf,
}

impl Writer {
    /// Starts one whose sessions begin with `label`, with a pause of so many microseconds after each turn.
    pub fn start(home: &Home, label: &str, pause_us: u64) -> Self {
        let acknowledged = home.root().join(format!("acknowledged-{label}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_writer"));
        command.arg(home.path()).arg(label).arg(&acknowledged).arg(pause_us.to_string());
        command.env("HERMES_MANAGED_DIR", home.root().join("managed"));
        let process = command.stdin(Stdio::piped()).spawn().unwrap();
        Writer { process, acknowledged }
    }

    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Kills it (SIGKILL); what the log had acknowledged by then.
    pub fn kill(mut self) -> BTreeSet<Turn> {
        self.process.kill().unwrap();
        self.process.wait().unwrap();
        self.acknowledged()
    }

    /// Lets it leave in order; what the log had acknowledged, which is all it did.
    pub fn leave(mut self) -> BTreeSet<Turn> {
        drop(self.process.stdin.take());
        let left = self.process.wait().unwrap();
        assert!(left.success(), "{left}");
        self.acknowledged()
    }

    fn acknowledged(&self) -> BTreeSet<Turn> {
        // A host killed before it opened the file has nothing acknowledged.
        let text = fs::read_to_string(&self.acknowledged).unwrap_or_default();
        // The kill may have come in the middle of a line.
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        whole.lines().map(Turn::parse).collect()
    }
}

/// A turn of a writer: its session, and its number, which is also the input tokens of its one model call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Turn {
    pub session: String,
    pub number: i64,
}

impl Turn {
    fn parse(line: &str) -> Self {
        let (session, number) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        Turn { session: session.to_owned(), number: number.parse().unwrap_or_else(|e| panic!("{line}: {e}")) }
    }
}

/// The log as anybody could read it: every whole line that is JSON.
pub struct Log {
    lines: Vec<Value>,
}

impl Log {
    pub fn of(home: &Home) -> Self {
        let mut lines = Vec::new();
        for entry in fs::read_dir(home.telemetry().join("log")).into_iter().flatten() {
            let text = fs::read(entry.unwrap().path()).unwrap();
            lines.extend(
                text.split(|byte| *byte == b'\n').filter_map(|line| serde_json::from_slice(line).ok()),
            );
        }
        Log { lines }
    }

    fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.lines.iter().filter(move |line| line["event"] == kind)
    }

    /// Every acknowledged turn is there once: its one answer, its one tool and its one end.
    pub fn holds_once(&self, acknowledged: &BTreeSet<Turn>) {
        let sessions: BTreeMap<&str, &str> = self
            .of_kind("run_started")
            .filter_map(|line| Some((line["run"].as_str()?, line["session_id"].as_str()?)))
            .collect();
        let mut turns: BTreeMap<Turn, Vec<&str>> = BTreeMap::new();
        for call in self.of_kind("model_call") {
            // A recorded day of another host is not what is asked about.
            let Some(session) = call["run"].as_str().and_then(|run| sessions.get(run)) else { continue };
            let Some(number) = call["usage"]["input_tokens"].as_i64() else { continue };
            let turn = Turn { session: (*session).to_owned(), number };
            turns.entry(turn).or_default().push(call["turn"].as_str().unwrap());
        }
        let count = |kind: &str| {
            let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
            for line in self.of_kind(kind) {
                *counts.entry(line["turn"].as_str().unwrap()).or_default() += 1;
            }
            counts
        };
        let (tools, ends) = (count("tool_call"), count("turn_ended"));
        for turn in acknowledged {
            let calls = turns.get(turn).map_or(&[][..], Vec::as_slice);
            let [span] = calls else { panic!("{turn:?} is there {} times", calls.len()) };
            let found = (tools.get(span).copied(), ends.get(span).copied());
            assert_eq!(found, (Some(1), Some(1)), "tools and ends of {turn:?}");
        }
    }

    /// What each run must have come to when its host was killed: the outcome of its last turn.
    fn outcomes(&self) -> BTreeMap<String, [Value; 2]> {
        let ended: BTreeSet<&str> =
            self.of_kind("turn_ended").filter_map(|line| line["turn"].as_str()).collect();
        let mut last: BTreeMap<&str, (i64, &str)> = BTreeMap::new();
        for line in self.of_kind("turn_started") {
            let (run, at, turn) =
                (&line["run"], line["ts"].as_i64().unwrap(), line["turn"].as_str().unwrap());
            let entry = last.entry(run.as_str().unwrap()).or_insert((at, turn));
            *entry = (*entry).max((at, turn));
        }
        let outcome = |run: &str| match last.get(run) {
            Some((_, turn)) if ended.contains(turn) => [json!("completed"), json!(null)],
            Some(_) => [json!("unknown"), json!("process_lost")],
            None => [json!("unknown"), json!("empty")],
        };
        let runs = self.of_kind("run_started").filter_map(|line| line["run"].as_str());
        runs.map(|run| (run.to_owned(), outcome(run))).collect()
    }
}

/// The runs of hosts that are all gone are closed, each as the log says.
pub fn assert_runs_are_closed(home: &Home) {
    let document = home.runs();
    let runs = document["runs"].as_array().unwrap();
    let found: BTreeMap<String, [Value; 2]> = runs
        .iter()
        .map(|run| {
            (run["run_id"].as_str().unwrap().to_owned(), [run["outcome"].clone(), run["reason"].clone()])
        })
        .collect();
    assert_same("outcomes", &json!(found), &json!(Log::of(home).outcomes()));
}

/// The index, row for row, is what a new one made from the same log is.
pub fn assert_index_is_the_log(home: &Home) {
    let live = rows(home);
    let anew = Home::new();
    let log = anew.telemetry().join("log");
    fs::create_dir_all(&log).unwrap();
    for entry in fs::read_dir(home.telemetry().join("log")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, log.join(path.file_name().unwrap())).unwrap();
    }
    let expected = rows(&anew);
    let only = |these: &BTreeMap<String, usize>, those: &BTreeMap<String, usize>| {
        let differ = these.iter().filter(|(row, count)| those.get(*row) != Some(count));
        differ.take(20).map(|(row, count)| format!("{count} x {row}\n")).collect::<String>()
    };
    assert!(
        live == expected,
        "only in the index:\n{}only in one made anew:\n{}",
        only(&live, &expected),
        only(&expected, &live)
    );
}

/// Every row of every table an analyst sees, with how often it is there, and the lines that could not be read.
fn rows(home: &Home) -> BTreeMap<String, usize> {
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE name LIKE 'tel\\_%' ESCAPE '\\' AND type = 'view'";
    let quality = home.insights()["quality"].take();
    let path = home.telemetry().join("telemetry.db");
    let database = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    let mut names = database.prepare(TABLES).unwrap();
    let names: Vec<String> = names.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(names.len() > 10, "{names:?}");
    let mut all = BTreeMap::from([(quality.to_string(), 1)]);
    for name in names {
        let mut rows = database.prepare(&format!("SELECT * FROM {name}")).unwrap();
        let columns = rows.column_count();
        let mut rows = rows.query([]).unwrap();
        while let Some(row) = rows.next().unwrap() {
            let cells: Vec<Cell> = (0..columns).map(|column| row.get(column).unwrap()).collect();
            *all.entry(format!("{name} {cells:?}")).or_default() += 1;
        }
    }
    all
}
