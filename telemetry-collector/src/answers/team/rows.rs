//! What is asked of the rollups for a page.

use super::facts::{Facts, UNKNOWN, has};
use super::window::Hours;
use crate::answers::{AnswerError, By};
use crate::rollup::{Fact, Series};
use crate::storage::{CellFilter, CellsAsked, Counted, Storage};

/// What the sections of a page tell facts apart by, beside breakdowns: what `eventType` a report has, how facts ended and why.
const OF_SECTIONS: [&str; 5] = ["kind", "outcome", "reason", "status", "detail"];

/// How fine what is asked for is in time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// Not at all.
    Whole,
    /// Days of UTC.
    Days,
    /// Hours.
    Hours,
}

/// Series with their sums, and series that are told apart by breakdowns alone with their latencies: of sums there are a few for
/// each series, of latencies a hundred.
pub(super) struct Rows {
    sums: Vec<Counted>,
    latencies: Vec<Counted>,
}

impl Rows {
    /// Those of a window, told apart by what breakdowns are by.
    pub(super) async fn ask(
        storage: &dyn Storage,
        hours: Hours,
        time: Time,
        filter: &CellFilter,
        by: &[By],
    ) -> Result<Self, AnswerError> {
        let parts = if time == Time::Hours { hours.by_hour() } else { hours.by_day() };
        let mut names: Vec<&'static str> = by.iter().filter_map(|by| dimension(*by)).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = names.clone();
        all.extend(OF_SECTIONS.iter().filter(|name| !names.contains(name)));
        let mut asked = CellsAsked {
            parts,
            each: time != Time::Whole,
            latencies: false,
            filter: named(filter),
            by: Some(all),
        };
        let sums = storage.cells(&asked).await?;
        (asked.latencies, asked.by) = (true, Some(names));
        let latencies = storage.cells(&asked).await?;
        let passes = |counted: &Counted| passes(filter, counted.series.fact);
        Ok(Rows {
            sums: sums.into_iter().filter(passes).collect(),
            latencies: latencies.into_iter().filter(passes).collect(),
        })
    }

    /// All of them.
    pub(super) fn all(&self) -> Facts<'_> {
        Facts { sums: self.sums.iter().collect(), latencies: self.latencies.iter().collect() }
    }

    /// Series with their sums, and series with their latencies.
    pub(super) fn each(&self) -> (&[Counted], &[Counted]) {
        (&self.sums, &self.latencies)
    }
}

/// The name of what series have; `None` for times.
fn dimension(by: By) -> Option<&'static str> {
    match by {
        By::Day | By::Hour => None,
        by => Some(by.as_str()),
    }
}

/// What a series is in a dimension it has; of times nothing.
pub(super) fn value(series: &Series, by: By) -> &str {
    let value = match by {
        By::Host => &series.host,
        By::Agent => &series.agent,
        By::Model => &series.model,
        By::Provider => &series.provider,
        By::Platform => &series.platform,
        By::Entrypoint => &series.entrypoint,
        By::Kind => &series.kind,
        By::Tool => &series.tool,
        By::Outcome => &series.outcome,
        By::Day | By::Hour => "",
    };
    if value.is_empty() { UNKNOWN } else { value }
}

/// A filter as series have it: what is shown as not known is empty there.
fn named(filter: &CellFilter) -> CellFilter {
    let of_series = |value: &Option<String>| {
        value.clone().map(|value| if value == UNKNOWN { String::new() } else { value })
    };
    CellFilter {
        host: of_series(&filter.host),
        agent: of_series(&filter.agent),
        model: of_series(&filter.model),
        provider: of_series(&filter.provider),
        outcome: of_series(&filter.outcome),
    }
}

/// Whether facts of a kind have all that is filtered by: what is not known of one and what another cannot have are both empty.
fn passes(filter: &CellFilter, fact: Fact) -> bool {
    let filtered = [
        (By::Host, &filter.host),
        (By::Agent, &filter.agent),
        (By::Model, &filter.model),
        (By::Provider, &filter.provider),
        (By::Outcome, &filter.outcome),
    ];
    let has = |by| has(fact, by) || (fact == Fact::Report && by != By::Provider);
    filtered.into_iter().all(|(by, value)| value.is_none() || has(by))
}
