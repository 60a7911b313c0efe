//! A page of the list of runs, the newest first.

use rusqlite::{Connection, ToSql};
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;

use super::runs::{COLUMNS, summary};
use super::{RunSummary, Window};
use crate::error::StoreError;

/// Which runs are wanted.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Wanted<'a> {
    /// Those that began in it.
    pub window: Window,
    /// Of this host.
    pub host: Option<&'a str>,
    /// That began with this model.
    pub model: Option<&'a str>,
    /// Whose first answered call was by this provider.
    pub provider: Option<&'a str>,
    /// That ended so.
    pub outcome: Option<&'a str>,
    /// Those that come after this one, by when it began and its id: where the page before stopped.
    pub after: Option<(UnixNanos, RunId)>,
    /// How many at most.
    pub most: usize,
}

/// The provider of the first call of a run that was answered.
const PROVIDER: &str = "(SELECT provider.text FROM run JOIN model_call AS call ON call.run = run.id
    JOIN endpoint ON endpoint.id = call.endpoint JOIN name AS provider ON provider.id = endpoint.provider
    WHERE run.key = unhex(run_id) ORDER BY call.ts_ns LIMIT 1)";

/// The runs that are wanted, newest first.
///
/// # Errors
/// When the index cannot be read.
pub fn newest_runs(connection: &Connection, wanted: &Wanted<'_>) -> Result<Vec<RunSummary>, StoreError> {
    let (since, until) = wanted.window.bounds();
    let most = i64::try_from(wanted.most).unwrap_or(i64::MAX);
    let mut sql = format!("{COLUMNS} WHERE start_ns >= ?1 AND start_ns < ?2");
    let mut values: Vec<Box<dyn ToSql>> = vec![Box::new(since), Box::new(until)];
    for (column, value) in [
        ("host", wanted.host),
        ("model", wanted.model),
        (PROVIDER, wanted.provider),
        ("outcome", wanted.outcome),
    ] {
        if let Some(value) = value {
            values.push(Box::new(value.to_owned()));
            sql += &format!(" AND {column} = ?{}", values.len());
        }
    }
    if let Some((start, run)) = wanted.after {
        values.push(Box::new(start.0));
        values.push(Box::new(run.to_string()));
        let (start, run) = (values.len() - 1, values.len());
        // The first of both is what the index of moments is asked for.
        sql += &format!(" AND start_ns <= ?{start} AND (start_ns < ?{start} OR run_id < ?{run})");
    }
    values.push(Box::new(most));
    sql += &format!(" ORDER BY start_ns DESC, run_id DESC LIMIT ?{}", values.len());
    let mut statement = connection.prepare_cached(&sql)?;
    let found =
        statement.query_map(rusqlite::params_from_iter(values), summary)?.collect::<Result<_, _>>()?;
    Ok(found)
}
