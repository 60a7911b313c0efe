//! A window in whole hours, and the rollups it is made of.

use telemetry_core::time::UnixNanos;
use telemetry_store::insights::{WindowShown, zone_name};

use crate::answers::Question;
use crate::rollup::{Hour, Span};

/// The first and the last hour of days that a moment can be in, in whole.
const ALL: (Hour, Hour) = (Hour(-106_751 * 24), Hour(106_751 * 24));

/// From an hour on and before another, open where `None`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Hours {
    since: Option<Hour>,
    until: Option<Hour>,
}

impl Hours {
    /// The hours that have something of the question's window: nothing of what is asked for is left out.
    pub(super) fn of(question: &Question) -> Self {
        let after = |until: UnixNanos| Hour(Hour::of(until.plus(-1)).0 + 1);
        Hours { since: question.since.map(Hour::of), until: question.until.map(after) }
    }

    /// Its first moment.
    pub(super) fn since(self) -> Option<UnixNanos> {
        self.since.map(Hour::start)
    }

    /// The first moment after it.
    pub(super) fn until(self) -> Option<UnixNanos> {
        self.until.map(Hour::start)
    }

    /// Whether a moment is in it.
    pub(super) fn has(self, at: UnixNanos) -> bool {
        self.since().is_none_or(|since| since <= at) && self.until().is_none_or(|until| at < until)
    }

    /// As it is shown.
    pub(super) fn shown(self, question: &Question) -> WindowShown {
        WindowShown {
            since: self.since().map(|at| at.to_string()),
            until: self.until().map(|at| at.to_string()),
            timezone: zone_name(&question.zone),
        }
    }

    /// As rollups by hour alone.
    pub(super) fn by_hour(self) -> Vec<(Span, Hour, Hour)> {
        let (since, until) = self.bounds();
        parts([(Span::Hour, since, until)])
    }

    /// As rollups by day as far as it has whole days, and by hour at both ends.
    pub(super) fn by_day(self) -> Vec<(Span, Hour, Hour)> {
        let (since, until) = self.bounds();
        let (first, last) = (Hour(since.0 + 23).midnight(), until.midnight());
        match first < last {
            true => parts([(Span::Hour, since, first), (Span::Day, first, last), (Span::Hour, last, until)]),
            false => self.by_hour(),
        }
    }

    fn bounds(self) -> (Hour, Hour) {
        (self.since.unwrap_or(ALL.0), self.until.unwrap_or(ALL.1))
    }
}

fn parts<const N: usize>(parts: [(Span, Hour, Hour); N]) -> Vec<(Span, Hour, Hour)> {
    parts.into_iter().filter(|(_, since, until)| since < until).collect()
}

#[cfg(test)]
mod tests {
    use telemetry_store::insights::TimeZone;

    use super::*;
    use crate::storage::CellFilter;

    const HOUR: i64 = 3_600_000_000_000;

    fn hours(since: Option<i64>, until: Option<i64>) -> Hours {
        Hours::of(&Question {
            since: since.map(UnixNanos),
            until: until.map(UnixNanos),
            zone: TimeZone::UTC,
            by: Vec::new(),
            filter: CellFilter::default(),
            top: 0,
        })
    }

    #[test]
    fn every_hour_that_is_asked_for_is_in_one_part() {
        for (since, until) in
            [(5, 7), (0, 24), (5, 24), (0, 25), (5, 100), (23, 48), (30, 40), (24, 24), (-30, 3)]
        {
            let window = hours(Some(since * HOUR), Some(until * HOUR));
            for parts in [window.by_day(), window.by_hour()] {
                let mut covered: Vec<i32> = parts.iter().flat_map(|(_, from, to)| from.0..to.0).collect();
                let expected: Vec<i32> = (since as i32..until as i32).collect();
                covered.sort_unstable();
                assert_eq!(covered, expected, "{parts:?}");
                for (span, from, to) in parts {
                    let whole = |hour: Hour| hour.midnight() == hour;
                    assert!(span == Span::Hour || (whole(from) && whole(to)), "{from:?} {to:?}");
                }
            }
        }
        let days = hours(Some(5 * HOUR), Some(100 * HOUR)).by_day();
        assert_eq!(days[1], (Span::Day, Hour(24), Hour(96)));
    }

    #[test]
    fn a_window_is_widened_to_whole_hours() {
        let window = hours(Some(5 * HOUR + 1), Some(7 * HOUR - 1));
        assert_eq!(window, hours(Some(5 * HOUR), Some(7 * HOUR)));
        assert!(window.has(UnixNanos(5 * HOUR)) && !window.has(UnixNanos(7 * HOUR)));
        let all = hours(None, None);
        assert_eq!(all.by_day(), [(Span::Day, ALL.0, ALL.1)]);
        assert!(all.has(UnixNanos(i64::MIN)) && all.since().is_none());
        // A database counts in moments.
        assert!(ALL.0.start().0 > i64::MIN && ALL.1.start().0 < i64::MAX);
    }
}
