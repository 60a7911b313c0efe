//! Chains of runs: a chat whose history was compressed goes on as another run that says which one it continues.
//!
//! Rollups count runs. Chains differ from runs by the few runs that continue another or are continued: those are taken away, and
//! the chains that begin among them are counted instead.

use std::collections::{BTreeMap, HashMap, HashSet};

use telemetry_core::ids::RunId;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;
use telemetry_store::insights::Runs;

use super::facts::{Facts, UNKNOWN, count, distribution};
use super::window::Hours;
use crate::rollup::{Bucket, Fact, Measure, Sketch};
use crate::storage::{CellFilter, Linked};

/// Chains whose first run began in the window, with the outcome of their last, by runs and by those that are linked.
pub(super) fn chains(facts: &Facts<'_>, linked: &[Linked], hours: Hours, filter: &CellFilter) -> Runs {
    let sums = facts.sum(Fact::Run);
    let mut ended = Ended {
        n: sums.durations,
        nanos: sums.duration_ns,
        sketch: facts.sketch(Fact::Run, Measure::Duration),
        verdicts: BTreeMap::new(),
    };
    for counted in facts.of(Fact::Run) {
        let series = &counted.series;
        ended.add((&series.outcome, &series.reason), counted.cell.sums.n);
    }
    let links = Links::of(linked);
    for run in linked.iter().filter(|run| hours.has(run.start)) {
        if passes(filter, run, run) {
            ended.count(run, run, -1);
        }
        if links.is_first(run) {
            let last = links.last_after(run);
            if passes(filter, run, last) {
                ended.count(run, last, 1);
            }
        }
    }
    ended.runs()
}

/// How chains ended.
struct Ended {
    n: i64,
    nanos: i64,
    sketch: Sketch,
    /// How many there are of an outcome and a reason.
    verdicts: BTreeMap<(String, String), i64>,
}

impl Ended {
    /// Counts what began as one run and ended as another, or takes it away.
    fn count(&mut self, first: &Linked, last: &Linked, n: i64) {
        self.add((&last.outcome, last.reason.as_deref().unwrap_or_default()), n);
        if let Some(end) = last.end {
            let lasted = end.since(first.start);
            self.n += n;
            self.nanos += n * lasted;
            self.sketch.add(Bucket::of(lasted), n);
        }
    }

    fn add(&mut self, (outcome, reason): (&str, &str), n: i64) {
        *self.verdicts.entry((outcome.to_owned(), reason.to_owned())).or_default() += n;
    }

    fn runs(self) -> Runs {
        let verdicts = self.verdicts.into_iter().filter(|(_, n)| *n > 0);
        let each = verdicts.map(|((outcome, reason), n)| {
            let outcome = if outcome.is_empty() { UNKNOWN } else { &outcome };
            (Name::new(outcome), (!reason.is_empty()).then(|| Name::new(&reason)), count(n))
        });
        Runs::of(each, distribution(self.n, self.nanos, &self.sketch))
    }
}

/// Whether a chain passes the filter: it is what its first run is, and ends as its last.
fn passes(filter: &CellFilter, first: &Linked, last: &Linked) -> bool {
    let is = |wanted: &Option<String>, found: Option<&str>| {
        wanted.as_ref().is_none_or(|wanted| wanted == found.unwrap_or(UNKNOWN))
    };
    is(&filter.host, Some(&first.host))
        && is(&filter.agent, first.agent.as_deref())
        && is(&filter.model, first.model.as_deref())
        && is(&filter.outcome, Some(&last.outcome))
}

/// Runs by what they continue, and by what continues them.
struct Links<'a> {
    runs: HashMap<RunId, &'a Linked>,
    after: HashMap<RunId, Vec<&'a Linked>>,
}

impl<'a> Links<'a> {
    fn of(linked: &'a [Linked]) -> Self {
        let mut after: HashMap<RunId, Vec<&Linked>> = HashMap::new();
        for run in linked {
            if let Some(before) = run.continues {
                after.entry(before).or_default().push(run);
            }
        }
        Links { runs: linked.iter().map(|run| (run.run, run)).collect(), after }
    }

    /// The run that `run` continues, if anything was heard of it.
    fn before(&self, run: &Linked) -> Option<&'a Linked> {
        run.continues.and_then(|before| self.runs.get(&before).copied())
    }

    /// Whether a run continues none. Of those that continue each other in a circle one is the first, by its time.
    fn is_first(&self, run: &Linked) -> bool {
        let mut seen = HashSet::from([run.run]);
        let mut at = run;
        while let Some(before) = self.before(at) {
            if !seen.insert(before.run) {
                return self.circle(before).into_iter().min() == Some(place(run));
            }
            at = before;
        }
        at.run == run.run
    }

    /// All that are in the circle with `entry`.
    fn circle(&self, entry: &Linked) -> Vec<(UnixNanos, RunId)> {
        let mut all = vec![place(entry)];
        let mut at = self.before(entry);
        while let Some(before) = at.filter(|before| before.run != entry.run) {
            all.push(place(before));
            at = self.before(before);
        }
        all
    }

    /// The last of the chain that a run begins.
    fn last_after<'b>(&self, run: &'b Linked) -> &'b Linked
    where
        'a: 'b,
    {
        let mut seen = HashSet::from([run.run]);
        let (mut open, mut last) = (vec![run.run], None);
        while let Some(at) = open.pop() {
            for next in self.after.get(&at).into_iter().flatten() {
                if seen.insert(next.run) {
                    open.push(next.run);
                    last = last.max(Some((place(next), next.run)));
                }
            }
        }
        last.and_then(|(_, last)| self.runs.get(&last).copied()).unwrap_or(run)
    }
}

