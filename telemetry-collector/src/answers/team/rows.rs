//! What is asked of the rollups for a page.

use super::facts::{Facts, UNKNOWN, has};
use super::window::Hours;
use crate::answers::By;
use crate::rollup::Series;
use crate::storage::{CellFilter, CellsAsked, Counted, Storage, StorageError};

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
    ) -> Result<Self, StorageError> {
        let parts = if time == Time::Hours { hours.by_hour() } else { hours.by_day() };
        let unknown = filtered(filter).into_iter().filter(|(_, wanted)| wanted.as_deref() == Some(UNKNOWN));
        let apart = by.iter().copied().chain(unknown.map(|(by, _)| by));
        let mut names: Vec<&'static str> = apart.filter_map(dimension).collect();
        names.sort_unstable();
        names.dedup();
        let mut all = names.clone();
        all.extend(OF_SECTIONS.iter().filter(|name| !names.contains(name)));
        let of_sums = CellsAsked {
            parts,
            each: time != Time::Whole,
            latencies: false,
            filter: known(filter),
            by: Some(all),
        };
        let of_latencies = CellsAsked { latencies: true, by: Some(names), ..of_sums.clone() };
        let (sums, latencies) = tokio::try_join!(storage.cells(&of_sums), storage.cells(&of_latencies))?;
        let passes = |counted: &Counted| passes(filter, &counted.series);
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

/// What is filtered by.
fn filtered(filter: &CellFilter) -> [(By, &Option<String>); 5] {
    [
        (By::Host, &filter.host),
        (By::Agent, &filter.agent),
        (By::Model, &filter.model),
        (By::Provider, &filter.provider),
        (By::Outcome, &filter.outcome),
    ]
}

/// What a database can filter by: what is known.
fn known(filter: &CellFilter) -> CellFilter {
    let known = |value: &Option<String>| value.clone().filter(|value| value != UNKNOWN);
    CellFilter {
        host: known(&filter.host),
        agent: known(&filter.agent),
        model: known(&filter.model),
        provider: known(&filter.provider),
        outcome: known(&filter.outcome),
    }
}

/// Whether a series that came through [`known`] passes: what is not known of one fact and what another cannot have are both empty.
fn passes(filter: &CellFilter, series: &Series) -> bool {
    filtered(filter).into_iter().all(|(by, wanted)| match wanted.as_deref() {
        None => true,
        Some(UNKNOWN) => has(series.fact, by) && value(series, by) == UNKNOWN,
        Some(_) => true,
    })
}
