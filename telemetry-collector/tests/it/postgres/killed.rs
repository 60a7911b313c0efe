//! Connections that break in the middle of anything.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use telemetry_collector::intake::{Recorded, Report};
use telemetry_collector::rollup::{Cells, Fact};
use telemetry_collector::storage::{Storage, StorageError};
use tokio::task::JoinSet;

use super::server::Database;
use crate::storage::keeping::report;
use crate::storage::sessions::{HOUR, MONDAY, whole};
use crate::storage::state::{settle_all, state, state_of};
use crate::storage::tally::Tally;

/// Tries until it is done, as a client does that is told to come again. How often that was is added to `again`.
async fn insist<T, F>(again: &AtomicU64, mut attempt: impl FnMut() -> F) -> T
where
    F: Future<Output = Result<T, StorageError>>,
{
    loop {
        match attempt().await {
            Ok(done) => return done,
            Err(StorageError::Unavailable(_)) => again.fetch_add(1, Relaxed),
            Err(error) => panic!("{error}"),
        };
    }
}

/// Ends a connection of a collector, whatever it is at, every few milliseconds until `done`. Returns how many it ended.
async fn kill(database: &Database, done: &AtomicBool) -> u64 {
    let mut connection = database.connect().await;
    let mut pace = tokio::time::interval(Duration::from_millis(7));
    let mut killed = 0;
    while !done.load(Relaxed) {
        pace.tick().await;
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                   WHERE datname = current_database() AND application_name = 'telemetry-collector' ORDER BY random() LIMIT 1";
        killed += sqlx::query(sql).fetch_all(&mut connection).await.unwrap().len() as u64;
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_collectors_whose_connections_break_all_the_time_keep_and_count_everything_once() {
    let Some(database) = Database::new().await else { return };
    let collectors = [database.open().await, database.open().await];
    let events: Arc<Vec<Recorded>> = Arc::new(
        (0..60).flat_map(|n| whole("one", &n.to_string(), MONDAY.plus(n * HOUR / 4)).events).collect(),
    );
    let reports: Arc<Vec<Report>> =
        Arc::new((0..400).map(|n| report(n, MONDAY.plus(n as i64 * HOUR / 50))).collect());
    let (again, done) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));

    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let storage = collectors[sender % 2].clone();
        let (events, reports, again) = (events.clone(), reports.clone(), again.clone());
        senders.spawn(async move {
            // Everybody sends everything, in another order.
            let (mut events, mut reports) = (events.to_vec(), reports.to_vec());
            let (some_events, some_reports) = (events.len() * sender / 8, reports.len() * sender / 8);
            events.rotate_left(some_events);
            reports.rotate_left(some_reports);
            let batches = reports.chunks(13 + sender);
            for (events, reports) in events.chunks(17 + sender).zip(batches.cycle()) {
                insist(&again, || storage.keep_events(events)).await;
                insist(&again, || storage.keep_reports(reports)).await;
            }
        });
    }
    let mut settlers = JoinSet::new();
    for storage in collectors.clone() {
        let (again, done) = (again.clone(), done.clone());
        settlers.spawn(async move {
            while !done.load(Relaxed) {
                insist(&again, || storage.settle(5, Arc::new(Tally))).await;
            }
        });
    }
    let sending = async {
        while let Some(sent) = senders.join_next().await {
            sent.unwrap();
        }
        done.store(true, Relaxed);
    };
    let (killed, ()) = tokio::join!(kill(&database, &done), sending);
    while let Some(settled) = settlers.join_next().await {
        settled.unwrap();
    }
    assert!(killed > 10 && again.load(Relaxed) > 0, "{killed} killed, {again:?} times sent again");

    // A pool may have a connection yet that was ended, and find out when it uses it.
    let storage: Arc<dyn Storage> = database.open().await;
    settle_all(&storage).await;
    let volumes = storage.volumes().await.unwrap();
    assert_eq!((volumes.events, volumes.reports), (events.len() as u64, reports.len() as u64));
    let mut counted = Cells::default();
    counted.count_reports(&*reports);
    let (mut found, mut expected) = (state(&storage).await, state_of(&events));
    let mut of_reports = found.hours.clone();
    of_reports.0.retain(|(_, series), _| series.fact == Fact::Report);
    assert_eq!(of_reports, counted);
    expected.hours.add(&counted);
    expected.days = expected.hours.by_day();
    found.runs.values_mut().for_each(|run| run.tree_cost = run.cost.clone());
    assert_eq!(found, expected);
}
