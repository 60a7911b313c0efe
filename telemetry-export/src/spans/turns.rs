//! Turns: how they begin and end.

use telemetry_core::event::{TurnEnded, TurnStarted};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::outcome::Outcome;
use telemetry_core::time::UnixNanos;

use super::assembler::{Assembler, Each};
use super::span::{Fact, FailedCall, TurnOver};

impl Assembler {
    pub(super) fn turn_started(&mut self, run: RunId, at: UnixNanos, started: &TurnStarted) {
        let Some(turn) = self.turn(run, started.turn, at) else { return };
        turn.turn_id = started.turn_id.clone().or(turn.turn_id.take());
        turn.model = started.model.clone().or(turn.model.take());
    }

    pub(super) fn turn_ended(&mut self, run: RunId, at: UnixNanos, ended: &TurnEnded, each: Each<'_>) {
        let Some(turn) = self.turn(run, ended.turn, at) else { return };
        turn.ended(at, ended);
        let start = turn.start;
        // A turn that was left behind may still have said how it ended; now that the next has, it will not.
        self.turns_over(run, |turn_start, span| (turn_start, span) <= (start, ended.turn), false, each);
        self.over_if_returned(run, each);
    }

    /// Hands on the open turns of a run for which `which` holds (by when they began, and their span), oldest first.
    pub(super) fn turns_over(
        &mut self,
        run: RunId,
        which: impl Fn(UnixNanos, SpanId) -> bool,
        unclosed: bool,
        each: Each<'_>,
    ) {
        let Some(open) = self.open.runs.get(&run) else { return };
        let mut turns: Vec<(UnixNanos, SpanId)> =
            open.turns.iter().map(|(span, turn)| (turn.start, *span)).collect();
        turns.sort_unstable();
        for (at, (start, span)) in turns.iter().enumerate() {
            if which(*start, *span) {
                let next = turns.get(at + 1).map(|(next, _)| *next);
                self.turn_over(run, *span, next, unclosed, each);
            }
        }
    }

    fn turn_over(
        &mut self,
        run: RunId,
        span: SpanId,
        next: Option<UnixNanos>,
        unclosed: bool,
        each: Each<'_>,
    ) {
        self.place_children(run, span, true, each);
        let process = self.process_over(run);
        let Some(open) = self.open.runs.get_mut(&run) else { return };
        let Some(turn) = open.turns.remove(&span) else { return };
        open.turn_over(span);
        let judged = turn.known().judge(&open.closes, next, process.as_ref());
        let end = judged.over.unwrap_or(turn.last);
        if judged.verdict.outcome != Outcome::Running
            && open.last_turn.as_ref().is_none_or(|last| last.start <= judged.start)
        {
            open.last_turn = Some(judged.clone());
        }
        let number = open.counts.turns;
        open.counts.turns += 1;
        let parent = open.span();
        for approval in turn.approvals {
            self.approval_over(run, span, span, approval, end, each);
        }
        for (call, failed) in turn.calls {
            let ((first, attempt), (last, _)) = match (failed.first(), failed.last()) {
                (Some(first), Some(last)) => (first.clone(), last.clone()),
                _ => continue,
            };
            let took = attempt.elapsed_ns.or(attempt.attempt_ns).unwrap_or(0).max(0);
            let fact = Fact::FailedCall(Box::new(FailedCall { turn: span, failed }));
            self.hand_on(run, call, Some(span), (first.plus(took.saturating_neg()), last), fact, each);
        }
        let fact = Fact::Turn(TurnOver {
            turn_id: turn.turn_id,
            model: turn.model,
            verdict: judged.verdict,
            unclosed,
            number,
            model_calls: turn.model_calls,
            tool_calls: turn.tool_calls,
        });
        self.hand_on(run, span, Some(parent), (turn.start, end), fact, each);
    }
}
