//! What only the batch wire tells.

use std::collections::BTreeMap;

use telemetry_store::insights::Rate;

use super::facts::{Facts, count};
use crate::answers::Reports;
use crate::rollup::{Fact, Measure, Series};

/// Decisions that let something through.
const APPROVALS: [&str; 3] = ["APPROVED", "CONFIRMED", "OK"];

/// Events of the batch wire.
pub(super) fn reports(facts: &Facts<'_>) -> Reports {
    let by = |word: fn(&Series) -> &str| -> BTreeMap<String, u64> {
        let known = facts.by_word(Fact::Report, word);
        known.iter().filter(|(word, _)| !word.is_empty()).map(|(word, n)| (word.to_owned(), n)).collect()
    };
    let (by_decision, by_success) = (by(|series| &series.status), by(|series| &series.outcome));
    let of = |words: &[&str], counts: &BTreeMap<String, u64>| -> u64 {
        words.iter().filter_map(|word| counts.get(*word)).sum()
    };
    let sums = facts.sum(Fact::Report);
    Reports {
        total: count(sums.n),
        by_kind: by(|series| &series.kind),
        approval_rate: Rate::of(of(&APPROVALS, &by_decision), by_decision.values().sum()),
        success_rate: Rate::of(of(&["success"], &by_success), by_success.values().sum()),
        by_decision,
        errors: count(sums.errors),
        latency_ms: facts.distribution(Fact::Report, Measure::Duration),
    }
}
