//! A histogram in whole numbers.

use serde::{Deserialize, Serialize};

use crate::otlp::convention::Instrument;

/// Counts of values by bucket; which buckets is the instrument's to know.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Histogram {
    pub count: u64,
    pub sum: u64,
    pub min: u64,
    pub max: u64,
    /// One for each bound, and one for what is above the last.
    pub buckets: Vec<u64>,
}

impl Histogram {
    /// Counts a value of what the instrument counts.
    pub fn record(&mut self, instrument: &Instrument, value: u64) {
        self.min = if self.count == 0 { value } else { self.min.min(value) };
        self.max = self.max.max(value);
        self.count += 1;
        self.sum = self.sum.saturating_add(value);
        // Also when an older version with other buckets has written the state: its counts stay in the sum of all.
        self.buckets.resize(instrument.bounds.len() + 1, 0);
        // A bound is in the bucket below it.
        let bucket = instrument.bounds.partition_point(|bound| *bound < value);
        self.buckets[bucket] += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::otlp::names;

    #[test]
    fn a_bound_is_in_the_bucket_below_it() {
        let mut histogram = Histogram::default();
        for value in [4, 0, 1, 5, u64::MAX] {
            histogram.record(&names::TOKEN_USAGE, value);
        }
        assert_eq!((histogram.count, histogram.min, histogram.max), (5, 0, u64::MAX));
        assert_eq!(histogram.sum, u64::MAX, "more than there can be");
        assert_eq!(&histogram.buckets[..4], [2, 1, 1, 0]);
        assert_eq!(histogram.buckets.last(), Some(&1));
        assert_eq!(histogram.buckets.len(), names::TOKEN_USAGE.bounds.len() + 1);
    }
}
