//! What kind of work a run is: told by its parent, its surface and the command of its process, which become known in any order.

use telemetry_core::kind::RunKind;
use telemetry_core::vocabulary::{Command, Entrypoint};

use super::Batch;
use crate::index::Set;

impl Batch<'_> {
    /// The kind of a run, as its row has it.
    pub(super) fn kind(
        &mut self,
        has_parent: bool,
        entrypoint: Option<&Entrypoint>,
        command: Option<&Command>,
    ) -> rusqlite::Result<Option<i64>> {
        let kind = RunKind::of(has_parent, entrypoint, command);
        kind.map(|kind| self.text(kind.as_str())).transpose()
    }

    /// Derives the kinds of `runs` again from what their rows say now.
    pub(super) fn derive_kinds(&mut self, runs: &Set<i64>) -> rusqlite::Result<()> {
        for run in runs {
            let (has_parent, entrypoint, command, before): (_, Option<String>, Option<String>, Option<i64>) =
                self.statements
                    .get(
                        "SELECT run.parent IS NOT NULL, entrypoint.text, command.text, run.kind FROM run
                         LEFT JOIN process ON process.id = run.process
                         LEFT JOIN name AS entrypoint ON entrypoint.id = run.entrypoint
                         LEFT JOIN name AS command ON command.id = process.command
                         WHERE run.id = ?1",
                    )?
                    .query_row([run], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?)))?;
            let (entrypoint, command) = (entrypoint.as_deref().map(Entrypoint::from), command.as_deref());
            let kind = self.kind(has_parent, entrypoint.as_ref(), command.map(Command::from).as_ref())?;
            if kind != before {
                self.statements.get("UPDATE run SET kind = ?2 WHERE id = ?1")?.execute((run, kind))?;
            }
        }
        Ok(())
    }
}
