//! What has to be written when a run was worked out anew.

use std::collections::BTreeMap;

use telemetry_core::cost::NanoDollars;
use telemetry_store::insights::Cost;

use super::Derived;
use super::run_row::RunRow;
use super::tree_cost::{OwnCost, together};
use crate::rollup::{Cells, Fact, Hour, Sums};

/// What is kept of a run.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Kept {
    pub row: RunRow,
    pub cells: Cells,
}

/// What has to be written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Correction {
    /// In place of what was kept.
    pub kept: Kept,
    /// To be added to the rollups.
    pub change: Cells,
}

/// What changes when a run of which `before` is kept comes to `now`. Of hours before `forgotten` there are no events any more.
///
/// A run that began in them has lost its beginning: worked out from the rest alone it would begin later and have less in it,
/// and would count as a second run. So it stays what it was, and what changes in the hours that are left is added to it.
pub(crate) fn correct(before: Option<Kept>, mut now: Derived, forgotten: Hour) -> Correction {
    let Some(before) = before else {
        let cells = Cells::replace(&Cells::default(), std::mem::take(&mut now.cells), forgotten).now;
        return Correction { kept: Kept { row: RunRow::of(&now), cells: cells.clone() }, change: cells };
    };
    let lost_its_beginning = before.row.start < forgotten.start();
    if lost_its_beginning {
        now.cells.0.retain(|(_, series), _| series.fact != Fact::Run);
    }
    let replaced = Cells::replace(&before.cells, std::mem::take(&mut now.cells), forgotten);
    let row = RunRow::of(&now);
    let row = if lost_its_beginning { prolonged(before.row, row, &replaced.change) } else { row };
    Correction { kept: Kept { row, cells: replaced.now }, change: replaced.change }
}

/// What calls that were added cost, by how well it is known. By itself alone: what is taken from one series and added to another, as
/// the announcement with a run's agent is forgotten, comes to nothing.
fn added_costs(change: &Cells) -> impl Iterator<Item = OwnCost> {
    let mut by_status: BTreeMap<&str, Sums> = BTreeMap::new();
    for ((_, series), cell) in change.0.iter().filter(|((_, series), _)| series.fact == Fact::ModelCall) {
        *by_status.entry(&series.status).or_default() += cell.sums;
    }
    by_status.into_iter().map(|(status, sums)| {
        let nanos = Some(NanoDollars(sums.cost_nanos));
        let is_known = status != "unknown";
        let cost = Cost::kept(nanos.filter(|_| is_known), status.to_owned(), nanos.filter(|_| !is_known));
        OwnCost { model_calls: sums.n, cost }
    })
}

/// A run whose beginning is forgotten, with what was added to it.
fn prolonged(before: RunRow, now: RunRow, change: &Cells) -> RunRow {
    let sums = |fact: Fact| {
        let of_fact = change.0.iter().filter(|((_, series), _)| series.fact == fact);
        of_fact.fold(Sums::default(), |mut sums, (_, cell)| {
            sums += cell.sums;
            sums
        })
    };
    let calls = sums(Fact::ModelCall);
    let errors = change
        .0
        .iter()
        .filter(|((_, series), _)| series.fact == Fact::FailedAttempt && series.detail == "error");
    let before_it = OwnCost { model_calls: before.model_calls, cost: before.cost() };
    let cost = together(std::iter::once(before_it).chain(added_costs(change)));
    let mut tokens = before.tokens;
    tokens.input += calls.input_tokens;
    tokens.output += calls.output_tokens;
    tokens.cache_read += calls.cache_read_tokens;
    tokens.cache_write += calls.cache_write_tokens;
    tokens.reasoning += calls.reasoning_tokens;
    RunRow {
        end: before.end.max(now.end),
        outcome: now.outcome,
        reason: now.reason,
        turns: before.turns + sums(Fact::Turn).n,
        model_calls: before.model_calls + calls.n,
        failed_attempts: before.failed_attempts + sums(Fact::FailedAttempt).n,
        tool_calls: before.tool_calls + sums(Fact::ToolCall).n,
        errors: before.errors + errors.map(|(_, cell)| cell.sums.n).sum::<i64>(),
        tokens,
        cost_nanos: cost.nanos.map(|nanos| nanos.0),
        cost_status: cost.status,
        priced_part_nanos: cost.priced_part.map(|nanos| nanos.0),
        ..before
    }
}

