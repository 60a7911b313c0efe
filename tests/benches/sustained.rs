//! Real sessions, as many as a busy year has: into the log and the index together, and the index made anew from a million
//! events.
//!
//!     cargo bench -p telemetry-tests --bench sustained
//!
//! The recorded sessions go through the tracker again and again, each time later, so kinds, sizes and repetitions are
//! those of real hosts; one event in ten is written twice. The peer is what a straightforward program does with the same
//! lines: parse them with serde_json, insert each into one SQLite table under a random text key, in batches of 4,096.
//!
//! Last numbers: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-22, one run. Log and index together 313,000 events/s
//! (peer, its index alone: 66,000); a million events indexed anew in 2.4 s, 40 MB grown
//! (peer: 11), and caught up with in 2.5 to 2.7; 254 bytes an event in the log, 71 in the index.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::collections::HashMap;
use std::path::Path;
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use rusqlite::Connection;
use serde_json::{Map, Value};
use table::{grouped, heading, row};
use telemetry_core::cost::Prices;
use telemetry_core::emitter::Emitter;
use telemetry_core::event::Event;
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_hooks::tracker::{Origin, Tracker};
use telemetry_store::index::{Index, Patience};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;
use telemetry_tests::Recording;

const EVENTS: usize = 1_000_000;
/// As many as a pipeline's writer takes at once.
const BATCH: usize = 512;
/// Events between two turns of the index, as a host that is quiet now and then gives it.
const TURN: usize = 16_384;
/// As the peer's own authors would.
const PEER_BATCH: usize = 4_096;
const PEER_EVENTS: usize = 100_000;
/// Between the same session and its next time: so that a million events are some months.
const LATER_NS: i64 = 17_000_000_000_000;

fn main() {
    let events = sessions(EVENTS);
    let (small, large) = (home(), home());

    let together = into_log_and_index(small.path(), &events);
    write(large.path(), &events);
    let began = Instant::now();
    let caught_up = catch_up(large.path());
    let catching_up = began.elapsed();
    let before = resident_kib();
    let began = Instant::now();
    let read = Index::rebuild(&Layout::of(large.path()), Prices::default(), &mut |_| {})
        .expect("a temporary folder")
        .read;
    let rebuild = began.elapsed();
    let grown = peak_kib().saturating_sub(before);
    let peer = naive(large.path());

    let rate = |events: usize, time: Duration| (events as f64 / time.as_secs_f64()) as u64;
    let ours = rate(events.len(), together);
    heading("real sessions, one event in ten twice", &["events/s"]);
    row("log and index together", &[grouped(ours)]);
    row("serde_json and text keys, the index alone", &[grouped(peer)]);
    heading(&format!("the index anew from {} lines", grouped(read)), &["s", "MB grown"]);
    row("telemetry-store", &[format!("{:.2}", rebuild.as_secs_f64()), (grown / 1_024).to_string()]);
    heading(&format!("an index that catches up with {} lines", grouped(caught_up)), &["s"]);
    row("telemetry-store", &[format!("{:.2}", catching_up.as_secs_f64())]);
    let (log, index) = bytes(small.path());
    let per_event = |bytes: u64| bytes / EVENTS as u64;
    heading("on disk", &["bytes/event"]);
    row("log", &[grouped(per_event(log))]);
    row("index", &[grouped(per_event(index))]);

    let peer_name = "serde_json, text keys";
    println!(
        "row\tlog and index together\t{}/s\t{peer_name}\t{}/s\t{:.1}\t>= 300,000/s",
        grouped(ours),
        grouped(peer),
        ours as f64 / peer as f64
    );
    let (rebuild, naive) = (rebuild.as_secs_f64(), read as f64 / peer as f64);
    println!(
        "row\t1,000,000 events indexed anew\t{rebuild:.1} s\t{peer_name}\t{naive:.1} s\t{:.1}\t<= 5 s",
        naive / rebuild
    );
    let catching_up = catching_up.as_secs_f64();
    println!(
        "row\tan index that catches up with 1,000,000 events\t{catching_up:.1} s\t{peer_name}\t{naive:.1} s\t{:.1}\t<= 5 s",
        naive / catching_up
    );
    println!("row\tbytes of an event in the log, real sessions\t{}\t-\t-\t-\t<= 400", per_event(log));
    println!("row\tbytes of an event in the index, real sessions\t{}\t-\t-\t-\t<= 100", per_event(index));
}

