//! When failed attempts were, for waterfalls.

use std::collections::HashMap;

use telemetry_store::insights::{AttemptSpan, TurnDetail};

/// The failed attempts of a turn in their order, each with when it began and failed, in nanoseconds since the epoch. Where
/// it is not known when one began, that is after the failure before it.
pub(super) fn attempts(turn: &TurnDetail) -> Vec<(&AttemptSpan, (i64, i64))> {
    let mut attempts: Vec<&AttemptSpan> = turn.failed_attempts.iter().collect();
    attempts.sort_by_key(|attempt| (attempt.span_ns.1, attempt.attempt));
    let mut last_failure: HashMap<&str, i64> = HashMap::new();
    let mut timed = Vec::new();
    for attempt in attempts {
        let (call_began, at) = attempt.span_ns;
        let before = last_failure.insert(&attempt.call_span_id, at);
        let began = attempt.attempt_ms.map_or(before.unwrap_or(call_began), |ms| at - (ms * 1e6) as i64);
        timed.push((attempt, (began, at)));
    }
    timed
}
