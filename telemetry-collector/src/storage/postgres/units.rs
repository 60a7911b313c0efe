//! What is known of the runs of which something is new.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgConnection, Result, Row as _};
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::ids::{ProcessId, RunId};

use super::types::Uuid;
use crate::storage::Unit;

/// An event as it is read.
struct Line {
    run: Option<Uuid>,
    process: Option<Uuid>,
    about: Option<Uuid>,
    host: String,
    line: String,
}

impl FromRow<'_, PgRow> for Line {
    fn from_row(row: &PgRow) -> Result<Self> {
        Ok(Line {
            run: row.try_get(0)?,
            process: row.try_get(1)?,
            about: row.try_get(2)?,
            host: row.try_get(3)?,
            line: row.try_get(4)?,
        })
    }
}

/// All events that concern some runs, not yet told apart.
pub(super) struct Lines {
    own: Vec<Line>,
    about: Vec<Line>,
    of_processes: Vec<Line>,
    /// What the processes of runs were when they were last worked out: the day on which it was told may be forgotten.
    processes_before: Vec<(RunId, ProcessId)>,
}

/// How many events there are of each run, about.
pub(super) async fn sizes(connection: &mut PgConnection, runs: &[RunId]) -> Result<HashMap<RunId, usize>> {
    let rows: Vec<(Uuid, i64)> =
        sqlx::query_as("SELECT run, count(*) FROM events WHERE run = ANY($1) GROUP BY run")
            .bind(uuids(runs))
            .fetch_all(connection)
            .await?;
    Ok(rows.into_iter().map(|(run, n)| (RunId(run.0), n as usize)).collect())
}

/// Reads all that concerns some runs, in three queries whatever their number.
pub(super) async fn lines(
    connection: &mut PgConnection,
    runs: &[RunId],
    processes_before: Vec<(RunId, ProcessId)>,
) -> Result<Lines> {
    let own: Vec<Line> =
        sqlx::query_as("SELECT run, process, about, host, line FROM events WHERE run = ANY($1)")
            .bind(uuids(runs))
            .fetch_all(&mut *connection)
            .await?;
    // The conditions that something is not null are those of the indexes.
    let about: Vec<Line> = sqlx::query_as(
        "SELECT run, process, about, host, line FROM events WHERE about = ANY($1) AND about IS NOT NULL",
    )
    .bind(uuids(runs))
    .fetch_all(&mut *connection)
    .await?;
    let mut processes: BTreeSet<Uuid> = own.iter().filter_map(|line| line.process).collect();
    processes.extend(processes_before.iter().map(|(_, process)| Uuid::from(*process)));
    let of_processes: Vec<Line> = match processes.is_empty() {
        true => Vec::new(),
        false => {
            sqlx::query_as(
                "SELECT run, process, about, host, line FROM events
                 WHERE process = ANY($1) AND process IS NOT NULL AND run IS NULL",
            )
            .bind(processes.into_iter().collect::<Vec<_>>())
            .fetch_all(connection)
            .await?
        }
    };
    Ok(Lines { own, about, of_processes, processes_before })
}

pub(super) fn uuids(runs: &[RunId]) -> Vec<Uuid> {
    runs.iter().map(|run| Uuid::from(*run)).collect()
}

/// What is gathered of a run.
#[derive(Default)]
struct Gathered {
    events: Vec<Event>,
    /// Where its own events come from, and when the first of them was.
    own: Option<(i64, String)>,
    /// Where others speak of it.
    other: Option<String>,
    processes: BTreeSet<Uuid>,
}

impl Lines {
    /// Tells them apart by run. It takes a while, and nobody has to wait for the database meanwhile.
    pub fn units(self) -> Vec<Unit> {
        let mut runs: BTreeMap<Uuid, Gathered> = BTreeMap::new();
        for (run, process) in self.processes_before {
            runs.entry(run.into()).or_default().processes.insert(process.into());
        }
        for line in self.own {
            let Some(run) = line.run else { continue };
            let gathered = runs.entry(run).or_default();
            gathered.processes.extend(line.process);
            let Some(event) = event(&line.line) else { continue };
            if gathered.own.as_ref().is_none_or(|(first, _)| event.ts.0 < *first) {
                gathered.own = Some((event.ts.0, line.host));
            }
            gathered.events.push(event);
        }
        for line in self.about {
            let Some(run) = line.about.filter(|about| Some(*about) != line.run) else { continue };
            let gathered = runs.entry(run).or_default();
            gathered.events.extend(event(&line.line));
            gathered.other.get_or_insert(line.host);
        }
        let mut of_processes: HashMap<Uuid, Vec<(Event, String)>> = HashMap::new();
        for line in self.of_processes {
            let (Some(process), Some(event)) = (line.process, event(&line.line)) else { continue };
            of_processes.entry(process).or_default().push((event, line.host));
        }
        for gathered in runs.values_mut() {
            for (event, host) in
                gathered.processes.iter().filter_map(|process| of_processes.get(process)).flatten()
            {
                gathered.events.push(event.clone());
                gathered.other.get_or_insert_with(|| host.clone());
            }
        }
        runs.into_iter().filter_map(|(run, gathered)| gathered.unit(RunId(run.0))).collect()
    }
}

impl Gathered {
    /// `None` when nothing is known of it any more.
    fn unit(mut self, run: RunId) -> Option<Unit> {
        let host = self.own.map(|(_, host)| host).or(self.other)?;
        self.events.sort_by_key(|event| (event.ts, event.id.0));
        Some(Unit { run, host, events: self.events })
    }
}

/// One that cannot be read is left out: it was checked when it was taken in, so a newer version has kept it, and it must not hold up
/// all others.
pub(super) fn event(line: &str) -> Option<Event> {
    codec::decode(line.as_bytes()).ok()
}
