//! What an event of the batch wire adds.

use std::collections::HashMap;

use super::{Cell, Cells, Fact, Hour, Measure, Series};
use crate::intake::Report;

/// Nanoseconds of a millisecond.
const MILLISECOND: i64 = 1_000_000;

impl Cells {
    /// Counts events of the batch wire, each in the hour it happened.
    ///
    /// Those of one commit have much in common, so that a series is made of the texts of many.
    pub fn count_reports<'a>(&mut self, reports: impl IntoIterator<Item = &'a Report>) {
        let mut counted: HashMap<(Hour, Shared<'a>), Cell> = HashMap::new();
        for report in reports {
            let cell = counted.entry((Hour::of(report.at), Shared::of(report))).or_default();
            cell.sums.n += 1;
            cell.sums.errors = cell.sums.errors.saturating_add(report.error_count.unwrap_or(0));
            if let Some(milliseconds) = report.latency_ms {
                let nanos = milliseconds.saturating_mul(MILLISECOND);
                cell.sums.durations += 1;
                cell.sums.duration_ns = cell.sums.duration_ns.saturating_add(nanos);
                cell.measure(Measure::Duration, nanos);
            }
        }
        self.absorb(Cells(
            counted.into_iter().map(|((hour, shared), cell)| ((hour, shared.series()), cell)).collect(),
        ));
    }
}

/// What a report shares with others.
#[derive(PartialEq, Eq, Hash)]
struct Shared<'a> {
    host: &'a str,
    kind: &'a str,
    agent: &'a str,
    hook: &'a str,
    tool: &'a str,
    tier: &'a str,
    model: &'a str,
    decision: &'a str,
    success: Option<bool>,
}

impl<'a> Shared<'a> {
    fn of(report: &'a Report) -> Self {
        let word = |word: &'a Option<String>| word.as_deref().unwrap_or_default();
        Shared {
            host: &report.host,
            kind: &report.kind,
            agent: word(&report.agent),
            hook: word(&report.hook),
            tool: word(&report.tool),
            tier: word(&report.tier),
            model: word(&report.model),
            decision: word(&report.decision),
            success: report.success,
        }
    }

    fn series(self) -> Series {
        let outcome = match self.success {
            Some(true) => "success",
            Some(false) => "failure",
            None => "",
        };
        Series {
            kind: self.kind.to_owned(),
            host: self.host.to_owned(),
            agent: self.agent.to_owned(),
            hook: self.hook.to_owned(),
            tool: self.tool.to_owned(),
            tier: self.tier.to_owned(),
            model: self.model.to_owned(),
            status: self.decision.to_owned(),
            outcome: outcome.to_owned(),
            ..Series::new(Fact::Report)
        }
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::time::UnixNanos;

    use super::*;
    use crate::rollup::{Bucket, Sketch, Sums};

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
        cells.count_reports(&[report(Some(30)), report(None)]);
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
        cells.count_reports([&bare]);
        let ((_, series), cell) = cells.0.first_key_value().unwrap();
        assert_eq!((series.outcome.as_str(), series.agent.as_str(), series.status.as_str()), ("", "", ""));
        assert_eq!((cell.sums.n, cell.sums.errors, cell.sums.duration_ns), (1, 0, i64::MAX));
        cells.count_reports([&Report { success: Some(false), ..bare }]);
        assert!(cells.0.keys().any(|(_, series)| series.outcome == "failure"));
    }
}
