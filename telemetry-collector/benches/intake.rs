//! What a collector takes in and works out, by database.
//!
//!     cargo bench -p telemetry-collector --bench intake
//!     scripts/with-postgres cargo bench -p telemetry-collector --bench intake
//!
//! Events of a hundred machines that work beside each other come in batches of 1,000, by one sender and by eight. The peer inserts
//! each batch with one statement into a table without an index, in the same database with the same promise that what was
//! said to be kept is on the disk: no database can do with less. Then all of it is settled, as the command line would have it.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "intake/events.rs"]
mod events;
#[path = "../../telemetry-core/benches/support/figure.rs"]
mod figure;
#[path = "intake/plain.rs"]
mod plain;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::sync::Arc;
use std::time::{Duration, Instant};

use figure::Figure;
use plain::PlainFile;
use table::{grouped, heading, row};
use telemetry_collector::intake::Recorded;
use telemetry_collector::settle::Deriver;
use telemetry_collector::storage::Storage;
use telemetry_collector::storage::sqlite::Sqlite;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;

const EVENTS: usize = 20_000;
const BATCH: usize = 1_000;
const SENDERS: usize = 8;
/// The least time of these is printed: what the machine's other work adds does not count.
const RUNS: usize = 2;

fn main() {
    let events = Arc::new(events::events(EVENTS));
    let runtime = Runtime::new().expect("threads");
    let mut times = Times::default();
    for _ in 0..RUNS {
        // In turns, so that what else the machine does is shared.
        let folder = tempfile::tempdir().expect("a temporary folder");
        let peer = PlainFile::new(&folder.path().join("plain.db")).expect("a temporary file");
        times.peer.push(timed(|| {
            events.chunks(BATCH).for_each(|batch| peer.keep(batch).expect("room"));
        }));
        let open = |name: &str| -> Arc<dyn Storage> {
            let opened = runtime.block_on(Sqlite::open(&folder.path().join(name)));
            Arc::new(opened.expect("a temporary file"))
        };
        let (alone, together) = (open("alone.db"), open("together.db"));
        times.alone.push(timed(|| runtime.block_on(keep(&alone, &events))));
        times.together.push(timed(|| runtime.block_on(keep_together(&together, &events))));
        times.again.push(timed(|| runtime.block_on(keep(&alone, &events))));
        times.settle.push(timed(|| runtime.block_on(settle(&alone))));
    }
    times.print("SQLite");
}

async fn keep(storage: &Arc<dyn Storage>, events: &[Recorded]) {
    for batch in events.chunks(BATCH) {
        storage.keep_events(batch).await.expect("room");
    }
}

async fn keep_together(storage: &Arc<dyn Storage>, events: &Arc<Vec<Recorded>>) {
    let mut senders = JoinSet::new();
    for sender in 0..SENDERS {
        let (storage, events) = (storage.clone(), events.clone());
        senders.spawn(async move {
            for batch in events.chunks(BATCH).skip(sender).step_by(SENDERS) {
                storage.keep_events(batch).await.expect("room");
            }
        });
    }
    senders.join_all().await;
}

async fn settle(storage: &Arc<dyn Storage>) {
    let deriver = Arc::new(Deriver::default());
    while !storage.settle(200, deriver.clone()).await.expect("room").complete {}
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

/// The times of all runs.
#[derive(Default)]
struct Times {
    peer: Vec<Duration>,
    alone: Vec<Duration>,
    together: Vec<Duration>,
    again: Vec<Duration>,
    settle: Vec<Duration>,
}

impl Times {
    fn print(&self, database: &str) {
        println!("{} events in batches of {}", grouped(EVENTS as u64), grouped(BATCH as u64));
        heading(database, &["events/s"]);
        let rate = |times: &[Duration]| {
            let least = times.iter().min().copied().unwrap_or_default();
            EVENTS as f64 / least.as_secs_f64().max(f64::MIN_POSITIVE)
        };
        let rows = [
            ("kept, one sender", &self.alone),
            ("kept, eight senders", &self.together),
            ("sent again: nothing is new", &self.again),
            ("settled", &self.settle),
            ("peer: inserted into a table without an index", &self.peer),
        ];
        for (what, times) in rows {
            row(what, &[grouped(rate(times) as u64)]);
        }
        let peer = ("one insert a batch, no index", rate(&self.peer));
        let what = format!("events into {database}, one sender");
        Figure { what: &what, ours: rate(&self.alone), unit: "events/s", peer: Some(peer), bar: None }
            .print();
        let what = format!("events into {database}, eight senders");
        Figure { what: &what, ours: rate(&self.together), unit: "events/s", peer: Some(peer), bar: None }
            .print();
        let what = format!("events settled in {database}");
        Figure { what: &what, ours: rate(&self.settle), unit: "events/s", peer: None, bar: None }.print();
    }
}
