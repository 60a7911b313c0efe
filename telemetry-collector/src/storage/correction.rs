//! What has to be written when a run was worked out anew.

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
    let added = change.0.iter().filter(|((_, series), _)| series.fact == Fact::ModelCall).map(
        |((_, series), cell)| {
            let (nanos, status) = (NanoDollars(cell.sums.cost_nanos), series.status.clone());
            let unknown = status == "unknown";
            OwnCost {
                model_calls: cell.sums.n,
                cost: Cost::kept((!unknown).then_some(nanos), status, unknown.then_some(nanos)),
            }
        },
    );
    let cost = together(
        std::iter::once(OwnCost { model_calls: before.model_calls, cost: before.cost() }).chain(added),
    );
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
