//! Reports, counted: what commits noted of them, added to the rollups many notes at a time.
//!
//! Notes have the order of their commits, for there is one writer; so those up to a number are the same ones until they are counted.
//! They are added up beside the writer, and if another collector has counted them meanwhile, nothing was done.

use rusqlite::Connection;

use super::rollups;
use crate::intake::Report;
use crate::rollup::Cells;
use crate::storage::StorageError;

/// Where a step stops taking notes: so many bytes of them.
const MOST_BYTES: usize = 16 << 20;

/// What notes come to.
pub(super) struct AddedUp {
    /// The number of the last of them.
    last: i64,
    notes: i64,
    reports: u64,
    cells: Cells,
    /// Whether there were no others.
    pub is_last: bool,
}

/// Notes what reports add to the rollups.
pub(super) fn note<'a>(
    connection: &Connection,
    reports: impl Iterator<Item = &'a Report>,
) -> Result<(), StorageError> {
    let mut n = 0_i64;
    let mut cells = Cells::default();
    cells.count_reports(reports.inspect(|_| n += 1));
    if n > 0 {
        let cells = cells.encode().map_err(unreadable)?;
        connection
            .prepare_cached("INSERT INTO uncounted (reports, cells) VALUES (?1, ?2)")?
            .execute((n, cells))?;
    }
    Ok(())
}

/// Adds up the oldest notes; `None` when there is none.
pub(super) fn add_up(connection: &Connection) -> Result<Option<AddedUp>, StorageError> {
    let mut select = connection.prepare_cached("SELECT seq, reports, cells FROM uncounted ORDER BY seq")?;
    let mut rows = select.query([])?;
    let mut sum = AddedUp { last: 0, notes: 0, reports: 0, cells: Cells::default(), is_last: true };
    let mut bytes = 0;
    while let Some(row) = rows.next()? {
        if bytes >= MOST_BYTES {
            sum.is_last = false;
            break;
        }
        let cells: String = row.get(2)?;
        bytes += cells.len();
        sum.cells.absorb(Cells::decode(&cells).map_err(unreadable)?);
        sum.reports += row.get::<_, i64>(1)?.cast_unsigned();
        (sum.last, sum.notes) = (row.get(0)?, sum.notes + 1);
    }
    Ok((sum.notes > 0).then_some(sum))
}

/// Counts what was added up. Returns how many reports that is; 0 when another collector has counted some of them.
pub(super) fn count(connection: &Connection, sum: &AddedUp) -> Result<u64, StorageError> {
    let there: i64 = connection
        .prepare_cached("SELECT count(*) FROM uncounted WHERE seq <= ?1")?
        .query_row([sum.last], |row| row.get(0))?;
    if there != sum.notes {
        return Ok(0);
    }
    rollups::add(connection, &sum.cells)?;
    connection.prepare_cached("DELETE FROM uncounted WHERE seq <= ?1")?.execute([sum.last])?;
    Ok(sum.reports)
}

/// A note that cannot be read or written.
fn unreadable(error: serde_json::Error) -> StorageError {
    StorageError::Broken(format!("what reports add to the rollups: {error}"))
}
