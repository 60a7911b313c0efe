//! Which event does what.

use telemetry_core::cost::{Call, Prices};
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, AttemptFailed, Body, Event, ModelCall, ToolCall,
};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_policy::Cleared;

use super::open::{Open, OpenApproval, OpenTurn, ToolTime};
use super::span::{ApprovalOver, AttemptOver, CallOver, Fact, Moment, Piece, Span};

/// The host's set of tools by which a run delegates to another.
const DELEGATION: &str = "delegation";

/// Who takes the pieces.
pub(super) type Each<'e> = &'e mut dyn FnMut(Piece);

/// Puts spans together from events in the order of the log.
///
/// # Examples
/// ```
/// use telemetry_core::{codec, cost::{Overrides, Prices}};
/// use telemetry_export::spans::{Assembler, Fact, Piece};
/// use telemetry_policy::{Gate, Settings};
///
/// let gate = Gate::new(&Settings::default());
/// let mut assembler = Assembler::new(Prices::new(Overrides::default()));
/// let mut pieces = Vec::new();
/// let line = br#"{"v":1,"event":"tool_call","id":"00000000000000aa","ts":5000000,"run":"000000000000000000000000000000ff",
///     "turn":"0000000000000001","span":"0000000000000002","tool":"read_file","status":"ok","duration_ns":3000000}"#;
/// assembler.take(gate.clear(codec::decode(line).unwrap()), &mut |piece| pieces.push(piece));
/// let [Piece::Span(span)] = &pieces[..] else { panic!("{pieces:?}") };
/// assert!(matches!(span.fact, Fact::Tool(_)));
/// assert_eq!((span.start.0, span.end.0), (2_000_000, 5_000_000));
/// ```
pub struct Assembler {
    prices: Prices,
    pub(super) open: Open,
}

impl Assembler {
    /// With nothing open.
    pub fn new(prices: Prices) -> Self {
        Self::resume(prices, Open::default())
    }

    /// Goes on with what was open.
    pub fn resume(prices: Prices, open: Open) -> Self {
        Assembler { prices, open }
    }

    /// What is open.
    pub fn open(&self) -> &Open {
        &self.open
    }

    /// Takes an event and hands on what is over by it.
    pub fn take(&mut self, event: Cleared<Event>, each: Each<'_>) {
        let at = event.ts;
        self.forget(at);
        let run = event.run;
        if let Some(run) = run {
            self.run(run, at);
        }
        match (run, &event.body) {
            (_, Body::ProcessStarted(started)) => self.process_started(started),
            (Some(run), Body::RunStarted(started)) => return self.run_started(run, at, started),
            (Some(run), Body::RunUpdated(updated)) => return self.run_updated(run, updated),
            (Some(run), Body::TurnStarted(started)) => return self.turn_started(run, at, started),
            (Some(run), Body::TurnEnded(ended)) => return self.turn_ended(run, at, ended, each),
            (Some(run), Body::AttemptStarted(started)) => {
                if let Some(turn) = self.turn(run, started.turn, at) {
                    turn.attempt = turn.attempt.max(Some(at));
                }
                return;
            }
            (Some(run), Body::AttemptFailed(failed)) => {
                return self.attempt_failed(run, SpanId(event.id.0), at, failed, each);
            }
            (Some(run), Body::ModelCall(call)) => return self.model_call(run, at, call, each),
            (Some(run), Body::ToolCall(call)) => return self.tool_call(run, at, call, each),
            (Some(run), Body::ApprovalRequested(asked)) => return self.asked(run, at, asked),
            (Some(run), Body::ApprovalAnswered(answered)) => return self.answered(run, at, answered, each),
            (Some(run), Body::SubagentStarted(started)) => self.delegated(run, at, started),
            _ => {}
        }
        // What else it brings about comes after it.
        let moment = Moment { run: run.and_then(|run| self.known(run)), event };
        let body = moment.event.body.clone();
        each(Piece::Moment(moment));
        match (run, body) {
            (Some(run), Body::RunEnded(ended)) => self.run_ended(run, at, &ended, each),
            (Some(_), Body::SubagentEnded(ended)) => self.returned(ended.child, each),
            (_, Body::ProcessEnded(ended)) => self.process_ended(ended.process, &ended.end, at, each),
            _ => {}
        }
    }

    fn attempt_failed(
        &mut self,
        run: RunId,
        id: SpanId,
        at: UnixNanos,
        failed: &AttemptFailed,
        each: Each<'_>,
    ) {
        self.counted(run, |counts| counts.failed_attempts += 1);
        let mut before = None;
        if let Some(turn) = self.turn(run, failed.turn, at) {
            before = turn.calls.get(&failed.call).and_then(|failed| failed.last()).map(|(at, _)| *at);
            turn.failed(at, failed);
        }
        // The first began with its call; of a later one nobody may have told.
        let took =
            failed.attempt_ns.or(failed.elapsed_ns.filter(|_| failed.attempt == 0 && before.is_none()));
        let (turn, call, attempt) = (failed.turn, failed.call, failed.attempt);
        let fact = Fact::Attempt(Box::new(AttemptOver { turn, call, attempt, failed: Some(failed.clone()) }));
        self.hand_on(run, id, Some(call), (before_end(at, took), at), fact, each);
    }

