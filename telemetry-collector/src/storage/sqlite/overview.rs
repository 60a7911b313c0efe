//! What there is: names to filter by, and how much.

use rusqlite::Connection;

use super::{file::File, schema};
use crate::rollup::Hour;
use crate::storage::{Names, StorageError, Volumes};

/// What there is to filter by, most facts first.
pub(super) fn names(connection: &Connection, since: Hour, most: usize) -> Result<Names, StorageError> {
    Ok(Names {
        hosts: named(connection, "host", since, most)?,
        agents: named(connection, "agent", since, most)?,
        models: named(connection, "model", since, most)?,
        providers: named(connection, "provider", since, most)?,
    })
}

fn named(
    connection: &Connection,
    dimension: &str,
    since: Hour,
    most: usize,
) -> Result<Vec<String>, StorageError> {
    // Hours of the day it begins in, and days from the next one on.
    let next_day =
        if since.midnight() == since { since } else { Hour(since.midnight().0.saturating_add(24)) };
    let mut select = connection.prepare_cached(&format!(
        "SELECT {dimension} FROM series JOIN (
             SELECT series, n FROM rollup_hours WHERE at >= ?1 AND at < ?2
             UNION ALL SELECT series, n FROM rollup_days WHERE at >= ?2) AS counted ON counted.series = series.id
         WHERE {dimension} <> '' GROUP BY {dimension} ORDER BY sum(n) DESC, {dimension} LIMIT ?3"
    ))?;
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let found = select.query_map((since.0, next_day.0, most), |row| row.get(0))?;
    Ok(found.collect::<Result<_, _>>()?)
}

/// How much there is.
pub(super) fn volumes(connection: &Connection, file: &File) -> Result<Volumes, StorageError> {
    let count = |sql: &str| connection.prepare_cached(sql)?.query_row([], |row| row.get::<_, i64>(0));
    let kept = |what| {
        Ok::<_, StorageError>(schema::get(connection, what)?.and_then(|n| n.parse().ok()).unwrap_or(0))
    };
    Ok(Volumes {
        events: kept("events")?,
        reports: kept("reports")?,
        runs: count("SELECT count(*) FROM runs")? as u64,
        unsettled: count("SELECT (SELECT count(*) FROM unsettled) + (SELECT count(*) FROM uncounted)")?
            as u64,
        bytes: file.bytes(),
        // `total` and not `sum`, which fails where a sum is too large.
        dropped_events: count("SELECT CAST(total(dropped) AS INTEGER) FROM processes")? as u64,
    })
}
