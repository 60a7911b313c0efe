//! What the runs of a tree cost together, by the rules of a single machine (`tree_cost_nanos` and what is beside it in the view
//! `tel_runs`).

use telemetry_core::cost::NanoDollars;
use telemetry_store::insights::Cost;

/// What the calls of one run cost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OwnCost {
    /// Answered calls.
    pub model_calls: i64,
    pub cost: Cost,
}

/// What they cost together. A run without calls says nothing; one whose cost is not known makes the sum unknown, and what is
/// known of it is the priced part.
pub(crate) fn together(runs: impl IntoIterator<Item = OwnCost>) -> Cost {
    let (mut sum, mut calls, mut known) = (0_i64, 0_i64, true);
    // `included` when nothing else is there: the least that is said of a sum.
    let mut status = "included";
    for run in runs.into_iter().filter(|run| run.model_calls > 0) {
        calls += run.model_calls;
        let part = if run.cost.status == "unknown" { run.cost.priced_part } else { run.cost.nanos };
        sum = sum.saturating_add(part.unwrap_or(NanoDollars::ZERO).0);
        match run.cost.status.as_str() {
            "unknown" => known = false,
            "estimated" => status = "estimated",
            "actual" if status == "included" => status = "actual",
            _ => {}
        }
    }
    match (calls, known) {
        (0, _) => Cost::unknown(),
        (_, true) => Cost::of(NanoDollars(sum), status),
        (_, false) => Cost::kept(None, "unknown".into(), (sum != 0).then_some(NanoDollars(sum))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(model_calls: i64, status: &str, nanos: i64) -> OwnCost {
        let money = Some(NanoDollars(nanos));
        let cost = match status {
            "unknown" => Cost::kept(None, status.into(), money.filter(|money| money.0 > 0)),
            _ => Cost::kept(money, status.into(), None),
        };
        OwnCost { model_calls, cost }
    }

    #[test]
    fn one_unknown_call_makes_a_sum_unknown_and_a_run_without_calls_nothing() {
        let idle = run(0, "unknown", 0);
        assert_eq!(together([idle.clone()]), Cost::unknown());
        assert_eq!(together([idle.clone(), run(1, "actual", 5)]), Cost::of(NanoDollars(5), "actual"));
        assert_eq!(together([run(1, "included", 0), idle]), Cost::of(NanoDollars(0), "included"));
        assert_eq!(
            together([run(2, "estimated", 7), run(1, "actual", 5), run(3, "included", 0)]),
            Cost::of(NanoDollars(12), "estimated")
        );
        let part = Cost::kept(None, "unknown".into(), Some(NanoDollars(12)));
        assert_eq!(together([run(2, "estimated", 7), run(1, "unknown", 5)]), part);
        assert_eq!(together([run(1, "unknown", 0)]), Cost::unknown());
    }
}
