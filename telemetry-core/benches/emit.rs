//! What a caller pays for `emit`, beside what it would pay the libraries it might use instead.
//!
//!     cargo bench -p telemetry-core --bench emit
//!
//! Everything writes to a real temporary file (opentelemetry_sdk to an exporter that does nothing), and its writer
//! runs. Reading the clock, making the id and cloning the words are inside what is timed. Single calls are timed with the
//! processor's counter, less what reading it costs (`support/stopwatch.rs`); on this machine it moves in steps of 10 ns.
//! Beside the peers stand two controls, measured in the same way: a call that does nothing, which is what the machine adds to
//! everybody's p99.9, and reading the clock alone, which is what cold caches cost whoever comes back to them.
//!
//! Last numbers, in ns: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, mostly idle, least of 5 runs.
//!
//! | p50 / p99 / p99.9 | every 25 us | after 1 ms of sleep | bursts of 1,000 | 4 threads |
//! | --- | --- | --- | --- | --- |
//! | telemetry-core | 60 / 170 / 390 | 120 / 2,263 / 4,586 | 50 / 110 / 951 | 50 / 170 / 791 |
//! | opentelemetry_sdk | 200 / 460 / 13,850 | 771 / 5,367 / 117,804 | 200 / 540 / 14,671 | 209 / 650 / 4,226 |
//! | our JSON, tracing-appender | 280 / 681 / 1,602 | 2,844 / 13,279 / 41,361 | 280 / 440 / 5,177 | 280 / 580 / 5,668 |
//! | tracing, tracing-appender | 2,383 / 3,234 / 26,889 | 5,868 / 19,599 / 56,213 | 2,423 / 3,465 / 30,545 | 2,433 / 3,435 / 20,540 |
//!
//! The first call after a sleep comes back to cold caches: the second column, and p99.9 of the bursts. Reading the clock
//! alone is then 90 to 210 at p50, 2,033 to 2,223 at p99 and 3,485 to 4,526 at p99.9; making the event and emitting it are
//! about as much each. A burst of 100,000: 20.4 ms, none lost (47.1, 35.6 and 261 ms); from 10 ms where the allocator had
//! the memory to 45 where the machine did not. Close with 131,072 waiting: 57.4 ms, none lost. Resident memory: 1.2 MB in use, 34 MB
//! while a disk stalls with a full queue, 1.5 MB afterwards.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

mod support;

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::sync::{Arc, Barrier};
use std::time::{Duration, Instant};

use parking_lot::Mutex;
use support::figure::Figure;
use support::peers::{Appender, ClockAlone, Nothing, OpenTelemetry, Ours, Subject, Tracing};
use support::stopwatch::{Latency, Samples, Stopwatch};
use support::table::{grouped, heading, row};
use telemetry_core::pipeline::Options;

/// Runs of each measurement, taken in turns so that the machine's other work meets all alike; the least of each
/// number is printed.
const RUNS: usize = 5;

/// How calls follow each other.
struct Shape {
    title: &'static str,
    /// The same in a few words.
    name: &'static str,
    threads: u64,
    bursts: u64,
    calls_in_burst: u64,
    between: Between,
}

#[derive(Clone, Copy)]
enum Between {
    /// The thread works on: caches stay as another 25 us of work leaves them.
    Busy(Duration),
    /// The thread sleeps, as while it waits for a provider: it comes back to cold caches.
    Asleep(Duration),
}

