//! Other people's queries, which can read and do nothing else.
//!
//! Four locks, each of which would do: the file is opened read-only, the connection is told to write nothing
//! (`query_only`), an authorizer (`may`) lets only reading through, and what is left must be one statement that SQLite
//! itself calls read-only. There is no way to another file: nothing can be attached, and no extension loaded.

mod may;

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::hooks::{AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, ErrorCode, OpenFlags};

use crate::error::StoreError;
use crate::index::Index;

/// How long a writer of the host is waited for.
const BUSY: Duration = Duration::from_secs(2);
/// Instructions of SQLite's machine between two looks whether to stop: some hundred microseconds.
const STEPS: i32 = 10_000;

/// The index, and the host's sessions beside it, for reading.
pub struct ReadOnly {
    connection: Connection,
    /// Stays open: the files of its write-ahead log are there as long as somebody has them open for writing.
    _index: Option<Index>,
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// A whole number.
    Integer(i64),
    /// Another number; it may be infinite.
    Real(f64),
    /// A text; what in it is no UTF-8 is replaced.
    Text(Cow<'a, str>),
    /// Bytes.
    Blob(&'a [u8]),
}

/// Who takes the rows of a query, one after the other.
pub trait Rows {
    /// The names of the columns, once and first.
    ///
    /// # Errors
    /// When they cannot be written; the query ends.
    fn columns(&mut self, names: &[String]) -> io::Result<()>;

    /// One row: as many cells as there are columns.
    ///
    /// # Errors
    /// When it cannot be written; the query ends.
    fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()>;
}

/// Why a query gave nothing, or nothing more.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// It would do something else than reading.
    #[error("this only reads: a SELECT, or a PRAGMA that shows the schema")]
    Refused,
    /// There is none, or there are several.
    #[error("give one statement, not {0}")]
    NotOne(&'static str),
    /// Somebody asked for its end.
    #[error("interrupted")]
    Interrupted,
    /// SQLite's words.
    #[error("{0}")]
    Sqlite(String),
    /// The rows could not be written.
    #[error("the output cannot be written: {0}")]
    Output(io::Error),
}

impl ReadOnly {
    /// The index for reading; one in memory as it is.
    ///
    /// # Errors
    /// When the database cannot be opened a second time.
    pub fn of(index: Index) -> Result<Self, StoreError> {
        let (connection, index) = match index.file() {
            Some(path) => {
                let flags = OpenFlags::SQLITE_OPEN_READ_ONLY
                    | OpenFlags::SQLITE_OPEN_NO_MUTEX
                    | OpenFlags::SQLITE_OPEN_URI;
                (Connection::open_with_flags(path, flags)?, Some(index))
            }
            None => (index.into_connection(), None),
        };
        connection.busy_timeout(BUSY)?;
        // What a stranger wrote into a schema is not run, and what is sorted may be content: it stays off the disk.
        connection.pragma_update(None, "trusted_schema", false)?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "query_only", true)?;
        let mut database = ReadOnly { connection, _index: index };
        database.lock()?;
        Ok(database)
    }

    /// Attaches the host's own database as `host`; `false` where there is none. Never in the process of the host: see
    /// [`HostDatabase`](crate::conversations::HostDatabase).
    ///
    /// # Errors
    /// SQLite's words when it is no database or cannot be opened.
    pub fn attach_host(&mut self, home: &Path) -> Result<bool, QueryError> {
        let path = home.join("state.db");
        if path.symlink_metadata().is_err() {
            return Ok(false);
        }
        self.unlock().map_err(said)?;
        let attached = self.attach(&path);
        self.lock().map_err(said)?;
        attached.map(|()| true)
    }

    fn attach(&self, path: &Path) -> Result<(), QueryError> {
        self.connection.execute("ATTACH DATABASE ?1 AS host", [read_only(path)]).map_err(said)?;
        // Attaching opens nothing: what is no database shows with the first look.
        match self.connection.query_row("SELECT count(*) FROM host.sqlite_schema", [], |_| Ok(())) {
            Ok(()) => Ok(()),
            Err(error) => {
                let _ = self.connection.execute("DETACH DATABASE host", []);
                Err(said(error))
            }
        }
    }

    /// Runs one statement that reads, handing each row over as it is found. `stop` is asked every now and then whether to
    /// end it; there is no other limit to how long it takes.
    ///
    /// # Errors
    /// [`QueryError`]; rows may have been handed over before.
    pub fn query(&mut self, sql: &str, stop: fn() -> bool, rows: &mut dyn Rows) -> Result<(), QueryError> {
        self.connection.progress_handler(STEPS, Some(stop)).map_err(said)?;
        let mut statement = self.connection.prepare(sql).map_err(said)?;
        let columns: Vec<String> = statement.column_names().map(str::to_owned).collect();
        if !statement.readonly() {
            return Err(QueryError::Refused);
        }
        if columns.is_empty() {
            return Err(QueryError::NotOne("none"));
        }
        rows.columns(&columns).map_err(QueryError::Output)?;
        let mut found = statement.query([]).map_err(said)?;
        while let Some(row) = found.next().map_err(said)? {
            let cell = |column| row.get_ref(column).map(Cell::from);
            let cells: Vec<Cell<'_>> =
                (0..columns.len()).map(cell).collect::<Result<_, _>>().map_err(said)?;
            rows.row(&cells).map_err(QueryError::Output)?;
        }
        Ok(())
    }

    /// Closes every way but reading what is there.
    fn lock(&mut self) -> rusqlite::Result<()> {
        self.connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
        self.connection.authorizer(Some(may::read))
    }

    fn unlock(&mut self) -> rusqlite::Result<()> {
        self.connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 1)?;
        self.connection.authorizer(None::<fn(AuthContext<'_>) -> Authorization>)
    }
}

impl<'a> From<ValueRef<'a>> for Cell<'a> {
    fn from(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Null => Cell::Null,
            ValueRef::Integer(number) => Cell::Integer(number),
            ValueRef::Real(number) => Cell::Real(number),
            ValueRef::Text(text) => Cell::Text(String::from_utf8_lossy(text)),
            ValueRef::Blob(bytes) => Cell::Blob(bytes),
        }
    }
}

/// A path as a URI that opens it read-only. Not as immutable: the host may be writing it.
fn read_only(path: &Path) -> String {
    let absolute: PathBuf = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut uri = String::from("file://");
    for &byte in absolute.as_os_str().as_encoded_bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'/' | b'.' | b'-' | b'_' => uri.push(char::from(byte)),
            byte => {
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri + "?mode=ro"
}

fn said(error: Error) -> QueryError {
    match (error.sqlite_error_code(), error) {
        (_, Error::MultipleStatement) => QueryError::NotOne("several"),
        (Some(ErrorCode::AuthorizationForStatementDenied | ErrorCode::ReadOnly), _) => QueryError::Refused,
        (Some(ErrorCode::OperationInterrupted), _) => QueryError::Interrupted,
        // Of a function the code says nothing.
        (_, Error::SqlInputError { msg, .. }) if msg.starts_with("not authorized") => QueryError::Refused,
        (_, Error::SqlInputError { msg, .. }) => QueryError::Sqlite(msg),
        (_, Error::SqliteFailure(_, Some(words))) => QueryError::Sqlite(words),
        (_, error) => QueryError::Sqlite(error.to_string()),
    }
}