#[cfg(test)]
mod tests {
    use telemetry_core::ids::RunId;
    use telemetry_core::time::UnixNanos;
    use telemetry_store::insights::{RunSummary, Tokens};

    use super::*;
    use crate::rollup::Series;

    /// A run that began in this hour, with a call of so many nano-dollars in each of these.
    fn derived(agent: &str, start: i32, calls: &[(i32, i64)]) -> Derived {
        let series = |fact| Series { agent: agent.into(), ..Series::new(fact) };
        let mut cells = Cells::default();
        cells.at(Hour(start).start(), series(Fact::Run)).sums.n = 1;
        for (hour, nanos) in calls {
            let of_call = Series { status: "actual".into(), ..series(Fact::ModelCall) };
            let sums = Sums { n: 1, cost_nanos: *nanos, input_tokens: 10, ..Sums::default() };
            cells.at(Hour(*hour).start(), of_call).sums += sums;
        }
        let cost = Cost::of(NanoDollars(calls.iter().map(|(_, nanos)| nanos).sum()), "actual");
        let model_calls = calls.len() as i64;
        let summary = RunSummary {
            run_id: RunId(1).to_string(),
            session_id: (!agent.is_empty()).then(|| "s".to_owned()),
            parent_run_id: None,
            continues_run_id: None,
            host: (!agent.is_empty()).then(|| agent.to_owned()),
            platform: None,
            entrypoint: None,
            profile: None,
            model: None,
            started_at: Hour(start).start().to_string(),
            ended_at: None,
            duration_ms: None,
            outcome: "running".into(),
            reason: None,
            turns: 0,
            model_calls,
            failed_attempts: 0,
            tool_calls: 0,
            errors: 0,
            tokens: Tokens { input: 10 * model_calls, ..Tokens::default() },
            tree_cost: cost.clone(),
            cost,
        };
        let (host, start): (_, UnixNanos) = ("one".into(), Hour(start).start());
        let (run, process) = (RunId(1), None);
        Derived { run, host, process, parent: None, start, end: None, provider: None, summary, cells }
    }

    #[test]
    fn a_run_is_replaced_as_long_as_all_of_it_is_known() {
        let first = correct(None, derived("hermes", 5, &[(6, 9)]), Hour(0));
        assert_eq!(first.change, first.kept.cells);
        let now = derived("hermes", 4, &[(6, 9), (7, 3)]);
        let second = correct(Some(first.kept.clone()), now.clone(), Hour(0));
        assert_eq!(second.kept, Kept { row: RunRow::of(&now), cells: now.cells });
        let mut sums = first.change;
        sums.add(&second.change);
        assert_eq!(sums, second.kept.cells);
    }

    #[test]
    fn a_run_that_has_lost_its_beginning_is_added_to() {
        let before = correct(None, derived("hermes", 5, &[(6, 9), (30, 4)]), Hour(0)).kept;
        // Who it was is forgotten too.
        let rest = derived("", 30, &[(30, 4), (31, 2)]);
        let after = correct(Some(before.clone()), rest, Hour(24));
        let row = &after.kept.row;
        assert_eq!((row.start, row.agent.as_deref()), (Hour(5).start(), Some("hermes")));
        assert_eq!((row.model_calls, row.tokens.input, row.cost_nanos), (3, 30, Some(15)));
        let n = |fact: Fact| -> i64 {
            after
                .kept
                .cells
                .0
                .iter()
                .filter(|((_, series), _)| series.fact == fact)
                .map(|(_, cell)| cell.sums.n)
                .sum()
        };
        assert_eq!((n(Fact::Run), n(Fact::ModelCall)), (1, 3));
        let mut sums = before.cells;
        sums.add(&after.change);
        assert_eq!(sums, after.kept.cells);
        // Worked out again it comes to the same.
        let rest = derived("", 30, &[(30, 4), (31, 2)]);
        let again = correct(Some(after.kept.clone()), rest, Hour(24));
        assert_eq!((again.kept, again.change), (after.kept, Cells::default()));
    }
}
