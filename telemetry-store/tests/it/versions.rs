//! Two versions at once: databases that are older or newer than this program, and lines of both in one log.

use rusqlite::Connection;
use telemetry_core::cost::Prices;
use telemetry_store::error::StoreError;
use telemetry_store::index::{Index, Patience, SCHEMA_VERSION};
use telemetry_store::insights::{Question, RunSummary, TimeZone, Window, insights, runs};

use super::{Home, home, run};

fn open(home: &Home) -> Index {
    Index::open(home.layout.clone(), Patience::Person).unwrap()
}

fn caught_up(index: &mut Index) -> Vec<RunSummary> {
    index.catch_up(None).unwrap();
    runs(index.connection(), Window::default()).unwrap()
}

fn version(connection: &Connection) -> i64 {
    connection.query_row("SELECT version FROM tel_schema", [], |row| row.get(0)).unwrap()
}

/// What a version to come may do: columns and a table of its own, and another version.
fn become_newer(connection: &Connection) {
    let tables =
        ["run", "turn", "process", "model_call", "attempt_failed", "tool_call", "endpoint", "feedback_event"];
    for table in tables {
        let add = format!("ALTER TABLE {table} ADD COLUMN from_the_future TEXT DEFAULT 'kept'");
        connection.execute_batch(&add).unwrap();
    }
    connection.execute_batch("CREATE TABLE future (a, b); UPDATE tel_schema SET version = 99").unwrap();
}

/// Puts a database in its place as an older version would have made it of the same log.
pub fn become_older(home: &Home, version: usize) {
    const STEPS: [&str; SCHEMA_VERSION] = [
        include_str!("../../migrations/0001_index.sql"),
        include_str!("../../migrations/0002_views.sql"),
        include_str!("../../migrations/0003_prices.sql"),
        include_str!("../../migrations/0005_columns.sql"),
        include_str!("../../migrations/0006_budgets.sql"),
    ];
    let (path, now) = (home.layout.database(), home.layout.database().with_extension("now"));
    std::fs::rename(&path, &now).unwrap();
    let old = Connection::open(&path).unwrap();
    old.pragma_update(None, "foreign_keys", false).unwrap();
    for step in &STEPS[..version] {
        old.execute_batch(step).unwrap();
    }
    old.execute_batch(&format!(
        "CREATE TABLE tel_schema (component TEXT PRIMARY KEY, version INTEGER NOT NULL, applied_at TEXT NOT NULL,
                                  made INTEGER NOT NULL DEFAULT (random())) STRICT;
         ATTACH '{}' AS now",
        now.display()
    ))
    .unwrap();
    let columns = "SELECT t.name, group_concat(c.name) FROM main.sqlite_schema AS t, pragma_table_xinfo(t.name, 'main') AS c
                   WHERE t.type = 'table' AND c.hidden = 0 GROUP BY 1";
    let columns: Vec<(String, String)> = old
        .prepare(columns)
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    for (table, columns) in columns {
        let copy = format!("INSERT INTO main.{table} ({columns}) SELECT {columns} FROM now.{table}");
        old.execute_batch(&copy).unwrap();
    }
    old.execute("UPDATE main.tel_schema SET version = ?1", [version as i64]).unwrap();
}

#[test]
fn an_older_database_is_brought_up_to_date_and_keeps_what_it_knew() {
    for version_before in 1..SCHEMA_VERSION {
        let home = home();
        home.write(&run(1, "s", true));
        let before = caught_up(&mut open(&home));
        become_older(&home, version_before);

        let mut index = open(&home);
        assert_eq!(version(index.connection()), SCHEMA_VERSION as i64);
        assert_eq!(caught_up(&mut index), before);
        home.write(&run(2, "t", true));
        assert_eq!(caught_up(&mut index).len(), 2);
    }
}

#[test]
fn a_newer_database_is_written_read_and_left_as_it_is() {
    let home = home();
    home.write(&run(1, "s", true));
    let mut index = open(&home);
    caught_up(&mut index);
    become_newer(index.connection());
    drop(index);

    home.write(&run(2, "t", true));
    let mut index = open(&home);
    let found = caught_up(&mut index);
    assert_eq!(found.iter().map(|run| (run.turns, run.model_calls)).collect::<Vec<_>>(), [(1, 1), (1, 1)]);
    assert_eq!(
        insights(index.connection(), &Question::page(Window::default(), TimeZone::UTC))
            .unwrap()
            .model_calls
            .tokens
            .total(),
        24
    );
    assert_eq!(version(index.connection()), 99);
    let kept: i64 = index
        .connection()
        .query_row("SELECT count(*) FROM model_call WHERE from_the_future = 'kept'", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 2);
    assert!(matches!(Index::rebuild(&home.layout, Prices::default(), &mut |_| {}), Err(StoreError::Newer)));
    assert_eq!(version(index.connection()), 99);
}

/// A host that has been running since before the update.
#[test]
fn an_index_that_is_open_while_a_newer_version_changes_it_goes_on() {
    let home = home();
    home.write(&run(1, "s", true));
    let mut old = open(&home);
    caught_up(&mut old);
    become_newer(&Connection::open(home.layout.database()).unwrap());
    home.write(&run(2, "t", true));
    assert_eq!(caught_up(&mut old).len(), 2);
    assert_eq!(version(old.connection()), 99);
}

#[test]
fn lines_of_other_versions_stand_between_ours() {
    let home = home();
    let ours = run(1, "s", true);
    home.write(&ours[..2]);
    let head = |version: u32, event: &str, id: u8| {
        format!(
            r#"{{"v":{version},"event":"{event}","id":"{id:016x}","ts":{},"run":"{}""#,
            ours[2].ts.0,
            ours[2].run.unwrap()
        )
    };
    let others = [
        // A kind this version knows, with fields it does not; and one it has never heard of.
        format!(
            r#"{},"turn":"{:016x}","span":"00000000000000ab","tool":"terminal","status":"ok","energy":{{"joule":7}}}}"#,
            head(2, "tool_call", 1),
            { ours[0].run.unwrap().0 } as u64
        ),
        format!(r#"{},"what":["ever",null,1.5]}}"#, head(9, "dream", 2)),
        // An older one that did not say all that we say.
        format!(r#"{},"kind":"approval_once"}}"#, head(0, "feedback", 3)),
        // A kind we know in a shape we cannot read.
        format!(r#"{},"turn":17}}"#, head(2, "turn_ended", 4)),
    ];
    let path = home.layout.days().unwrap()[0].1.clone();
    let before = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, format!("{before}{}\n", others.join("\n"))).unwrap();
    home.write(&ours[2..]);

    let mut index = open(&home);
    let found = caught_up(&mut index);
    assert_eq!(
        (found.len(), found[0].outcome.as_str(), found[0].model_calls, found[0].tool_calls),
        (1, "completed", 1, 1)
    );
    let unknown: i64 =
        index.connection().query_row("SELECT count(*) FROM unknown_event", [], |row| row.get(0)).unwrap();
    let unreadable = insights(index.connection(), &Question::page(Window::default(), TimeZone::UTC))
        .unwrap()
        .quality
        .unreadable_lines;
    assert_eq!((unknown, unreadable), (1, 1));
}
