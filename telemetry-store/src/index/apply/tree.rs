//! Trees of runs: each run knows the top of its own, so that nobody has to climb.

use std::collections::HashSet;

use rusqlite::OptionalExtension as _;

use super::Batch;

impl Batch<'_> {
    /// Puts a run, whose parent has just become known, and all that is below it into the tree of that parent.
    ///
    /// Parents are told in any order. A run without one is the top of its tree, so until now all that is below `run` had
    /// `run` itself for a top.
    pub(super) fn join_tree_of_parent(&mut self, run: i64) -> rusqlite::Result<()> {
        let parent = "SELECT parent FROM run WHERE id = ?1 AND parent IS NOT NULL";
        let parent = |run: i64| -> rusqlite::Result<Option<i64>> {
            self.connection.prepare_cached(parent)?.query_row([run], |row| row.get(0)).optional()
        };
        let Some(above) = parent(run)? else { return Ok(()) };
        let top: i64 = self
            .connection
            .prepare_cached("SELECT coalesce(root, id) FROM run WHERE id = ?1")?
            .query_row([above], |row| row.get(0))?;
        let top = if top != run {
            top
        } else {
            // Runs that are each other's parents, which no host means. They have the same top whichever was told last: the
            // one of the ring with the smallest id.
            let mut ring = HashSet::new();
            let mut at = run;
            while ring.insert(at) {
                at = parent(at)?.unwrap_or(at);
            }
            let mut smallest = (self.key(run)?, run);
            for member in ring {
                smallest = smallest.min((self.key(member)?, member));
            }
            smallest.1
        };
        self.connection
            .prepare_cached("UPDATE run SET root = nullif(?2, id) WHERE id = ?1 OR root = ?1")?
            .execute((run, top))?;
        Ok(())
    }

    fn key(&self, run: i64) -> rusqlite::Result<[u8; 16]> {
        self.connection
            .prepare_cached("SELECT key FROM run WHERE id = ?1")?
            .query_row([run], |row| row.get(0))
    }
}
