//! What waits is committed together, and whoever waits is told of their own.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use telemetry_collector::intake::{Intake, IntakeError, Report};
use telemetry_core::time::UnixNanos;
use tokio::time::timeout;

use super::fake::Fake;
use super::server::PATIENCE;

pub fn reports(session: &str, ids: impl IntoIterator<Item = u64>) -> Vec<Report> {
    let report = |id| Report {
        id,
        at: UnixNanos(1),
        host: "laptop".to_owned(),
        session: session.to_owned(),
        kind: "commit".to_owned(),
        agent: None,
        hook: None,
        decision: None,
        decision_reason: None,
        tool: None,
        working_dir: None,
        latency_ms: None,
        tier: None,
        model: None,
        error_count: None,
        success: None,
        extra: None,
    };
    ids.into_iter().map(report).collect()
}

/// Waits until so many events are in the queue.
pub async fn waiting(intake: &Intake, count: usize) {
    let all = async {
        while intake.waiting() < count {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, all).await.expect("they never came");
}

#[tokio::test]
async fn what_waits_while_a_commit_is_under_way_is_one_commit() {
    let storage = Arc::new(Fake::default());
    let held = storage.turns.clone().acquire_owned().await.unwrap();
    let (intake, committing) = Intake::start(storage.clone(), 1);
    let put = |ids: std::ops::Range<u64>| {
        let intake = intake.clone();
        tokio::spawn(async move { intake.reports(reports("s", ids)).await })
    };
    let first = put(0..2);
    waiting(&intake, 2).await;
    // The committer has the first request, or will have it alone: the others come after it is held back at its turn.
    let others = [put(1..4), put(3..5)];
    waiting(&intake, 7).await;
    drop(held);
    let first = first.await.unwrap().unwrap();
    assert_eq!(first, [true, true]);
    let [second, third] = others;
    // Two requests had 3 at the same time: it is new to one of them.
    let (second, third) = (second.await.unwrap().unwrap(), third.await.unwrap().unwrap());
    assert_eq!((second.len(), third.len()), (3, 2));
    let new = second.iter().chain(&third).filter(|is_new| **is_new).count();
    assert_eq!(new, 3, "2, 3 and 4");
    drop(intake);
    committing.finish().await;
    let commits = storage.commits.lock().unwrap().clone();
    assert_eq!(commits.iter().sum::<usize>(), 7);
    assert!(commits.len() <= 2, "{commits:?}");
}

#[tokio::test]
async fn one_that_cannot_be_kept_costs_the_others_nothing() {
    let storage = Arc::new(Fake::default());
    storage.poison.lock().unwrap().insert("poison".to_owned());
    let held = storage.turns.clone().acquire_owned().await.unwrap();
    let (intake, _committing) = Intake::start(storage.clone(), 1);
    let put = |session: &'static str, id| {
        let intake = intake.clone();
        tokio::spawn(async move { intake.reports(reports(session, [id])).await })
    };
    let requests = [put("a", 1), put("poison", 2), put("b", 3)];
    waiting(&intake, 3).await;
    drop(held);
    let [a, poison, b] = requests;
    assert_eq!(a.await.unwrap().unwrap(), [true]);
    assert!(matches!(poison.await.unwrap(), Err(IntakeError::Broken(_))));
    assert_eq!(b.await.unwrap().unwrap(), [true]);
}

#[tokio::test]
async fn a_full_queue_refuses_and_what_fails_gives_its_room_back() {
    let storage = Arc::new(Fake::default());
    let held = storage.turns.clone().acquire_owned().await.unwrap();
    let (intake, _committing) = Intake::start(storage.clone(), 1);
    let many = tokio::spawn({
        let intake = intake.clone();
        async move { intake.reports(reports("s", 0..100_000)).await }
    });
    waiting(&intake, 100_000).await;
    assert!(matches!(intake.reports(reports("s", [1])).await, Err(IntakeError::Full)));
    storage.is_down.store(true, Ordering::SeqCst);
    drop(held);
    assert!(matches!(many.await.unwrap(), Err(IntakeError::Unavailable(_))));
    storage.is_down.store(false, Ordering::SeqCst);
    assert_eq!(intake.reports(reports("s", [1])).await.unwrap(), [true]);
    assert_eq!(intake.waiting(), 0);
}

#[tokio::test]
async fn what_was_taken_in_is_kept_when_it_ends() {
    let storage = Arc::new(Fake::default());
    let held = storage.turns.clone().acquire_owned().await.unwrap();
    let (intake, committing) = Intake::start(storage.clone(), 2);
    let put = tokio::spawn({
        let intake = intake.clone();
        async move { intake.reports(reports("s", 0..10)).await }
    });
    waiting(&intake, 10).await;
    drop((intake, held));
    timeout(PATIENCE, committing.finish()).await.expect("it never ends");
    assert_eq!(put.await.unwrap().unwrap(), [true; 10]);
    assert_eq!(storage.reports.lock().unwrap().len(), 10);
}
