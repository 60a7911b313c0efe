//! Hosts that write until they are killed (`src/bin/writer.rs`), and what must hold of a home they wrote to.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
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
        Self::started(home, label, pause_us, None, None)
    }

    /// The same with a destination that writes the list `delivered`.
    pub fn delivering(home: &Home, label: &str, pause_us: u64, delivered: &Path) -> Self {
        Self::started(home, label, pause_us, Some(delivered), None)
    }

    /// One with a variable of the environment.
    pub fn with(home: &Home, label: &str, pause_us: u64, variable: (&str, &str)) -> Self {
        Self::started(home, label, pause_us, None, Some(variable))
    }

    fn started(
        home: &Home,
        label: &str,
        pause_us: u64,
        delivered: Option<&Path>,
        variable: Option<(&str, &str)>,
    ) -> Self {
        let acknowledged = home.root().join(format!("acknowledged-{label}"));
        let mut command = Command::new(env!("CARGO_BIN_EXE_writer"));
        command.arg(home.path()).arg(label).arg(&acknowledged).arg(pause_us.to_string()).args(delivered);
        command.env("HERMES_MANAGED_DIR", home.root().join("managed")).envs(variable);
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

/// The log as anybody could read it, every whole line that is JSON, reduced to what is asked here: that of an hour is large.
#[derive(Default)]
pub struct Log {
    /// The session of each run.
    sessions: BTreeMap<String, String>,
    /// The turns whose model calls read so many tokens, by run.
    calls: HashMap<(String, i64), Vec<String>>,
    /// How many tools and ends each turn has.
    tools: HashMap<String, usize>,
    ends: HashMap<String, usize>,
    /// The turn of each run that began last, and when.
    last: HashMap<String, (i64, String)>,
}

impl Log {
    pub fn of(home: &Home) -> Self {
        let mut log = Log::default();
        for entry in fs::read_dir(home.telemetry().join("log")).into_iter().flatten() {
            for line in BufReader::new(File::open(entry.unwrap().path()).unwrap()).split(b'\n') {
                if let Ok(line) = serde_json::from_slice(&line.unwrap()) {
                    log.take(&line);
                }
            }
        }
        log
    }

    fn take(&mut self, line: &Value) {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let (run, turn) = (text("run"), text("turn"));
        match line["event"].as_str() {
            Some("run_started") => drop(self.sessions.insert(run, text("session_id"))),
            Some("turn_started") => {
                let begun = (line["ts"].as_i64().unwrap(), turn);
                let last = self.last.entry(run).or_default();
                *last = std::mem::take(last).max(begun);
            }
            Some("model_call") => {
                let number = line["usage"]["input_tokens"].as_i64().unwrap();
                self.calls.entry((run, number)).or_default().push(turn);
            }
            Some("tool_call") => *self.tools.entry(turn).or_default() += 1,
            Some("turn_ended") => *self.ends.entry(turn).or_default() += 1,
            _ => {}
        }
    }

    /// Every acknowledged turn is there once: its one answer, its one tool and its one end.
    pub fn holds_once(&self, acknowledged: &BTreeSet<Turn>) {
        let runs: HashMap<&str, &str> =
            self.sessions.iter().map(|(run, session)| (session.as_str(), run.as_str())).collect();
        assert_eq!(runs.len(), self.sessions.len(), "no session ran in two processes");
        for turn in acknowledged {
            let run = runs.get(turn.session.as_str()).copied().unwrap_or_default();
            let calls = self.calls.get(&(run.to_owned(), turn.number)).map_or(&[][..], Vec::as_slice);
            let [span] = calls else { panic!("{turn:?} is there {} times", calls.len()) };
            let found = (self.tools.get(span).copied(), self.ends.get(span).copied());
            assert_eq!(found, (Some(1), Some(1)), "tools and ends of {turn:?}");
        }
    }

    /// What each run must have come to when its host was killed: the outcome of its last turn.
    fn outcomes(&self) -> BTreeMap<&str, [Value; 2]> {
        let outcome = |run: &str| match self.last.get(run) {
            Some((_, turn)) if self.ends.contains_key(turn) => [json!("completed"), json!(null)],
            Some(_) => [json!("unknown"), json!("process_lost")],
            None => [json!("unknown"), json!("empty")],
        };
        self.sessions.keys().map(|run| (run.as_str(), outcome(run))).collect()
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
    const TABLES: &str =
        "SELECT name FROM sqlite_schema WHERE name LIKE 'tel\\_%' ESCAPE '\\' AND type = 'view'";
    let anew = Home::new();
    let log = anew.telemetry().join("log");
    fs::create_dir_all(&log).unwrap();
    let quality = home.insights()["quality"].take();
    for entry in fs::read_dir(home.telemetry().join("log")).unwrap() {
        let path = entry.unwrap().path();
        fs::copy(&path, log.join(path.file_name().unwrap())).unwrap();
    }
    assert_same("losses", &quality, &anew.insights()["quality"]);

    let path = |home: &Home| home.telemetry().join("telemetry.db").to_str().unwrap().to_owned();
    let database = Connection::open_with_flags(path(home), OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
    database.execute("ATTACH ?1 AS anew", [path(&anew)]).unwrap();
    let mut tables = database.prepare(TABLES).unwrap();
    let tables: Vec<String> = tables.query_map([], |row| row.get(0)).unwrap().map(Result::unwrap).collect();
    assert!(tables.len() > 10, "{tables:?}");
    for table in tables {
        let rows = |of: &str| -> i64 {
            database.query_row(&format!("SELECT count(*) FROM {of}.{table}"), [], |row| row.get(0)).unwrap()
        };
        assert_eq!(rows("main"), rows("anew"), "rows of {table}");
        for (these, those) in [("main", "anew"), ("anew", "main")] {
            let only = format!("SELECT * FROM {these}.{table} EXCEPT SELECT * FROM {those}.{table} LIMIT 20");
            assert_eq!(cells(&database, &only), [] as [Vec<Cell>; 0], "only in {these}.{table}");
        }
    }
}

fn cells(database: &Connection, query: &str) -> Vec<Vec<Cell>> {
    let mut statement = database.prepare(query).unwrap_or_else(|e| panic!("{query}: {e}"));
    let columns = statement.column_count();
    let rows = statement.query_map([], |row| (0..columns).map(|column| row.get(column)).collect()).unwrap();
    rows.map(Result::unwrap).collect()
}
