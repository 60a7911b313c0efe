//! Reports count once, whoever counts them and whenever.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::SeqCst};

use telemetry_collector::answers::{Answers as _, Question, Team};
use telemetry_collector::intake::Report;
use telemetry_collector::rollup::{Cells, Span};
use telemetry_collector::storage::{CellFilter, Settled, Storage};
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::TimeZone;
use tokio::task::JoinSet;

use super::databases::Databases;
use super::keeping::report;
use super::sessions::{DAY, HOUR, MONDAY, whole};
use super::state::{cells, settle_all};
use super::tally::Tally;

/// Nothing is so old.
const NEVER: UnixNanos = UnixNanos(0);

/// Some over two days.
fn reports(n: u64) -> Vec<Report> {
    (0..n)
        .map(|number| report(number, MONDAY.plus((number * 977 % 48) as i64 * HOUR + number as i64)))
        .collect()
}

/// Whether both rollups have these and nothing else.
async fn assert_counted(storage: &Arc<dyn Storage>, reports: &[Report]) {
    let mut expected = Cells::default();
    expected.count_reports(reports);
    assert_eq!(cells(storage, Span::Hour).await, expected);
    assert_eq!(cells(storage, Span::Day).await, expected.by_day());
}

pub async fn reports_wait_to_be_counted_and_one_step_counts_all(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let reports = reports(300);
    for batch in reports.chunks(7) {
        storage.keep_reports(batch).await.unwrap();
    }
    assert_eq!(storage.volumes().await.unwrap().unsettled, 43);
    assert_counted(&storage, &[]).await;
    let settled = storage.settle(1, Arc::new(Tally)).await.unwrap();
    assert_eq!(settled, Settled { runs: 0, reports: 300, complete: true });
    assert_eq!(storage.volumes().await.unwrap().unsettled, 0);
    assert_counted(&storage, &reports).await;
    assert_eq!(storage.settle(1, Arc::new(Tally)).await.unwrap(), Settled { reports: 0, ..settled });
    assert_counted(&storage, &reports).await;
}

pub async fn reports_count_however_many_runs_wait(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let runs = (0..9).flat_map(|n| whole("one", &n.to_string(), MONDAY.plus(n * HOUR)).events);
    storage.keep_events(&runs.collect::<Vec<_>>()).await.unwrap();
    storage.keep_reports(&reports(20)).await.unwrap();
    let settled = storage.settle(1, Arc::new(Tally)).await.unwrap();
    assert_eq!((settled.reports, settled.complete), (20, false));
}

pub async fn what_comes_again_is_not_noted_again(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let reports = reports(60);
    storage.keep_reports(&reports[..40]).await.unwrap();
    // Before they are counted and after: all of it, and with some that are new.
    for _ in 0..2 {
        storage.keep_reports(&reports[..40]).await.unwrap();
        storage.keep_reports(&[&reports[20..50], &reports[40..45]].concat()).await.unwrap();
        settle_all(&storage).await;
        assert_counted(&storage, &reports[..50]).await;
    }
    storage.keep_reports(&reports[..40]).await.unwrap();
    assert_eq!(storage.volumes().await.unwrap().unsettled, 0);
    storage.keep_reports(&reports).await.unwrap();
    settle_all(&storage).await;
    assert_counted(&storage, &reports).await;
}

pub async fn several_count_at_once_and_each_report_once(databases: impl Databases) {
    const SENDERS: usize = 8;
    let database = databases.fresh().await;
    let collectors = [database.open().await, database.open().await];
    let all = Arc::new(reports(1_000));
    let (counted, over) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicBool::new(false)));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (storage, all) = (collectors[sender % 2].clone(), all.clone());
        senders.spawn(async move {
            // Everybody sends everything, from another place on, in batches of another size.
            let mut reports = all.to_vec();
            reports.rotate_left(all.len() * sender / SENDERS);
            for batch in reports.chunks(sender * 9 + 20) {
                storage.keep_reports(batch).await.unwrap();
            }
        });
    }
    let mut settlers = JoinSet::new();
    for settler in 0..4 {
        let (storage, counted, over) = (collectors[settler % 2].clone(), counted.clone(), over.clone());
        settlers.spawn(async move {
            while !over.load(SeqCst) {
                let settled = storage.settle(7, Arc::new(Tally)).await.unwrap();
                counted.fetch_add(settled.reports, SeqCst);
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.unwrap();
    }
    over.store(true, SeqCst);
    while let Some(settled) = settlers.join_next().await {
        settled.unwrap();
    }
    let last = collectors[0].settle(7, Arc::new(Tally)).await.unwrap();
    assert!(last.complete);
    assert_eq!(counted.load(SeqCst) + last.reports, 1_000);
    assert_counted(&collectors[1], &all).await;
}

pub async fn what_a_collector_kept_before_it_died_is_counted_by_another(databases: impl Databases) {
    let database = databases.fresh().await;
    let reports = reports(30);
    let one = database.open().await;
    one.keep_reports(&reports).await.unwrap();
    drop(one);
    let other = database.open().await;
    // A client that has had no answer sends them again.
    assert_eq!(other.keep_reports(&reports).await.unwrap(), [false; 30]);
    settle_all(&other).await;
    assert_counted(&other, &reports).await;
}

pub async fn what_was_kept_counts_though_its_day_is_forgotten_meanwhile(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let reports = reports(50);
    storage.keep_reports(&reports).await.unwrap();
    assert_eq!(storage.prune(MONDAY.plus(DAY), NEVER).await.unwrap().days, 1);
    settle_all(&storage).await;
    assert_counted(&storage, &reports).await;
    // Of those of the day that is gone nobody can tell whether they are new, so they are not counted.
    storage.keep_reports(&reports).await.unwrap();
    settle_all(&storage).await;
    assert_counted(&storage, &reports).await;
}

pub async fn an_answer_has_what_was_kept_before_it(databases: impl Databases) {
    let database = databases.fresh().await;
    let (storage, other) = (database.open().await, database.open().await);
    let team = Team::new(storage.clone(), Arc::default());
    let question = Question {
        since: None,
        until: None,
        zone: TimeZone::UTC,
        by: Vec::new(),
        filter: CellFilter::default(),
        top: 0,
    };
    let over = Arc::new(AtomicBool::new(false));
    let (settler, stop) = (other.clone(), over.clone());
    // Another collector may be at it at any moment.
    let settling = tokio::spawn(async move {
        while !stop.load(SeqCst) {
            settler.settle(7, Arc::new(Tally)).await.unwrap();
        }
    });
    for (place, batch) in reports(400).chunks(20).enumerate() {
        let to = if place % 2 == 0 { &storage } else { &other };
        to.keep_reports(batch).await.unwrap();
        let page = team.insights(&question).await.unwrap();
        assert_eq!(page.reports.map(|reports| reports.total), Some((place as u64 + 1) * 20));
    }
    over.store(true, SeqCst);
    settling.await.unwrap();
}
