//! What an event of the batch wire adds.

use super::{Cells, Fact, Measure, Series};
use crate::intake::Report;

/// Nanoseconds of a millisecond.
const MILLISECOND: i64 = 1_000_000;

impl Cells {
    /// Counts an event of the batch wire, in the hour it happened.
    pub fn count_report(&mut self, report: &Report) {
        let word = |word: &Option<String>| word.clone().unwrap_or_default();
        let outcome = match report.success {
            Some(true) => "success",
            Some(false) => "failure",
            None => "",
        };
        let series = Series {
            kind: report.kind.clone(),
            host: report.host.clone(),
            agent: word(&report.agent),
            hook: word(&report.hook),
            tool: word(&report.tool),
            tier: word(&report.tier),
            model: word(&report.model),
            status: word(&report.decision),
            outcome: outcome.to_owned(),
            ..Series::new(Fact::Report)
        };
        let cell = self.at(report.at, series);
        cell.sums.n += 1;
        cell.sums.errors = cell.sums.errors.saturating_add(report.error_count.unwrap_or(0));
        if let Some(milliseconds) = report.latency_ms {
            let nanos = milliseconds.saturating_mul(MILLISECOND);
            cell.sums.durations += 1;
            cell.sums.duration_ns = cell.sums.duration_ns.saturating_add(nanos);
            cell.measure(Measure::Duration, nanos);
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::time::UnixNanos;

    use super::*;
    use crate::rollup::{Bucket, Cell, Hour, Sketch, Sums};

    fn report(latency_ms: Option<i64>) -> Report {
        Report {
            id: 1,
            at: UnixNanos(7_200_000_000_001),
            host: "builder".into(),
            session: "s".into(),
            kind: "hook_decision".into(),
            agent: Some("reviewer".into()),
            hook: Some("pre-commit".into()),
            decision: Some("DENIED".into()),
            decision_reason: Some("a secret".into()),
            tool: Some("Bash".into()),
            working_dir: Some("/src".into()),
            latency_ms,
            tier: Some("haiku".into()),
            model: Some("claude-haiku".into()),
            error_count: Some(2),
            success: Some(true),
            extra: None,
        }
    }

    #[test]
    fn a_report_counts_in_its_hour_by_what_it_shares_with_others() {
        let mut cells = Cells::default();
        cells.count_report(&report(Some(30)));
        cells.count_report(&report(None));
        let series = Series {
            kind: "hook_decision".into(),
            host: "builder".into(),
            agent: "reviewer".into(),
            hook: "pre-commit".into(),
            tool: "Bash".into(),
            tier: "haiku".into(),
            model: "claude-haiku".into(),
            status: "DENIED".into(),
            outcome: "success".into(),
            ..Series::new(Fact::Report)
        };
        let sums = Sums { n: 2, errors: 4, durations: 1, duration_ns: 30_000_000, ..Sums::default() };
        let sketch = Sketch([(Bucket::of(30_000_000), 1)].into());
        let cell = Cell { sums, latencies: [(Measure::Duration, sketch)].into() };
        assert_eq!(cells.0, [((Hour(2), series), cell)].into());
    }

    #[test]
    fn a_report_that_says_next_to_nothing_counts_all_the_same() {
        let mut cells = Cells::default();
        let bare = Report {
            success: None,
            error_count: None,
            agent: None,
            decision: None,
            ..report(Some(i64::MAX))
        };
        cells.count_report(&bare);
        let ((_, series), cell) = cells.0.first_key_value().unwrap();
        assert_eq!((series.outcome.as_str(), series.agent.as_str(), series.status.as_str()), ("", "", ""));
        assert_eq!((cell.sums.n, cell.sums.errors, cell.sums.duration_ns), (1, 0, i64::MAX));
        cells.count_report(&Report { success: Some(false), ..bare });
        assert!(cells.0.keys().any(|(_, series)| series.outcome == "failure"));
    }
}
