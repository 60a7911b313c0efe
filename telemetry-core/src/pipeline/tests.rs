use std::sync::atomic::{AtomicBool, AtomicUsize};

use super::*;
use crate::event::{Body, Feedback};
use crate::ids::Key;
use crate::name::Name;
use crate::sink::SinkError;
use crate::time::UnixNanos;

const PLENTY: Duration = Duration::from_secs(30);

/// A sink that keeps what it gets, and fails while it is told to.
#[derive(Clone, Default)]
struct Disk(Arc<DiskState>);

#[derive(Default)]
struct DiskState {
    full: AtomicBool,
    attempts: AtomicUsize,
    written: Mutex<Vec<Event>>,
}

impl Sink for Disk {
    fn write(&mut self, events: &[Event]) -> Result<(), SinkError> {
        self.0.attempts.fetch_add(1, Relaxed);
        if self.0.full.load(Relaxed) {
            let source = std::io::Error::from(std::io::ErrorKind::StorageFull);
            return Err(SinkError { what: "writing".into(), source });
        }
        self.0.written.lock().extend_from_slice(events);
        Ok(())
    }
}

impl Disk {
    fn pipeline(&self, options: Options) -> Pipeline {
        Pipeline::new(ProcessId(1), Box::new(self.clone()), options)
    }

    /// What arrived, sorted: order is the queue's affair.
    fn times(&self) -> Vec<i64> {
        let written = self.0.written.lock();
        let ours = written.iter().filter(|event| matches!(event.body, Body::Feedback(_)));
        let mut times: Vec<i64> = ours.map(|event| event.ts.0).collect();
        times.sort_unstable();
        times
    }
}

fn emit(pipeline: &Pipeline, times: std::ops::Range<i64>) {
    for time in times {
        let body = Feedback { kind: Name::fixed("test") };
        pipeline.emit(Event::new(UnixNanos(time), None, &Key::new("test").number(time as u64), body));
    }
}

#[test]
fn a_burst_arrives_whole() {
    let disk = Disk::default();
    let pipeline = disk.pipeline(Options::default());
    emit(&pipeline, 0..100_000);
    assert!(pipeline.close(PLENTY));
    assert!(disk.times().into_iter().eq(0..100_000));
    assert_eq!(pipeline.losses(), Losses::default());
}

#[test]
fn what_a_full_queue_lost_is_written_down() {
    let disk = Disk::default();
    disk.0.full.store(true, Relaxed);
    let pipeline = disk.pipeline(Options { capacity: 5_000, ..Options::default() });
    emit(&pipeline, 0..20_000);
    disk.0.full.store(false, Relaxed);
    assert!(pipeline.flush(PLENTY));
    let lost = pipeline.losses().queue_full;
    assert!(lost > 0);
    assert_eq!(disk.times().len() as u64 + lost, 20_000);
    let written = disk.0.written.lock();
    let mut told = written.iter().filter_map(|event| match &event.body {
        Body::Stats(stats) => stats.dropped.iter().find(|dropped| dropped.reason == "queue_full"),
        _ => None,
    });
    assert_eq!(told.next_back().map(|dropped| dropped.events), Some(lost));
}

#[test]
fn a_high_queue_does_not_cut_the_pause_short() {
    let disk = Disk::default();
    disk.0.full.store(true, Relaxed);
    let pause = Duration::from_secs(3_600);
    let options = Options { tick: Duration::from_millis(1), pause, max_pause: pause, ..Options::default() };
    let pipeline = disk.pipeline(options);
    emit(&pipeline, 0..1);
    while disk.0.attempts.load(Relaxed) == 0 {
        std::thread::yield_now();
    }
    emit(&pipeline, 1..10_000);
    assert_eq!(disk.0.attempts.load(Relaxed), 1);
    // A flush is a reason to try again.
    disk.0.full.store(false, Relaxed);
    assert!(pipeline.flush(PLENTY));
    assert!(disk.times().into_iter().eq(0..10_000));
}

#[test]
fn a_guard_that_goes_writes_what_waits() {
    let disk = Disk::default();
    let pipeline = Arc::new(disk.pipeline(Options::default()));
    let guard = Guard::new(Arc::clone(&pipeline), PLENTY);
    emit(&pipeline, 0..1_000);
    drop(guard);
    assert_eq!(disk.times(), (0..1_000).collect::<Vec<_>>());
    emit(&pipeline, 0..1);
    assert_eq!(pipeline.losses().no_writer, 1);
}
