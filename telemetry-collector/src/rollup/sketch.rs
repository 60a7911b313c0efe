//! Latencies, so that those of many hours can be put together: logarithmic buckets with counts.
//!
//! A percentile is within 1 % of the value it stands for (DDSketch; Masson, Rim and Lee, VLDB 2019, with γ = 1.02). Counts of
//! the same bucket add up and can be taken away again, in Rust and in SQL.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The upper end of a bucket over its lower end.
pub const BUCKET_GROWTH: f64 = 1.02;

/// What is measured of a fact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// From start to end.
    Duration,
    /// To the first token.
    FirstToken,
    /// The answered attempt alone.
    Attempt,
    /// Between turns.
    Idle,
}

impl Measure {
    /// All of them, by their number in the database.
    pub const ALL: [Measure; 4] = [Measure::Duration, Measure::FirstToken, Measure::Attempt, Measure::Idle];

    /// Its number in the database.
    pub fn number(self) -> i16 {
        self as i16
    }
}

/// A bucket: durations of more than `1 µs * 1.02^(number - 1)` up to `1 µs * 1.02^number`. 0 has all up to a microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Bucket(pub i16);

impl Bucket {
    /// The bucket of a duration in nanoseconds.
    pub fn of(nanos: i64) -> Self {
        let micros = nanos as f64 / 1e3;
        if micros <= 1.0 { Bucket(0) } else { Bucket((micros.ln() / BUCKET_GROWTH.ln()).ceil() as i16) }
    }

    /// What stands for the durations in it, in nanoseconds: at most 1 % from any of them.
    pub fn nanos(self) -> f64 {
        match self.0 {
            0 => 1e3,
            number => 1e3 * 2.0 * BUCKET_GROWTH.powi(number.into()) / (1.0 + BUCKET_GROWTH),
        }
    }
}

/// Counts by bucket.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Sketch(pub BTreeMap<Bucket, i64>);

impl Sketch {
    /// Counts `n` in a bucket; a count that comes to nothing is gone.
    pub fn add(&mut self, bucket: Bucket, n: i64) {
        let count = self.0.entry(bucket).or_default();
        *count += n;
        if *count == 0 {
            self.0.remove(&bucket);
        }
    }

    /// How many.
    pub fn n(&self) -> i64 {
        self.0.values().sum()
    }

    /// The duration in nanoseconds that `percent` of all do not exceed, by nearest rank; `None` when there is none.
    pub fn percentile(&self, percent: i64) -> Option<f64> {
        let rank = (self.n() * percent + 99) / 100;
        let mut seen = 0;
        self.0.iter().find_map(|(bucket, count)| {
            seen += count;
            (seen >= rank.max(1)).then(|| bucket.nanos())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_is_within_one_percent_of_all_it_holds() {
        let mut nanos = 1_001;
        while nanos < 40 * 86_400 * 1_000_000_000_i64 {
            let off = Bucket::of(nanos).nanos() / nanos as f64 - 1.0;
            assert!(off.abs() < 0.01, "{nanos} ns is {off} off");
            nanos += nanos / 37 + 1;
        }
        assert_eq!((Bucket::of(-5), Bucket::of(0), Bucket::of(1_000)), (Bucket(0), Bucket(0), Bucket(0)));
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let mut sketch = Sketch::default();
        assert_eq!(sketch.percentile(50), None);
        for ms in 1..=100 {
            sketch.add(Bucket::of(ms * 1_000_000), 1);
        }
        for (percent, ms) in [(50, 50.0), (95, 95.0), (99, 99.0), (100, 100.0)] {
            let found = sketch.percentile(percent).unwrap() / 1e6;
            assert!((found / ms - 1.0).abs() < 0.011, "p{percent} is {found}");
        }
        sketch.add(Bucket::of(100_000_000), -1);
        assert_eq!(sketch.n(), 99);
    }
}