const SHAPES: [Shape; 4] = [
    Shape {
        title: "one thread, a call every 25 us",
        name: "every 25 us",
        threads: 1,
        bursts: 10_000,
        calls_in_burst: 1,
        between: Between::Busy(Duration::from_micros(25)),
    },
    Shape {
        title: "one thread, a call after every 1 ms of sleep (cold caches)",
        name: "after 1 ms of sleep",
        threads: 1,
        bursts: 1_000,
        calls_in_burst: 1,
        between: Between::Asleep(Duration::from_millis(1)),
    },
    Shape {
        title: "one thread, bursts of 1,000 calls, 5 ms between",
        name: "bursts of 1,000",
        threads: 1,
        bursts: 100,
        calls_in_burst: 1_000,
        between: Between::Asleep(Duration::from_millis(5)),
    },
    Shape {
        title: "four threads, bursts of 250 calls each, 5 ms between",
        name: "4 threads",
        threads: 4,
        bursts: 100,
        calls_in_burst: 250,
        between: Between::Asleep(Duration::from_millis(5)),
    },
];

/// The peer in the rows, the second of the subjects.
const NEAREST: &str = "opentelemetry_sdk";

/// Calls of the great burst.
const BURST: u64 = 100_000;

fn main() {
    let stopwatch = Stopwatch::new();
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = |name: &str| folder.path().join(name);
    memory(&file("memory"));
    let ours = Ours::new(&file("ours"), Options::default());
    let tracing = Tracing::new(&file("tracing"));
    let appender = Appender::new(&file("appender"));
    let otel = OpenTelemetry::new();
    let subjects: [&dyn Subject; 4] = [&ours, &otel, &appender, &tracing];
    let with_controls: [&dyn Subject; 6] = [&ours, &otel, &appender, &tracing, &Nothing, &ClockAlone];

    println!("emit of a model call, in ns: the least of {RUNS} runs");
    let latencies = SHAPES.each_ref().map(|shape| shape.measure(&stopwatch, &with_controls));
    let bursts = great_burst(&subjects);
    let closed = full_queue(&file("full"));

    println!();
    for (shape, latencies) in SHAPES.iter().zip(&latencies) {
        let [ours, nearest] = [latencies[0], latencies[1]];
        let figures = [
            ("p50", ours.p50, nearest.p50, "<= 100"),
            ("p99", ours.p99, nearest.p99, "<= 500"),
            ("p99.9", ours.p999, nearest.p999, "<= 1,000"),
        ];
        for (rank, ours, peer, bar) in figures {
            let what = format!("emit, {}, {rank}", shape.name);
            let peer = Some((NEAREST, peer as f64));
            Figure { what: &what, ours: ours as f64, unit: "ns", peer, bar: Some(bar) }.print();
        }
    }
    let (what, bar) = ("a burst of 100,000, for the caller", Some("<= 30, none lost"));
    Figure { what, ours: bursts[0], unit: "ms", peer: Some((NEAREST, bursts[1])), bar }.print();
    let (what, bar) = ("close with 131,072 waiting", Some("<= 100, none lost"));
    Figure { what, ours: closed, unit: "ms", peer: None, bar }.print();
}

impl Shape {
    /// The least of each number for each subject.
    fn measure<const N: usize>(&self, stopwatch: &Stopwatch, subjects: &[&dyn Subject; N]) -> [Latency; N] {
        heading(self.title, &["p50", "p99", "p99.9", "mean"]);
        let mut least = subjects.map(|subject| self.run(stopwatch, subject));
        for _ in 1..RUNS {
            for (subject, least) in subjects.iter().zip(&mut least) {
                *least = least.least(self.run(stopwatch, *subject));
            }
        }
        for (subject, Latency { p50, p99, p999, mean }) in subjects.iter().zip(least) {
            row(subject.name(), &[p50, p99, p999, mean].map(grouped));
        }
        least
    }

