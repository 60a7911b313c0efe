//! What is concluded of a turn and of a run from all that is known of them, and when they were over.

use serde::{Deserialize, Serialize};

use super::{Left, Outcome, OutcomeClass, RunFacts, TurnFacts, Verdict};
use crate::name::Name;
use crate::time::UnixNanos;
use crate::vocabulary::{ProcessEnd, RunClose};

/// How a process ended, and when.
pub type ProcessOver = (ProcessEnd, UnixNanos);

/// How a process ended, by when it left, was found gone and was last heard of. One that spoke again after it was taken
/// for lost has not ended.
pub fn process_over(
    exit: Option<UnixNanos>,
    lost: Option<UnixNanos>,
    last: Option<UnixNanos>,
) -> Option<ProcessOver> {
    let lost = lost.filter(|lost| last.is_none_or(|last| *lost >= last));
    exit.map(|at| (ProcessEnd::Exit, at)).or(lost.map(|at| (ProcessEnd::Lost, at)))
}

/// What closed a run, and when.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    /// When.
    pub at: UnixNanos,
    /// What closed it.
    pub close: RunClose,
    /// The host's word for why, verbatim.
    pub reason: Option<Name>,
}

/// A turn before its verdict.
#[derive(Debug, Clone)]
pub struct Turn {
    /// When it was first heard of.
    pub start: UnixNanos,
    /// When it was last heard of.
    pub last: UnixNanos,
    /// When the host said that it ended.
    pub end: Option<UnixNanos>,
    /// What is known of it; what left it behind and how its process ended is found here.
    pub facts: TurnFacts,
}

/// A turn after its verdict.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JudgedTurn {
    /// When it was first heard of.
    pub start: UnixNanos,
    /// When it was over, unless it still runs.
    pub over: Option<UnixNanos>,
    /// How it ended.
    pub verdict: Verdict,
}

/// A run after its verdict.
#[derive(Debug, Clone)]
pub struct JudgedRun {
    /// How it ended.
    pub verdict: Verdict,
    /// When, unless it still runs.
    pub end: Option<UnixNanos>,
    /// The host's word for what closed it, verbatim.
    pub end_reason: Option<Name>,
}

impl Turn {
    /// The verdict on a turn of a run that was closed by `closes`, in their order, whose next turn began at `next`.
    pub fn judge(
        mut self,
        closes: &[Closed],
        next: Option<UnixNanos>,
        process: Option<&ProcessOver>,
    ) -> JudgedTurn {
        let closed = closes.iter().find(|closed| closed.at >= self.start);
        self.facts.left = match (closed, next) {
            // Compressed in the middle of this turn, not of one that began after it.
            (Some(closed), next)
                if closed.close == RunClose::Compressed && next.is_none_or(|next| next >= closed.at) =>
            {
                Some(Left::Compressed)
            }
            (None, None) => None,
            _ => Some(Left::Behind),
        };
        self.facts.process = process.map(|(end, _)| end.clone());
        let verdict = self.facts.verdict();
        let over = match verdict.outcome {
            Outcome::Running => None,
            _ => self.end.or(match (&self.facts.error, &self.facts.left) {
                // It was over when its last request failed; the host said so later, or never. Who still waits to try again
                // is at work until something else ends it.
                (Some(error), _)
                    if self.last == error.at && verdict.outcome.class(None) == OutcomeClass::Failure =>
                {
                    Some(error.at)
                }
                (_, Some(_)) => closed.map(|closed| closed.at).into_iter().chain(next).min(),
                _ => match process {
                    Some((ProcessEnd::Exit, at)) => Some((*at).max(self.last)),
                    _ => Some(self.last),
                },
            }),
        };
        JudgedTurn { start: self.start, over, verdict }
    }
}

/// The verdict on a run, by its last turn and what closed it, in order.
pub fn judge_run(last: Option<&JudgedTurn>, closes: &[Closed], process: Option<&ProcessOver>) -> JudgedRun {
    // A session can be closed, taken up again and closed again: what counts is what closed it after its last turn
    // began, and of several the first that says more than "finalized".
    let since = last.map_or(UnixNanos(i64::MIN), |turn| turn.start);
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
