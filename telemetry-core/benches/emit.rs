//! What a caller pays for `emit`, beside what it would pay the libraries it might use instead.
//!
//!     cargo bench -p telemetry-core --bench emit
//!
//! Everything writes to a real temporary file (opentelemetry_sdk to an exporter that does nothing), and its writer
//! runs. Reading the clock, making the id and cloning the words are inside what is timed. Single calls are timed with the
//! processor's counter, less what reading it costs (`support/stopwatch.rs`); on this machine it moves in steps of 10 ns.
//!
//! Last numbers, in ns: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, mostly idle, least of 9 runs.
//!
//! | p50 / p99 / p99.9 | every 25 us | after 1 ms of sleep | bursts of 1,000 | 4 threads |
//! | --- | --- | --- | --- | --- |
//! | telemetry-core | 60 / 90 / 290 | 150 / 2,714 / 3,895 | 50 / 70 / 1,311 | 50 / 180 / 1,471 |
//! | opentelemetry_sdk | 210 / 570 / 10,405 | 711 / 6,299 / 15,032 | 210 / 520 / 63,454 | 210 / 681 / 4,436 |
//! | our JSON, tracing-appender | 2,553 / 11,176 / 25,818 | 3,154 / 10,084 / 36,434 | 290 / 490 / 5,758 | 300 / 761 / 6,429 |
//! | tracing, tracing-appender | 9,494 / 14,030 / 29,413 | 6,319 / 20,971 / 60,649 | 2,603 / 3,635 / 23,825 | 2,694 / 4,857 / 23,615 |
//!
//! In bursts, p99.9 is the first call of each burst: it comes back to cold caches, as in the second column. A burst of
//! 100,000: 20.8 ms, none lost (46.6, 36.9 and 281 ms). Close with 131,072 waiting: 44.9 ms, none lost. Resident
//! memory: 1.2 MB in use, 34 MB while a disk stalls with a full queue, 1.4 MB afterwards.

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
use support::peers::{Appender, OpenTelemetry, Ours, Subject, Tracing};
use support::stopwatch::{Latency, Samples, Stopwatch};
use support::table::{grouped, heading, row};
use telemetry_core::pipeline::Options;

/// Runs of each measurement, taken in turns so that the machine's other work meets all alike; the least of each
/// number is printed.
const RUNS: usize = 9;

/// How calls follow each other.
struct Shape {
    title: &'static str,
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
        threads: 1,
        bursts: 20_000,
        calls_in_burst: 1,
        between: Between::Busy(Duration::from_micros(25)),
    },
    Shape {
        title: "one thread, a call after every 1 ms of sleep (cold caches)",
        threads: 1,
        bursts: 1_000,
        calls_in_burst: 1,
        between: Between::Asleep(Duration::from_millis(1)),
    },
    Shape {
        title: "one thread, bursts of 1,000 calls, 5 ms between",
        threads: 1,
        bursts: 100,
        calls_in_burst: 1_000,
        between: Between::Asleep(Duration::from_millis(5)),
    },
    Shape {
        title: "four threads, bursts of 250 calls each, 5 ms between",
        threads: 4,
        bursts: 100,
        calls_in_burst: 250,
        between: Between::Asleep(Duration::from_millis(5)),
    },
];

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

    println!("emit of a model call, in ns: the least of {RUNS} runs");
    for shape in &SHAPES {
        heading(shape.title, &["p50", "p99", "p99.9", "mean"]);
        let mut least: [Option<Latency>; 4] = [None; 4];
        for _ in 0..RUNS {
            for (subject, least) in subjects.iter().zip(&mut least) {
                let latency = shape.run(&stopwatch, *subject);
                *least = Some(least.map_or(latency, |known| known.least(latency)));
            }
        }
        for (subject, latency) in subjects.iter().zip(least) {
            let Some(Latency { p50, p99, p999, mean }) = latency else { continue };
            row(subject.name(), &[p50, p99, p999, mean].map(grouped));
        }
    }
    great_burst(&subjects);
    full_queue(&file("full"));
}

impl Shape {
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

/// 100,000 calls as fast as one thread can.
fn great_burst(subjects: &[&dyn Subject]) {
    heading("a burst of 100,000 calls by one thread", &["caller, ms", "ns a call", "lost"]);
    for subject in subjects {
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
    }
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

/// Closing with all that a default queue holds still in it.
fn full_queue(file: &Path) {
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
    row("telemetry-core", &[format!("{:.1}", least.as_nanos() as f64 / 1e6), grouped(lost / RUNS as u64)]);
}
