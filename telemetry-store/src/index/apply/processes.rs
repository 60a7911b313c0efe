//! What a batch has gathered about processes, to their rows.

use rusqlite::params;
use telemetry_core::ids::ProcessId;
use telemetry_core::outcome::{ProcessOver, process_over};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Command;

use super::Batch;
use super::rows::{ONE, Table};
use crate::index::facts::ProcessDelta;
use crate::index::{Map, Set};

pub(super) const PROCESS: Table = Table {
    into: "process (id, key, host, pid, birthplace, born, version, start_ns, last_ns, exit_ns, lost_ns, command)",
    columns: 12,
    at_once: ONE,
};

/// What the runs of a process need to know of it.
#[derive(PartialEq)]
pub(super) struct Process {
    pub end: Option<ProcessOver>,
    pub command: Option<Command>,
}

impl Batch<'_> {
    /// Writes the processes. Returns what each is now; runs of those that have changed are `to_judge`.
    pub(super) fn write_processes(&mut self, to_judge: &mut Set<i64>) -> rusqlite::Result<Map<i64, Process>> {
        let processes = std::mem::take(&mut self.processes).into_sorted();
        let mut known = Map::with_capacity_and_hasher(processes.len(), Default::default());
        for (process, delta) in processes {
            let now = match delta.new {
                Some(id) => {
                    self.write_new_process(process, id, &delta)?;
                    let end = over(delta.exit, delta.lost, delta.last);
                    Process { end, command: delta.started.and_then(|(_, started)| started.command) }
                }
                None => {
                    let (before, after) = self.add_to_process(process, &delta)?;
                    if before != after {
                        let mut runs =
                            self.connection.prepare_cached("SELECT id FROM run WHERE process = ?1")?;
                        for run in runs.query_map([process], |row| row.get(0))? {
                            to_judge.insert(run?);
                        }
                    }
                    after
                }
            };
            known.insert(process, now);
        }
        Ok(known)
    }

    fn write_new_process(
        &mut self,
        process: i64,
        id: ProcessId,
        delta: &ProcessDelta,
    ) -> rusqlite::Result<()> {
        let started = delta.started.as_ref().map(|(_, started)| started);
        let host = self.word(started.map(|started| &started.host))?;
        let version = self.word(started.and_then(|started| started.version.as_ref()))?;
        let command = self.command(started.and_then(|started| started.command.as_ref()))?;
        self.added += u64::from(started.is_some()) + u64::from(delta.exit.is_some() || delta.lost.is_some());
        self.process_rows.add(params![
            process,
            { id.0 }.to_be_bytes(),
            host,
            started.map(|started| started.pid),
            started.and_then(|started| started.birthplace.as_deref()),
            started.and_then(|started| started.born).and_then(|born| i64::try_from(born).ok()),
            version,
            delta.started.as_ref().map(|(at, _)| at),
            delta.last,
            delta.exit,
            delta.lost,
            command
        ])
    }

    /// Adds to the row of a process that was there before. Returns what it was, and what it is now.
    fn add_to_process(&mut self, process: i64, delta: &ProcessDelta) -> rusqlite::Result<(Process, Process)> {
        type Times = [Option<i64>; 4];
        let ([start, old_exit, old_lost, old_last], old_command): (Times, Option<String>) = self
            .statements
            .get(
                "SELECT start_ns, exit_ns, lost_ns, last_ns, name.text
                 FROM process LEFT JOIN name ON name.id = process.command WHERE process.id = ?1",
            )?
            .query_row([process], |row| {
                Ok(([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?], row.get(4)?))
            })?;
        let old_command = old_command.as_deref().map(Command::from);
        let exit = old_exit.into_iter().chain(delta.exit).min();
        let (lost, last) = (old_lost.max(delta.lost), old_last.max(delta.last));
        self.added += u64::from(start.is_none() && delta.started.is_some())
            + u64::from((exit, lost) != (old_exit, old_lost));
        let started = delta.started.as_ref().map(|(_, started)| started);
        let host = self.word(started.map(|started| &started.host))?;
        let version = self.word(started.and_then(|started| started.version.as_ref()))?;
        let command = self.command(started.and_then(|started| started.command.as_ref()))?;
        self.statements.get(
            "UPDATE process SET host = coalesce(host, ?2), pid = coalesce(pid, ?3),
                 birthplace = coalesce(birthplace, ?4), born = coalesce(born, ?5), version = coalesce(version, ?6),
                 start_ns = coalesce(min(start_ns, ?7), start_ns, ?7), last_ns = ?8, exit_ns = ?9, lost_ns = ?10,
                 command = CASE WHEN start_ns IS NULL OR ?7 < start_ns THEN ?11 ELSE command END
             WHERE id = ?1",
            )?.execute(params![
                process,
                host,
                started.map(|started| started.pid),
                started.and_then(|started| started.birthplace.as_deref()),
                started.and_then(|started| started.born).and_then(|born| i64::try_from(born).ok()),
                version,
                delta.started.as_ref().map(|(at, _)| at),
                last,
                exit,
                lost,
                command
            ])?;
        // Of its announcements the earliest says, so that the order they are read in does not matter.
        let earliest = delta.started.as_ref().filter(|(at, _)| start.is_none_or(|start| *at < start));
        let now = earliest.map_or_else(|| old_command.clone(), |(_, started)| started.command.clone());
        let after = Process { end: over(exit, lost, last), command: now };
        Ok((Process { end: over(old_exit, old_lost, old_last), command: old_command }, after))
    }

    fn command(&mut self, command: Option<&Command>) -> rusqlite::Result<Option<i64>> {
        command.map(|command| self.text(command.as_str())).transpose()
    }
}

/// [`process_over`] of columns.
pub(in crate::index) fn over(exit: Option<i64>, lost: Option<i64>, last: Option<i64>) -> Option<ProcessOver> {
    process_over(exit.map(UnixNanos), lost.map(UnixNanos), last.map(UnixNanos))
}