    fn run(&self, stopwatch: &Stopwatch, subject: &dyn Subject) -> Latency {
        let begin = Barrier::new(self.threads as usize);
        let one_thread = |thread: u64| {
            let mut samples = Samples::with_room_for((self.bursts * self.calls_in_burst) as usize);
            begin.wait();
            for burst in 0..self.bursts {
                for call in 0..self.calls_in_burst {
                    let number = thread << 32 | burst << 16 | call;
                    stopwatch.time(&mut samples, || subject.tell(number));
                }
                match self.between {
                    Between::Busy(time) => stopwatch.busy_wait(time),
                    Between::Asleep(time) => std::thread::sleep(time),
                }
            }
            samples
        };
        let mut all = Samples::default();
        std::thread::scope(|scope| {
            let threads: Vec<_> =
                (0..self.threads).map(|thread| scope.spawn(move || one_thread(thread))).collect();
            for thread in threads {
                all.append(thread.join().expect("no panic"));
            }
        });
        subject.flush();
        all.latency()
    }
}

/// 100,000 calls as fast as one thread can: milliseconds for each subject.
fn great_burst(subjects: &[&dyn Subject; 4]) -> [f64; 4] {
    heading("a burst of 100,000 calls by one thread", &["caller, ms", "ns a call", "lost"]);
    subjects.map(|subject| {
        let mut least = Duration::MAX;
        let mut lost = Some(0);
        for _ in 0..RUNS {
            subject.flush();
            let before = subject.lost();
            let began = Instant::now();
            (0..BURST).for_each(|number| subject.tell(number));
            least = least.min(began.elapsed());
            lost = lost.zip(subject.lost()).zip(before).map(|((sum, after), before)| sum + after - before);
        }
        subject.flush();
        let lost = lost.map_or("not told".into(), |lost| grouped(lost / RUNS as u64));
        let nanos = least.as_nanos() as u64;
        row(subject.name(), &[format!("{:.1}", nanos as f64 / 1e6), grouped(nanos / BURST), lost]);
        nanos as f64 / 1e6
    })
}

/// Resident memory a pipeline adds to its host: in use, while its disk stalls with a full queue, and afterwards. First
/// of all, while the process is small.
fn memory(file: &Path) {
    let Some(before) = resident() else { return };
    let added = || resident().unwrap_or_default().saturating_sub(before);
    let disk = Arc::new(Mutex::new(()));
    let ours = Ours::behind(Arc::clone(&disk), file, Options::default());
    (0..10_000).for_each(|number| {
        ours.tell(number);
        if number % 500 == 0 {
            ours.flush();
        }
    });
    let in_use = added();
    let stalled = disk.lock();
    (0..2 * Options::default().capacity as u64).for_each(|number| ours.tell(number));
    let full = added();
    drop(stalled);
    ours.flush();
    heading("resident memory added, in KiB", &["in use", "full", "after"]);
    row("telemetry-core", &[in_use, full, added()].map(|bytes| grouped(bytes / 1024)));
}

/// Resident memory of this process, where the system tells. Read without allocating: a small piece above the queue's
/// blocks would keep the allocator from giving them back, as it may in a host that allocates meanwhile.
fn resident() -> Option<u64> {
    let mut text = [0; 128];
    let length = File::open("/proc/self/statm").ok()?.read(&mut text).ok()?;
    let pages = std::str::from_utf8(&text[..length]).ok()?.split(' ').nth(1)?;
    Some(pages.parse::<u64>().ok()? * 4096)
}

/// Closing with all that a default queue holds still in it: milliseconds.
fn full_queue(file: &Path) -> f64 {
    let options = Options::default();
    let waiting = options.capacity as u64;
    let mut least = Duration::MAX;
    let mut lost = 0;
    for _ in 0..RUNS {
        let ours = Ours::new(file, options.clone());
        (0..waiting).for_each(|number| ours.tell(number));
        let began = Instant::now();
        let whole = ours.pipeline.close(Duration::from_secs(10));
        least = least.min(began.elapsed());
        lost += ours.lost().unwrap_or_default() + u64::from(!whole);
    }
    heading(&format!("close right after {} calls", grouped(waiting)), &["ms", "lost"]);
    let millis = least.as_nanos() as f64 / 1e6;
    row("telemetry-core", &[format!("{millis:.1}"), grouped(lost / RUNS as u64)]);
    millis
}
