//! A partition for each day.

use telemetry_core::time::{Day, UnixNanos};
use tokio::task::JoinSet;

use super::server::Database;
use crate::storage::keeping::report;
use crate::storage::sessions::{DAY, MONDAY, whole};
use crate::storage::state::{settle_all, state};

async fn partitions(database: &Database) -> Vec<String> {
    let sql = "SELECT inhrelid::regclass::text FROM pg_inherits
               WHERE inhparent IN ('events'::regclass, 'reports'::regclass) ORDER BY 1";
    sqlx::query_scalar(sql).fetch_all(&mut database.connect().await).await.unwrap()
}

fn name(table: &str, day: Day) -> String {
    format!("{table}_{}", day.to_string().replace('-', ""))
}

#[tokio::test]
async fn that_of_tomorrow_is_there_today() {
    let Some(database) = Database::new().await else { return };
    let storage = database.open().await;
    storage.keep_events(&whole("one", "old", MONDAY).events).await.unwrap();
    assert_eq!(partitions(&database).await, ["events_20260302"]);
    let before = UnixNanos::now();
    storage.keep_reports(&[report(1, before)]).await.unwrap();
    if UnixNanos::now().day() != before.day() {
        return; // It was midnight.
    }
    let today = before.day();
    let expected = ["events_20260302".into(), name("reports", today), name("reports", Day(today.0 + 1))];
    assert_eq!(partitions(&database).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn collectors_that_need_the_same_ones_at_once_make_each_once() {
    const DAYS: i64 = 12;
    let Some(database) = Database::new().await else { return };
    let mut keeping = JoinSet::new();
    for collector in 0..4 {
        let storage = database.open().await;
        keeping.spawn(async move {
            for day in 0..DAYS {
                // From both ends.
                let day = if collector % 2 == 0 { day } else { DAYS - 1 - day };
                let at = MONDAY.plus(day * DAY);
                let id = format!("{collector} {day}");
                assert!(!storage.keep_events(&whole("one", &id, at).events).await.unwrap().contains(&false));
                assert_eq!(
                    storage.keep_reports(&[report(collector * 100 + day as u64, at)]).await.unwrap(),
                    [true]
                );
            }
        });
    }
    while let Some(kept) = keeping.join_next().await {
        kept.unwrap();
    }
    let days = (0..DAYS).map(|day| MONDAY.plus(day * DAY).day());
    let both = |day: Day| ["events", "reports"].map(|table| name(table, day));
    let mut expected: Vec<String> = days.flat_map(both).collect();
    expected.sort();
    assert_eq!(partitions(&database).await, expected);
}

#[tokio::test]
async fn another_collector_need_not_know_that_days_were_dropped() {
    let Some(database) = Database::new().await else { return };
    let (storage, other) = (database.open().await, database.open().await);
    let old = whole("one", "old", MONDAY).events;
    let kept = whole("one", "kept", MONDAY.plus(2 * DAY)).events;
    let reports = [report(1, MONDAY), report(2, MONDAY.plus(DAY)), report(3, MONDAY.plus(2 * DAY))];
    for storage in [&storage, &other] {
        storage.keep_events(&old).await.unwrap();
        storage.keep_reports(&reports).await.unwrap();
    }
    settle_all(&storage).await;
    let before = state(&storage).await;
    let pruned = storage.prune(MONDAY.plus(2 * DAY + 5), MONDAY).await.unwrap();
    assert_eq!(pruned.days, 2);
    assert_eq!(partitions(&database).await, ["reports_20260304"]);
    // It thinks that they are there.
    assert_eq!(
        other.keep_events(&[&old[..3], &kept[..3]].concat()).await.unwrap(),
        [false, false, false, true, true, true]
    );
    assert_eq!(other.keep_reports(&reports).await.unwrap(), [false; 3]);
    assert_eq!(other.keep_events(&old).await.unwrap(), vec![false; old.len()]);
    settle_all(&other).await;
    let mut after = state(&storage).await;
    after.runs.retain(|run, _| before.runs.contains_key(run));
    assert_eq!(after.runs, before.runs);
    assert_eq!(partitions(&database).await, ["events_20260304", "reports_20260304"]);
}

#[tokio::test]
async fn a_partition_has_the_indexes_of_its_table() {
    let Some(database) = Database::new().await else { return };
    let storage = database.open().await;
    storage.keep_events(&whole("one", "s", MONDAY).events).await.unwrap();
    let sql = "SELECT count(*) FROM pg_inherits WHERE inhparent IN (
                   SELECT indexrelid FROM pg_index WHERE indrelid = 'events'::regclass)";
    let indexes: i64 = sqlx::query_scalar(sql).fetch_one(&mut database.connect().await).await.unwrap();
    assert_eq!(indexes, 4);
}
