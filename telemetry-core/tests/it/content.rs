//! Content goes a way of its own: bounded by its bytes, and no trouble of it is trouble of the events.

use std::time::Duration;

use serde_json::value::to_raw_value;
use telemetry_core::content::Content;
use telemetry_core::emitter::{ContentEmitter as _, Emitter as _};
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::pipeline::{Losses, Options, Pipeline};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Part;

use crate::sink::{Mood, Moody};
use crate::{PLENTY, emit, numbers, told};

/// Both ways, with room for 1,000 bytes of content.
struct Ways {
    log: Moody,
    said: Moody<Content>,
    events: Pipeline,
    content: Pipeline<Content>,
}

impl Ways {
    fn new(mood: Mood) -> Self {
        let (log, said) = (Moody::new(Mood::Keep), Moody::new(mood));
        let options = Options { max_bytes: 1_000, ..Options::default() };
        let content = Pipeline::of_content(Box::new(said.clone()), options);
        let sink = Box::new(log.clone());
        let events = Pipeline::telling(ProcessId(1), [content.tally()], sink, Options::default());
        Ways { log, said, events, content }
    }

    /// Says something that takes so many bytes.
    fn say(&self, number: i64, bytes: usize) {
        let body = to_raw_value(&"x".repeat(bytes - 2)).unwrap();
        self.content.emit(Content::new(
            UnixNanos(number),
            RunId(1),
            SpanId(1),
            Part::UserMessage,
            number as u64,
            body,
        ));
    }

    fn kept(&self) -> Vec<i64> {
        self.said.kept().iter().map(|piece| piece.ts.0).collect()
    }
}

#[test]
fn the_newest_that_fit_stay_and_the_others_are_told_of_in_the_log() {
    let ways = Ways::new(Mood::Hang);
    ways.say(0, 100);
    ways.said.await_write();
    (1..=100).for_each(|number| ways.say(number, 100));
    ways.say(101, 500);
    ways.said.turn(Mood::Keep);
    assert!(ways.events.flush_with(&ways.content, PLENTY));
    // The first was being written; of the others the last 1,000 bytes.
    assert_eq!(ways.kept(), [vec![0], (96..=101).collect()].concat());
    let lost = ways.content.losses();
    assert_eq!((lost.queue_full, lost.no_writer), (95, 0));
    emit(&ways.events, 1);
    assert!(ways.events.flush(PLENTY));
    assert_eq!(told(&ways.log.kept(), "content_queue_full"), Some(95));
    assert_eq!(ways.events.losses(), Losses::default(), "no event was lost");
    // Room again, also for what is longer than all of it.
    ways.say(102, 5_000);
    assert!(ways.events.flush_with(&ways.content, PLENTY));
    assert_eq!(ways.kept().last(), Some(&102));
}

#[test]
fn content_that_hangs_panics_or_fails_holds_no_event_up() {
    for mood in [Mood::Hang, Mood::Panic, Mood::Fail] {
        let ways = Ways::new(mood);
        ways.say(0, 100);
        ways.said.await_write();
        (0..1_000).for_each(|number| emit(&ways.events, number));
        assert!(!ways.events.flush_with(&ways.content, Duration::from_millis(10)), "{mood:?}");
        assert!(ways.events.flush(PLENTY));
        assert!(numbers(&ways.log.kept()).into_iter().eq(0..1_000), "{mood:?}");
        ways.said.turn(Mood::Keep);
        assert!(ways.events.flush_with(&ways.content, PLENTY), "{mood:?}: it goes on");
        assert_eq!(ways.kept(), [0], "{mood:?}");
        assert!(ways.content.close(PLENTY));
        ways.say(1, 100);
        emit(&ways.events, 1_000);
        assert!(ways.events.flush(PLENTY));
        assert_eq!(told(&ways.log.kept(), "content_no_writer"), Some(1), "{mood:?}");
    }
}
