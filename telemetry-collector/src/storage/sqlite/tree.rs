//! The events of a tree of runs.

use rusqlite::Connection;
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;

use super::{ids, units};
use crate::storage::StorageError;

/// All events of the tree that a run is in, the first `most` of them.
pub(super) fn tree(connection: &Connection, run: RunId, most: usize) -> Result<Vec<Event>, StorageError> {
    // Whoever is above a run has it below, so what is below all of them is the tree. UNION and not UNION ALL: a tree that says it is
    // its own parent has an end.
    let mut select = connection.prepare_cached(
        "WITH RECURSIVE
             above (run) AS (
                 SELECT ?1 UNION SELECT runs.parent FROM above JOIN runs USING (run) WHERE runs.parent IS NOT NULL),
             below (run) AS (
                 SELECT run FROM above
                 UNION SELECT child.run FROM below JOIN runs AS child ON child.parent = below.run),
             origin (process) AS (
                 SELECT process FROM events WHERE run IN (SELECT run FROM below) AND process IS NOT NULL
                 UNION SELECT process FROM runs WHERE run IN (SELECT run FROM below) AND process IS NOT NULL)
         SELECT line, ts_ns, id FROM events WHERE run IN (SELECT run FROM below)
         UNION SELECT line, ts_ns, id FROM events WHERE about IN (SELECT run FROM below)
         UNION SELECT line, ts_ns, id FROM events WHERE run IS NULL AND process IN (SELECT process FROM origin)
         ORDER BY ts_ns, id LIMIT ?2",
    )?;
    let mut rows = select.query((ids::run(run), i64::try_from(most).unwrap_or(i64::MAX)))?;
    let mut events = Vec::new();
    while let Some(row) = rows.next()? {
        events.extend(units::event(row)?);
    }
    Ok(events)
}
