//! The pipeline from outside, where things go wrong.
//!
//! - `isolation`: a sink that panics, hangs or fails for ever, beside one that works
//! - `content`: what is said, which may be long, beside events
//! - `stalled`: a million events while a disk does nothing
//! - `refused`: no thread to be had

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod content;
mod isolation;
#[cfg(target_os = "linux")]
mod refused;
mod sink;
#[cfg(target_os = "linux")]
mod stalled;

use std::time::Duration;

use telemetry_core::emitter::Emitter;
use telemetry_core::event::{Body, Event, Feedback};
use telemetry_core::ids::Key;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

/// Longer than anything here takes: what is not there by then hangs.
const PLENTY: Duration = Duration::from_secs(60);

/// Emits an event that is known again by its number.
fn emit(emitter: &dyn Emitter, number: i64) {
    let body = Feedback { kind: Name::fixed("test") };
    emitter.emit(Event::new(UnixNanos(number), None, &Key::new("test").number(number as u64), body));
}

/// The numbers of the events emitted here, in order.
fn numbers(events: &[Event]) -> Vec<i64> {
    let mut numbers: Vec<i64> = events
        .iter()
        .filter(|event| matches!(event.body, Body::Feedback(_)))
        .map(|event| event.ts.0)
        .collect();
    numbers.sort_unstable();
    numbers
}

/// What the last `stats` event tells of this reason.
fn told(events: &[Event], reason: &str) -> Option<u64> {
    events.iter().rev().find_map(|event| match &event.body {
        Body::Stats(stats) => {
            stats.dropped.iter().find(|dropped| dropped.reason == reason).map(|dropped| dropped.events)
        }
        _ => None,
    })
}

/// Runs `test`, the test called `name`, in a process of its own: it looks at, or limits, what a process has.
#[cfg(target_os = "linux")]
fn alone(name: &str, test: impl FnOnce()) {
    const ALONE: &str = "TELEMETRY_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return test();
    }
    let mut itself = std::process::Command::new(std::env::current_exe().unwrap());
    let ran = itself.args([name, "--exact", "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Memory of this process in bytes: all of its addresses, and what is resident.
#[cfg(target_os = "linux")]
fn memory() -> (usize, usize) {
    let pages = std::fs::read_to_string("/proc/self/statm").unwrap();
    let mut bytes = pages.split(' ').map(|count| count.parse::<usize>().unwrap() * 4096);
    (bytes.next().unwrap(), bytes.next().unwrap())
}
