//! A window against the one before it, which is as long.
//!
//! Shares are compared by the interval of the difference of two independent proportions, from their Wilson intervals:
//! Newcombe, *Interval estimation for the difference between independent proportions*, Statistics in Medicine 17 (1998),
//! 873-890, method 10. A difference is more than noise when the 95 % interval does not hold 0.
//!
//! A percentile is compared by the same interval, of the shares of values above the percentile of both windows together.
//! For the median that is Mood's test (*Introduction to the Theory of Statistics*, 1950, 394-395), for others the quantile
//! test. It asks nothing of how durations are distributed, which have long tails: a test of means would follow the tail.
//!
//! Totals and sums are not samples of anything, so there is nothing to test.

use rusqlite::Connection;
use telemetry_core::time::UnixNanos;

use super::page::{self, Page, shown};
use crate::error::StoreError;
use crate::insights::{Change, Compared, Distribution, Question, Rate, Window};

/// The window before, which ends where `window` begins; `None` when that has no beginning. One without an end is taken to
/// end now.
pub(super) fn window_before(window: Window) -> Option<Window> {
    let since = window.since?;
    let until = window.until.unwrap_or_else(UnixNanos::now);
    Some(Window { since: Some(since.plus(-until.since(since))), until: Some(since) })
}

/// What changed since the window before.
pub(super) fn with_window_before(
    connection: &Connection,
    question: &Question,
    window: Window,
    now: &Page,
) -> Result<Compared, StoreError> {
    let before = Question { window, by: Vec::new(), top: 0, ..question.clone() };
    let before = page::answer(connection, &before)?;
    let mut changes = Changes(Vec::new());
    let (a, b) = (&before.insights, &now.insights);
    let count = |number: u64| Some(number as f64);
    let tokens = |number: i64| Some(number as f64);
    changes.sum("runs.total", count(a.runs.total), count(b.runs.total));
    changes.rate("runs.completion_rate", a.runs.completion_rate, b.runs.completion_rate);
    changes.sum("chains.total", count(a.chains.total), count(b.chains.total));
    changes.rate("chains.completion_rate", a.chains.completion_rate, b.chains.completion_rate);
    let (ended, ends) = (&a.turns.ended, &b.turns.ended);
    changes.sum("turns.total", count(ended.total), count(ends.total));
    changes.rate("turns.completion_rate", ended.completion_rate, ends.completion_rate);
    changes.rate("turns.failure_rate", ended.failure_rate, ends.failure_rate);
    let durations = (&before.turns[..], &now.turns[..]);
    changes.spread("turns.duration_ms", ended.duration_ms, ends.duration_ms, durations);
    let (calls, call) = (&a.model_calls, &b.model_calls);
    changes.sum("model_calls.total", count(calls.total), count(call.total));
    let latencies = (&before.latencies[..], &now.latencies[..]);
    changes.spread("model_calls.latency_ms", calls.latency_ms, call.latency_ms, latencies);
    for (metric, a, b) in [
        ("model_calls.tokens.input", calls.tokens.input, call.tokens.input),
        ("model_calls.tokens.output", calls.tokens.output, call.tokens.output),
        ("model_calls.tokens.cache_read", calls.tokens.cache_read, call.tokens.cache_read),
        ("model_calls.tokens.cache_write", calls.tokens.cache_write, call.tokens.cache_write),
    ] {
        changes.sum(metric, tokens(a), tokens(b));
    }
    changes.sum("model_calls.cache_hit_rate", calls.cache_hit_rate, call.cache_hit_rate);
    changes.sum("tool_calls.total", count(a.tool_calls.total), count(b.tool_calls.total));
    let (tools, tool) = (&a.tool_calls.ends, &b.tool_calls.ends);
    changes.rate("tool_calls.failure_rate", tools.failure_rate, tool.failure_rate);
    let durations = (&before.tools[..], &now.tools[..]);
    changes.spread("tool_calls.duration_ms", tools.duration_ms, tool.duration_ms, durations);
    changes.sum("approvals.total", count(a.approvals.total), count(b.approvals.total));
    let waits = (&before.waits[..], &now.waits[..]);
    changes.spread("approvals.wait_ms", a.approvals.wait_ms, b.approvals.wait_ms, waits);
    changes.sum("errors.total", count(a.errors.total), count(b.errors.total));
    changes.sum("cost.total_usd", a.cost.total_usd, b.cost.total_usd);
    Ok(Compared { window: shown(window, question), changes: changes.0 })
}

struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, metric: String, before: Option<f64>, now: Option<f64>, significant: Option<bool>) {
        let delta = before.zip(now).map(|(before, now)| now - before);
        self.0.push(Change { metric, before, now, delta, significant });
    }

    /// A number there is nothing to test of.
    fn sum(&mut self, metric: &str, before: Option<f64>, now: Option<f64>) {
        self.add(metric.to_owned(), before, now, None);
    }

    fn rate(&mut self, metric: &str, before: Option<Rate>, now: Option<Rate>) {
        let significant = before.zip(now).map(|(before, now)| differ(before, now));
        self.add(metric.to_owned(), before.map(|rate| rate.value), now.map(|rate| rate.value), significant);
    }

    /// The median and the 95th percentile.
    fn spread(&mut self, metric: &str, before: Distribution, now: Distribution, values: (&[i64], &[i64])) {
        for (word, percent, before, now) in
            [("p50", 50, before.p50, now.p50), ("p95", 95, before.p95, now.p95)]
        {
            let significant = above(values.0, values.1, percent).map(|(before, now)| differ(before, now));
            self.add(format!("{metric}.{word}"), before, now, significant);
        }
    }
}

/// Whether the 95 % interval of the difference of two shares leaves out 0.
fn differ(before: Rate, now: Rate) -> bool {
    let difference = now.value - before.value;
    let down = (now.value - now.low).hypot(before.high - before.value);
    let up = (now.high - now.value).hypot(before.value - before.low);
    difference - down > 0.0 || difference + up < 0.0
}

/// The shares of either's values, which ascend, that are above the percentile of both together; `None` where one has
/// none.
fn above(before: &[i64], now: &[i64], percent: usize) -> Option<(Rate, Rate)> {
    let all = before.len() + now.len();
    let percentile = ranked(before, now, (all * percent).div_ceil(100).max(1))?;
    let share = |values: &[i64]| {
        let up_to = values.partition_point(|&value| value <= percentile);
        Rate::of((values.len() - up_to) as u64, values.len() as u64)
    };
    share(before).zip(share(now))
}

/// The `rank`-th of the values of both, from 1.
fn ranked(one: &[i64], other: &[i64], rank: usize) -> Option<i64> {
    let (mut one, mut other) = (one.iter().peekable(), other.iter().peekable());
    let mut next = || match (one.peek(), other.peek()) {
        (Some(a), Some(b)) if a <= b => one.next(),
        (_, Some(_)) => other.next(),
        (_, None) => one.next(),
    };
    for _ in 1..rank {
        next();
    }
    next().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_interval_of_a_difference_is_newcombes() {
        // As worked in Newcombe 1998, table II: 56 of 70 and 48 of 80 differ by 0.0524 to 0.3339.
        let (now, before) = (Rate::of(56, 70).unwrap(), Rate::of(48, 80).unwrap());
        let down = (now.value - now.low).hypot(before.high - before.value);
        let up = (now.high - now.value).hypot(before.value - before.low);
        assert_eq!(format!("{:.4} {:.4}", 0.2 - down, 0.2 + up), "0.0524 0.3339");
        assert!(differ(before, now) && differ(now, before));
        // And 5 of 56 and 0 of 29 differ by -0.0381 to 0.1926, which holds 0.
        assert!(!differ(Rate::of(0, 29).unwrap(), Rate::of(5, 56).unwrap()));
    }

    #[test]
    fn a_median_that_moved_is_told_from_one_that_did_not() {
        let values = |from: i64| (0..100).map(|step| from + step).collect::<Vec<_>>();
        let differs = |a: &[i64], b: &[i64]| above(a, b, 50).map(|(a, b)| differ(a, b));
        assert_eq!(differs(&values(0), &values(40)), Some(true));
        assert_eq!(differs(&values(0), &values(1)), Some(false));
        // All the same: nothing is above the median.
        assert_eq!(differs(&[5; 50], &[5; 50]), Some(false));
        assert_eq!(differs(&[], &[5]), None);
        assert_eq!(ranked(&[1, 4], &[2, 3], 3), Some(3));
    }
}
