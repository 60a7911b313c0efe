//! Calls of hooks.

use serde_json::{Map, Value};
use telemetry_core::codec;
use telemetry_core::emitter::Collected;
use telemetry_core::event::{Body, Event};
use telemetry_core::time::UnixNanos;
use telemetry_hooks::tracker::{Origin, Tracker};

use crate::log_line;

/// One call: `NANOSECONDS_SINCE_THE_ONE_BEFORE HOOK {"key":"value"}`.
#[derive(Debug, Clone, PartialEq)]
pub struct Call {
    /// May be negative: clocks step back.
    pub after_ns: i64,
    /// The hook's name, known or not.
    pub hook: String,
    /// What the host hands over.
    pub kwargs: Map<String, Value>,
}

impl Call {
    /// Reads a call; what is missing or malformed is zero or empty, so that hardly any input is wasted.
    pub fn parse(line: &str) -> Self {
        let (after, rest) = line.split_once(' ').unwrap_or(("", line));
        let (hook, kwargs) = rest.split_once(' ').unwrap_or((rest, ""));
        Call {
            after_ns: after.parse().unwrap_or_default(),
            hook: hook.to_owned(),
            kwargs: serde_json::from_str(kwargs).unwrap_or_default(),
        }
    }
}

impl std::fmt::Display for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let kwargs = serde_json::to_string(&self.kwargs).map_err(|_| std::fmt::Error)?;
        write!(f, "{} {} {kwargs}", self.after_ns, self.hook)
    }
}

/// The calls, one a line, give events that can be written and read, that are announced before they are spoken of, and
/// that are the same the next time.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let calls: Vec<Call> = String::from_utf8_lossy(input).lines().map(Call::parse).collect();
    let events = track(&calls);
    for event in &events {
        log_line::survives(event);
    }
    announced_first(&events);
    let lines = |events: &[Event]| {
        let mut lines = Vec::new();
        events.iter().for_each(|event| codec::encode(event, &mut lines));
        String::from_utf8_lossy(&lines).into_owned()
    };
    assert_eq!(lines(&track(&calls)), lines(&events), "the same hooks gave other events");
}

/// The events of a process that makes these calls and leaves.
pub fn track(calls: &[Call]) -> Vec<Event> {
    const BEGINNING: UnixNanos = UnixNanos(1_767_225_600_000_000_000);
    let tracker = Tracker::new(Origin::recorded("fuzz", 1, BEGINNING));
    let emitted = Collected::default();
    let mut now = BEGINNING;
    for call in calls {
        now = now.plus(call.after_ns);
        let _ = tracker.observe(&call.hook, &call.kwargs, now, &emitted);
    }
    tracker.exit(now, &emitted);
    emitted.take()
}

/// A kill may come after any event, so a process and a run are written before anything that belongs to them.
fn announced_first(events: &[Event]) {
    let mut runs = std::collections::HashSet::new();
    for (place, event) in events.iter().enumerate() {
        match &event.body {
            Body::ProcessStarted(_) => {}
            // A hook nobody knows places itself by its session alone, and opens nothing.
            Body::Hook(_) => {}
            Body::RunStarted(_) => drop(runs.insert(event.run)),
            _ => assert!(
                event.run.is_none() || runs.contains(&event.run),
                "a run that is not there: {event:?}"
            ),
        }
        assert!(place > 0 || matches!(event.body, Body::ProcessStarted(_)), "first of all: {event:?}");
    }
}
