//! What runs come to depends on their events, and on nothing else.

use std::sync::Arc;

use telemetry_collector::intake::Recorded;
use telemetry_collector::settle::Derive;
use telemetry_collector::storage::{Derived, RunsAsked, StorageError, Unit};
use telemetry_core::vocabulary::ToolStatus;

use super::databases::Databases;
use super::sessions::{DAY, HOUR, MONDAY, SECOND, Session, whole};
use super::state::{settle_all, state, state_of};
use super::tally::Tally;

/// Sessions over two days on two machines, one of which delegated to two others: one says so itself, of the other its parent does.
pub fn sessions() -> Vec<Recorded> {
    let parent = Session::begin("one", "parent", MONDAY.plus(DAY - HOUR)).turn().call("opus", Some(9_000));
    let child = Session::below(&parent, "child").turn().call("haiku", Some(100)).end().leave();
    let told = whole("one", "told", MONDAY.plus(DAY - 3 * SECOND));
    let parent =
        parent.delegate(&child).delegate(&told).wait(2 * HOUR).tool("Task", ToolStatus::Ok, 7_000).end();
    let other = Session::begin("other", "lonely", MONDAY.plus(DAY)).turn().call("opus", None).leave();
    [parent, child, told, other].into_iter().flat_map(|session| session.events).collect()
}

pub async fn the_order_of_arrival_makes_no_difference(databases: impl Databases) {
    let events = sessions();
    let whole = state_of(&events);
    assert_eq!(whole.runs.len(), 4);
    let reversed: Vec<_> = events.iter().rev().cloned().collect();
    let mut interleaved = events.clone();
    interleaved.sort_by_key(|recorded| recorded.event.id);
    for (order, events) in [("in order", events), ("reversed", reversed), ("mixed", interleaved)] {
        for batch in [1, 5, usize::MAX] {
            for often in [true, false] {
                let database = databases.fresh().await;
                let storage = database.open().await;
                for batch in events.chunks(batch.min(events.len())) {
                    storage.keep_events(batch).await.unwrap();
                    if often {
                        settle_all(&storage).await;
                    }
                }
                settle_all(&storage).await;
                assert_eq!(state(&storage).await, whole, "{order}, {batch} at once, settled often: {often}");
            }
        }
    }
}

pub async fn settling_again_changes_nothing(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    assert!(storage.settle(10, Arc::new(Tally)).await.unwrap().complete);
    storage.keep_events(&sessions()).await.unwrap();
    settle_all(&storage).await;
    let once = state(&storage).await;
    let settled = storage.settle(10, Arc::new(Tally)).await.unwrap();
    assert!(settled.complete && settled.runs == 0, "{settled:?}");
    // What came twice is settled by nobody; what is noted again by hand comes to the same.
    storage.keep_events(&sessions()).await.unwrap();
    database.sql("INSERT INTO unsettled (run) SELECT run FROM runs").await;
    settle_all(&storage).await;
    assert_eq!(state(&storage).await, once);
}

pub async fn each_step_is_as_large_as_asked_for(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let events: Vec<_> = (0..20)
        .flat_map(|n| Session::begin("one", &n.to_string(), MONDAY.plus(n * HOUR)).end().events)
        .collect();
    storage.keep_events(&events).await.unwrap();
    let mut steps = 0;
    loop {
        let settled = storage.settle(3, Arc::new(Tally)).await.unwrap();
        // "About": what is of one process may come along.
        assert!(settled.runs <= 6, "{settled:?}");
        steps += 1;
        if settled.complete {
            break;
        }
    }
    assert!(steps >= 4, "{steps}");
    assert_eq!(state(&storage).await, state_of(&events));
}

pub async fn a_process_that_ended_later_ends_its_runs(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let open = Session::begin("one", "open", MONDAY).turn();
    storage.keep_events(&open.events).await.unwrap();
    settle_all(&storage).await;
    let outcome = async || {
        storage.runs(&RunsAsked { most: 1, ..RunsAsked::default() }).await.unwrap()[0].outcome.clone()
    };
    assert_eq!(outcome().await, "running");
    let left = open.leave();
    storage.keep_events(&left.events[left.events.len() - 1..]).await.unwrap();
    settle_all(&storage).await;
    assert_eq!(outcome().await, "interrupted");
    assert_eq!(state(&storage).await, state_of(&left.events));
}

pub async fn a_child_is_told_of_before_or_after(databases: impl Databases) {
    let child = whole("one", "child", MONDAY);
    let parent = Session::begin("one", "parent", MONDAY).turn().delegate(&child).end();
    for parts in [[&parent.events, &child.events], [&child.events, &parent.events]] {
        let database = databases.fresh().await;
        let storage = database.open().await;
        for part in parts {
            storage.keep_events(part).await.unwrap();
            settle_all(&storage).await;
        }
        let found = state(&storage).await;
        assert_eq!(found.runs[&child.run].parent_run_id, Some(parent.run.to_string()));
        assert_eq!(found, state_of(&parts.map(|part| part.clone()).concat()));
    }
}

/// Fails as long as it is told to.
struct Failing;

impl Derive for Failing {
    fn derive(&self, _: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        Err(StorageError::Unavailable("no memory".into()))
    }
}

/// Can say nothing of any run.
struct Silent;

impl Derive for Silent {
    fn derive(&self, _: &[Unit]) -> Result<Vec<Derived>, StorageError> {
        Ok(Vec::new())
    }
}

pub async fn what_cannot_be_worked_out_stays_to_be_settled(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.keep_events(&sessions()).await.unwrap();
    storage.settle(10, Arc::new(Failing)).await.unwrap_err();
    assert_eq!(state(&storage).await, state_of(&[]));
    assert!(storage.volumes().await.unwrap().unsettled > 0);
    settle_all(&storage).await;
    assert_eq!(state(&storage).await, state_of(&sessions()));
}

pub async fn a_run_of_which_nothing_can_be_said_is_no_row(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    storage.keep_events(&sessions()).await.unwrap();
    while !storage.settle(10, Arc::new(Silent)).await.unwrap().complete {}
    assert_eq!(state(&storage).await, state_of(&[]));
    assert_eq!(storage.volumes().await.unwrap().unsettled, 0);
}

pub async fn a_process_says_what_it_lost(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let lossy = Session::begin("one", "lossy", MONDAY).lost("queue_full", 3).lost("content_queue_full", 50);
    let lossy = lossy.lost("queue_full", 7).lost("sink_failed", 1);
    let other = Session::begin("other", "lossy", MONDAY).lost("queue_full", 100);
    let mut events = [lossy.events, other.events].concat();
    // The largest comes first.
    events.reverse();
    for event in events {
        storage.keep_events(&[event]).await.unwrap();
        settle_all(&storage).await;
    }
    assert_eq!(storage.volumes().await.unwrap().dropped_events, 108);
}
