//! Each budget, and how far it is used up.

use jiff::tz::TimeZone;
use rusqlite::Connection;
use serde::{Serialize, Serializer};
use telemetry_core::budget::{Budget, Limit};
use telemetry_core::time::UnixNanos;

use super::{Of, Period, Spend, spend};

/// A budget in its current period.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BudgetState {
    /// What it says.
    pub budget: Budget,
    /// The period that is now.
    pub period: Period,
    /// What was spent in it so far: nano-dollars or tokens, as the limit is. Less than was really spent where there are
    /// [`unknown_calls`](Self::unknown_calls).
    pub spent: i64,
    /// Calls that are not in `spent`, because what they cost, or their tokens, is not known.
    pub unknown_calls: u64,
    /// What will have been spent when the period ends, if it goes on as it did so far; `None` before a tenth of it is over.
    pub projected: Option<i64>,
}

impl BudgetState {
    /// What was spent as a share of the limit: 1.0 is all of it, and there is no most.
    pub fn share(&self) -> f64 {
        self.spent as f64 / self.budget.limit.amount() as f64
    }

    /// Whether the limit was reached: nothing is left to be spent.
    pub fn is_exceeded(&self) -> bool {
        self.has_crossed(100)
    }

    /// Whether so many per cent of the limit were spent.
    pub fn has_crossed(&self, per_cent: u32) -> bool {
        crossed(self.spent, self.budget.limit, per_cent)
    }
}

/// Whether `spent` is at least so many per cent of `limit`.
pub(super) fn crossed(spent: i64, limit: Limit, per_cent: u32) -> bool {
    i128::from(spent) * 100 >= i128::from(limit.amount()) * i128::from(per_cent)
}

/// Amounts in dollars or tokens, by the limit's unit: `limit_usd` or `limit_tokens`, and so on.
impl Serialize for BudgetState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Shown<'a> {
            name: String,
            per: &'static str,
            #[serde(skip_serializing_if = "Option::is_none")]
            model: Option<&'a str>,
            #[serde(skip_serializing_if = "Option::is_none")]
            platform: Option<&'a str>,
            since: String,
            until: String,
            #[serde(flatten)]
            amounts: Amounts,
            unknown_calls: u64,
            share: f64,
            exceeded: bool,
        }
        #[derive(Serialize)]
        #[serde(untagged)]
        enum Amounts {
            Usd { limit_usd: f64, spent_usd: f64, projected_usd: Option<f64> },
            Tokens { limit_tokens: i64, spent_tokens: i64, projected_tokens: Option<i64> },
        }
        let dollars = |nanos: i64| nanos as f64 / 1e9;
        let (limit, spent, projected) = (self.budget.limit.amount(), self.spent, self.projected);
        let amounts = match self.budget.limit {
            Limit::Usd(_) => Amounts::Usd {
                limit_usd: dollars(limit),
                spent_usd: dollars(spent),
                projected_usd: projected.map(dollars),
            },
            Limit::Tokens(_) => {
                Amounts::Tokens { limit_tokens: limit, spent_tokens: spent, projected_tokens: projected }
            }
        };
        let shown = Shown {
            name: self.budget.title(),
            per: self.budget.per.as_str(),
            model: self.budget.model.as_deref(),
            platform: self.budget.platform.as_deref(),
            since: self.period.start.to_string(),
            until: self.period.end.to_string(),
            amounts,
            unknown_calls: self.unknown_calls,
            share: self.share(),
            exceeded: self.is_exceeded(),
        };
        shown.serialize(serializer)
    }
}

/// Each budget in the period that is `now` in `zone`, in their order.
///
/// # Errors
/// When the index cannot be read.
pub fn states(
    connection: &Connection,
    budgets: &[Budget],
    zone: &TimeZone,
    now: UnixNanos,
) -> rusqlite::Result<Vec<BudgetState>> {
    let current = budgets.iter().filter_map(|budget| Some((budget, Period::of(budget.per, now, zone)?)));
    current
        .map(|(budget, period)| {
            let (spent, unknown_calls) = counted(budget, &spend(connection, period, of(budget))?);
            let projected = projected(spent, now.since(period.start), period.nanos());
            Ok(BudgetState { budget: budget.clone(), period, spent, unknown_calls, projected })
        })
        .collect()
}

/// Whose calls a budget is of.
pub(super) fn of(budget: &Budget) -> Of<'_> {
    Of { model: budget.model.as_deref(), platform: budget.platform.as_deref() }
}

/// What of a spend a budget counts, and the calls it cannot.
pub(super) fn counted(budget: &Budget, spend: &Spend) -> (i64, u64) {
    match budget.limit {
        Limit::Usd(_) => (spend.nanos, spend.unpriced_calls),
        Limit::Tokens(_) => (spend.tokens, spend.unmetered_calls),
    }
}

fn projected(spent: i64, elapsed: i64, whole: i64) -> Option<i64> {
    let (elapsed, whole) = (i128::from(elapsed), i128::from(whole));
    if elapsed == 0 || elapsed * 10 < whole {
        return None;
    }
    i64::try_from(i128::from(spent) * whole / elapsed).ok()
}

#[cfg(test)]
mod tests {
    use telemetry_core::cost::NanoDollars;

    use super::*;

    #[test]
    fn a_threshold_is_crossed_when_it_is_reached() {
        let limit = Limit::Usd(NanoDollars(3));
        let of_three = |spent, per_cent| crossed(spent, limit, per_cent);
        assert_eq!(
            [of_three(1, 50), of_three(2, 50), of_three(2, 80), of_three(3, 100)],
            [false, true, false, true]
        );
        assert!(crossed(i64::MAX, Limit::Tokens(i64::MAX), 100));
        assert!(!crossed(i64::MAX - 1, Limit::Tokens(i64::MAX), 100));
    }

    #[test]
    fn a_pace_is_told_once_there_is_one() {
        for (spent, elapsed, expected) in [
            (50, 0, None),
            (50, 9, None),
            (50, 10, Some(500)),
            (50, 99, Some(50)),
            (i64::MAX, 50, None),
            (0, 50, Some(0)),
        ] {
            assert_eq!(projected(spent, elapsed, 100), expected, "{spent} after {elapsed}");
        }
    }
}
