//! Sums added to the rollups.

use std::collections::{BTreeMap, HashSet};
use std::sync::{LazyLock, Mutex, PoisonError};

use sqlx::{AssertSqlSafe, PgConnection, Result};

use super::types::text;
use crate::rollup::{Cell, Cells, Hour, Series, Span, Sums};

/// The series that are in the database, as far as this process knows. None is ever removed.
#[derive(Default)]
pub(super) struct KnownSeries(Mutex<HashSet<i64>>);

impl KnownSeries {
    /// Notes what a transaction put there, once it is committed.
    pub fn learn(&self, added: Vec<i64>) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend(added);
    }
}

/// Adds cells to the rollups by hour and by day. Returns the series that were put there with them, to be
/// [learned](KnownSeries::learn) once the transaction is committed.
///
/// All who add do so in the same order (series, hours, days, latencies of hours, latencies of days; each by its key), and last of
/// all they do: so two of them wait for each other for a short time, and never both.
pub(super) async fn add(
    connection: &mut PgConnection,
    cells: &Cells,
    known: &KnownSeries,
) -> Result<Vec<i64>> {
    let added = name(connection, cells, known).await?;
    let days = cells.by_day();
    for (span, cells) in [(Span::Hour, cells), (Span::Day, &days)] {
        let cells: BTreeMap<(Hour, i64), &Cell> =
            cells.0.iter().map(|((hour, series), cell)| ((*hour, series.id()), cell)).collect();
        add_sums(connection, span, &cells).await?;
    }
    for (span, cells) in [(Span::Hour, cells), (Span::Day, &days)] {
        add_latencies(connection, span, cells).await?;
    }
    Ok(added)
}

static NAME: LazyLock<String> = LazyLock::new(|| {
    let arrays: Vec<String> = (2..Series::DIMENSIONS.len() + 3).map(|at| format!("${at}::text[]")).collect();
    format!(
        "INSERT INTO series (id, fact, {}) SELECT * FROM unnest($1::bigint[], {}) ON CONFLICT DO NOTHING",
        Series::DIMENSIONS.join(", "),
        arrays.join(", ")
    )
});

/// Puts series there that are new.
async fn name(connection: &mut PgConnection, cells: &Cells, known: &KnownSeries) -> Result<Vec<i64>> {
    let new: BTreeMap<i64, &Series> = {
        let known = known.0.lock().unwrap_or_else(PoisonError::into_inner);
        let all = cells.0.keys().map(|(_, series)| (series.id(), series));
        all.filter(|(id, _)| !known.contains(id)).collect()
    };
    if new.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = new.keys().copied().collect();
    let facts: Vec<&str> = new.values().map(|series| series.fact.as_str()).collect();
    let mut query = sqlx::query(AssertSqlSafe(NAME.as_str())).bind(ids.clone()).bind(facts);
    for at in 0..Series::DIMENSIONS.len() {
        query = query.bind(new.values().map(|series| text(series.values()[at])).collect::<Vec<_>>());
    }
    query.execute(connection).await?;
    Ok(ids)
}

/// The statements of one kind of rollups.
struct Statements {
    add_sums: String,
    remove_sums: String,
    add_latencies: String,
    remove_latencies: String,
}