/// Where a run is in the order of time, and of ids where that is the same.
fn place(run: &Linked) -> (UnixNanos, RunId) {
    (run.start, run.run)
}

#[cfg(test)]
mod tests {
    use telemetry_store::insights::TimeZone;

    use super::*;
    use crate::answers::Question;
    use crate::rollup::{Cell, Cells, Series, Sums};
    use crate::storage::Counted;

    const HOUR: i64 = 3_600_000_000_000;

    fn run(id: u128, continues: Option<u128>, start_hour: i64, outcome: &str) -> Linked {
        Linked {
            run: RunId(id),
            continues: continues.map(RunId),
            host: "here".to_owned(),
            agent: Some("hermes".to_owned()),
            model: None,
            start: UnixNanos(start_hour * HOUR),
            end: (outcome != "running").then_some(UnixNanos(start_hour * HOUR + 1_000_000_000)),
            outcome: outcome.to_owned(),
            reason: None,
        }
    }

    /// What rollups say of the runs that began in the first ten hours and end so.
    fn counted(runs: &[Linked], filter: &CellFilter) -> Vec<Counted> {
        let mut cells = Cells::default();
        for run in runs.iter().filter(|run| run.start.0 < 10 * HOUR && passes(filter, run, run)) {
            let series = Series { outcome: run.outcome.clone(), ..Series::new(Fact::Run) };
            let cell: &mut Cell = cells.at(run.start, series);
            cell.sums.n += 1;
            if let Some(end) = run.end {
                let lasted = end.since(run.start);
                cell.sums += Sums { durations: 1, duration_ns: lasted, ..Sums::default() };
                cell.measure(Measure::Duration, lasted);
            }
        }
        let counted = |((at, series), cell)| Counted { at: Some(at), series, cell };
        cells.0.into_iter().map(counted).collect()
    }

    fn of(runs: &[Linked], filter: &CellFilter) -> Runs {
        let rows = counted(runs, filter);
        let facts = Facts { sums: rows.iter().collect(), latencies: rows.iter().collect() };
        let question = Question {
            since: None,
            until: Some(UnixNanos(10 * HOUR)),
            zone: TimeZone::UTC,
            by: Vec::new(),
            filter: filter.clone(),
            top: 0,
        };
        // Those that stand alone are in the rollups and nowhere else.
        let linked: Vec<Linked> = runs
            .iter()
            .filter(|run| run.continues.is_some() || runs.iter().any(|next| next.continues == Some(run.run)))
            .cloned()
            .collect();
        chains(&facts, &linked, Hours::of(&question), filter)
    }

    #[test]
    fn a_chain_counts_once_where_it_began_and_ends_as_its_last_run() {
        let runs = [
            run(1, None, 1, "completed"),
            run(2, None, 2, "compressed"),
            run(3, Some(2), 4, "compressed"),
            // Of the window it is not, of the chain it is.
            run(4, Some(3), 20, "errored"),
            // Nothing was ever heard of what it continues.
            run(5, Some(99), 5, "completed"),
        ];
        let found = of(&runs, &CellFilter::default());
        let outcomes: Vec<(&str, u64)> = found.by_outcome.iter().collect();
        assert_eq!((found.total, outcomes), (3, vec![("completed", 2), ("errored", 1)]));
        assert_eq!(found.duration_ms.n, 3);
        let longest = 18.0 * 3_600_000.0 + 1_000.0;
        assert!((found.duration_ms.max.unwrap() / longest - 1.0).abs() < 0.01, "{found:?}");
        let errored = CellFilter { outcome: Some("errored".to_owned()), ..CellFilter::default() };
        assert_eq!(of(&runs, &errored).total, 1);
        let compressed = CellFilter { outcome: Some("compressed".to_owned()), ..CellFilter::default() };
        assert_eq!(of(&runs, &compressed), Runs::of([], distribution(0, 0, &Sketch::default())));
    }

    #[test]
    fn runs_that_continue_each_other_are_one_chain() {
        let runs = [run(1, Some(2), 1, "compressed"), run(2, Some(1), 2, "running")];
        let found = of(&runs, &CellFilter::default());
        assert_eq!((found.total, found.running, found.duration_ms.n), (1, 1, 0));
    }
}
