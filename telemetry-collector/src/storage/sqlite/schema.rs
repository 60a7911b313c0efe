//! Migrations, decided under the write lock.
//!
//! The version is read inside `BEGIN IMMEDIATE`: processes that start together then agree, which they do not when the version
//! is read before. Steps are only added; what is newer is used as it is, if it says that it can be.

use rusqlite::{Connection, OptionalExtension as _, TransactionBehavior};

use crate::storage::StorageError;

/// The steps from nothing to the newest version.
const STEPS: [&str; 3] = [
    include_str!("migrations/0001_tables.sql"),
    include_str!("migrations/0002_uncounted.sql"),
    include_str!("migrations/0003_order_of_arrival.sql"),
];

/// The version of this build.
const VERSION: i64 = STEPS.len() as i64;
/// The oldest build that can work with what this one makes: one that knows no marks of notes would take a run of which more has come for
/// settled. Written beside the version, for builds that are older.
const OLDEST: i64 = 3;

/// Makes the tables, or brings them up to this version.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), StorageError> {
    if is_there(connection)? {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    if is_there(&transaction)? {
        return Ok(());
    }
    let from = number(&transaction, "schema_version")?.unwrap_or(0);
    if from == 0 {
        transaction.execute_batch("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")?;
    }
    for step in STEPS.iter().skip(from as usize) {
        transaction.execute_batch(step)?;
    }
    set(&transaction, "schema_version", &VERSION.to_string())?;
    set(&transaction, "schema_oldest", &OLDEST.to_string())?;
    transaction.commit()?;
    Ok(())
}

/// Whether the tables are those of this version, or of a newer one that it can work with.
fn is_there(connection: &Connection) -> Result<bool, StorageError> {
    let found = number(connection, "schema_version")?.unwrap_or(0);
    if found > VERSION && number(connection, "schema_oldest")?.unwrap_or(found) > VERSION {
        return Err(StorageError::Broken(format!(
            "its tables are of version {found}, and this collector knows them up to {VERSION}: update the collector"
        )));
    }
    // Ours are made in one transaction, so what has tables and no version is not ours.
    if found == 0 && connection.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table'")?.exists([])? {
        return Err(StorageError::Broken("the file is a database of another program".into()));
    }
    Ok(found >= VERSION)
}

/// A number in the table `meta`, if there are both.
fn number(connection: &Connection, key: &str) -> rusqlite::Result<Option<i64>> {
    let is_ours = "SELECT 1 FROM pragma_table_info('meta') WHERE name IN ('key', 'value') GROUP BY 'meta' HAVING count(*) = 2";
    if !connection.prepare(is_ours)?.exists([])? {
        return Ok(None);
    }
    Ok(get(connection, key)?.and_then(|value| value.parse().ok()))
}

/// What the table `meta` has of something.
pub(super) fn get(connection: &Connection, key: &str) -> rusqlite::Result<Option<String>> {
    connection
        .prepare_cached("SELECT value FROM meta WHERE key = ?1")?
        .query_row([key], |row| row.get(0))
        .optional()
}

/// Keeps something in the table `meta`.
pub(super) fn set(connection: &Connection, key: &str, value: &str) -> rusqlite::Result<()> {
    connection
        .prepare_cached("INSERT INTO meta VALUES (?1, ?2) ON CONFLICT (key) DO UPDATE SET value = ?2")?
        .execute([key, value])
        .map(drop)
}

/// Adds to a number in the table `meta`.
pub(super) fn add(connection: &Connection, key: &str, n: i64) -> rusqlite::Result<()> {
    if n == 0 {
        return Ok(());
    }
    connection
        .prepare_cached("UPDATE meta SET value = CAST(CAST(value AS INTEGER) + ?2 AS TEXT) WHERE key = ?1")?
        .execute((key, n))
        .map(drop)
}

#[cfg(test)]
mod tests {
    use rusqlite::types::Value;

    use super::*;
    use crate::rollup::{Series, Sums};
    use crate::storage::run_row::RunRow;

