//! The statements of a batch.

use rusqlite::{CachedStatement, Connection};

/// Prepared statements, found by where their text lies: a batch runs a few of them ten thousand times, and the
/// connection's own cache would read the whole text each time.
pub(in crate::index) struct Statements<'a> {
    connection: &'a Connection,
    prepared: Vec<(&'static str, CachedStatement<'a>)>,
}

impl<'a> Statements<'a> {
    pub(in crate::index) fn new(connection: &'a Connection) -> Self {
        Statements { connection, prepared: Vec::new() }
    }

    /// The statement of a text.
    pub(in crate::index) fn get(&mut self, sql: &'static str) -> rusqlite::Result<&mut CachedStatement<'a>> {
        let place = match self.prepared.iter().position(|(known, _)| std::ptr::eq(*known, sql)) {
            Some(place) => place,
            None => {
                self.prepared.push((sql, self.connection.prepare_cached(sql)?));
                self.prepared.len() - 1
            }
        };
        Ok(&mut self.prepared[place].1)
    }
}
