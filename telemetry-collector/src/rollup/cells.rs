//! Sums by hour and series.

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;

use serde::{Deserialize, Serialize};
use telemetry_core::time::UnixNanos;

use super::{Bucket, Measure, Series, Sketch, Sums};

/// An hour of UTC, counted since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Hour(pub i32);

impl Hour {
    const NANOS: i64 = 3_600_000_000_000;

    /// The hour of a moment.
    pub fn of(at: UnixNanos) -> Self {
        Hour(at.0.div_euclid(Self::NANOS) as i32)
    }

    /// Its first moment.
    pub fn start(self) -> UnixNanos {
        UnixNanos(i64::from(self.0).saturating_mul(Self::NANOS))
    }

    /// The first hour of its day.
    pub fn midnight(self) -> Self {
        Hour(self.0.div_euclid(24) * 24)
    }
}

/// What sums are kept of: each fact is in one of each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Span {
    /// An hour.
    Hour,
    /// A day of UTC; its first hour says which.
    Day,
}

/// What facts of one series come to.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Cell {
    /// Sums.
    pub sums: Sums,
    /// Latencies.
    pub latencies: BTreeMap<Measure, Sketch>,
}

impl Cell {
    /// Counts a duration of `nanos` in a measure's sketch; its sum is a column of [`Sums`].
    pub fn measure(&mut self, measure: Measure, nanos: i64) {
        self.latencies.entry(measure).or_default().add(Bucket::of(nanos), 1);
    }

    /// Adds another, or takes it away.
    pub fn merge(&mut self, other: &Cell, add: bool) {
        let sign = if add { 1 } else { -1 };
        if add {
            self.sums += other.sums;
        } else {
            self.sums -= other.sums;
        }
        for (measure, sketch) in &other.latencies {
            let into = self.latencies.entry(*measure).or_default();
            for (bucket, n) in &sketch.0 {
                into.add(*bucket, sign * n);
            }
        }
        self.latencies.retain(|_, sketch| !sketch.0.is_empty());
    }

    /// Whether nothing is left.
    pub fn is_nothing(&self) -> bool {
        self.sums == Sums::default() && self.latencies.is_empty()
    }
}

/// What facts come to, by hour and series.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cells(pub BTreeMap<(Hour, Series), Cell>);

impl Cells {
    /// The cell of a fact at this moment.
    pub fn at(&mut self, at: UnixNanos, series: Series) -> &mut Cell {
        self.0.entry((Hour::of(at), series)).or_default()
    }

    /// Adds others.
    pub fn add(&mut self, others: &Cells) {
        self.merge(others, true);
    }

    /// Adds others, which may be many of the same series.
    pub fn absorb(&mut self, others: Cells) {
        for (key, cell) in others.0 {
            match self.0.entry(key) {
                Entry::Vacant(none) => drop(none.insert(cell)),
                Entry::Occupied(mut into) => {
                    into.get_mut().merge(&cell, true);
                    if into.get().is_nothing() {
                        into.remove();
                    }
                }
            }
        }
    }

    /// Takes others away. What comes to nothing is left out.
    pub fn take_away(&mut self, others: &Cells) {
        self.merge(others, false);
    }

    /// The same by day: each in the first hour of its day.
    pub fn by_day(&self) -> Cells {
        let mut days = Cells::default();
        for ((hour, series), cell) in &self.0 {
            let key = (hour.midnight(), series.clone());
            days.0.entry(key).or_default().merge(cell, true);
        }
        // What was taken from one hour of a day may have gone to another.
        days.0.retain(|_, cell| !cell.is_nothing());
        days
    }

    fn merge(&mut self, others: &Cells, add: bool) {
        for (key, cell) in &others.0 {
            let into = self.0.entry(key.clone()).or_default();
            into.merge(cell, add);
            if into.is_nothing() {
                self.0.remove(key);
            }
        }
    }
}

/// What a run came to, as it is kept beside it; what reports of a commit come to, until they are counted.
impl Cells {
    /// As JSON.
    ///
    /// # Errors
    /// None that can happen with numbers and texts.
    pub fn encode(&self) -> serde_json::Result<String> {
        let cells: Vec<(&Hour, &Series, &Cell)> =
            self.0.iter().map(|((hour, series), cell)| (hour, series, cell)).collect();
        serde_json::to_string(&cells)
    }

