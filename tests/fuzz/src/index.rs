//! Any bytes, as a log.

use std::fs;
use std::path::PathBuf;

use rusqlite::Connection;
use rusqlite::types::Value;
use telemetry_core::source::Source as _;
use telemetry_store::index::Index;
use telemetry_store::insights::{self, Window};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;
use tempfile::TempDir;

/// Any bytes can be indexed and asked about; what is indexed in two steps, as the file grows, is the same as what is indexed
/// at once; what is in the log twice is in the index once.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    thread_local!(static WORLD: World = World::new());
    WORLD.with(|world| world.holds(input));
}

struct World {
    root: TempDir,
    log: PathBuf,
}

impl World {
    fn new() -> Self {
        // In memory where there is such a place: an input is a file.
        let root = TempDir::new_in("/dev/shm").or_else(|_| TempDir::new());
        let root = root.unwrap_or_else(|error| panic!("a temporary folder: {error}"));
        let folder = must("a log", Layout::of(root.path()).create_log());
        World { log: folder.join("2026-01-01.jsonl"), root }
    }

    fn holds(&self, input: &[u8]) {
        let whole = [input, b"\n"].concat();
        let mut index = self.empty();
        self.catch_up(&mut index, &whole);
        ask(&Layout::of(self.root.path()), index.connection());
        let at_once = rows(index.connection());

        let mut index = self.empty();
        self.catch_up(&mut index, &whole[..whole.len() / 2]);
        self.catch_up(&mut index, &whole);
        same("in two steps", &rows(index.connection()), &at_once);

        self.catch_up(&mut index, &[&whole[..], &whole].concat());
        same("twice over", &rows(index.connection()), &at_once);
        let read = must("reading", LogReader::new(Layout::of(self.root.path())).read(&mut |_| true));
        assert!(read.duplicates >= read.events, "the second half is nothing new: {read:?}");
    }

    fn empty(&self) -> Index {
        must("an index in memory", Index::in_memory(Layout::of(self.root.path())))
    }

    fn catch_up(&self, index: &mut Index, log: &[u8]) {
        must("a log", fs::write(&self.log, log));
        assert!(must("catching up", index.catch_up(None)).complete);
    }
}

fn must<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> T {
    result.unwrap_or_else(|error| panic!("{what}: {error}"))
}

/// Every question there is.
fn ask(layout: &Layout, connection: &Connection) {
    let always = Window::default();
    must(
        "insights",
        insights::insights(connection, &insights::Question::page(always, insights::TimeZone::UTC)),
    );
    must("volumes", insights::volumes(layout, connection));
    must("health", insights::health(connection, 0));
    for run in must("runs", insights::runs(connection, always)) {
        must("a run", insights::run_detail(connection, run));
    }
}

/// Everything an analyst can see, in an order of its own.
fn rows(connection: &Connection) -> Vec<String> {
    const VIEWS: [&str; 14] = [
        "tel_runs",
        "tel_turns",
        "tel_spans",
        "tel_model_calls",
        "tel_attempts",
        "tel_tool_calls",
        "tel_approvals",
        "tel_subagents",
        "tel_gateway_events",
        "tel_cron_events",
        "tel_skill_events",
        "tel_memory_events",
        "tel_feedback_events",
        "tel_error_events",
    ];
    let mut all = Vec::new();
    for view in VIEWS {
        let mut statement = must(view, connection.prepare_cached(&format!("SELECT * FROM {view}")));
        let columns = statement.column_count();
        let shown = statement.query_map([], |row| {
            let cells: rusqlite::Result<Vec<Value>> = (0..columns).map(|column| row.get(column)).collect();
            Ok(format!("{view} {:?}", cells?))
        });
        all.extend(must(view, shown).map(|row| must(view, row)));
    }
    all.sort_unstable();
    all
}

fn same(what: &str, found: &[String], expected: &[String]) {
    if found != expected {
        let only = |these: &[String], those: &[String]| {
            these.iter().filter(|row| !those.contains(row)).cloned().collect::<Vec<_>>().join("\n")
        };
        panic!("{what}:\n{}\nand not\n{}", only(found, expected), only(expected, found));
    }
}
