//! The runs that cost most, then took longest.

use std::cmp::Reverse;

use rusqlite::Connection;

use super::scan::Chosen;
use crate::columns::{Dictionary, Field, NULL};
use crate::error::StoreError;
use crate::insights::RunSummary;
use crate::insights::runs::runs_of_rows;

/// A run in the order they are named: by cost, by duration, the earlier of two. With where it is in the index.
type Place = (Reverse<i64>, Reverse<i64>, i64, i64);

/// The first few of the runs that were looked at, with those that are the last one's equals.
pub(super) struct TopRuns {
    most: usize,
    first: Vec<Place>,
}

impl TopRuns {
    pub(super) fn new(most: usize) -> Self {
        TopRuns { most, first: Vec::new() }
    }

    pub(super) fn add(&mut self, chosen: &Chosen) {
        let Some(Dictionary::Ids(ids)) = chosen.column(Field::Run).and_then(|run| run.dictionary.as_ref())
        else {
            return;
        };
        if self.most == 0 {
            return;
        }
        let [times, runs, durations, costs] =
            [Field::Time, Field::Run, Field::Duration, Field::Cost].map(|field| chosen.numbers(field, NULL));
        let places = (0..chosen.len())
            .map(|at| (Reverse(costs[at]), Reverse(durations[at]), times[at], ids[runs[at] as usize]));
        self.first.extend(places);
        self.first.sort_unstable();
        if let Some(last) = self.first.get(self.most - 1).copied() {
            let equal = |place: &Place| (place.0, place.1, place.2) <= (last.0, last.1, last.2);
            self.first.truncate(self.first.partition_point(equal));
        }
    }
}

/// What the list of runs says of them.
pub(super) fn summaries(connection: &Connection, top: &TopRuns) -> Result<Vec<RunSummary>, StoreError> {
    let rows: Vec<i64> = top.first.iter().map(|(.., run)| *run).collect();
    let runs = runs_of_rows(connection, &rows)?;
    // Where runs are in the index depends on what was read first; their ids do not.
    let mut runs: Vec<_> =
        top.first.iter().map(|(cost, lasted, start, _)| (*cost, *lasted, *start)).zip(runs).collect();
    runs.sort_by(|(place, run), (other, than)| place.cmp(other).then_with(|| run.run_id.cmp(&than.run_id)));
    runs.truncate(top.most);
    Ok(runs.into_iter().map(|(_, run)| run).collect())
}
