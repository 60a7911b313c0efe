use serde::{Deserialize, Serialize};

use super::Event;
use crate::budget::Budget;
use crate::ids::Key;
use crate::name::Name;
use crate::time::UnixNanos;

/// So much of a budget was used up: recorded once for each budget, period and threshold, by whoever indexes and sees it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BudgetCrossed {
    /// What its owner calls it, else what it says.
    pub budget: Name,
    /// `day`, `week` or `month`.
    pub per: Name,
    /// When the period began, in the owner's zone.
    pub period_start_ns: UnixNanos,
    /// When it ends: the first moment of the next.
    pub period_end_ns: UnixNanos,
    /// Per cent of the limit: 50, 80 or 100.
    pub threshold: u32,
    /// What `limit` and `spent` count: `usd_nanos`, billionths of a dollar, or `tokens`.
    pub unit: Name,
    /// How much may be spent.
    pub limit: i64,
    /// How much was, with the call that crossed the threshold.
    pub spent: i64,
    /// Calls until then that are not in it, because what they cost is not known.
    pub unknown_calls: u64,
    /// The one model it is of, if it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub model: Option<Name>,
    /// The one platform it is of, if it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub platform: Option<Name>,
}

impl BudgetCrossed {
    /// The event that `budget` was crossed `at`. Who sees it first and who sees it again make one of the same id, whatever
    /// the budget is called by then.
    pub fn event(self, budget: &Budget, at: UnixNanos) -> Event {
        let key = Key::new("budget_crossed")
            .number(budget.key().wide())
            .text(&self.period_start_ns.0.to_string())
            .number(self.threshold);
        Event::new(at, None, &key, self)
    }
}