/// The recorded sessions again and again, each time later, until there are `most` events.
fn sessions(most: usize) -> Vec<Event> {
    let mut recordings: Vec<_> = Recording::all().iter().map(Recording::calls).collect();
    let emitted = Emitted::default();
    loop {
        for calls in &mut recordings {
            let mut processes: HashMap<u64, Tracker> = HashMap::new();
            for call in calls.iter_mut().filter(|call| call.kind == "hook") {
                let at = UnixNanos(call.wall_ns);
                let pid = u32::try_from(call.pid).expect("a process id");
                let tracker = processes
                    .entry(call.pid)
                    .or_insert_with(|| Tracker::new(Origin::recorded("hermes", pid, at)));
                let _ = tracker.observe(&call.hook, &call.kwargs, at, &emitted);
                make_later(&mut call.kwargs);
            }
            for tracker in processes.values() {
                tracker.exit(UnixNanos(calls[calls.len() - 1].wall_ns), &emitted);
            }
            // What is no hook too: an exit is told at the time of the last line, whatever that is.
            calls.iter_mut().for_each(|call| call.wall_ns += LATER_NS);
            if emitted.0.lock().len() >= most {
                let mut events = emitted.0.into_inner();
                events.truncate(most);
                return events;
            }
        }
    }
}

fn make_later(kwargs: &mut Map<String, Value>) {
    for key in ["started_at", "ended_at"] {
        if let Some(moment) = kwargs.get_mut(key)
            && let Some(seconds) = moment.as_f64()
        {
            *moment = (seconds + LATER_NS as f64 / 1e9).into();
        }
    }
}

#[derive(Default)]
struct Emitted(Mutex<Vec<Event>>);

impl Emitter for Emitted {
    fn emit(&self, event: Event) {
        self.0.lock().push(event);
    }

    fn flush(&self, _deadline: Duration) -> bool {
        true
    }
}

/// What a host that never rests does: batches into the log, and every so often the index after it.
fn into_log_and_index(home: &Path, events: &[Event]) -> Duration {
    let layout = Layout::of(home);
    let mut log = LogWriter::new(layout.clone());
    let mut index = Index::open(layout, Patience::Person).expect("a temporary folder");
    let began = Instant::now();
    for turn in events.chunks(TURN) {
        for batch in turn.chunks(BATCH) {
            log.write(batch).expect("a temporary folder");
            log.write(&batch[..batch.len() / 10]).expect("a temporary folder");
        }
        index.catch_up(None).expect("a log that was just written");
    }
    began.elapsed()
}

/// What whoever comes next does after a host that never let the index catch up. Returns the lines read.
fn catch_up(home: &Path) -> u64 {
    let mut index = Index::open(Layout::of(home), Patience::Person).expect("a temporary folder");
    index.catch_up_to_the_end(&mut |_| {}).expect("a log that was just written").read
}

fn write(home: &Path, events: &[Event]) {
    let mut log = LogWriter::new(Layout::of(home));
    events.chunks(BATCH).for_each(|batch| log.write(batch).expect("a temporary folder"));
}

/// Events a second of the peer, over the beginning of the log of `home`.
fn naive(home: &Path) -> u64 {
    let days = Layout::of(home).days().expect("just written");
    let lines = days.iter().flat_map(|(_, path)| {
        let text = std::fs::read_to_string(path).expect("just written");
        text.lines().map(str::to_owned).collect::<Vec<_>>()
    });
    let lines: Vec<String> = lines.take(PEER_EVENTS).collect();
    let mut database = Connection::open(home.join("peer.db")).expect("a temporary folder");
    database
        .execute_batch(
            "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
             CREATE TABLE event (id TEXT PRIMARY KEY, ts INTEGER, kind TEXT, run TEXT, body TEXT);
             CREATE INDEX event_by_run ON event (run);",
        )
        .expect("an empty database");
    let began = Instant::now();
    for batch in lines.chunks(PEER_BATCH) {
        let transaction = database.transaction().expect("nobody else is here");
        for line in batch {
            let event: Value = serde_json::from_str(line).expect("our own line");
            // A random key that is the same for the same event, as a straightforward program has it.
            let id = format!("{}-{}", event["id"], event["ts"]);
            transaction
                .prepare_cached("INSERT OR IGNORE INTO event VALUES (?1, ?2, ?3, ?4, ?5)")
                .and_then(|mut insert| {
                    let (kind, run) = (event["event"].as_str(), event["run"].as_str());
                    insert.execute((id, event["ts"].as_i64(), kind, run, line))
                })
                .expect("a row");
        }
        transaction.commit().expect("a temporary folder");
    }
    (lines.len() as f64 / began.elapsed().as_secs_f64()) as u64
}

/// Bytes of the log, duplicates left out, and of the index.
fn bytes(home: &Path) -> (u64, u64) {
    let size = |path: &Path| std::fs::metadata(path).map_or(0, |file| file.len());
    let layout = Layout::of(home);
    let log: u64 = layout.days().expect("just written").iter().map(|(_, path)| size(path)).sum();
    (log * 10 / 11, size(&layout.database()))
}

fn home() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary folder")
}

fn resident_kib() -> u64 {
    status("VmRSS:")
}

fn peak_kib() -> u64 {
    status("VmHWM:")
}

/// A line of this process's status, where there is such a thing.
fn status(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or(0)
}
