//! Who waits for whom.

use std::sync::{Arc, Mutex, mpsc};

use sqlx::Connection as _;
use telemetry_collector::intake::Report;
use telemetry_collector::rollup::{Cells, Span};
use telemetry_collector::settle::Derive;
use telemetry_collector::storage::{Derived, Settled, StorageError, Unit};

use super::server::Database;
use crate::storage::keeping::report;
use crate::storage::sessions::{MONDAY, Session};
use crate::storage::state::{cells, settle_all, state, state_of};
use crate::storage::tally::Tally;

/// Says when it was asked, and waits until it may answer.
struct Slow {
    asked: mpsc::Sender<()>,
    may_answer: Mutex<mpsc::Receiver<()>>,
}

impl Derive for Slow {
    fn derive(&self, units: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        self.asked.send(()).unwrap();
        self.may_answer.lock().unwrap().recv().unwrap();
        Tally.derive(units)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn what_comes_while_a_run_is_worked_out_is_not_lost_to_a_slow_collector() {
    let Some(database) = Database::new().await else { return };
    let (slow, quick) = (database.open().await, database.open().await);
    let session = Session::begin("one", "s", MONDAY).turn().call("opus", Some(5)).call("opus", Some(7)).end();
    let (first, rest) = session.events.split_at(4);
    slow.keep_events(first).await.unwrap();

    let ((asked, is_asked), (answer, may_answer)) = (mpsc::channel(), mpsc::channel());
    let deriver = Arc::new(Slow { asked, may_answer: Mutex::new(may_answer) });
    let settling = tokio::spawn(async move { slow.settle(10, deriver).await });
    tokio::task::spawn_blocking(move || is_asked.recv().unwrap()).await.unwrap();
    // It has read the events. These are kept without waiting for it, and another collector is to work them out.
    quick.keep_events(rest).await.unwrap();
    let later = quick.clone();
    let other = tokio::spawn(async move { later.settle(10, Arc::new(Tally)).await });
    let mut connection = database.connect().await;
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut connection).await.unwrap() {}
    answer.send(()).unwrap();
    assert_eq!(settling.await.unwrap().unwrap().runs, 1);
    assert_eq!(other.await.unwrap().unwrap().runs, 1);
    settle_all(&quick).await;
    assert_eq!(state(&quick).await, state_of(&session.events));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn reports_that_another_collector_is_counting_are_waited_for_and_counted_if_it_dies() {
    let Some(database) = Database::new().await else { return };
    let storage = database.open().await;
    let reports: Vec<Report> = (0..30).map(|number| report(number, MONDAY)).collect();
    storage.keep_reports(&reports).await.unwrap();
    // In the middle of it: it has the lock and the notes.
    let mut other = database.connect().await;
    let counts = "BEGIN; SELECT pg_advisory_xact_lock(8387229063923630083); DELETE FROM uncounted";
    sqlx::raw_sql(counts).execute(&mut other).await.unwrap();
    let waiting = storage.clone();
    let settling = tokio::spawn(async move { waiting.settle(10, Arc::new(Tally)).await });
    let mut connection = database.connect().await;
    let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'advisory')";
    while !sqlx::query_scalar::<_, bool>(waits).fetch_one(&mut connection).await.unwrap() {}
    other.close_hard().await.unwrap();
    let settled = settling.await.unwrap().unwrap();
    assert_eq!(settled, Settled { runs: 0, reports: 30, complete: true });
    let mut expected = Cells::default();
    expected.count_reports(&reports);
    assert_eq!(cells(&storage, Span::Hour).await, expected);
}

#[tokio::test]
async fn a_sum_that_is_too_large_for_a_column_stays_at_its_end() {
    let Some(database) = Database::new().await else { return };
    let storage = database.open().await;
    let calls = |id: &str| Session::begin("one", id, MONDAY).turn().call("opus", Some(i64::MAX)).end().events;
    for id in ["a", "b", "c"] {
        storage.keep_events(&calls(id)).await.unwrap();
        settle_all(&storage).await;
    }
    let found = state(&storage).await;
    assert_eq!(found.runs.len(), 3);
    let costs: Vec<i64> =
        found.days.0.values().map(|cell| cell.sums.cost_nanos).filter(|cost| *cost > 0).collect();
    assert_eq!(costs, [i64::MAX]);
}

#[tokio::test]
async fn names_with_a_nul_are_kept_without_it() {
    let Some(database) = Database::new().await else { return };
    let storage = database.open().await;
    let events = Session::begin("one", "a\0b", MONDAY).turn().call("op\0us", None).end().events;
    storage.keep_events(&events).await.unwrap();
    settle_all(&storage).await;
    let found = state(&storage).await;
    assert_eq!(found.runs.values().next().unwrap().session_id.as_deref(), Some("a\u{fffd}b"));
    assert!(found.hours.0.keys().any(|(_, series)| series.model == "op\u{fffd}us"));
    let models: Vec<String> = sqlx::query_scalar("SELECT model FROM model_calls")
        .fetch_all(&mut database.connect().await)
        .await
        .unwrap();
    assert_eq!(models, ["op\u{fffd}us"]);
}