    fn model_call(&mut self, run: RunId, at: UnixNanos, call: &ModelCall, each: Each<'_>) {
        self.counted(run, |counts| counts.model_calls += 1);
        if let Some(turn) = self.turn(run, call.turn, at) {
            turn.progress = turn.progress.max(Some(at));
            turn.model_calls += 1;
            turn.calls.remove(&call.call);
        }
        if let (Some(took), true) = (call.attempt_ns, call.retries > 0) {
            let id = SpanId(Key::new("answered").number(call.call.0).narrow());
            let (turn, span, attempt) = (call.turn, call.call, call.retries);
            let fact = Fact::Attempt(Box::new(AttemptOver { turn, call: span, attempt, failed: None }));
            let time = (before_end(at, Some(took)), at);
            self.hand_on(run, id, Some(span), time, fact, each);
        }
        let start = call.start_ns.filter(|start| *start <= at).unwrap_or(before_end(at, call.latency_ns));
        let cost = self.prices.price(&Call::of(call, at));
        let fact = Fact::Call(Box::new(CallOver { call: call.clone(), cost }));
        self.hand_on(run, call.call, Some(call.turn), (start, at), fact, each);
    }

    fn tool_call(&mut self, run: RunId, at: UnixNanos, call: &ToolCall, each: Each<'_>) {
        self.counted(run, |counts| counts.tool_calls += 1);
        let start = before_end(at, call.duration_ns);
        let delegates = call.toolset.as_deref() == Some(DELEGATION);
        let mut asked = Vec::new();
        if let Some(turn) = self.turn(run, call.turn, at) {
            turn.progress = turn.progress.max(Some(at));
            turn.tool_calls += 1;
            turn.tools.push(ToolTime { span: call.span, start, end: at, delegates });
            let of_call = |asked: &mut OpenApproval| {
                asked.tool_call_id.is_some() && asked.tool_call_id == call.tool_call_id
            };
            asked = turn.approvals.extract_if(.., of_call).collect();
        }
        for approval in asked {
            self.approval_over(run, call.turn, call.span, approval, at, each);
        }
        if delegates {
            self.place_children(run, call.turn, false, each);
        }
        self.hand_on(run, call.span, Some(call.turn), (start, at), Fact::Tool(Box::new(call.clone())), each);
    }

    fn asked(&mut self, run: RunId, at: UnixNanos, asked: &ApprovalRequested) {
        let Some(turn) = self.turn(run, asked.turn, at) else { return };
        if turn.approvals.iter().any(|known| known.span == asked.approval) {
            return;
        }
        turn.approvals.push(OpenApproval {
            span: asked.approval,
            asked: at,
            answered: None,
            tool_call_id: asked.tool_call_id.clone(),
            surface: asked.surface.clone(),
            choice: None,
        });
    }

    fn answered(&mut self, run: RunId, at: UnixNanos, answered: &ApprovalAnswered, each: Each<'_>) {
        let approval = OpenApproval {
            span: answered.approval,
            asked: before_end(at, answered.wait_ns),
            answered: Some(at),
            tool_call_id: answered.tool_call_id.clone(),
            surface: answered.surface.clone(),
            choice: answered.choice.clone(),
        };
        let Some(turn) = self.turn(run, answered.turn, at) else {
            return self.approval_over(run, answered.turn, answered.turn, approval, at, each);
        };
        match turn.approvals.iter_mut().find(|known| known.span == answered.approval) {
            Some(known) => *known = OpenApproval { asked: known.asked.min(approval.asked), ..approval },
            None => turn.approvals.push(approval),
        }
    }

    /// Hands on an approval of `turn` that happened in `parent`; one that was never answered was over `by` then.
    pub(super) fn approval_over(
        &mut self,
        run: RunId,
        turn: SpanId,
        parent: SpanId,
        approval: OpenApproval,
        by: UnixNanos,
        each: Each<'_>,
    ) {
        let OpenApproval { span, asked, answered, tool_call_id, surface, choice } = approval;
        let fact = Fact::Approval(ApprovalOver { turn, tool_call_id, surface, choice });
        self.hand_on(run, span, Some(parent), (asked, answered.unwrap_or(by)), fact, each);
    }

    pub(super) fn hand_on(
        &mut self,
        run: RunId,
        id: SpanId,
        parent: Option<SpanId>,
        (start, end): (UnixNanos, UnixNanos),
        fact: Fact,
        each: Each<'_>,
    ) {
        let Some(run) = self.known(run) else { return };
        each(Piece::Span(Span { run, id, parent, start, end: end.max(start), fact }));
    }

    /// The turn an event is of, which begins with it if it is not known; `None` when it is over.
    pub(super) fn turn(&mut self, run: RunId, span: SpanId, at: UnixNanos) -> Option<&mut OpenTurn> {
        let open = self.open.runs.get_mut(&run)?;
        if open.turns_over.contains(&span) {
            return None;
        }
        if !open.turns.contains_key(&span) {
            open.go_on(at);
        }
        let turn = open.turns.entry(span).or_insert_with(|| OpenTurn::new(at));
        turn.heard(at);
        Some(turn)
    }
}

/// When something began that was over `at` that moment and took so long.
fn before_end(at: UnixNanos, took: Option<i64>) -> UnixNanos {
    at.plus(took.unwrap_or(0).max(0).saturating_neg())
}
