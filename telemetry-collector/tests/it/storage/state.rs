//! What a database comes to, whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use telemetry_collector::intake::Recorded;
use telemetry_collector::rollup::{Cells, Hour, Span};
use telemetry_collector::storage::{CellsAsked, RunsAsked, Storage};
use telemetry_core::ids::RunId;
use telemetry_store::insights::RunSummary;

use super::tally::{Tally, expected};

/// All that is made of events.
#[derive(Debug, Clone, PartialEq)]
pub struct State {
    /// But for what their trees cost.
    pub runs: BTreeMap<RunId, RunSummary>,
    pub hours: Cells,
    pub days: Cells,
}

/// As it is in the database.
pub async fn state(storage: &Arc<dyn Storage>) -> State {
    let runs = storage.runs(&RunsAsked { most: 10_000, ..RunsAsked::default() }).await.unwrap();
    let runs = runs.into_iter().map(|run| {
        let run = RunSummary { tree_cost: run.cost.clone(), ..run };
        (run.run_id.parse().unwrap(), run)
    });
    let runs = runs.collect();
    State { runs, hours: cells(storage, Span::Hour).await, days: cells(storage, Span::Day).await }
}

/// As it has to be.
pub fn state_of(events: &[Recorded]) -> State {
    let mut state = State { runs: BTreeMap::new(), hours: Cells::default(), days: Cells::default() };
    for (run, derived) in expected(events) {
        state.hours.add(&derived.cells);
        state.runs.insert(run, derived.summary);
    }
    state.days = state.hours.by_day();
    state
}

/// All rollups of one kind.
pub async fn cells(storage: &Arc<dyn Storage>, span: Span) -> Cells {
    let asked = CellsAsked {
        parts: vec![(span, Hour(i32::MIN), Hour(i32::MAX))],
        each: true,
        latencies: true,
        ..CellsAsked::default()
    };
    let counted = storage.cells(&asked).await.unwrap();
    let n = counted.len();
    let cells: BTreeMap<_, _> =
        counted.into_iter().map(|counted| ((counted.at.unwrap(), counted.series), counted.cell)).collect();
    assert_eq!(cells.len(), n, "a series is there once an hour");
    Cells(cells)
}

/// Settles until nothing is left.
pub async fn settle_all(storage: &Arc<dyn Storage>) {
    while !storage.settle(1_000, Arc::new(Tally)).await.unwrap().complete {}
}
