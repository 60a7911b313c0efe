//! One partition for each UTC day of events and of reports, so that a day is forgotten at the cost of dropping a table.
//!
//! They are made when the first of a day comes, and today that of tomorrow, so that nobody waits at midnight. A day that was
//! forgotten has no partition any more and gets none: what is sent of it again was kept once already.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Mutex, PoisonError};

use sqlx::{AssertSqlSafe, PgConnection, PgPool, Result};
use telemetry_core::time::{Day, UnixNanos};

use super::locks;

/// What has partitions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Partitioned {
    Events,
    Reports,
}

impl Partitioned {
    pub const ALL: [Partitioned; 2] = [Partitioned::Events, Partitioned::Reports];

    fn table(self) -> &'static str {
        match self {
            Partitioned::Events => "events",
            Partitioned::Reports => "reports",
        }
    }

    /// `events_20261121`.
    pub fn partition(self, day: Day) -> String {
        format!("{}_{}", self.table(), day.to_string().replace('-', ""))
    }

    /// The day of such a name.
    fn day(self, partition: &str) -> Option<Day> {
        let digits = partition.strip_prefix(self.table())?.strip_prefix('_')?;
        let (year, rest) = digits.split_at_checked(4)?;
        let (month, day) = rest.split_at_checked(2)?;
        format!("{year}-{month}-{day}").parse().ok()
    }

    /// A moment as a bound of a partition.
    fn bound(self, at: UnixNanos) -> String {
        match self {
            Partitioned::Events => at.0.to_string(),
            Partitioned::Reports => format!("'{at}'"),
        }
    }
}

/// The partitions that are there, as far as this process knows.
#[derive(Default)]
pub(super) struct Partitions {
    known: Mutex<HashSet<(Partitioned, Day)>>,
}

impl Partitions {
    /// Makes sure that there are partitions for these days. Returns those that are forgotten.
    pub async fn ensure(
        &self,
        pool: &PgPool,
        of: Partitioned,
        mut days: BTreeSet<Day>,
    ) -> Result<BTreeSet<Day>> {
        let today = UnixNanos::now().day();
        if days.contains(&today) {
            days.insert(Day(today.0 + 1));
        }
        {
            let known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            days.retain(|day| !known.contains(&(of, *day)));
        }
        if days.is_empty() {
            return Ok(days);
        }
        let mut transaction = pool.begin().await?;
        locks::take(&mut transaction, locks::PARTITIONS).await?;
        let kept = days.split_off(&events_since(&mut transaction).await?);
        for day in &kept {
            make(&mut transaction, of, *day).await?;
        }
        transaction.commit().await?;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        known.extend(kept.into_iter().map(|day| (of, day)));
        Ok(days)
    }

    /// Another process dropped some.
    pub fn forget(&self) {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

/// The oldest day whose events are kept; one of long ago when none was forgotten.
pub(super) async fn events_since(connection: &mut PgConnection) -> Result<Day> {
    const EVER: Day = Day(-100_000);
    let day: Option<String> = sqlx::query_scalar("SELECT value FROM meta WHERE key = 'events_since'")
        .fetch_optional(connection)
        .await?;
    Ok(day.and_then(|day| day.parse().ok()).unwrap_or(EVER))
}

/// Makes the partition of a day as a table of its own and attaches it: to make it in its place would wait for all who read.
async fn make(connection: &mut PgConnection, of: Partitioned, day: Day) -> Result<()> {
    let (table, partition) = (of.table(), of.partition(day));
    let attached: bool =
        sqlx::query_scalar("SELECT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = to_regclass($1))")
            .bind(&partition)
            .fetch_one(&mut *connection)
            .await?;
    if attached {
        return Ok(());
    }
    let (since, until) = (of.bound(day.start()), of.bound(Day(day.0 + 1).start()));
    let sql = format!(
        "CREATE TABLE IF NOT EXISTS {partition} (LIKE {table} INCLUDING ALL);
         ALTER TABLE {table} ATTACH PARTITION {partition} FOR VALUES FROM ({since}) TO ({until})"
    );
    // Of nothing but names of ours and numbers.
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// Forgets the days before `day` of which there is something: a partition after the other, so that nobody waits for long and few locks
/// are held. Returns how many days there were. Days of which there is nothing are not forgotten, because they may still be told of by
/// a collector that is to keep more.
pub(super) async fn drop_before(pool: &PgPool, day: Day) -> Result<u64> {
    let mut old = Vec::new();
    for of in Partitioned::ALL {
        let partitions: Vec<String> = sqlx::query_scalar(
            "SELECT child.relname::text FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
             WHERE inhparent = $1::regclass ORDER BY child.relname",
        )
        .bind(of.table())
        .fetch_all(pool)
        .await?;
        let days = partitions.into_iter().filter_map(|partition| Some((of.day(&partition)?, partition)));
        old.extend(days.filter(|(found, _)| *found < day));
    }
    let days: BTreeSet<Day> = old.iter().map(|(day, _)| *day).collect();
    let Some(newest) = days.last() else { return Ok(0) };
    // Before the first goes, for whoever reads events without those of a day must know that they are gone.
    sqlx::query(
        "INSERT INTO meta (key, value) VALUES ('events_since', $1)
         ON CONFLICT (key) DO UPDATE SET value = greatest(meta.value, excluded.value)",
    )
    .bind(Day(newest.0 + 1).to_string())
    .execute(pool)
    .await?;
    for (_, partition) in old {
        let mut transaction = pool.begin().await?;
        // Whoever reads is not interrupted, and those who come meanwhile do not wait behind us for longer than this.
        sqlx::raw_sql("SET LOCAL lock_timeout = '2s'").execute(&mut *transaction).await?;
        locks::take(&mut transaction, locks::PARTITIONS).await?;
        let sql = format!("DROP TABLE IF EXISTS {partition}");
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await?;
        transaction.commit().await?;
    }
    Ok(days.len() as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_tells_its_day() {
        let day: Day = "2026-11-21".parse().unwrap();
        for of in Partitioned::ALL {
            assert_eq!(of.day(&of.partition(day)), Some(day));
        }
        assert_eq!(Partitioned::Events.partition(day), "events_20261121");
        for other in ["events_default", "events_2026", "reports_20261121", "events_20261321", "events_é"] {
            assert_eq!(Partitioned::Events.day(other), None, "{other}");
        }
    }
}
