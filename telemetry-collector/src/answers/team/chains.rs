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
