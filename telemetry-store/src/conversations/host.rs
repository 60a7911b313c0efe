//! The host's own database of sessions, read beside the host and never inside it.
//!
//! `<home>/state.db` belongs to hermes-agent (0.19.0: `hermes_state.py`, schema 22). Two copies of SQLite in one process
//! that open one file undo each other's locks, and the host's next commit is lost without a word: so only a process
//! that is not the host's may make a [`HostDatabase`].
//!
//! It is opened read-only, waits two seconds at most for a lock, and holds none for longer than one page of rows. Only
//! columns that are there are read, so an older or a newer schema gives what it has.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};
use serde_json::Value;
use telemetry_core::conversation::{Counts, Message, Origin};
use telemetry_core::time::UnixNanos;

use super::answers;

/// How long a writer of the host is waited for.
const BUSY: Duration = Duration::from_secs(2);
/// Rows of one page. The lock is given back after each.
const PAGE_ROWS: usize = 256;
/// A page ends after so many bytes too: a row may hold an image.
const PAGE_BYTES: usize = 4 << 20;
/// What the host writes before content that is no text (`_CONTENT_JSON_PREFIX`).
const STRUCTURED: &str = "\0json:";

/// The host's database of sessions and messages.
pub struct HostDatabase {
    path: PathBuf,
    connection: Connection,
    sessions: Option<String>,
    messages: Option<String>,
}

/// Why the host's database gives nothing, or nothing more. Not a failure of ours: the rest is exported.
#[derive(Debug)]
pub struct HostUnreadable {
    path: PathBuf,
    reason: String,
}

impl fmt::Display for HostUnreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the host's sessions in {} cannot be read ({})", self.path.display(), self.reason)
    }
}

/// A session as the host keeps it.
#[derive(Debug)]
pub(super) struct HostSession {
    pub id: String,
    pub platform: Option<String>,
    pub model: Option<String>,
    pub title: Option<String>,
    pub start: Option<UnixNanos>,
    pub end: Option<UnixNanos>,
    pub counts: Counts,
}

/// What a row of a session holds after its id, which is the key of the page.
const SESSION_COLUMNS: [&str; 8] = [
    "source",
    "model",
    "title",
    "started_at",
    "ended_at",
    "message_count",
    "api_call_count",
    "tool_call_count",
];

/// What a row of a message holds after the key of the page.
const MESSAGE_COLUMNS: [&str; 10] = [
    "session_id",
    "role",
    "timestamp",
    "content",
    "tool_call_id",
    "tool_calls",
    "tool_name",
    "reasoning",
    "reasoning_content",
    "active",
];

impl HostDatabase {
    /// Opens `<home>/state.db`; `None` when there is none. Never call this in the process of the host.
    ///
    /// # Errors
    /// When it is no database, cannot be opened, or has nothing in it that we know.
    pub fn open(home: &Path) -> Result<Option<Self>, HostUnreadable> {
        let path = home.join("state.db");
        if path.symlink_metadata().is_err() {
            return Ok(None);
        }
        let failed = |reason: String| HostUnreadable { path: path.clone(), reason };
        let opened = || -> rusqlite::Result<(Connection, Option<String>, Option<String>)> {
            let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
            let connection = Connection::open_with_flags(&path, flags)?;
            connection.busy_timeout(BUSY)?;
            // What a stranger wrote into the schema is not run.
            connection.pragma_update(None, "trusted_schema", false)?;
            let sessions = select(&connection, "sessions", &SESSION_COLUMNS, "id", "id")?;
            let messages = select(&connection, "messages", &MESSAGE_COLUMNS, "session_id", "rowid")?;
            Ok((connection, sessions, messages))
        };
        let (connection, sessions, messages) = opened().map_err(|error| failed(error.to_string()))?;
        if sessions.is_none() && messages.is_none() {
            return Err(failed("it has no table of sessions or messages that is known".to_owned()));
        }
        Ok(Some(HostDatabase { path, connection, sessions, messages }))
    }

    pub(super) fn connection(&self) -> &Connection {
        &self.connection
    }

    pub(super) fn unreadable(&self, error: &rusqlite::Error) -> HostUnreadable {
        HostUnreadable { path: self.path.clone(), reason: error.to_string() }
    }

    /// Every session, by id.
    pub(super) fn sessions(&self) -> impl Iterator<Item = Result<HostSession, HostUnreadable>> {
        let mut after = Some(String::new());
        let mut page = VecDeque::new();
        std::iter::from_fn(move || {
            if page.is_empty()
                && let Some(key) = after.take()
            {
                let sql = self.sessions.as_deref()?;
                match self.page(sql, &key, |row| Some((text(row, 0)?, session(row)?))) {
                    Ok((rows, last)) => (page, after) = (rows.into(), last),
                    Err(error) => return Some(Err(error)),
                }
            }
            page.pop_front().map(Ok)
        })
    }

