//! Shares with their uncertainty, and distributions.

use serde::Serialize;

/// A share of `n`, with its 95 % Wilson score interval. What `n` counts is said where the rate is used.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// The share, 0 to 1.
    pub value: f64,
    /// Of how many.
    pub n: u64,
    /// The lower end of the interval.
    pub low: f64,
    /// The upper end of the interval.
    pub high: f64,
}

impl Rate {
    /// `hits` of `n`; `None` when there is nothing to have a share of.
    pub fn of(hits: u64, n: u64) -> Option<Self> {
        /// The 97.5 % quantile of the normal distribution.
        const Z: f64 = 1.959_963_984_540_054;
        if n == 0 {
            return None;
        }
        let (count, share) = (n as f64, hits as f64 / n as f64);
        let spread = Z * (share * (1.0 - share) / count + Z * Z / (4.0 * count * count)).sqrt();
        let (middle, scale) = (share + Z * Z / (2.0 * count), 1.0 + Z * Z / count);
        let bound = |value: f64| (value / scale).clamp(0.0, 1.0);
        Some(Rate { value: share, n, low: bound(middle - spread), high: bound(middle + spread) })
    }
}

/// A distribution of durations, in milliseconds. Percentiles are exact, by nearest rank: the smallest value that at
/// least that share of values does not exceed. All are `None` when there is no value.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Distribution {
    /// How many values.
    pub n: u64,
    /// The mean.
    pub avg: Option<f64>,
    /// The median.
    pub p50: Option<f64>,
    /// The 95th percentile.
    pub p95: Option<f64>,
    /// The 99th percentile.
    pub p99: Option<f64>,
    /// The largest.
    pub max: Option<f64>,
}

impl Distribution {
    /// The distribution of durations in nanoseconds.
    pub fn of(mut nanos: Vec<i64>) -> Self {
        if nanos.is_empty() {
            return Self::default();
        }
        nanos.sort_unstable();
        let n = nanos.len();
        let rank = |percent: usize| Some(super::ms(nanos[(n * percent).div_ceil(100).max(1) - 1]));
        let sum: i128 = nanos.iter().map(|&value| i128::from(value)).sum();
        Distribution {
            n: n as u64,
            avg: Some(sum as f64 / n as f64 / 1e6),
            p50: rank(50),
            p95: rank(95),
            p99: rank(99),
            max: rank(100),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let one_to_hundred: Vec<i64> = (1..=100).rev().map(|ms| ms * 1_000_000).collect();
        let d = Distribution::of(one_to_hundred);
        assert_eq!((d.p50, d.p95, d.p99, d.max), (Some(50.0), Some(95.0), Some(99.0), Some(100.0)));
        assert_eq!((d.n, d.avg), (100, Some(50.5)));
        let d = Distribution::of(vec![7_000_000]);
        assert_eq!((d.p50, d.p99), (Some(7.0), Some(7.0)));
        assert_eq!(Distribution::of(vec![]), Distribution::default());
    }

    #[test]
    fn the_interval_is_wilsons() {
        // Wilson 1927, as worked in Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
        let rate = Rate::of(81, 263).unwrap();
        assert_eq!(
            (format!("{:.4}", rate.low), format!("{:.4}", rate.high)),
            ("0.2553".into(), "0.3662".into())
        );
        assert_eq!(Rate::of(0, 0), None);
        let all = Rate::of(3, 3).unwrap();
        assert_eq!((all.value, all.high), (1.0, 1.0));
        assert!(all.low < 0.5);
    }
}
