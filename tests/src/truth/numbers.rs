//! Numbers about numbers, by formulas of our own.

use serde_json::{Value, json};

/// Durations in nanoseconds as a distribution, in nanoseconds: percentiles by nearest rank, and the mean.
pub fn distribution(mut values: Vec<i64>) -> Value {
    values.sort_unstable();
    let count = values.len();
    // The smallest value that at least that many per cent of the values do not exceed.
    let rank = |percent: usize| {
        values
            .iter()
            .enumerate()
            .find(|(index, _)| (index + 1) * 100 >= percent * count)
            .map(|(_, value)| *value)
    };
    let sum: i128 = values.iter().map(|value| i128::from(*value)).sum();
    let mean = (count > 0).then(|| sum as f64 / count as f64);
    json!({
        "n": count, "avg": mean, "p50": rank(50), "p95": rank(95), "p99": rank(99), "max": values.last(),
    })
}

/// `hits` of `n` with Wilson's 95 % interval: the two roots of (p - x)^2 = z^2 x (1 - x) / n.
pub fn rate(hits: usize, n: usize) -> Value {
    if n == 0 {
        return Value::Null;
    }
    let (share, count, z) = (hits as f64 / n as f64, n as f64, 1.959_963_984_540_054_f64);
    let square = z * z / count;
    // (1 + square) x^2 - (2 p + square) x + p^2 = 0
    let (a, b, c) = (1.0 + square, 2.0 * share + square, share * share);
    let root = (b * b - 4.0 * a * c).max(0.0).sqrt();
    let bound = |value: f64| value.clamp(0.0, 1.0);
    json!({
        "value": share, "n": n, "low": bound((b - root) / (2.0 * a)), "high": bound((b + root) / (2.0 * a)),
    })
}

/// A share, or nothing of nothing.
pub fn share(part: usize, whole: usize) -> Value {
    if whole == 0 { Value::Null } else { json!(part as f64 / whole as f64) }
}

/// What a stretch of time was spent on, in this order of preference: approvals, tools, the model, the rest; in
/// nanoseconds. By cutting it at every edge and asking of every piece.
pub fn spent(start: i64, end: i64, model: &[Stretch], tool: &[Stretch], approval: &[Stretch]) -> [i64; 4] {
    let mut cuts = vec![start, end];
    for (from, to) in [model, tool, approval].into_iter().flatten() {
        cuts.extend([*from, *to].into_iter().filter(|at| start < *at && *at < end));
    }
    cuts.sort_unstable();
    let mut parts = [0; 4];
    for piece in cuts.windows(2) {
        let (from, to) = (piece[0], piece[1]);
        let covers = |list: &[Stretch]| list.iter().any(|stretch| stretch.0 <= from && to <= stretch.1);
        let place = match () {
            () if covers(approval) => 2,
            () if covers(tool) => 1,
            () if covers(model) => 0,
            () => 3,
        };
        parts[place] += to - from;
    }
    parts
}

/// From one moment to another.
pub type Stretch = (i64, i64);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_that_of_the_books() {
        // Newcombe 1998, table I: 81 of 263.
        let rate = rate(81, 263);
        let shown = ["low", "high"].map(|key| format!("{:.4}", rate[key].as_f64().unwrap()));
        assert_eq!(shown, ["0.2553", "0.3662"]);
    }

    #[test]
    fn time_is_split_by_hand() {
        let parts = spent(0, 100, &[(-5, 10)], &[(20, 40), (30, 60), (90, 900)], &[(25, 35)]);
        assert_eq!(parts, [10, 40, 10, 40]);
    }

    #[test]
    fn percentiles_are_by_nearest_rank() {
        let shown = distribution((1..=200).collect());
        assert_eq!([&shown["p50"], &shown["p95"], &shown["p99"], &shown["max"]], [100, 190, 198, 200]);
    }
}
