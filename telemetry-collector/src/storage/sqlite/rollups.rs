//! Sums by hour and by day, corrected.

use rusqlite::{Connection, OptionalExtension as _, params_from_iter};

use crate::rollup::{Cell, Cells, Hour, Span, Sums};
use crate::storage::StorageError;

/// The tables of the sums and of the latencies.
pub(super) fn tables(span: Span) -> (&'static str, &'static str) {
    match span {
        Span::Hour => ("rollup_hours", "latency_hours"),
        Span::Day => ("rollup_days", "latency_days"),
    }
}

/// Adds to both rollups.
pub(super) fn add(connection: &Connection, change: &Cells) -> Result<(), StorageError> {
    name_series(connection, change)?;
    add_to(connection, Span::Hour, change)?;
    add_to(connection, Span::Day, &change.by_day())
}

/// Keeps what the numbers of series mean.
fn name_series(connection: &Connection, change: &Cells) -> Result<(), StorageError> {
    use crate::rollup::Series;
    let places = vec!["?"; Series::DIMENSIONS.len() + 2].join(", ");
    let names = Series::DIMENSIONS.join(", ");
    let mut insert = connection.prepare_cached(&format!(
        "INSERT INTO series (id, fact, {names}) VALUES ({places}) ON CONFLICT DO NOTHING"
    ))?;
    for (_, series) in change.0.keys() {
        insert.raw_bind_parameter(1, series.id())?;
        insert.raw_bind_parameter(2, series.fact.as_str())?;
        for (place, value) in series.values().iter().enumerate() {
            insert.raw_bind_parameter(place + 3, value)?;
        }
        insert.raw_execute()?;
    }
    Ok(())
}

fn add_to(connection: &Connection, span: Span, change: &Cells) -> Result<(), StorageError> {
    let (_, latencies) = tables(span);
    let mut add = connection.prepare_cached(&format!(
        "INSERT INTO {latencies} (at, series, measure, bucket, n) VALUES (?1, ?2, ?3, ?4, ?5)
         ON CONFLICT (at, series, measure, bucket) DO UPDATE SET n = n + excluded.n"
    ))?;
    let mut clean = connection.prepare_cached(&format!(
        "DELETE FROM {latencies} WHERE at = ?1 AND series = ?2 AND measure = ?3 AND bucket = ?4 AND n = 0"
    ))?;
    for ((hour, series), cell) in &change.0 {
        let series = series.id();
        add_sums(connection, span, *hour, series, cell)?;
        for (measure, sketch) in &cell.latencies {
            for (bucket, n) in &sketch.0 {
                let (measure, bucket) = (measure.number(), bucket.0);
                add.execute((hour.0, series, measure, bucket, n))?;
                if *n < 0 {
                    clean.execute((hour.0, series, measure, bucket))?;
                }
            }
        }
    }
    Ok(())
}

/// Adds to the sums of one row. Not in SQL, where a sum that is too large becomes another kind of number.
fn add_sums(
    connection: &Connection,
    span: Span,
    hour: Hour,
    series: i64,
    cell: &Cell,
) -> Result<(), StorageError> {
    if cell.sums == Sums::default() {
        return Ok(());
    }
    let (table, _) = tables(span);
    let names = Sums::NAMES.join(", ");
    let there = connection
        .prepare_cached(&format!("SELECT {names} FROM {table} WHERE at = ?1 AND series = ?2"))?
        .query_row((hour.0, series), |row| {
            let mut values = [0; Sums::NAMES.len()];
            for (place, value) in values.iter_mut().enumerate() {
                *value = row.get(place)?;
            }
            Ok(Sums::of(values))
        })
        .optional()?;
    let mut sums = there.unwrap_or_default();
    sums += cell.sums;
    if sums == Sums::default() {
        connection
            .prepare_cached(&format!("DELETE FROM {table} WHERE at = ?1 AND series = ?2"))?
            .execute((hour.0, series))?;
        return Ok(());
    }
    let places = vec!["?"; Sums::NAMES.len() + 2].join(", ");
    let values = [i64::from(hour.0), series].into_iter().chain(sums.values());
    connection
        .prepare_cached(&format!("INSERT OR REPLACE INTO {table} (at, series, {names}) VALUES ({places})"))?
        .execute(params_from_iter(values))?;
    Ok(())
}
