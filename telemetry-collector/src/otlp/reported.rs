//! Tokens that an agent reports as a sum and of no call: points of metrics.
//!
//! Points are kept as they came, as events of the kind [`KIND`]; what they come to is worked out from all of a run at once
//! ([`sums`]), so that neither order nor repeats matter. They count only where no call of the run is told of, because calls are told of
//! by every agent that also counts tokens.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use telemetry_core::event::{Body, Event, SCHEMA_VERSION, Unknown};
use telemetry_core::ids::{Key, RunId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::{MAX_TOKENS, Usage};

/// The kind of these events.
pub const KIND: &str = "usage_reported";

/// A point of a metric.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UsageReported {
    /// Hex: the same for points of the same series of the same process, and for no others.
    pub series: String,
    /// The model.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// Who answers, in the agent's words.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub provider: Option<Name>,
    /// The buckets that have the tokens.
    pub adds: Vec<Bucket>,
    /// The buckets that other points count them in too: agents count cached tokens as input again.
    #[serde(skip_serializing_if = "Vec::is_empty", default)]
    pub takes: Vec<Bucket>,
    /// How many tokens.
    pub tokens: u64,
    /// Since `start_ns`, and not since the point before.
    pub cumulative: bool,
    /// Since when, where the sender says.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub start_ns: Option<UnixNanos>,
}

/// A field of [`Usage`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// [`Usage::input`].
    Input,
    /// [`Usage::output`].
    Output,
    /// [`Usage::cache_read`].
    CacheRead,
    /// [`Usage::cache_write`].
    CacheWrite,
    /// [`Usage::reasoning`].
    Reasoning,
}

impl UsageReported {
    /// The event of a point at `ts`. A point that is sent twice is the same event.
    pub fn event(&self, ts: UnixNanos, run: Option<RunId>) -> Event {
        let start = self.start_ns.map_or(0, |start| start.0 as u64);
        let key = Key::new(KIND).text(&self.series).number(start);
        let fields = match serde_json::to_value(self) {
            Ok(Value::Object(fields)) => fields,
            _ => serde_json::Map::new(),
        };
        Event::new(
            ts,
            run,
            &key,
            Body::Unknown(Unknown { version: SCHEMA_VERSION, kind: KIND.to_owned(), fields }),
        )
    }

    /// The point of an event, if it is one.
    pub fn of(event: &Event) -> Option<Self> {
        match &event.body {
            Body::Unknown(unknown) if unknown.kind == KIND => {
                serde_json::from_value(Value::Object(unknown.fields.clone())).ok()
            }
            _ => None,
        }
    }
}

/// Tokens that were reported at one moment for one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reported {
    /// When.
    pub at: UnixNanos,
    /// The model.
    pub model: Option<Name>,
    /// Who answers, in the agent's words.
    pub provider: Option<Name>,
    /// The tokens since the report before.
    pub usage: Usage,
}

