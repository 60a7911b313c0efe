//! Into the log, out of it, and into the index.
//!
//!     cargo bench -p telemetry-store --bench log
//!
//! Last numbers, events per second: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, with other work on them
//! (load 6), least time of 5, files in memory (TMPDIR=/dev/shm). Log 2,230,000 (serde_json 1,970,000, without the heads of
//! lines); read back 1,140,000; index from nothing 417,000 (316,000 on a disk that others were using). Bytes per event: 551
//! in the log, 76 in the index.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "../../telemetry-core/benches/support/facts.rs"]
mod facts;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::fs::File;
use std::io::Write as _;
use std::time::{Duration, Instant};

use facts::Facts;
use table::{grouped, heading, row};
use telemetry_core::cost::Prices;
use telemetry_core::event::{Body, Event};
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_store::days::LineReader;
use telemetry_store::index::Index;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;

const EVENTS: u64 = 200_000;
/// As many as a pipeline's writer takes at once.
const BATCH: usize = 512;
/// The least time of these is printed: what the machine's other work adds does not count.
const RUNS: usize = 5;

fn main() {
    let facts = Facts::new();
    let events: Vec<Event> = (0..EVENTS).map(|number| facts.event(number)).collect();

    let write = least(|home| {
        let mut log = LogWriter::new(Layout::of(home));
        timed(|| events.chunks(BATCH).for_each(|batch| log.write(batch).expect("a temporary folder")))
    });
    let write_by_serde = least(|home| {
        let mut file = File::create(home.join("log")).expect("a temporary folder");
        timed(|| events.chunks(BATCH).for_each(|batch| write_by_serde(batch, &mut file)))
    });
    let read = least(|home| {
        let layout = write_all(home, &events);
        timed(|| assert_eq!(read_all(&layout), EVENTS))
    });
    let index = least(|home| {
        let layout = write_all(home, &events);
        timed(|| {
            assert_eq!(
                Index::rebuild(&layout, Prices::default(), &mut |_| {}).expect("a temporary folder").added,
                EVENTS
            )
        })
    });

    println!("{} model calls", grouped(EVENTS));
    heading("one thread", &["ns an event", "events/s"]);
    print("log: telemetry-store", write);
    print("log: serde_json, the structs alone, the same batches", write_by_serde);
    print("read back: telemetry-store", read);
    print("index from the log, from nothing: telemetry-store", index);
    sizes(&events);
    let rate = |time: Duration| EVENTS * 1_000_000_000 / (time.as_nanos() as u64).max(1);
    println!(
        "row\tinto the log\t{}/s\tserde_json, no heads\t{}/s\t{:.1}\t>= 1,000,000/s",
        grouped(rate(write)),
        grouped(rate(write_by_serde)),
        write_by_serde.as_secs_f64() / write.as_secs_f64()
    );
}

fn write_by_serde(batch: &[Event], file: &mut File) {
    let mut lines = Vec::new();
    for event in batch {
        let Body::ModelCall(call) = &event.body else { continue };
        serde_json::to_writer(&mut lines, call).expect("no odd keys");
        lines.push(b'\n');
    }
    file.write_all(&lines).expect("a temporary folder");
}

fn write_all(home: &std::path::Path, events: &[Event]) -> Layout {
    let layout = Layout::of(home);
    let mut log = LogWriter::new(layout.clone());
    events.chunks(BATCH).for_each(|batch| log.write(batch).expect("a temporary folder"));
    layout
}

fn read_all(layout: &Layout) -> u64 {
    let mut events = 0;
    for (_, path) in layout.days().expect("just written") {
        let mut lines = LineReader::<Event>::open(&path, 0).expect("just written");
        loop {
            let chunk = lines.next_chunk(4_096).expect("just written");
            events += chunk.records.len() as u64;
            if chunk.at_end {
                break;
            }
        }
    }
    events
}

fn sizes(events: &[Event]) {
    let home = tempfile::tempdir().expect("a temporary folder");
    let layout = write_all(home.path(), events);
    Index::rebuild(&layout, Prices::default(), &mut |_| {}).expect("a temporary folder");
    let size = |path| std::fs::metadata(path).map_or(0, |file| file.len()) / EVENTS;
    heading("on disk", &["bytes/event"]);
    row("log", &[grouped(size(layout.log_of(UnixNanos::now().day())))]);
    row("index", &[grouped(size(layout.database()))]);
}

fn least(mut run: impl FnMut(&std::path::Path) -> Duration) -> Duration {
    let times = (0..RUNS).map(|_| {
        let home = tempfile::tempdir().expect("a temporary folder");
        run(home.path())
    });
    times.min().unwrap_or_default()
}

fn timed(work: impl FnOnce()) -> Duration {
    let began = Instant::now();
    work();
    began.elapsed()
}

fn print(what: &str, time: Duration) {
    let nanos = time.as_nanos() as u64;
    row(what, &[grouped(nanos / EVENTS), grouped(EVENTS * 1_000_000_000 / nanos.max(1))]);
}