    /// From such JSON.
    ///
    /// # Errors
    /// When it is something else.
    pub fn decode(kept: &str) -> serde_json::Result<Self> {
        let cells: Vec<(Hour, Series, Cell)> = serde_json::from_str(kept)?;
        Ok(Cells(cells.into_iter().map(|(hour, series, cell)| ((hour, series), cell)).collect()))
    }

    /// What a run that came to `before` comes to `now`, and what that changes. Of hours before `forgotten` there are no events any
    /// more: there stays what was.
    pub fn replace(before: &Cells, mut now: Cells, forgotten: Hour) -> Replaced {
        now.0.retain(|(hour, _), _| *hour >= forgotten);
        let mut change = now.clone();
        for (key, cell) in &before.0 {
            if key.0 < forgotten {
                now.0.insert(key.clone(), cell.clone());
                continue;
            }
            let into = change.0.entry(key.clone()).or_default();
            into.merge(cell, false);
            if into.is_nothing() {
                change.0.remove(key);
            }
        }
        Replaced { now, change }
    }
}

/// What [`Cells::replace`] comes to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Replaced {
    /// To be kept beside the run.
    pub now: Cells,
    /// To be added to the rollups.
    pub change: Cells,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rollup::Fact;

    fn cells(facts: &[(i32, &str, i64)]) -> Cells {
        let mut cells = Cells::default();
        for (hour, tool, ns) in facts {
            let series = Series { tool: (*tool).into(), ..Series::new(Fact::ToolCall) };
            let cell = cells.at(Hour(*hour).start(), series);
            cell.sums += Sums { n: 1, durations: 1, duration_ns: *ns, ..Sums::default() };
            cell.measure(Measure::Duration, *ns);
        }
        cells
    }

    #[test]
    fn what_is_replaced_adds_up() {
        let before = cells(&[(1, "old", 5_000), (7, "read", 5_000_000), (8, "read", 2_000)]);
        let now = cells(&[(7, "read", 5_000_000), (7, "write", 9_000), (8, "read", 3_000)]);
        let replaced = Cells::replace(&before, now.clone(), Hour(3));
        let mut sums = before.clone();
        sums.add(&replaced.change);
        assert_eq!(sums, replaced.now);
        let mut expected = now;
        expected.add(&cells(&[(1, "old", 5_000)]));
        assert_eq!(replaced.now, expected);
        assert!(!replaced.change.0.keys().any(|(hour, series)| *hour == Hour(7) && series.tool == "read"));
    }

    #[test]
    fn what_is_absorbed_is_added_and_what_comes_to_nothing_is_gone() {
        let (one, other) = (cells(&[(1, "read", 5_000), (7, "read", 9_000)]), cells(&[(7, "read", 9_000)]));
        let mut absorbed = one.clone();
        absorbed.absorb(other.clone());
        let mut added = one.clone();
        added.add(&other);
        assert_eq!(absorbed, added);
        let mut nothing = Cells::default();
        nothing.take_away(&one);
        nothing.absorb(one);
        assert_eq!(nothing, Cells::default());
    }

    #[test]
    fn a_day_has_the_sum_of_its_hours() {
        let hours =
            cells(&[(24, "read", 5_000), (47, "read", 7_000), (48, "read", 9_000), (-1, "read", 1_000)]);
        let days =
            cells(&[(24, "read", 5_000), (24, "read", 7_000), (48, "read", 9_000), (-24, "read", 1_000)]);
        assert_eq!(hours.by_day(), days);
        let moved = Cells::replace(&cells(&[(30, "read", 5_000)]), cells(&[(31, "read", 5_000)]), Hour(0));
        assert_eq!((moved.change.0.len(), moved.change.by_day()), (2, Cells::default()));
    }

    #[test]
    fn what_is_kept_is_read_again() {
        let kept = cells(&[(1, "a\"b", 5_000), (7, "", i64::MAX)]);
        assert_eq!(Cells::decode(&kept.encode().unwrap()).unwrap(), kept);
    }
}
