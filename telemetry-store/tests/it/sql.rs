use std::fs;
use std::io;
use std::path::Path;

use rusqlite::Connection;
use telemetry_store::index::{Index, Patience};
use telemetry_store::sql::{Cell, QueryError, ReadOnly, Rows};

use super::{Home, home, run};

/// Rows as text, cells with blanks between.
#[derive(Default)]
struct Text(Vec<String>);

impl Rows for Text {
    fn columns(&mut self, names: &[String]) -> io::Result<()> {
        self.0.push(names.join(" "));
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        self.0.push(cells.iter().map(|cell| format!("{cell:?}")).collect::<Vec<_>>().join(" "));
        Ok(())
    }
}

fn never() -> bool {
    false
}

fn recorded() -> Home {
    let home = home();
    home.write(&run(1, "s", true));
    home
}

fn index(home: &Home) -> Index {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    index
}

fn ask(database: &mut ReadOnly, sql: &str) -> Result<Vec<String>, QueryError> {
    let mut rows = Text::default();
    database.query(sql, never, &mut rows).map(|()| rows.0)
}

/// The host's database, as hermes makes it: with a write-ahead log.
fn host_database(home: &Path) -> Connection {
    let host = Connection::open(home.join("state.db")).unwrap();
    host.execute_batch(
        "PRAGMA journal_mode = WAL; CREATE TABLE sessions (id TEXT, title TEXT);
         INSERT INTO sessions VALUES ('s', 'a title');",
    )
    .unwrap();
    host
}

#[test]
fn a_query_reads_the_index() {
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    assert_eq!(
        ask(
            &mut database,
            "SELECT model, input_tokens + output_tokens AS tokens, ttft_ms FROM tel_model_calls"
        )
        .unwrap(),
        ["model tokens ttft_ms", "Text(\"m\") Integer(12) Null"]
    );
    assert_eq!(
        ask(&mut database, "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 3)
                            SELECT sum(i), x'00ff', 9e999, json_extract('{\"a\":[7]}', '$.a[0]') FROM n; -- the end").unwrap()[1],
        "Integer(6) Blob([0, 255]) Real(inf) Integer(7)"
    );
    assert_eq!(ask(&mut database, "SELECT value FROM json_each('[1,2]')").unwrap().len(), 3);
    assert_eq!(
        ask(&mut database, "PRAGMA table_info(tel_runs)").unwrap()[1].split(' ').nth(1).unwrap(),
        "Text(\"run_id\")"
    );
}

#[test]
fn nothing_but_reading_gets_through() {
    let home = recorded();
    let other = home.folder.path().join("other.db").display().to_string();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    let before = fs::read(home.layout.database()).unwrap();
    let attach = format!("ATTACH DATABASE '{other}' AS other");
    let vacuum = format!("VACUUM INTO '{other}'");
    for sql in [
        "DELETE FROM run",
        "UPDATE run SET session = 'x'",
        "INSERT INTO name (text) VALUES ('x')",
        "WITH x AS (SELECT 1) DELETE FROM run",
        "DELETE FROM run RETURNING id",
        "CREATE TABLE x (a)",
        "CREATE TEMP TABLE x (a)",
        "CREATE TEMP VIEW x AS SELECT 1",
        "CREATE VIRTUAL TABLE x USING fts5(a)",
        "DROP TABLE run",
        "ALTER TABLE run ADD COLUMN x",
        "REINDEX",
        "ANALYZE",
        "VACUUM",
        &vacuum,
        &attach,
        "ATTACH ':memory:' AS other",
        "DETACH main",
        "BEGIN",
        "COMMIT",
        "SAVEPOINT x",
        "PRAGMA query_only = 0",
        "PRAGMA query_only",
        "PRAGMA journal_mode = DELETE",
        "PRAGMA journal_mode",
        "PRAGMA wal_checkpoint",
        "PRAGMA optimize",
        "PRAGMA writable_schema = 1",
        "PRAGMA user_version = 7",
        "PRAGMA temp_store_directory = '/'",
        "SELECT load_extension('x')",
        "EXPLAIN DELETE FROM run",
    ] {
        let refused = ask(&mut database, sql);
        assert!(matches!(refused, Err(QueryError::Refused)), "{sql}: {refused:?}");
    }
    assert!(!Path::new(&other).exists());
    assert_eq!(fs::read(home.layout.database()).unwrap(), before);
}

#[test]
fn one_statement_at_a_time() {
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    for sql in ["", "  ", "-- nothing", ";"] {
        let none = ask(&mut database, sql);
        assert!(matches!(none, Err(QueryError::NotOne("none"))), "{sql}: {none:?}");
    }
    assert!(matches!(ask(&mut database, "SELECT 1; SELECT 2"), Err(QueryError::NotOne("several"))));
    // The second is looked at no further than whether it is there, and never run.
    assert!(ask(&mut database, "SELECT 1; DELETE FROM run").is_err());
    assert_eq!(ask(&mut database, "SELECT count(*) FROM run").unwrap()[1], "Integer(1)");
}

#[test]
fn errors_are_in_the_words_of_sqlite() {
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    let said = |database: &mut ReadOnly, sql: &str| ask(database, sql).unwrap_err().to_string();
    assert_eq!(said(&mut database, "SELECT * FROM tel_rums"), "no such table: tel_rums");
    assert_eq!(said(&mut database, "SELEKT 1"), "near \"SELEKT\": syntax error");
    assert_eq!(
        said(&mut database, "SELECT sum(9223372036854775807) FROM (SELECT 1 UNION ALL SELECT 2)"),
        "integer overflow"
    );
    assert_eq!(said(&mut database, "SELECT * FROM host.sessions"), "no such table: host.sessions");
}

#[test]
fn the_hosts_sessions_stand_beside_it_and_are_left_as_they_are() {
    let home = recorded();
    let host = host_database(home.folder.path());
    let mut database = ReadOnly::of(index(&home)).unwrap();
    assert!(database.attach_host(home.folder.path()).unwrap());
    let joined =
        "SELECT title, outcome FROM tel_runs JOIN host.sessions ON host.sessions.id = tel_runs.session_id";
    assert_eq!(ask(&mut database, joined).unwrap()[1], "Text(\"a title\") Text(\"completed\")");
    for sql in ["DELETE FROM host.sessions", "DETACH host", "PRAGMA host.journal_mode = DELETE"] {
        assert!(matches!(ask(&mut database, sql), Err(QueryError::Refused)), "{sql}");
    }
    // What the host commits meanwhile is there, and our reading does not hold it up.
    host.execute("INSERT INTO sessions VALUES ('t', 'another')", []).unwrap();
    assert_eq!(ask(&mut database, "SELECT count(*) FROM host.sessions").unwrap()[1], "Integer(2)");
}

#[test]
fn a_host_that_is_not_there_or_no_database_is_said() {
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    assert!(!database.attach_host(home.folder.path()).unwrap());
    fs::write(
        home.folder.path().join("state.db"),
        "not a database, and longer than a page's head".repeat(50),
    )
    .unwrap();
    assert_eq!(database.attach_host(home.folder.path()).unwrap_err().to_string(), "file is not a database");
    assert_eq!(ask(&mut database, "SELECT count(*) FROM run").unwrap()[1], "Integer(1)");
}

/// SQLite itself may leave the two files of a write-ahead log, with nothing in it, for the next who opens it.
#[test]
fn the_hosts_database_is_left_as_it_is() {
    let home = recorded();
    drop(host_database(home.folder.path()));
    let file = home.folder.path().join("state.db");
    let before = fs::read(&file).unwrap();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    assert!(database.attach_host(home.folder.path()).unwrap());
    assert_eq!(ask(&mut database, "SELECT title FROM host.sessions").unwrap().len(), 2);
    drop(database);
    assert_eq!(fs::read(&file).unwrap(), before);
    for entry in fs::read_dir(home.folder.path()).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        assert!(["state.db", "state.db-shm", "state.db-wal", "telemetry"].contains(&name.as_str()), "{name}");
        assert!(name != "state.db-wal" || entry.metadata().unwrap().len() == 0);
    }
}

