//! Little and much: nothing, one event, hosts that say next to nothing, an index of an older version, and so many sessions
//! that a list of them is no page. Never a wrong number, and what is missing is said.

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;

use rusqlite::Connection;
use serde_json::{Value, json};
use telemetry_tests::json::{assert_same, numbers_about};
use telemetry_tests::{Home, Recording};

const NEW_YEAR: i64 = 1_767_225_600_000_000_000;
const SECOND: i64 = 1_000_000_000;

/// A home whose log is these lines.
fn home_of(lines: &str) -> Home {
    let home = Home::new();
    let file = home.file("home/telemetry/log/2026-01-01.jsonl", lines);
    fs::set_permissions(&file, fs::Permissions::from_mode(0o600)).unwrap();
    for folder in file.ancestors().skip(1).take(2) {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).unwrap();
    }
    home
}

/// A line of the log as this version writes it: the head, and what else it says.
fn line(event: &str, id: u64, at: i64, run: Option<u64>, more: &str) -> String {
    let run = run.map(|run| format!(r#","run":"{run:032x}""#)).unwrap_or_default();
    format!(r#"{{"v":1,"event":"{event}","id":"{id:016x}","ts":{at}{run}{more}}}"#) + "\n"
}

fn run_started(run: u64, at: i64) -> String {
    line(
        "run_started",
        run,
        at,
        Some(run),
        &format!(r#","process":"{:032x}","session_id":"s{run}","host":"bare""#, 1),
    )
}

/// Every number that is there is finite and none is below zero; shares are shares.
#[track_caller]
fn assert_sound(document: &Value) {
    for (path, number) in numbers_about(document, "") {
        assert!(number.is_finite() && number >= 0.0, "{path} is {number}");
        if path.ends_with("_coverage") || path.ends_with("/value") || path.ends_with("_rate") {
            assert!(number <= 1.0, "{path} is {number}");
        }
    }
}

fn every_page(home: &Home) {
    for command in ["insights", "runs", "status", "preview", "budget", "insights --by model,outcome --csv"] {
        home.ok(command.split(' '));
    }
    // It may find something, and says so.
    assert!(matches!(home.run(["doctor"]).code, 0 | 1));
}

#[test]
fn nothing_is_nothing() {
    for home in [Home::new(), home_of("")] {
        let insights = home.insights();
        assert_sound(&insights);
        for (path, number) in numbers_about(&insights, "") {
            assert_eq!(number, 0.0, "{path}");
        }
        for rate in [
            "/runs/completion_rate",
            "/turns/failure_rate",
            "/tool_calls/failure_rate",
            "/quality/usage_coverage",
            "/quality/cost_coverage",
            "/cost/total_usd",
            "/cost/estimated_usd",
            "/model_calls/cache_hit_rate",
        ] {
            assert_eq!(insights.pointer(rate), Some(&Value::Null), "{rate} of nothing");
        }
        assert_eq!(home.runs()["runs"], json!([]));
        every_page(&home);
    }
}

/// Each kind of event, alone in a home. No answer counts more than it says, and none fails.
#[test]
fn one_event_alone() {
    let golden = include_str!("../../../telemetry-core/tests/golden/v1.jsonl");
    for event in golden.lines() {
        let home = home_of(&format!("{event}\n"));
        let insights = home.insights();
        assert_sound(&insights);
        let kind = serde_json::from_str::<Value>(event).unwrap()["event"].as_str().unwrap().to_owned();
        let total = |part: &str| insights[part]["total"].as_u64().unwrap();
        assert_eq!(total("model_calls"), u64::from(kind == "model_call"), "{kind}");
        assert_eq!(total("tool_calls"), u64::from(kind == "tool_call"), "{kind}");
        assert_eq!(insights["model_calls"]["failed_attempts"], u64::from(kind == "attempt_failed"), "{kind}");
        assert!(total("runs") <= 1 && total("turns") <= 1, "{kind}: {insights}");
        for run in home.runs()["runs"].as_array().unwrap() {
            assert_ne!(run["outcome"], "completed", "{kind}: one event is no success");
            home.ok(["show", run["run_id"].as_str().unwrap()]);
        }
        every_page(&home);
    }
}

/// What a host must not leave out is there, and nothing else.
#[test]
fn a_host_that_says_next_to_nothing() {
    let (turn, call) = (r#""turn":"00000000000000a1""#, r#""call":"00000000000000c1""#);
    let mut lines = run_started(1, NEW_YEAR);
    lines += &line("turn_started", 2, NEW_YEAR + SECOND, Some(1), &format!(",{turn}"));
    lines += &line("model_call", 0xc1, NEW_YEAR + 2 * SECOND, Some(1), &format!(",{turn},{call}"));
    lines += &line(
        "attempt_failed",
        4,
        NEW_YEAR + 3 * SECOND,
        Some(1),
        &format!(r#",{turn},"call":"00000000000000c2","attempt":0,"class":"unknown","exhausted":false"#),
    );
    lines += &line(
        "tool_call",
        0xd1,
        NEW_YEAR + 4 * SECOND,
        Some(1),
        &format!(r#",{turn},"span":"00000000000000d1","tool":"t","status":"ok""#),
    );
    lines += &line(
        "approval_requested",
        6,
        NEW_YEAR + 5 * SECOND,
        Some(1),
        &format!(r#",{turn},"approval":"00000000000000e1""#),
    );
    let home = home_of(&lines);
    let insights = home.json(["insights", "--json", "--by", "kind", "--by", "provider", "--by", "toolset"]);
    assert_sound(&insights);
    let said = |pointer: &str| insights.pointer(pointer).cloned().unwrap_or_else(|| panic!("no {pointer}"));
    assert_eq!(
        [said("/model_calls/total"), said("/model_calls/failed_attempts"), said("/tool_calls/total")],
        [1, 1, 1]
    );
    // What nobody measured has no distribution, what nobody priced no price, and the page says how much is missing.
    for missing in [
        "/model_calls/latency_ms/n",
        "/model_calls/ttft_ms/n",
        "/tool_calls/duration_ms/n",
        "/approvals/wait_ms/n",
    ] {
        assert_eq!(said(missing), 0, "{missing}");
    }
    assert_eq!([said("/cost/total_usd"), said("/cost/priced_part_usd")], [Value::Null, Value::Null]);
    assert_eq!(said("/cost/unknown_calls"), 1);
    assert_eq!(
        [said("/quality/usage_coverage"), said("/quality/cost_coverage"), said("/quality/ttft_coverage")],
        [0.0, 0.0, 0.0]
    );
    assert_eq!(said("/approvals/by_choice"), json!({ "open": 1 }));
    assert_eq!([said("/by/provider/0/key"), said("/by/toolset/0/key")], ["(unknown)", "(unknown)"]);
    let page = home.ok(["insights"]).stdout;
    assert!(page.contains("no call has usage") && page.contains("no call has a price"), "{page}");
    every_page(&home);
}

/// The tables of the database that versions 1 and 2 made.
const VERSION_2: [&str; 2] = [
    include_str!("../../../telemetry-store/migrations/0001_index.sql"),
    include_str!("../../../telemetry-store/migrations/0002_views.sql"),
];

/// Puts in the place of the index one as version 2 left it, with all rows it would have had.
fn become_version_2(home: &Home) {
    let folder = home.telemetry();
    let (now, old) = (folder.join("telemetry.db"), folder.join("old.db"));
    let database = Connection::open(&old).unwrap();
    VERSION_2.iter().for_each(|step| database.execute_batch(step).unwrap());
    database.execute("ATTACH ?1 AS now", [now.to_str().unwrap()]).unwrap();
    let list = |sql: &str| -> Vec<String> {
        let mut statement = database.prepare(sql).unwrap();
        let rows = statement.query_map([], |row| row.get(0)).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    };
    let tables =
        list("SELECT name FROM main.sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'");
    for table in tables.iter().filter(|table| *table != "tel_schema") {
        let columns = list(&format!("SELECT name FROM pragma_table_info('{table}')")).join(", ");
        database
            .execute_batch(&format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}"))
            .unwrap();
    }
    database
        .execute_batch(
            "CREATE TABLE tel_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL, applied_at TEXT NOT NULL,
                 made INTEGER NOT NULL DEFAULT (random())) STRICT;
             INSERT INTO tel_schema VALUES ('index', 2, datetime('now'), 4711);",
        )
        .unwrap();
    drop(database);
    for end in ["-wal", "-shm"] {
        let _ = fs::remove_file(folder.join(format!("telemetry.db{end}")));
    }
    fs::set_permissions(&old, fs::Permissions::from_mode(0o600)).unwrap();
    fs::rename(old, now).unwrap();
}

/// An index of an older version says what it said, and is no other than it was.
#[test]
fn an_index_of_an_older_version_says_the_same() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    become_version_2(&home);
    assert_same("of version 2", &home.answers(), &before);
    let database = Connection::open(home.telemetry().join("telemetry.db")).unwrap();
    let made: i64 = database.query_row("SELECT made FROM tel_schema", [], |row| row.get(0)).unwrap();
    assert_eq!(made, 4711, "it was brought up to date, not thrown away");
    every_page(&home);
}

/// How many sessions: enough for a list to be no page, and under `TELEMETRY_SOAK` a million.
fn many() -> u64 {
    if std::env::var_os("TELEMETRY_SOAK").is_some() { 1_000_000 } else { 20_000 }
}

/// A line each; answers must not take longer or more memory for each of them than for the groups they come to.
#[test]
fn more_sessions_than_fit_a_page() {
    let mut lines = String::new();
    for run in 1..=many() {
        let at = NEW_YEAR + run as i64 * 1_000;
        lines += &run_started(run, at);
        let turn = format!(r#","turn":"{run:016x}""#);
        let _ = write!(
            lines,
            "{}",
            line(
                "turn_ended",
                run,
                at + 1,
                Some(run),
                &format!(r#"{turn},"completed":true,"interrupted":false"#)
            )
        );
    }
    let home = home_of(&lines);
    let insights = home.insights();
    assert_eq!(insights["runs"]["total"], many());
    assert_eq!(insights["runs"]["by_outcome"], json!({ "completed": many() }));
    let by_session = home.json(["insights", "--json", "--by", "session", "--top", "7"]);
    assert_eq!(by_session["by"]["session"].as_array().unwrap().len(), 7);
    for page in [home.ok(["insights"]).stdout, home.ok(["insights", "--by", "session", "--top", "7"]).stdout]
    {
        assert!(page.lines().count() < 100, "{} lines", page.lines().count());
    }
    assert_eq!(home.runs()["runs"].as_array().unwrap().len() as u64, many());
}
