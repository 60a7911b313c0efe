//! Questions to the rollups.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use rusqlite::types::Value;
use rusqlite::{Connection, Row, params_from_iter};

use super::filter::conditions;
use super::rollups::tables;
use crate::rollup::{Bucket, Cell, Fact, Hour, Measure, Series, Span, Sums};
use crate::storage::{CellsAsked, Counted, StorageError};

/// What was found so far: by hour or day where each is asked for, and by the number of the series.
type Found = BTreeMap<(Option<Hour>, i64), Cell>;

/// The rollups of a question.
pub(super) fn cells(connection: &Connection, asked: &CellsAsked) -> Result<Vec<Counted>, StorageError> {
    let mut found = Found::new();
    for part in &asked.parts {
        add_sums(connection, asked, *part, &mut found)?;
        if asked.latencies {
            add_latencies(connection, asked, *part, &mut found)?;
        }
    }
    let mut names = BTreeMap::new();
    let mut counted: BTreeMap<(Option<Hour>, Series), Cell> = BTreeMap::new();
    for ((at, id), cell) in found {
        let series = match names.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(unknown) => unknown.insert(series(connection, id, asked.by.as_deref())?),
        };
        if let Some(series) = series {
            counted.entry((at, series.clone())).or_default().merge(&cell, true);
        }
    }
    counted.retain(|_, cell| !cell.is_nothing());
    Ok(counted.into_iter().map(|((at, series), cell)| Counted { at, series, cell }).collect())
}

fn add_sums(
    connection: &Connection,
    asked: &CellsAsked,
    part: (Span, Hour, Hour),
    found: &mut Found,
) -> Result<(), StorageError> {
    let sums = Sums::NAMES.iter().map(|name| format!("sum({name})")).collect::<Vec<_>>().join(", ");
    let (table, _) = tables(part.0);
    select(connection, asked, part, table, "", &sums, |key, row| {
        let mut values = [0; Sums::NAMES.len()];
        for (place, value) in values.iter_mut().enumerate() {
            *value = row.get(place + 2)?;
        }
        found.entry(key).or_default().sums += Sums::of(values);
        Ok(())
    })
}

fn add_latencies(
    connection: &Connection,
    asked: &CellsAsked,
    part: (Span, Hour, Hour),
    found: &mut Found,
) -> Result<(), StorageError> {
    let (_, table) = tables(part.0);
    select(connection, asked, part, table, ", measure, bucket", "measure, bucket, sum(n)", |key, row| {
        let number: i16 = row.get(2)?;
        if let Some(measure) = Measure::ALL.into_iter().find(|measure| measure.number() == number) {
            let cell = found.entry(key).or_default();
            cell.latencies.entry(measure).or_default().add(Bucket(row.get(3)?), row.get(4)?);
        }
        Ok(())
    })
}

/// Gives `each` the hour and series, and the row, of which `columns` begin in the third column.
fn select(
    connection: &Connection,
    asked: &CellsAsked,
    (_, from, to): (Span, Hour, Hour),
    table: &str,
    group: &str,
    columns: &str,
    mut each: impl FnMut((Option<Hour>, i64), &Row<'_>) -> rusqlite::Result<()>,
) -> Result<(), StorageError> {
    let (conditions, wanted) = conditions(&asked.filter);
    let (at, by_at) = if asked.each { ("at", "at, ") } else { ("NULL", "") };
    let series = if conditions.is_empty() {
        String::new()
    } else {
        format!(" AND series IN (SELECT id FROM series WHERE true{conditions})")
    };
    let sql = format!(
        "SELECT {at}, series, {columns} FROM {table} WHERE at >= ? AND at < ?{series} GROUP BY {by_at}series{group}"
    );
    let bound =
        [Value::from(from.0), Value::from(to.0)].into_iter().chain(wanted.into_iter().map(Value::from));
    let mut statement = connection.prepare_cached(&sql)?;
    let mut rows = statement.query(params_from_iter(bound))?;
    while let Some(row) = rows.next()? {
        each((row.get::<_, Option<i32>>(0)?.map(Hour), row.get(1)?), row)?;
    }
    Ok(())
}

/// The series of a number, as far as it is told apart `by` dimensions; `None` of a fact that a newer version counts.
fn series(connection: &Connection, id: i64, by: Option<&[&str]>) -> Result<Option<Series>, StorageError> {
    let names = Series::DIMENSIONS.join(", ");
    Ok(connection.prepare_cached(&format!("SELECT fact, {names} FROM series WHERE id = ?1"))?.query_row(
        [id],
        |row| {
            let mut values = [const { String::new() }; Series::DIMENSIONS.len()];
            for (place, (value, name)) in values.iter_mut().zip(Series::DIMENSIONS).enumerate() {
                if by.is_none_or(|by| by.contains(name)) {
                    *value = row.get(place + 1)?;
                }
            }
            Ok(Fact::from_word(row.get_ref(0)?.as_str()?).map(|fact| Series::of(fact, values)))
        },
    )?)
}
