//! What a process says it lost.

use std::collections::BTreeMap;

use telemetry_core::event::{Body, CONTENT_LOSS, Event};

/// The events that a process lost since its start. Its totals only grow, and come in any order: of each reason the largest counts. Pieces of
/// content are no events.
pub(crate) fn dropped<'a>(events: impl IntoIterator<Item = &'a Event>) -> u64 {
    let mut reasons: BTreeMap<&str, u64> = BTreeMap::new();
    for event in events {
        let Body::Stats(stats) = &event.body else { continue };
        for loss in stats.dropped.iter().filter(|loss| !loss.reason.starts_with(CONTENT_LOSS)) {
            let most = reasons.entry(loss.reason.as_str()).or_default();
            *most = loss.events.max(*most);
        }
    }
    reasons.values().fold(0, |sum, events| sum.saturating_add(*events))
}

#[cfg(test)]
mod tests {
    use telemetry_core::event::{Dropped, Stats};
    use telemetry_core::ids::{Key, ProcessId};
    use telemetry_core::time::UnixNanos;

    use super::*;

    #[test]
    fn of_each_reason_the_largest_counts() {
        let stats = |at: i64, losses: &[(&str, u64)]| {
            let dropped =
                losses.iter().map(|(reason, events)| Dropped { reason: (*reason).into(), events: *events });
            let stats = Stats { process: ProcessId(1), dropped: dropped.collect() };
            Event::new(UnixNanos(at), None, &Key::new("stats"), stats)
        };
        let later = stats(2, &[("queue_full", 7), ("content_queue_full", 100), ("no_writer", 1)]);
        let earlier = stats(1, &[("queue_full", 3), ("sink_failed", 2)]);
        assert_eq!(dropped([&later, &earlier]), 10);
        assert_eq!(dropped([&earlier, &later]), 10);
        assert_eq!(dropped([]), 0);
    }
}
