//! What a re-pricing changed.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::Serialize;
use telemetry_core::cost::{NanoDollars, Status};
use telemetry_core::name::Name;
use telemetry_core::time::Day;

use crate::index::price::Charge;

/// What a re-pricing changed, or would change.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Repriced {
    /// Calls that were looked at: all, or what an earlier one that was stopped had left.
    pub calls: u64,
    /// Those whose price or the way to it changed.
    pub changed: u64,
    /// By the model asked for, where an amount or how well it is known changed; most calls first.
    pub models: Vec<ModelChange>,
    /// Calls by what is known of their amounts before and after, where that changed.
    pub statuses: Vec<StatusChange>,
    /// The UTC days in which calls ended whose price or status changed: whatever was summed up of them is out of date.
    #[serde(skip)]
    pub days: BTreeSet<Day>,
}

/// What changes of one model's calls.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelChange {
    /// The model asked for; `None` where the host did not say.
    pub model: Option<String>,
    /// All of its calls that were looked at.
    pub calls: u64,
    /// Those whose amount or status changed.
    pub changed: u64,
    /// Their known amounts before.
    pub before: Known,
    /// And after.
    pub after: Known,
}

/// Known amounts.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize)]
pub struct Known {
    /// Their sum in US dollars; `None` when none is known.
    pub usd: Option<f64>,
    /// The same in nano-dollars.
    #[serde(skip)]
    pub nanos: Option<NanoDollars>,
    /// Calls without an amount.
    pub unknown_calls: u64,
}

/// Calls that came from one status to another.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct StatusChange {
    /// `unknown` also for a call that had not been priced yet.
    pub from: &'static str,
    /// The same or another word.
    pub to: &'static str,
    /// How many.
    pub calls: u64,
}

/// What changed so far.
#[derive(Default)]
pub(super) struct Tally {
    pub calls: u64,
    changed: u64,
    models: HashMap<Option<Name>, Model>,
    statuses: BTreeMap<(Status, Status), u64>,
    pub days: BTreeSet<Day>,
}

#[derive(Default)]
struct Model {
    calls: u64,
    changed: u64,
    before: Sum,
    after: Sum,
}

#[derive(Default)]
struct Sum {
    nanos: i64,
    known_calls: u64,
    unknown_calls: u64,
}

impl Sum {
    fn add(&mut self, amount: Option<i64>) {
        match amount {
            Some(nanos) => {
                self.nanos = self.nanos.saturating_add(nanos);
                self.known_calls += 1;
            }
            None => self.unknown_calls += 1,
        }
    }

    fn known(&self) -> Known {
        let nanos = (self.known_calls > 0).then_some(self.nanos);
        Known {
            usd: nanos.map(|nanos| nanos as f64 / 1e9),
            nanos: nanos.map(NanoDollars),
            unknown_calls: self.unknown_calls,
        }
    }
}

impl Tally {
    pub(super) fn add(
        &mut self,
        model: Option<&Name>,
        before: Option<&Charge>,
        after: &Charge,
        changed: bool,
    ) {
        self.calls += 1;
        self.changed += u64::from(changed);
        let from = before.map_or(Status::Unknown, |before| before.status);
        let amount_before = before.and_then(|before| before.amount);
        let differs = amount_before != after.amount || from != after.status;
        let model = self.models.entry(model.cloned()).or_default();
        model.calls += 1;
        model.changed += u64::from(differs);
        model.before.add(amount_before);
        model.after.add(after.amount);
        if from != after.status {
            *self.statuses.entry((from, after.status)).or_insert(0) += 1;
        }
    }

    pub(super) fn repriced(self) -> Repriced {
        let mut models: Vec<ModelChange> = self
            .models
            .into_iter()
            .filter(|(_, model)| model.changed > 0)
            .map(|(name, model)| ModelChange {
                model: name.map(|name| name.as_str().to_owned()),
                calls: model.calls,
                changed: model.changed,
                before: model.before.known(),
                after: model.after.known(),
            })
            .collect();
        models.sort_by(|one, other| (other.calls, &one.model).cmp(&(one.calls, &other.model)));
        let status = |((from, to), calls): ((Status, Status), u64)| StatusChange {
            from: from.as_str(),
            to: to.as_str(),
            calls,
        };
        Repriced {
            calls: self.calls,
            changed: self.changed,
            models,
            statuses: self.statuses.into_iter().map(status).collect(),
            days: self.days,
        }
    }
}