    /// Calls `each` for every message in the order in which they were kept, until it says stop (`false`).
    pub(super) fn messages(&self, each: &mut dyn FnMut(Message) -> bool) -> Result<(), HostUnreadable> {
        let mut after = Some(i64::MIN);
        while let (Some(sql), Some(key)) = (self.messages.as_deref(), after) {
            let (rows, last) = self.page(sql, &key, |row| Some((row.get(0).ok()?, message(row))))?;
            if !rows.into_iter().all(&mut *each) {
                return Ok(());
            }
            after = last;
        }
        Ok(())
    }

    /// The rows after a key, and the key to go on from if there may be more.
    fn page<K: rusqlite::ToSql, T>(
        &self,
        sql: &str,
        after: &K,
        read: impl Fn(&Row<'_>) -> Option<(K, T)>,
    ) -> Result<(Vec<T>, Option<K>), HostUnreadable> {
        let page = || -> rusqlite::Result<(Vec<T>, Option<K>)> {
            let mut statement = self.connection.prepare_cached(sql)?;
            let mut rows = statement.query([after])?;
            let (mut page, mut last, mut bytes) = (Vec::new(), None, 0);
            while let Some(row) = rows.next()? {
                let Some((key, record)) = read(row) else { continue };
                bytes += size_of_row(row);
                page.push(record);
                last = Some(key);
                if bytes > PAGE_BYTES {
                    break;
                }
            }
            Ok((page, last))
        };
        page().map_err(|error| self.unreadable(&error))
    }
}

/// A page of `table` by `key`, with null for columns that are not there; `None` when the table or its key is not.
fn select(
    connection: &Connection,
    table: &str,
    columns: &[&str],
    needed: &str,
    key: &str,
) -> rusqlite::Result<Option<String>> {
    let mut statement = connection.prepare("SELECT name FROM pragma_table_info(?1)")?;
    let there: Vec<String> = statement.query_map([table], |row| row.get(0))?.collect::<Result<_, _>>()?;
    let is_there = |column: &str| there.iter().any(|name| name.eq_ignore_ascii_case(column));
    if !is_there(needed) {
        return Ok(None);
    }
    let column = |name: &&str| if is_there(name) { format!("\"{name}\"") } else { "NULL".to_owned() };
    let columns: Vec<String> = columns.iter().map(column).collect();
    let columns = columns.join(", ");
    Ok(Some(format!(
        "SELECT {key}, {columns} FROM {table} WHERE {key} > ?1 ORDER BY {key} LIMIT {PAGE_ROWS}"
    )))
}

fn session(row: &Row<'_>) -> Option<HostSession> {
    Some(HostSession {
        id: text(row, 0)?,
        platform: text(row, 1),
        model: text(row, 2),
        title: text(row, 3),
        start: moment(row, 4),
        end: moment(row, 5),
        counts: Counts {
            turns: None,
            messages: count(row, 6),
            model_calls: count(row, 7),
            tool_calls: count(row, 8),
        },
    })
}

fn message(row: &Row<'_>) -> Message {
    let role = text(row, 2).unwrap_or_else(|| "unknown".to_owned());
    let mut message = Message::new(Origin::Host, moment(row, 3).unwrap_or(UnixNanos(0)), role);
    message.session_id = text(row, 1);
    answers::set_content(&mut message, text_as_it_is(row, 4).map(content));
    message.tool_call_id = text(row, 5);
    message.tool_calls = answers::tool_requests(text(row, 6).map(Value::String));
    message.tool_name = text(row, 7);
    answers::set_reasoning(&mut message, text(row, 8).or_else(|| text(row, 9)).map(Value::String));
    message.active = count(row, 10).filter(|active| *active == 0).map(|_| false);
    message
}

/// Content as the host keeps it: a text, or JSON after a mark of its own.
fn content(text: String) -> Value {
    let structured = text.strip_prefix(STRUCTURED).and_then(|json| serde_json::from_str(json).ok());
    structured.unwrap_or(Value::String(text))
}

/// A text; nothing when the column holds something else or is empty. SQLite keeps to no type.
fn text(row: &Row<'_>, column: usize) -> Option<String> {
    text_as_it_is(row, column).filter(|text| !text.is_empty())
}

fn text_as_it_is(row: &Row<'_>, column: usize) -> Option<String> {
    match row.get_ref(column) {
        Ok(ValueRef::Text(text)) => Some(String::from_utf8_lossy(text).into_owned()),
        _ => None,
    }
}

fn moment(row: &Row<'_>, column: usize) -> Option<UnixNanos> {
    match row.get_ref(column) {
        Ok(ValueRef::Real(seconds)) => UnixNanos::from_seconds(seconds),
        Ok(ValueRef::Integer(seconds)) => UnixNanos::from_seconds(seconds as f64),
        _ => None,
    }
}

fn count(row: &Row<'_>, column: usize) -> Option<u64> {
    match row.get_ref(column) {
        Ok(ValueRef::Integer(count)) => u64::try_from(count).ok(),
        _ => None,
    }
}

fn size_of_row(row: &Row<'_>) -> usize {
    let columns = 0..row.as_ref().column_count();
    let size = |column| match row.get_ref(column) {
        Ok(ValueRef::Text(bytes) | ValueRef::Blob(bytes)) => bytes.len(),
        _ => 8,
    };
    columns.map(size).sum()
}