    #[test]
    fn the_tables_have_the_columns_that_the_code_names() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrate(&mut connection).unwrap();
        migrate(&mut connection).unwrap();
        let columns = |table: &str| -> Vec<String> {
            let statement = connection.prepare(&format!("SELECT * FROM {table}")).unwrap();
            statement.column_names().map(str::to_owned).collect()
        };
        let named = |first: &[&str], rest: &[&str]| -> Vec<String> {
            first.iter().chain(rest).map(|name| (*name).to_owned()).collect()
        };
        assert_eq!(columns("runs"), named(&RunRow::COLUMNS, &["cells"]));
        assert_eq!(columns("series"), named(&["id", "fact"], Series::DIMENSIONS));
        assert_eq!(columns("rollup_hours"), named(&["at", "series"], Sums::NAMES));
        assert_eq!(columns("rollup_days"), named(&["at", "series"], Sums::NAMES));
    }

    /// All that is in a table, but for the marks of notes, which are drawn anew.
    fn all_of(connection: &Connection, table: &str) -> Vec<Vec<Value>> {
        let mut select = connection.prepare(&format!("SELECT * FROM {table} ORDER BY 1, 2")).unwrap();
        let columns: Vec<usize> =
            (0..select.column_count()).filter(|at| select.column_name(*at).unwrap() != "mark").collect();
        let rows = select.query_map([], |row| columns.iter().map(|at| row.get(*at)).collect()).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    #[test]
    fn what_is_in_a_database_of_the_first_version_stays() {
        const TABLES: [&str; 4] = ["events", "reports", "runs", "unsettled"];
        let mut connection = Connection::open_in_memory().unwrap();
        connection
            .execute_batch("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
            .unwrap();
        connection.execute_batch(STEPS[0]).unwrap();
        set(&connection, "schema_version", "1").unwrap();
        connection
            .execute_batch(
                "INSERT INTO events VALUES (9, -1, x'01', x'02', NULL, 'run_started', 'one', '{}'),
                     (8, 7, NULL, NULL, x'01', 'other', 'two', '{\"a\":1}');
                 INSERT INTO reports (at, id, host, session, kind, latency_ms, extra) VALUES
                     (5, 6, 'one', 's', 'commit', 12, '{}'), (4, 6, 'one', 's', 'commit', NULL, NULL);
                 INSERT INTO runs (run, host, start_ns, outcome, turns, model_calls, failed_attempts, tool_calls, errors,
                     input_tokens, output_tokens, cache_read_tokens, cache_write_tokens, reasoning_tokens, cost_status, cells)
                     VALUES (x'01', 'one', 9, 'running', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 'unknown', '[]');
                 INSERT INTO unsettled (run) VALUES (x'01'), (x'03');
                 INSERT INTO unsettled (process) VALUES (x'02');
                 DELETE FROM unsettled WHERE run = x'03';",
            )
            .unwrap();
        let before = TABLES.map(|table| all_of(&connection, table));
        assert!(before.iter().all(|rows| !rows.is_empty()));

        migrate(&mut connection).unwrap();
        assert_eq!(number(&connection, "schema_version").unwrap(), Some(VERSION));
        assert_eq!(TABLES.map(|table| all_of(&connection, table)), before);
        // Kept once, as before, and added at the end whatever its moment is.
        let again = "INSERT INTO events VALUES (9, -1, NULL, NULL, NULL, '', '', ''), (1, 1, NULL, NULL, NULL, '', '', '')
                     ON CONFLICT DO NOTHING";
        assert_eq!(connection.execute(again, []).unwrap(), 1);
        let last = "SELECT ts_ns FROM events ORDER BY rowid DESC LIMIT 1";
        assert_eq!(connection.query_row(last, [], |row| row.get::<_, i64>(0)).unwrap(), 1);
    }

    #[test]
    fn a_database_of_each_older_version_is_brought_up_and_what_is_in_it_stays() {
        for version in 1..VERSION {
            let mut older = Connection::open_in_memory().unwrap();
            older
                .execute_batch("CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")
                .unwrap();
            for step in &STEPS[..version as usize] {
                older.execute_batch(step).unwrap();
            }
            set(&older, "schema_version", &version.to_string()).unwrap();
            older.execute("INSERT INTO keys (hash, name) VALUES ('00', 'ada')", []).unwrap();
            migrate(&mut older).unwrap();
            assert_eq!(number(&older, "schema_version").unwrap(), Some(VERSION));
            let mut newest = Connection::open_in_memory().unwrap();
            migrate(&mut newest).unwrap();
            let tables = |connection: &Connection| -> Vec<String> {
                let mut select = connection.prepare("SELECT sql FROM sqlite_schema ORDER BY name").unwrap();
                let tables =
                    select.query_map([], |row| Ok(row.get::<_, Option<String>>(0)?.unwrap_or_default()));
                tables.unwrap().map(Result::unwrap).collect()
            };
            assert_eq!(tables(&older), tables(&newest));
            let name: String = older.query_row("SELECT name FROM keys", [], |row| row.get(0)).unwrap();
            assert_eq!(name, "ada");
        }
    }

    #[test]
    fn a_database_of_a_newer_version_stays_as_it_is_and_one_of_another_program_too() {
        let mut newer = Connection::open_in_memory().unwrap();
        migrate(&mut newer).unwrap();
        set(&newer, "schema_version", "1000").unwrap();
        migrate(&mut newer).unwrap();
        assert_eq!(number(&newer, "schema_version").unwrap(), Some(1000));
        set(&newer, "schema_oldest", "1000").unwrap();
        let error = migrate(&mut newer).unwrap_err().to_string();
        let update =
            "its tables are of version 1000, and this collector knows them up to 3: update the collector";
        assert_eq!(error, format!("the database: {update}"));

        let mut foreign = Connection::open_in_memory().unwrap();
        foreign.execute_batch("CREATE TABLE photos (id INTEGER)").unwrap();
        let error = migrate(&mut foreign).unwrap_err();
        assert_eq!(error.to_string(), "the database: the file is a database of another program");
        assert!(foreign.prepare("SELECT * FROM events").is_err());
    }
}
