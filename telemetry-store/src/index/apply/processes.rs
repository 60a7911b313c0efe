//! What a batch has gathered about processes, to their rows.

use std::collections::{HashMap, HashSet};

use rusqlite::params;
use telemetry_core::ids::ProcessId;

use super::Batch;
use crate::index::facts::ProcessDelta;
use crate::index::judged::{End, process_end};

impl Batch<'_> {
    /// Writes the processes. Returns how each has ended; runs of those of which that has changed are `to_judge`.
    pub(super) fn write_processes(
        &mut self,
        to_judge: &mut HashSet<i64>,
    ) -> rusqlite::Result<HashMap<i64, Option<End>>> {
        let mut processes: Vec<(i64, ProcessDelta)> =
            std::mem::take(&mut self.processes).into_iter().collect();
        processes.sort_unstable_by_key(|(process, _)| *process);
        let mut ends = HashMap::with_capacity(processes.len());
        for (process, delta) in &processes {
            let end = match delta.new {
                Some(id) => {
                    self.write_new_process(*process, id, delta)?;
                    process_end(delta.exit, delta.lost, delta.last)
                }
                None => {
                    let (before, after) = self.add_to_process(*process, delta)?;
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
            ends.insert(*process, end);
        }
        Ok(ends)
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
        self.added += u64::from(started.is_some()) + u64::from(delta.exit.is_some() || delta.lost.is_some());
        self.statements
            .get(
            "INSERT INTO process (id, key, host, pid, birthplace, born, version, start_ns, last_ns, exit_ns, lost_ns)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
            )?
            .execute(params![
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
                delta.lost
            ])?;
        Ok(())
    }

    /// Adds to the row of a process that was there before. Returns how it had ended, and how it has now.
    fn add_to_process(
        &mut self,
        process: i64,
        delta: &ProcessDelta,
    ) -> rusqlite::Result<(Option<End>, Option<End>)> {
        type Times = [Option<i64>; 4];
        let [start, old_exit, old_lost, old_last]: Times = self
            .statements
            .get("SELECT start_ns, exit_ns, lost_ns, last_ns FROM process WHERE id = ?1")?
            .query_row([process], |row| Ok([row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?]))?;
        let exit = old_exit.into_iter().chain(delta.exit).min();
        let (lost, last) = (old_lost.max(delta.lost), old_last.max(delta.last));
        self.added += u64::from(start.is_none() && delta.started.is_some())
            + u64::from((exit, lost) != (old_exit, old_lost));
        let started = delta.started.as_ref().map(|(_, started)| started);
        let host = self.word(started.map(|started| &started.host))?;
        let version = self.word(started.and_then(|started| started.version.as_ref()))?;
        self.statements.get(
            "UPDATE process SET host = coalesce(host, ?2), pid = coalesce(pid, ?3),
                 birthplace = coalesce(birthplace, ?4), born = coalesce(born, ?5), version = coalesce(version, ?6),
                 start_ns = coalesce(min(start_ns, ?7), start_ns, ?7), last_ns = ?8, exit_ns = ?9, lost_ns = ?10
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
                lost
            ])?;
        Ok((process_end(old_exit, old_lost, old_last), process_end(exit, lost, last)))
    }
}
