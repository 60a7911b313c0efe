//! Facts of a group, added up.

use std::collections::BTreeMap;

use telemetry_core::name::Name;
use telemetry_store::insights::{ByWord, Distribution};

use crate::answers::By;
use crate::rollup::{Fact, Measure, Series, Sketch, Sums};
use crate::storage::Counted;

/// What a breakdown calls what is not known.
pub(super) const UNKNOWN: &str = "(unknown)";

/// Whether facts of a kind have a dimension: the table of `telemetry-store`'s columns, and the machine.
pub(super) fn has(fact: Fact, by: By) -> bool {
    use Fact::{Approval, FailedAttempt, ModelCall, Report, Run, ToolCall, Turn, Usage};
    match by {
        By::Host | By::Agent | By::Platform | By::Entrypoint | By::Kind | By::Day | By::Hour => {
            fact != Report
        }
        By::Model => matches!(fact, Run | Turn | ModelCall | FailedAttempt | ToolCall | Usage),
        By::Provider => matches!(fact, ModelCall | FailedAttempt | ToolCall | Usage),
        By::Tool => fact == ToolCall,
        By::Outcome => matches!(fact, Run | Turn | ModelCall | FailedAttempt | ToolCall | Approval),
    }
}

/// Some facts: what they are summed up to, and, told apart by less, their latencies.
#[derive(Default)]
pub(super) struct Facts<'a> {
    pub sums: Vec<&'a Counted>,
    pub latencies: Vec<&'a Counted>,
}

impl<'a> Facts<'a> {
    /// The series of one kind.
    pub(super) fn of(&self, fact: Fact) -> impl Iterator<Item = &'a Counted> + '_ {
        self.sums.iter().copied().filter(move |counted| counted.series.fact == fact)
    }

    /// All of one kind.
    pub(super) fn sum(&self, fact: Fact) -> Sums {
        self.of(fact).fold(Sums::default(), |mut sum, counted| {
            sum += counted.cell.sums;
            sum
        })
    }

    /// How many of one kind there are of each word.
    pub(super) fn by_word(&self, fact: Fact, word: impl Fn(&Series) -> &str) -> ByWord {
        let word = |counted: &Counted| Name::new(word(&counted.series));
        self.of(fact).map(|counted| (word(counted), count(counted.cell.sums.n))).collect()
    }

    /// The latencies of one kind. The mean is exact.
    pub(super) fn distribution(&self, fact: Fact, measure: Measure) -> Distribution {
        let sums = self.sum(fact);
        let (n, nanos) = match measure {
            Measure::Duration => (sums.durations, sums.duration_ns),
            Measure::FirstToken => (sums.first_tokens, sums.first_token_ns),
            Measure::Attempt => (sums.attempts, sums.attempt_ns),
            Measure::Idle => (sums.idles, sums.idle_ns),
        };
        distribution(n, nanos, &self.sketch(fact, measure))
    }

    /// The latencies of one kind, by bucket.
    pub(super) fn sketch(&self, fact: Fact, measure: Measure) -> Sketch {
        let mut all = BTreeMap::new();
        let of = self.latencies.iter().filter(|counted| counted.series.fact == fact);
        for sketch in of.filter_map(|counted| counted.cell.latencies.get(&measure)) {
            for (bucket, n) in &sketch.0 {
                *all.entry(*bucket).or_default() += n;
            }
        }
        Sketch(all)
    }
}

/// Of `n` durations that come to `nanos`. Percentiles are those of the buckets they are in, and the largest is too.
pub(super) fn distribution(n: i64, nanos: i64, sketch: &Sketch) -> Distribution {
    if n <= 0 {
        return Distribution::default();
    }
    let percentile = |percent| sketch.percentile(percent).map(|nanos| nanos / 1e6);
    Distribution {
        n: count(n),
        avg: Some(nanos as f64 / n as f64 / 1e6),
        p50: percentile(50),
        p95: percentile(95),
        p99: percentile(99),
        max: percentile(100),
    }
}

/// A count, which is never below zero but for a moment in which a database is asked twice.
pub(super) fn count(n: i64) -> u64 {
    n.max(0) as u64
}
