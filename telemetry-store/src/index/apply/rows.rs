//! New rows of one table, several with one statement where nobody has to be asked whether they are new.

use rusqlite::types::Null;
use rusqlite::{CachedStatement, Connection, ToSql};

use crate::index::Set;

/// Rows a statement puts into a table of facts: one that is alone pays for the beginning and the end of its statement, and for
/// the way down the table's tree to where the last one was put.
pub(super) const SEVERAL: usize = 8;
/// Into a table whose key is its rowid a statement puts one. SQLite takes it that several may fail halfway, and keeps for
/// each of them what every page was before: a million events made 620,000 more writes.
pub(super) const ONE: usize = 1;

/// A table, and the columns that new rows have: a newer version may have added some. Among them is one that may not be
/// null.
pub(super) struct Table {
    /// The name, with the columns in brackets.
    pub into: &'static str,
    pub columns: usize,
    /// Rows of a statement: [`SEVERAL`] or [`ONE`].
    pub at_once: usize,
}

/// Rows of a table that are waiting for each other.
pub(super) struct Rows<'a> {
    connection: &'a Connection,
    table: Table,
    /// For one row.
    one: Option<CachedStatement<'a>>,
    /// For several.
    several: Option<CachedStatement<'a>>,
    /// Rows that are bound to the latter.
    waiting: usize,
    /// Facts of runs that have no row yet, by run, time and id: the batch alone knows whether they were there before.
    facts: Set<(i64, i64, i64)>,
}

impl<'a> Rows<'a> {
    pub fn of(connection: &'a Connection, table: Table) -> Self {
        Rows { connection, table, one: None, several: None, waiting: 0, facts: Set::default() }
    }

    /// Whether a fact of a run that has no row yet was not told before.
    pub fn is_first(&mut self, run: i64, ts: i64, id: i64) -> bool {
        self.facts.insert((run, ts, id))
    }

    /// Adds a row unless there is one with its key; whether it did.
    pub fn add_if_new(&mut self, values: &[&dyn ToSql]) -> rusqlite::Result<bool> {
        let one = match &mut self.one {
            Some(one) => one,
            none => none.insert(self.connection.prepare_cached(&self.table.statement(1))?),
        };
        Ok(one.execute(values)? > 0)
    }

    /// Adds a row whose key no other has, at the latest with [`write`](Self::write).
    pub fn add(&mut self, values: &[&dyn ToSql]) -> rusqlite::Result<()> {
        let several = match &mut self.several {
            Some(several) => several,
            none => none.insert(self.connection.prepare_cached(&self.table.statement(self.table.at_once))?),
        };
        let first = self.waiting * self.table.columns;
        for (place, value) in values.iter().enumerate() {
            several.raw_bind_parameter(first + place + 1, value)?;
        }
        self.waiting += 1;
        if self.waiting == self.table.at_once { self.write() } else { Ok(()) }
    }

    /// Writes the rows that wait.
    pub fn write(&mut self) -> rusqlite::Result<()> {
        let Some(several) = self.several.as_mut().filter(|_| self.waiting > 0) else { return Ok(()) };
        // What is null where it may not be is left out.
        for place in self.waiting * self.table.columns..self.table.at_once * self.table.columns {
            several.raw_bind_parameter(place + 1, Null)?;
        }
        let waiting = std::mem::take(&mut self.waiting);
        match several.raw_execute()? {
            written if written == waiting => Ok(()),
            written => Err(rusqlite::Error::StatementChangedRows(written)),
        }
    }
}

impl Table {
    /// The statement that puts in as many `rows`.
    fn statement(&self, rows: usize) -> String {
        let row = format!("({})", vec!["?"; self.columns].join(", "));
        format!("INSERT OR IGNORE INTO {} VALUES {}", self.into, vec![row; rows].join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_there_once_they_are_written_however_many() {
        for (at_once, count) in
            [ONE, SEVERAL].into_iter().flat_map(|at_once| (0..20).map(move |n| (at_once, n)))
        {
            let connection = Connection::open_in_memory().unwrap();
            connection
                .execute_batch(
                    "CREATE TABLE fact (run INTEGER, word TEXT NOT NULL, PRIMARY KEY (run)) STRICT",
                )
                .unwrap();
            let mut rows = Rows::of(&connection, Table { into: "fact (run, word)", columns: 2, at_once });
            for number in 0..count {
                rows.add(&[&number, &format!("word {number}")]).unwrap();
            }
            rows.write().unwrap();
            rows.write().unwrap();
            let sum = "SELECT count(*), coalesce(sum(word = 'word ' || run), 0) FROM fact";
            let there: (i64, i64) =
                connection.query_row(sum, [], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
            assert_eq!(there, (count, count));
        }
    }

    #[test]
    fn a_row_that_is_there_already_is_an_error() {
        let connection = Connection::open_in_memory().unwrap();
        connection.execute_batch("CREATE TABLE fact (run INTEGER NOT NULL UNIQUE) STRICT").unwrap();
        let mut rows = Rows::of(&connection, Table { into: "fact (run)", columns: 1, at_once: SEVERAL });
        rows.add(&[&7]).unwrap();
        rows.add(&[&7]).unwrap();
        assert!(rows.write().is_err());
    }
}
