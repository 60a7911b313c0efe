//! Many at once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use telemetry_collector::intake::Recorded;
use tokio::task::JoinSet;

use super::databases::Databases;
use super::sessions::{HOUR, MONDAY, whole};
use super::state::{settle_all, state, state_of};
use super::tally::Tally;

pub async fn overlapping_batches_are_kept_once_while_others_settle(databases: impl Databases) {
    const SENDERS: usize = 16;
    let database = databases.fresh().await;
    let collectors = [database.open().await, database.open().await];
    let events: Vec<Recorded> =
        (0..40).flat_map(|n| whole("one", &n.to_string(), MONDAY.plus(n * HOUR)).events).collect();
    let all = Arc::new(events.clone());
    let new = Arc::new(AtomicU64::new(0));
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (storage, events, new) = (collectors[sender % 2].clone(), all.clone(), new.clone());
        senders.spawn(async move {
            // Each sends all of them, from another place on, in batches of another size.
            let mut events: Vec<Recorded> = events.to_vec();
            let half = events.len() * sender / SENDERS;
            events.rotate_left(half);
            for batch in events.chunks(sender * 3 + 2) {
                let are_new = storage.keep_events(batch).await.unwrap();
                new.fetch_add(are_new.iter().filter(|is_new| **is_new).count() as u64, Ordering::Relaxed);
            }
        });
    }
    let mut settlers = JoinSet::new();
    for storage in collectors.clone() {
        settlers.spawn(async move {
            loop {
                storage.settle(7, Arc::new(Tally)).await.unwrap();
                tokio::task::yield_now().await;
            }
        });
    }
    while let Some(sent) = senders.join_next().await {
        sent.unwrap();
    }
    // They settle for ever, but for one that failed.
    assert!(settlers.try_join_next().is_none());
    settlers.shutdown().await;
    settle_all(&collectors[0]).await;
    assert_eq!(new.load(Ordering::Relaxed), events.len() as u64);
    assert_eq!(collectors[1].volumes().await.unwrap().events, events.len() as u64);
    assert_eq!(state(&collectors[1]).await, state_of(&events));
}

pub async fn many_may_open_it_at_once(databases: impl Databases) {
    let database: Arc<dyn super::databases::Database> = databases.fresh().await.into();
    let mut opening = JoinSet::new();
    for n in 0..12 {
        let database = database.clone();
        opening.spawn(async move {
            let storage = database.open().await;
            storage.ready().await.unwrap();
            storage.keep_events(&whole("one", "same", MONDAY).events).await.unwrap();
            storage.keep_events(&whole("one", &n.to_string(), MONDAY).events).await.unwrap();
        });
    }
    while let Some(opened) = opening.join_next().await {
        opened.unwrap();
    }
    let events = whole("one", "same", MONDAY).events.len() as u64;
    assert_eq!(database.open().await.volumes().await.unwrap().events, 13 * events);
}
