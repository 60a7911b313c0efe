//! Answers out of counts, by whoever counted.

use telemetry_core::cost::Status;
use telemetry_core::name::Name;
use telemetry_core::outcome::{Outcome, OutcomeClass};
use telemetry_core::vocabulary::ToolStatus;

use super::{CostTotals, Distribution, Rate, Runs, ToolEnds};

impl Runs {
    /// What runs or turns come to, by how many there are of each outcome and reason.
    pub fn of(ended: impl IntoIterator<Item = (Name, Option<Name>, u64)>, duration_ms: Distribution) -> Self {
        let (mut by_outcome, mut by_reason) = (Vec::new(), Vec::new());
        let mut classes = [0_u64; OutcomeClass::Open as usize + 1];
        let mut total = 0;
        for (outcome, reason, count) in ended {
            let class =
                Outcome::parse(&outcome).unwrap_or(Outcome::Unknown).class(reason.as_ref().map(Name::as_str));
            classes[class as usize] += count;
            total += count;
            by_outcome.push((outcome, count));
            by_reason.extend(reason.map(|reason| (reason, count)));
        }
        let class = |class: OutcomeClass| classes[class as usize];
        let (success, failure) = (class(OutcomeClass::Success), class(OutcomeClass::Failure));
        let judged = success + failure + class(OutcomeClass::User);
        Runs {
            total,
            running: class(OutcomeClass::Open),
            by_outcome: by_outcome.into_iter().collect(),
            by_reason: by_reason.into_iter().collect(),
            completion_rate: Rate::of(success, judged),
            failure_rate: Rate::of(failure, judged),
            duration_ms,
        }
    }
}

impl ToolEnds {
    /// What tool calls come to, by how many there are of each status.
    pub fn of(statuses: impl IntoIterator<Item = (Name, u64)>, duration_ms: Distribution) -> Self {
        let (mut executed, mut failed) = (0, 0);
        let by_status = statuses.into_iter().map(|(word, count)| {
            let status = ToolStatus::from(word.as_str());
            executed += if status.executed() { count } else { 0 };
            failed += if status.failed() { count } else { 0 };
            (word, count)
        });
        let by_status = by_status.collect();
        ToolEnds { by_status, failure_rate: Rate::of(failed, executed), duration_ms }
    }
}

impl CostTotals {
    /// What model calls come to: for each status how many there are, and their nano-dollars (of what is paid the amounts, of the
    /// others what it is by rates) where any of them has some.
    pub fn of(money: impl Fn(Status) -> (u64, Option<i64>)) -> Self {
        let [actual, estimated, included, unknown] =
            [Status::Actual, Status::Estimated, Status::Included, Status::Unknown].map(money);
        let usd = |(_, nanos): (u64, Option<i64>)| nanos.map(|nanos| nanos as f64 / 1e9);
        // Calls of a plan are paid for: with nothing.
        let paid = actual.1.or(estimated.1).or((included.0 > 0).then_some(0));
        let total = actual.1.unwrap_or(0).saturating_add(estimated.1.unwrap_or(0));
        CostTotals {
            total_usd: paid.map(|_| total as f64 / 1e9),
            estimated_usd: usd(estimated),
            actual_usd: usd(actual),
            included_equivalent_usd: usd(included),
            priced_part_usd: usd(unknown),
            estimated_calls: estimated.0,
            actual_calls: actual.0,
            included_calls: included.0,
            unknown_calls: unknown.0,
            auxiliary: None,
        }
    }
}