#[test]
fn a_path_with_anything_in_it_is_a_path() {
    let home = recorded();
    let odd = home.folder.path().join("a b?mode=rwc&x#%41'ü");
    fs::create_dir(&odd).unwrap();
    drop(host_database(&odd));
    let mut database = ReadOnly::of(index(&home)).unwrap();
    assert!(database.attach_host(&odd).unwrap());
    assert_eq!(ask(&mut database, "SELECT title FROM host.sessions").unwrap()[1], "Text(\"a title\")");
}

#[test]
fn an_endless_query_ends_when_somebody_says_so() {
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n";
    let ended = database.query(endless, || true, &mut Text::default());
    assert!(matches!(ended, Err(QueryError::Interrupted)), "{ended:?}");
}

#[test]
fn an_index_in_memory_is_read_the_same_way() {
    let home = recorded();
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    index.catch_up(None).unwrap();
    let mut database = ReadOnly::of(index).unwrap();
    assert_eq!(ask(&mut database, "SELECT count(*) FROM tel_runs").unwrap()[1], "Integer(1)");
    assert!(matches!(ask(&mut database, "DELETE FROM run"), Err(QueryError::Refused)));
}

#[test]
fn whoever_takes_the_rows_may_end_it() {
    struct Full;
    impl Rows for Full {
        fn columns(&mut self, _: &[String]) -> io::Result<()> {
            Ok(())
        }
        fn row(&mut self, _: &[Cell<'_>]) -> io::Result<()> {
            Err(io::ErrorKind::BrokenPipe.into())
        }
    }
    let home = recorded();
    let mut database = ReadOnly::of(index(&home)).unwrap();
    let ended = database.query("SELECT 1", never, &mut Full);
    assert!(matches!(ended, Err(QueryError::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe));
}
