//! What is concluded of a run from its facts, wherever they lie: in a batch, or in the tables.
//!
//! The rules themselves are [`telemetry_core::outcome`].

use telemetry_core::name::Name;
use telemetry_core::outcome::{Left, Outcome, OutcomeClass, RunFacts, TurnFacts, Verdict};
use telemetry_core::vocabulary::{ProcessEnd, RunClose};

use super::facts::Closed;

/// How a process ended, and when.
pub(super) type End = (ProcessEnd, i64);

/// How a process ended, by when it left, was found gone and was last heard of. One that spoke again after it was taken
/// for lost has not ended.
pub(super) fn process_end(exit: Option<i64>, lost: Option<i64>, last: Option<i64>) -> Option<End> {
    let lost = lost.filter(|lost| last.is_none_or(|last| *lost >= last));
    exit.map(|at| (ProcessEnd::Exit, at)).or(lost.map(|at| (ProcessEnd::Lost, at)))
}

/// A turn before its verdict.
pub(super) struct Turn {
    pub span: i64,
    pub start: i64,
    pub last: i64,
    pub end: Option<i64>,
    pub facts: TurnFacts,
}

/// A turn after its verdict.
pub(super) struct JudgedTurn {
    pub start: i64,
    /// When it was over, unless it still runs.
    pub over: Option<i64>,
    pub verdict: Verdict,
}

/// A run after its verdict.
pub(super) struct JudgedRun {
    pub verdict: Verdict,
    pub end: Option<i64>,
    pub end_reason: Option<Name>,
}

/// The verdict on a turn of a run that was closed by `closes`, in their order, whose next turn began at `next`.
pub(super) fn judge_turn(
    mut turn: Turn,
    closes: &[Closed],
    next: Option<i64>,
    process: Option<&End>,
) -> JudgedTurn {
    let closed = closes.iter().find(|closed| closed.at >= turn.start);
    turn.facts.left = match (closed, next) {
        // Compressed in the middle of this turn, not of one that began after it.
        (Some(closed), next)
            if closed.close == RunClose::Compressed && next.is_none_or(|next| next >= closed.at) =>
        {
            Some(Left::Compressed)
        }
        (None, None) => None,
        _ => Some(Left::Behind),
    };
    turn.facts.process = process.map(|(end, _)| end.clone());
    let verdict = turn.facts.verdict();
    let over = match verdict.outcome {
        Outcome::Running => None,
        _ => turn.end.or(match (&turn.facts.error, &turn.facts.left) {
            // It was over when its last request failed; the host said so later, or never. Who still waits to try again
            // is at work until something else ends it.
            (Some(error), _)
                if turn.last == error.at.0 && verdict.outcome.class(None) == OutcomeClass::Failure =>
            {
                Some(error.at.0)
            }
            (_, Some(_)) => closed.map(|closed| closed.at).into_iter().chain(next).min(),
            _ => match process {
                Some((ProcessEnd::Exit, at)) => Some((*at).max(turn.last)),
                _ => Some(turn.last),
            },
        }),
    };
    JudgedTurn { start: turn.start, over, verdict }
}

/// The verdict on a run, by its last turn and what closed it, in order.
pub(super) fn judge_run(last: Option<&JudgedTurn>, closes: &[Closed], process: Option<&End>) -> JudgedRun {
    // A session can be closed, taken up again and closed again: what counts is what closed it after its last turn
    // began, and of several the first that says more than "finalized".
    let since = last.map_or(i64::MIN, |turn| turn.start);
    let mut after = closes.iter().filter(|closed| closed.at >= since);
    let first = after.clone().next();
    let close = after.find(|closed| closed.close != RunClose::Finalized).or(first);
    let facts = RunFacts {
        close: close.map(|closed| (closed.close.clone(), closed.reason.clone())),
        last_turn: last.map(|turn| turn.verdict.clone()),
        process: process.map(|(end, _)| end.clone()),
    };
    let verdict = facts.verdict();
    let end = match (verdict.outcome, close) {
        (Outcome::Running, _) => None,
        (_, Some(closed)) => Some(closed.at),
        (_, None) => last.and_then(|turn| turn.over).or(process.map(|(_, at)| *at)),
    };
    let end_reason = close.and_then(|closed| closed.reason.clone());
    JudgedRun { verdict, end, end_reason }
}

/// When the turn after the one that began at `turn` began; `starts` are all turns' beginnings and spans, in order.
pub(super) fn next_start(starts: &[(i64, i64)], turn: (i64, i64)) -> Option<i64> {
    starts.get(starts.partition_point(|start| *start <= turn)).map(|(start, _)| *start)
}