impl Statements {
    fn of(span: Span) -> &'static Self {
        static HOURS: LazyLock<Statements> = LazyLock::new(|| Statements::new("hours"));
        static DAYS: LazyLock<Statements> = LazyLock::new(|| Statements::new("days"));
        match span {
            Span::Hour => &HOURS,
            Span::Day => &DAYS,
        }
    }

    fn new(spans: &str) -> Self {
        let names = Sums::NAMES.join(", ");
        let each = |of: &dyn Fn(usize, &str) -> String| {
            Sums::NAMES.iter().enumerate().map(|(at, name)| of(at, name)).collect::<Vec<_>>()
        };
        let arrays = each(&|at, _| format!("${}::bigint[]", at + 3)).join(", ");
        let sums =
            each(&|_, name| format!("{name} = saturating_add(kept.{name}, excluded.{name})")).join(", ");
        let nothing = each(&|_, name| format!("kept.{name} = 0")).join(" AND ");
        Statements {
            add_sums: format!(
                "INSERT INTO rollup_{spans} AS kept (at, series, {names})
                 SELECT to_timestamp(hour * 3600.0::double precision), series, {names}
                 FROM unnest($1::bigint[], $2::bigint[], {arrays}) AS new (hour, series, {names})
                 ON CONFLICT (at, series) DO UPDATE SET {sums}"
            ),
            remove_sums: format!(
                "DELETE FROM rollup_{spans} AS kept USING unnest($1::bigint[], $2::bigint[]) AS gone (hour, series)
                 WHERE kept.at = to_timestamp(gone.hour * 3600.0::double precision) AND kept.series = gone.series
                       AND {nothing}"
            ),
            add_latencies: format!(
                "INSERT INTO latency_{spans} AS kept (at, series, measure, bucket, n)
                 SELECT to_timestamp(hour * 3600.0::double precision), series, measure, bucket, n
                 FROM unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[], $5::bigint[])
                      AS new (hour, series, measure, bucket, n)
                 ON CONFLICT (at, series, measure, bucket) DO UPDATE SET n = kept.n + excluded.n"
            ),
            remove_latencies: format!(
                "DELETE FROM latency_{spans} AS kept
                 USING unnest($1::bigint[], $2::bigint[], $3::smallint[], $4::smallint[])
                       AS gone (hour, series, measure, bucket)
                 WHERE kept.at = to_timestamp(gone.hour * 3600.0::double precision) AND kept.series = gone.series
                       AND kept.measure = gone.measure AND kept.bucket = gone.bucket AND kept.n = 0"
            ),
        }
    }
}

async fn add_sums(
    connection: &mut PgConnection,
    span: Span,
    cells: &BTreeMap<(Hour, i64), &Cell>,
) -> Result<()> {
    let nothing = Sums::default();
    let rows: Vec<_> = cells.iter().filter(|(_, cell)| cell.sums != nothing).collect();
    if rows.is_empty() {
        return Ok(());
    }
    let statements = Statements::of(span);
    let mut query = sqlx::query(AssertSqlSafe(statements.add_sums.as_str()))
        .bind(rows.iter().map(|((hour, _), _)| i64::from(hour.0)).collect::<Vec<_>>())
        .bind(rows.iter().map(|((_, series), _)| *series).collect::<Vec<_>>());
    for at in 0..Sums::NAMES.len() {
        query = query.bind(rows.iter().map(|(_, cell)| cell.sums.values()[at]).collect::<Vec<_>>());
    }
    query.execute(&mut *connection).await?;
    // Only what was taken away can leave nothing.
    let less = rows.iter().filter(|(_, cell)| cell.sums.values().iter().any(|sum| *sum < 0));
    let (hours, series): (Vec<i64>, Vec<i64>) =
        less.map(|((hour, series), _)| (i64::from(hour.0), *series)).unzip();
    if !hours.is_empty() {
        let remove = sqlx::query(AssertSqlSafe(statements.remove_sums.as_str()));
        remove.bind(hours).bind(series).execute(connection).await?;
    }
    Ok(())
}

async fn add_latencies(connection: &mut PgConnection, span: Span, cells: &Cells) -> Result<()> {
    let mut rows = BTreeMap::new();
    for ((hour, series), cell) in &cells.0 {
        let series = series.id();
        for (measure, sketch) in &cell.latencies {
            for (bucket, n) in &sketch.0 {
                rows.insert((i64::from(hour.0), series, measure.number(), bucket.0), *n);
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    let statements = Statements::of(span);
    bound(&statements.add_latencies, rows.keys())
        .bind(rows.values().copied().collect::<Vec<i64>>())
        .execute(&mut *connection)
        .await?;
    let less: Vec<_> = rows.iter().filter(|(_, n)| **n < 0).map(|(key, _)| key).collect();
    if !less.is_empty() {
        bound(&statements.remove_latencies, less.into_iter()).execute(connection).await?;
    }
    Ok(())
}

type Query<'q> = sqlx::query::Query<'q, sqlx::Postgres, sqlx::postgres::PgArguments>;

/// A statement with hours, series, measures and buckets bound.
fn bound<'a>(
    statement: &'static str,
    keys: impl Iterator<Item = &'a (i64, i64, i16, i16)> + Clone,
) -> Query<'static> {
    sqlx::query(AssertSqlSafe(statement))
        .bind(keys.clone().map(|key| key.0).collect::<Vec<_>>())
        .bind(keys.clone().map(|key| key.1).collect::<Vec<_>>())
        .bind(keys.clone().map(|key| key.2).collect::<Vec<_>>())
        .bind(keys.map(|key| key.3).collect::<Vec<_>>())
}
