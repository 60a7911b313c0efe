//! Questions to the rollups.

use std::collections::BTreeMap;

use sqlx::postgres::PgRow;
use sqlx::{AssertSqlSafe, PgPool, Row};

use super::types::text;
use crate::rollup::{Bucket, Cell, Fact, Hour, Measure, Series, Span, Sums};
use crate::storage::{CellFilter, CellsAsked, Counted, StorageError};

/// The rollups of a question, added up.
pub(super) async fn cells(pool: &PgPool, asked: &CellsAsked) -> Result<Vec<Counted>, StorageError> {
    let by: Vec<&'static str> = Series::DIMENSIONS
        .iter()
        .copied()
        .filter(|name| asked.by.as_ref().is_none_or(|by| by.contains(name)))
        .collect();
    let mut found: BTreeMap<(Option<Hour>, Series), Cell> = BTreeMap::new();
    for row in ask(pool, asked, &sql("rollup", &by, asked.each, &[], Sums::NAMES)).await? {
        let mut sums = [0; Sums::NAMES.len()];
        for (name, sum) in Sums::NAMES.iter().zip(&mut sums) {
            *sum = row.try_get(name)?;
        }
        found.entry(key(&row, &by)?).or_default().sums = Sums::of(sums);
    }
    if asked.latencies {
        for row in ask(pool, asked, &sql("latency", &by, asked.each, &["measure", "bucket"], &["n"])).await? {
            let (measure, bucket): (i16, i16) = (row.try_get("measure")?, row.try_get("bucket")?);
            // A newer version may measure more.
            let Some(measure) = Measure::ALL.into_iter().find(|known| known.number() == measure) else {
                continue;
            };
            let cell = found.entry(key(&row, &by)?).or_default();
            cell.latencies.entry(measure).or_default().add(Bucket(bucket), row.try_get("n")?);
        }
    }
    Ok(found.into_iter().map(|((at, series), cell)| Counted { at, series, cell }).collect())
}

/// The question to the tables of hours and of days that are named `table`: the sums of `values`, told apart by the dimensions `by` and by
/// the columns `also`. All of it of names of ours.
///
/// It is added up by series first, so that what is long, the texts of a series, is looked at once for each of them.
fn sql(table: &str, by: &[&str], each: bool, also: &[&str], values: &[&str]) -> String {
    let hour = if each { "(extract(epoch FROM at) / 3600)::bigint" } else { "NULL::bigint" };
    let list = |prefix: &str, names: &[&str]| {
        names.iter().map(|name| format!(", {prefix}{name}")).collect::<String>()
    };
    let sums = |prefix: &str| {
        values
            .iter()
            .map(|name| format!(", within_bigint(sum({prefix}{name})) AS {name}"))
            .collect::<String>()
    };
    let spans = [("hours", 1, 2), ("days", 3, 4)].map(|(span, since, until)| {
        format!(
            "SELECT {hour} AS hour, series{}{} FROM {table}_{span}
             JOIN unnest(${since}::bigint[], ${until}::bigint[]) AS part (since, until)
                  ON at >= to_timestamp(since * 3600.0::double precision)
                 AND at < to_timestamp(until * 3600.0::double precision)",
            list("", also),
            list("", values)
        )
    });
    let group: Vec<String> = (1..=by.len() + also.len() + 2).map(|column| column.to_string()).collect();
    let group_of_series: Vec<String> = (1..=also.len() + 2).map(|column| column.to_string()).collect();
    format!(
        "WITH counted AS (
             SELECT hour, series{}{} FROM ({}) AS parts
             WHERE series IN (SELECT id FROM series WHERE {FILTER}) GROUP BY {})
         SELECT hour, fact{}{}{} FROM counted JOIN series ON series.id = counted.series GROUP BY {}",
        list("", also),
        sums(""),
        spans.join(" UNION ALL "),
        group_of_series.join(", "),
        list("series.", by),
        list("counted.", also),
        sums("counted."),
        group.join(", "),
    )
}

/// A fact that does not have a dimension, where it is empty, passes no filter by it, not even one by what is empty.
const FILTER: &str =
    "($5::text IS NULL OR host = nullif($5, '')) AND ($6::text IS NULL OR agent = nullif($6, ''))
    AND ($7::text IS NULL OR model = nullif($7, '')) AND ($8::text IS NULL OR provider = nullif($8, ''))
    AND ($9::text IS NULL OR outcome = nullif($9, ''))";

async fn ask(pool: &PgPool, asked: &CellsAsked, sql: &str) -> sqlx::Result<Vec<PgRow>> {
    let bounds = |span: Span| {
        let parts = asked.parts.iter().filter(move |(of, ..)| *of == span);
        parts.map(|(_, since, until)| (hours(*since), hours(*until))).unzip::<i64, i64, Vec<_>, Vec<_>>()
    };
    let ((hours_since, hours_until), (days_since, days_until)) = (bounds(Span::Hour), bounds(Span::Day));
    let CellFilter { host, agent, model, provider, outcome } = &asked.filter;
    let mut query = sqlx::query(AssertSqlSafe(sql.to_owned()))
        .bind(hours_since)
        .bind(hours_until)
        .bind(days_since)
        .bind(days_until);
    for wanted in [host, agent, model, provider, outcome] {
        query = query.bind(wanted.as_deref().map(text));
    }
    query.fetch_all(pool).await
}

fn key(row: &PgRow, by: &[&str]) -> sqlx::Result<(Option<Hour>, Series)> {
    let fact: String = row.try_get("fact")?;
    let fact =
        Fact::from_word(&fact).ok_or_else(|| sqlx::Error::Decode(format!("no fact is `{fact}`").into()))?;
    let mut values = Series::new(fact).values().map(str::to_owned);
    for (name, value) in Series::DIMENSIONS.iter().zip(&mut values) {
        if by.contains(name) {
            *value = row.try_get(name)?;
        }
    }
    let hour: Option<i64> = row.try_get("hour")?;
    Ok((hour.map(|hour| Hour(hour as i32)), Series::of(fact, values)))
}

/// An hour as a bound: within what a timestamp can be.
pub(super) fn hours(hour: Hour) -> i64 {
    const FAR: i64 = 3_000_000;
    i64::from(hour.0).clamp(-FAR / 2, FAR)
}