/// What the points among the events of a run come to, oldest first. Nothing where a call of the run is told of, answered or not.
///
/// The order of the events and repeats among them change nothing.
///
/// # Examples
/// ```
/// use telemetry_collector::otlp::reported::{Bucket, UsageReported, sums};
/// use telemetry_core::time::UnixNanos;
///
/// let point = |at, tokens| {
///     let (series, adds) = ("a1".to_owned(), vec![Bucket::Input]);
///     let (takes, start_ns) = (Vec::new(), Some(UnixNanos(1)));
///     UsageReported { series, model: None, provider: None, adds, takes, tokens, cumulative: true, start_ns }.event(UnixNanos(at), None)
/// };
/// let sums = sums(&[point(30, 12), point(20, 5), point(30, 12)]);
/// assert_eq!(sums.iter().map(|sum| (sum.at.0, sum.usage.input)).collect::<Vec<_>>(), [(20, 5), (30, 7)]);
/// ```
pub fn sums(events: &[Event]) -> Vec<Reported> {
    if events.iter().any(|event| matches!(event.body, Body::ModelCall(_) | Body::AttemptFailed(_))) {
        return Vec::new();
    }
    let mut series = BTreeMap::<(String, Option<UnixNanos>), BTreeMap<UnixNanos, UsageReported>>::new();
    for event in events {
        let Some(point) = UsageReported::of(event) else { continue };
        let points =
            series.entry((point.series.clone(), point.start_ns.filter(|_| point.cumulative))).or_default();
        // Two of one moment that differ: no sender means that, and of sums the larger is the later.
        match points.get(&event.ts) {
            Some(known) if known.tokens >= point.tokens => {}
            _ => drop(points.insert(event.ts, point)),
        }
    }
    let mut sums = BTreeMap::<(UnixNanos, Option<Name>, Option<Name>), [i64; 5]>::new();
    for points in series.into_values() {
        let mut before = 0;
        for (at, point) in points {
            let tokens = match point.cumulative {
                // Less than before, with the same beginning or none: it began again.
                true if point.tokens < before => point.tokens,
                true => point.tokens - before,
                false => point.tokens,
            };
            before = point.tokens;
            let tokens = tokens.min(MAX_TOKENS) as i64;
            let buckets = sums.entry((at, point.model, point.provider)).or_default();
            point.adds.iter().for_each(|bucket| buckets[*bucket as usize] += tokens);
            point.takes.iter().for_each(|bucket| buckets[*bucket as usize] -= tokens);
        }
    }
    let tokens = |count: i64| count.max(0) as u64;
    let said = |((at, model, provider), buckets): ((UnixNanos, _, _), [i64; 5])| {
        let [input, output, cache_read, cache_write, reasoning] = buckets.map(tokens);
        let usage = Usage { input, output, cache_read, cache_write, reasoning, cache_write_1h: 0 };
        Reported { at, model, provider, usage }
    };
    sums.into_iter().map(said).filter(|sum| sum.usage != Usage::default()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn point(at: i64, start: i64, tokens: u64, cumulative: bool) -> Event {
        UsageReported {
            series: "one".into(),
            model: Some("m".into()),
            provider: None,
            adds: vec![Bucket::Input],
            takes: Vec::new(),
            tokens,
            cumulative,
            start_ns: Some(UnixNanos(start)),
        }
        .event(UnixNanos(at), None)
    }

    fn inputs(events: &[Event]) -> Vec<(i64, u64)> {
        sums(events).iter().map(|sum| (sum.at.0, sum.usage.input)).collect()
    }

    #[test]
    fn deltas_are_added_and_totals_are_subtracted_in_any_order_and_however_often() {
        let deltas = [point(20, 10, 5, false), point(30, 20, 7, false)];
        let totals = [point(20, 10, 5, true), point(30, 10, 12, true)];
        for mut events in [deltas.to_vec(), totals.to_vec()] {
            assert_eq!(inputs(&events), [(20, 5), (30, 7)]);
            events.extend(events.clone());
            events.reverse();
            assert_eq!(inputs(&events), [(20, 5), (30, 7)]);
        }
    }

    #[test]
    fn a_process_that_began_again_counts_from_nothing() {
        // With a start of its own, and, where none is told, by its smaller total.
        assert_eq!(inputs(&[point(20, 10, 5, true), point(40, 35, 9, true)]), [(20, 5), (40, 9)]);
        assert_eq!(inputs(&[point(20, 10, 5, true), point(40, 10, 3, true)]), [(20, 5), (40, 3)]);
    }

    #[test]
    fn what_is_counted_in_two_buckets_is_taken_from_one() {
        let total = point(20, 10, 100, false);
        let mut cached = UsageReported::of(&point(20, 10, 80, false)).unwrap();
        cached.series = "cached".into();
        (cached.adds, cached.takes) = (vec![Bucket::CacheRead], vec![Bucket::Input]);
        let sums = sums(&[cached.event(UnixNanos(20), None), total]);
        assert_eq!(sums.len(), 1);
        assert_eq!(sums[0].usage, Usage { input: 20, cache_read: 80, ..Usage::default() });
    }

    #[test]
    fn a_point_survives_the_log() {
        let event = point(20, 10, 5, true);
        let mut line = Vec::new();
        telemetry_core::codec::encode(&event, &mut line);
        let again = telemetry_core::codec::decode(&line).unwrap();
        assert_eq!(again, event);
        assert_eq!(UsageReported::of(&again).unwrap().tokens, 5);
    }
}
