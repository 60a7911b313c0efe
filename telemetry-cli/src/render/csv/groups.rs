//! The groups of one breakdown.

use std::borrow::Cow;
use std::io::{self, Write};

use serde_json::Value;
use telemetry_core::name::Name;
use telemetry_store::insights::{Group, Grouping};

use super::{at, cell, record, text};

/// What groups of runs and groups of turns have.
const ENDED: [&str; 23] = [
    "total",
    "running",
    "by_outcome.completed",
    "by_outcome.limited",
    "by_outcome.errored",
    "by_outcome.timed_out",
    "by_outcome.interrupted",
    "by_outcome.reset",
    "by_outcome.compressed",
    "by_outcome.unknown",
    "completion_rate.value",
    "completion_rate.n",
    "completion_rate.low",
    "completion_rate.high",
    "failure_rate.value",
    "failure_rate.low",
    "failure_rate.high",
    "duration_ms.n",
    "duration_ms.avg",
    "duration_ms.p50",
    "duration_ms.p95",
    "duration_ms.p99",
    "duration_ms.max",
];

/// What groups of calls have.
const CALLS: [&str; 40] = [
    "model_calls",
    "failed_attempts",
    "errors",
    "latency_ms.n",
    "latency_ms.avg",
    "latency_ms.p50",
    "latency_ms.p95",
    "latency_ms.p99",
    "latency_ms.max",
    "tokens.input",
    "tokens.output",
    "tokens.cache_read",
    "tokens.cache_write",
    "tokens.reasoning",
    "cost.total_usd",
    "cost.estimated_usd",
    "cost.actual_usd",
    "cost.included_equivalent_usd",
    "cost.priced_part_usd",
    "cost.estimated_calls",
    "cost.actual_calls",
    "cost.included_calls",
    "cost.unknown_calls",
    "tool_calls",
    "tools.by_status.ok",
    "tools.by_status.error",
    "tools.by_status.timeout",
    "tools.by_status.blocked",
    "tools.by_status.denied",
    "tools.by_status.cancelled",
    "tools.failure_rate.value",
    "tools.failure_rate.n",
    "tools.failure_rate.low",
    "tools.failure_rate.high",
    "tools.duration_ms.n",
    "tools.duration_ms.avg",
    "tools.duration_ms.p50",
    "tools.duration_ms.p95",
    "tools.duration_ms.p99",
    "tools.duration_ms.max",
];

/// One record for each group: its values, then every number it can have, empty where it has none.
pub(crate) fn groups(out: &mut dyn Write, grouping: Grouping, groups: &[Group]) -> io::Result<()> {
    let ended = ["runs", "turns"].into_iter().flat_map(|of| ENDED.map(|path| format!("{of}.{path}")));
    let paths: Vec<String> = ended.chain(CALLS.map(str::to_owned)).collect();
    let keys = match grouping {
        Grouping::One(one) => vec![one.as_str()],
        Grouping::Two(one, other) => vec![one.as_str(), other.as_str()],
    };
    let head = keys.iter().map(|key| Cow::from(*key)).chain(paths.iter().map(Cow::from));
    record(out, head)?;
    for group in groups {
        let numbers = serde_json::to_value(group)?;
        let keys = match &group.keys {
            Some(keys) => keys.iter().map(Name::as_str).collect(),
            None => vec![group.key.as_str()],
        };
        record(out, keys.into_iter().map(text).chain(paths.iter().map(|path| number(&numbers, path))))?;
    }
    Ok(())
}

/// The number at a path. Of counts by word a document has those that are not zero.
fn number<'a>(group: &'a Value, path: &str) -> Cow<'a, str> {
    match at(group, path) {
        None if path
            .rsplit_once('.')
            .is_some_and(|(by, _)| by.contains("by_") && at(group, by).is_some()) =>
        {
            "0".into()
        }
        value => cell(value),
    }
}
