//! Blocks of whole days, kept in the index beside the rows they were made from.
//!
//! Each column is a row of its own, so a question reads those it needs. Whoever writes facts marks their days
//! ([`stale`]), and the next to need such a day makes it anew.

use rusqlite::{Connection, OptionalExtension as _, Transaction, TransactionBehavior};
use telemetry_core::time::{Day, UnixNanos};

use super::block::{Block, Column};
use super::make::make;
use super::{Field, Kind};
use crate::error::StoreError;
use crate::index::stale;

/// The version of the form blocks are kept in. Another one is not read.
const FORM: i64 = 1;
/// The place of the form and of how many facts a block has, after all of its columns.
const HEAD: u8 = 0xff;

/// A day that has facts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Kept {
    /// Which.
    pub day: Day,
    /// The kinds whose blocks are not what the rows say any more, a bit each.
    stale: i64,
}

impl Kept {
    /// Its first moment, and the first of the next day.
    pub(crate) fn bounds(self) -> (i64, i64) {
        (self.day.start().0, Day(self.day.0.saturating_add(1)).start().0)
    }
}

/// The days from that of `since` to that of the last moment before `until` that have facts, oldest first.
pub(crate) fn days(connection: &Connection, since: i64, until: i64) -> rusqlite::Result<Vec<Kept>> {
    let (first, last) = (UnixNanos(since).day(), UnixNanos(until.saturating_sub(1)).day());
    connection
        .prepare_cached("SELECT day, stale FROM fact_day WHERE day BETWEEN ?1 AND ?2 ORDER BY day")?
        .query_map([first.0, last.0], |row| Ok(Kept { day: Day(row.get(0)?), stale: row.get(1)? }))?
        .collect()
}

/// The facts of one kind of a day, with the columns `fields` and maybe others. What is not kept, or not as the rows are
/// now, is made from them.
pub(crate) fn block(
    connection: &Connection,
    kept: Kept,
    kind: Kind,
    fields: &[Field],
) -> rusqlite::Result<Block> {
    if kept.stale & kind.bit() == 0
        && let Some(block) = read(connection, kept.day, kind, fields)?
    {
        return Ok(block);
    }
    let (since, until) = kept.bounds();
    make(connection, kind, since, until)
}

/// Makes what is stale of the days between two moments anew, and keeps it, until `go_on` says no. Where the database
/// cannot be written now (busy, read-only, a full disk), it is left for the next.
pub(crate) fn freshen(
    connection: &Connection,
    since: i64,
    until: i64,
    go_on: &mut dyn FnMut() -> bool,
) -> Result<(), StoreError> {
    if !connection.is_autocommit() {
        return Ok(());
    }
    let freshened = freshen_days(connection, since, until, go_on).map_err(StoreError::from);
    match freshened {
        Err(error) if error.is_damage() => Err(error),
        _ => Ok(()),
    }
}

fn freshen_days(
    connection: &Connection,
    since: i64,
    until: i64,
    go_on: &mut dyn FnMut() -> bool,
) -> rusqlite::Result<()> {
    if !stale::all_marked(connection)? {
        let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
        stale::mark_all(&transaction)?;
        transaction.commit()?;
    }
    for kept in days(connection, since, until)? {
        for kind in Kind::ALL.into_iter().filter(|kind| kept.stale & kind.bit() != 0) {
            if !go_on() {
                return Ok(());
            }
            let transaction = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
            let (since, until) = kept.bounds();
            write(&transaction, kept.day, &make(&transaction, kind, since, until)?)?;
            transaction
                .prepare_cached("UPDATE fact_day SET stale = stale & ~?2 WHERE day = ?1")?
                .execute((kept.day.0, kind.bit()))?;
            transaction.commit()?;
        }
    }
    Ok(())
}

/// The row of a column of a kind of a day: one number, so that what is read together lies together.
fn place(day: Day, kind: Kind, field: u8) -> i64 {
    i64::from(day.0) << 16 | i64::from(kind as u8) << 8 | i64::from(field)
}

/// How many facts of one kind a day had when they were last kept.
pub(crate) fn kept_facts(connection: &Connection, kept: Kept, kind: Kind) -> rusqlite::Result<usize> {
    let facts: Option<i64> = connection
        .prepare_cached("SELECT facts FROM fact_column WHERE id = ?1")?
        .query_row([place(kept.day, kind, HEAD)], |row| row.get(0))
        .optional()?;
    Ok(facts.and_then(|facts| usize::try_from(facts).ok()).unwrap_or(0))
}

fn read(connection: &Connection, day: Day, kind: Kind, fields: &[Field]) -> rusqlite::Result<Option<Block>> {
    let head = connection
        .prepare_cached("SELECT form, facts FROM fact_column WHERE id = ?1")?
        .query_row([place(day, kind, HEAD)], |row| Ok((row.get::<_, i64>(0)?, row.get::<_, i64>(1)?)))
        .optional()?;
    let rows = match head {
        // Nothing was worth keeping.
        None => return Ok(Some(Block::new(kind, 0, Vec::new()))),
        Some((FORM, rows)) => usize::try_from(rows).unwrap_or(0),
        Some(_) => return Ok(None),
    };
    let mut columns = Vec::with_capacity(fields.len());
    let mut statement = connection.prepare_cached("SELECT data FROM fact_column WHERE id = ?1")?;
    for &field in fields {
        let mut found = statement.query([place(day, kind, field as u8)])?;
        if let Some(row) = found.next()? {
            match Column::parse(row.get_ref(0)?.as_blob()?) {
                Some(column) => columns.push((field, column)),
                None => return Ok(None),
            }
        }
    }
    Ok(Some(Block::new(kind, rows, columns)))
}

fn write(connection: &Connection, day: Day, block: &Block) -> rusqlite::Result<()> {
    connection
        .prepare_cached("DELETE FROM fact_column WHERE id BETWEEN ?1 AND ?2")?
        .execute([place(day, block.kind, 0), place(day, block.kind, HEAD)])?;
    if block.rows() == 0 {
        return Ok(());
    }
    let mut keep = connection
        .prepare_cached("INSERT INTO fact_column (id, form, facts, data) VALUES (?1, ?2, ?3, ?4)")?;
    for (field, column) in block.columns() {
        let mut data = Vec::new();
        column.write(&mut data);
        keep.execute((place(day, block.kind, *field as u8), None::<i64>, None::<i64>, data))?;
    }
    let facts = block.rows() as i64;
    keep.execute((place(day, block.kind, HEAD), FORM, facts, None::<Vec<u8>>))?;
    Ok(())
}
