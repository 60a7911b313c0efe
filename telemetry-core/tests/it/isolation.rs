//! Each sink has a queue and a thread of its own, so what one does is no concern of the others.

use std::sync::Arc;
use std::time::{Duration, Instant};

use telemetry_core::emitter::{Emitter as _, Fanout};
use telemetry_core::pipeline::{Losses, Options};

use crate::sink::{Mood, Moody};
use crate::{PLENTY, emit, numbers};

const EVENTS: i64 = 20_000;
const THREADS: i64 = 4;
const CAPACITY: usize = 5_000;
/// The most a writer holds that it could not write.
const IN_HAND: usize = 512;

#[test]
fn a_sink_that_panics_costs_its_own_events_alone() {
    beside_one_that_works(Mood::Panic, Some("the sink panicked"));
}

#[test]
fn a_sink_that_fails_for_ever_costs_its_own_events_alone() {
    beside_one_that_works(Mood::Fail, Some("writing: as told"));
}

#[test]
fn a_sink_that_hangs_costs_its_own_events_alone() {
    beside_one_that_works(Mood::Hang, None);
}

fn beside_one_that_works(mood: Mood, reason: Option<&str>) {
    let (good, bad) = (Moody::new(Mood::Keep), Moody::new(mood));
    let log = Arc::new(good.pipeline(Options::default()));
    let other = Arc::new(bad.pipeline(Options { capacity: CAPACITY, ..Options::default() }));
    let both = Fanout::new(log.clone()).and(other.clone());
    std::thread::scope(|scope| {
        for thread in 0..THREADS {
            let both = &both;
            scope.spawn(move || (thread..EVENTS).step_by(THREADS as usize).for_each(|n| emit(both, n)));
        }
    });
    bad.await_write();

    assert!(both.flush(PLENTY), "the log is written");
    assert!(numbers(&good.kept()).into_iter().eq(0..EVENTS), "every event, once");
    assert_eq!(log.losses(), Losses::default());

    let began = Instant::now();
    assert!(!other.close(Duration::from_millis(20)), "what was not written is not said to be");
    assert!(began.elapsed() < PLENTY, "close is bounded");
    let lost = other.losses();
    assert_eq!(lost.last_error.as_deref(), reason);
    let kept = EVENTS as usize - lost.queue_full as usize;
    let bounds = CAPACITY..=CAPACITY + IN_HAND + THREADS as usize;
    assert!(bounds.contains(&kept), "{kept} wait, {} made room", lost.queue_full);
    assert!(bad.kept().is_empty());
    assert!(log.close(PLENTY));
    bad.turn(Mood::Keep);
}
