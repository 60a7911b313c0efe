//! From pieces to turns.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use telemetry_core::event::Body;
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

use super::held::Spoken;
use super::turn::{Answer, Approval, Call, Child, Failure, Happened, Late, RunEnd, Told, Tool, Turn};
use super::{happened, telling};
use crate::spans::{AttemptOver, CallOver, Fact, FailedCall, Moment, Piece, Run, RunOver, Span, TurnOver};

/// Turns of a run that are remembered when they were told, so that what comes late is known to be late.
const TURNS_REMEMBERED: usize = 32;
/// Runs that are remembered when they are over.
const RUNS_REMEMBERED: usize = 1_024;

/// Who takes what is told.
type Each<'e> = &'e mut dyn FnMut(Told);

/// Puts turns together from pieces, in the order in which an assembler hands them on.
///
/// A subagent is told with the turn of its parent that it came back in, as a whole. One that came back later, out of the
/// background, is [late](Late::Child).
#[derive(Debug, Default)]
pub struct Gatherer {
    open: Open,
}

/// What was not told yet, and what is remembered to know what belongs to it.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Open {
    runs: BTreeMap<RunId, OpenRun>,
    /// By the child, the run and the turn that delegated to it.
    delegated: BTreeMap<RunId, (RunId, Option<SpanId>)>,
    /// Runs that are over, the first to be forgotten first.
    over: VecDeque<RunId>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct OpenRun {
    run: Option<Arc<Run>>,
    turns: BTreeMap<SpanId, OpenTurn>,
    /// Of a subagent, turns that are over; it is told as a whole.
    held: Vec<Turn>,
    told: VecDeque<SpanId>,
    /// What happened while no turn was open.
    between: Vec<Happened>,
    /// How many messages its last request had.
    messages: Option<u64>,
}

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct OpenTurn {
    /// Of each call, attempts that failed, and when the one that was answered began.
    attempts: BTreeMap<SpanId, (Vec<Failure>, Option<UnixNanos>)>,
    calls: Vec<Call>,
    tools: Vec<Tool>,
    approvals: Vec<Approval>,
    happened: Vec<Happened>,
    children: Vec<Child>,
}

impl Gatherer {
    /// Goes on with what was open.
    pub fn resume(open: Open) -> Self {
        Gatherer { open }
    }

    /// What is open.
    pub fn open(&self) -> &Open {
        &self.open
    }

    /// Takes a piece, and hands on what can be told by it. What was said is asked of `spoken` when a turn is told.
    pub fn take(&mut self, piece: Piece, spoken: &mut dyn Spoken, each: Each<'_>) {
        match piece {
            Piece::Moment(moment) => self.moment(&moment),
            Piece::Span(Span { run, id, parent, start, end, fact }) => {
                self.open.runs.entry(run.id).or_default().run = Some(Arc::clone(&run));
                let time = (start, end);
                match fact {
                    Fact::Attempt(attempt) => self.attempt(&run, id, time, *attempt, spoken, each),
                    Fact::Call(over) => self.call(&run, answered(id, time, *over), spoken, each),
                    Fact::FailedCall(over) => self.failed_call(&run, id, time, &over),
                    Fact::Tool(call) => {
                        let tool =
                            Tool { start, end, call: *call, arguments: None, result: None, error: None };
                        self.tool(&run, tool, spoken, each);
                    }
                    Fact::Approval(over) => {
                        let approval = Approval { span: id, start, end, over, request: None };
                        self.approval(&run, approval, spoken);
                    }
                    Fact::Turn(over) => self.turn_over(run, (id, parent), time, over, spoken, each),
                    Fact::Run(over) => self.run_over(run, (id, parent), time, over, spoken, each),
                }
            }
        }
    }

    fn moment(&mut self, moment: &Moment) {
        let Some(run) = &moment.run else { return };
        let turn = match &moment.event.body {
            Body::SubagentStarted(started) => {
                self.open.delegated.insert(started.child, (run.id, started.turn));
                started.turn
            }
            Body::SubagentEnded(ended) => ended.turn,
            Body::Skill(skill) => Some(skill.turn),
            Body::Memory(memory) => Some(memory.turn),
            Body::Feedback(_) | Body::Cron(_) => None,
            _ => return,
        };
        let happened = happened::of(&moment.event);
        let open = self.open.runs.entry(run.id).or_default();
        open.run = Some(Arc::clone(run));
        match turn.filter(|turn| !open.told.contains(turn)) {
            Some(turn) => open.turns.entry(turn).or_default().happened.push(happened),
            None => open.between.push(happened),
        }
    }

    fn attempt(
        &mut self,
        run: &Arc<Run>,
        span: SpanId,
        (start, end): (UnixNanos, UnixNanos),
        over: AttemptOver,
        spoken: &mut dyn Spoken,
        each: Each<'_>,
    ) {
        let AttemptOver { turn, call, failed, .. } = over;
        let is_late =
            self.open.runs.get(&run.id).is_some_and(|open| !matches!(open.place(turn), Place::Open));
        match failed {
            None if is_late => {}
            None => self.turn(run.id, turn).attempts.entry(call).or_default().1 = Some(start),
            Some(failed) => {
                let failure = Failure { span, start, end, failed, message: None };
                if is_late {
                    let call = Call { end, failures: vec![failure], ..empty_call(call, start) };
                    return self.call(run, (turn, call), spoken, each);
                }
                self.turn(run.id, turn).attempts.entry(call).or_default().0.push(failure);
            }
        }
    }

    fn call(
        &mut self,
        run: &Arc<Run>,
        (turn, call): (SpanId, Call),
        spoken: &mut dyn Spoken,
        each: Each<'_>,
    ) {
        let open = self.open.runs.entry(run.id).or_default();
        let place = open.place(turn);
        if let Place::Open = place {
            return open.turns.entry(turn).or_default().calls.push(call);
        }
        let mut call = call;
        telling::of_calls(run.id, std::slice::from_mut(&mut call), &mut open.messages, spoken);
        match place {
            Place::Held(at) => open.held[at].calls.push(call),
            _ => each(Told::Late(Late::Call { run: Arc::clone(run), call: Box::new(call) })),
        }
    }

    fn approval(&mut self, run: &Run, mut approval: Approval, spoken: &mut dyn Spoken) {
        let open = self.open.runs.entry(run.id).or_default();
        let turn = approval.over.turn;
        match open.place(turn) {
            Place::Open => open.turns.entry(turn).or_default().approvals.push(approval),
            Place::Held(at) => {
                telling::of_approval(run.id, &mut approval, spoken);
                open.held[at].approvals.push(approval);
            }
            // An answer to a question of a turn that was told allows nothing any more.
            Place::Told => {}
        }
    }

    fn failed_call(
        &mut self,
        run: &Run,
        span: SpanId,
        (start, end): (UnixNanos, UnixNanos),
        over: &FailedCall,
    ) {
        let call = Call { end, ..empty_call(span, start) };
        self.turn(run.id, over.turn).calls.push(call);
    }

    fn tool(&mut self, run: &Arc<Run>, mut tool: Tool, spoken: &mut dyn Spoken, each: Each<'_>) {
        let open = self.open.runs.entry(run.id).or_default();
        let turn = tool.call.turn;
        let place = open.place(turn);
        if let Place::Open = place {
            return open.turns.entry(turn).or_default().tools.push(tool);
        }
        telling::of_tool(run.id, &mut tool, spoken);
        match place {
            Place::Held(at) => open.held[at].tools.push(tool),
            _ => each(Told::Late(Late::Tool { run: Arc::clone(run), tool: Box::new(tool) })),
        }
    }

    fn turn_over(
        &mut self,
        run: Arc<Run>,
        (span, within): (SpanId, Option<SpanId>),
        (start, end): (UnixNanos, UnixNanos),
        over: TurnOver,
        spoken: &mut dyn Spoken,
        each: Each<'_>,
    ) {
        let at_work = self.open.delegated.iter().filter(|(_, place)| **place == (run.id, Some(span)));
        let at_work = at_work.map(|(child, _)| *child).collect();
        let open = self.open.runs.entry(run.id).or_default();
        let mut parts = open.turns.remove(&span).unwrap_or_default();
        let mut attempts = std::mem::take(&mut parts.attempts);
        for call in &mut parts.calls {
            (call.failures, call.answered_from) = attempts.remove(&call.span).unwrap_or_default();
        }
        parts.calls.sort_by_key(|call| (call.end, call.span));
        parts.happened.splice(..0, open.between.drain(..));
        parts.children.sort_by_key(|child| (child.end.start, child.end.span));
        let mut turn = Turn {
            span,
            within: within.unwrap_or(run.id.span()),
            start,
            end,
            turn_id: over.turn_id,
            verdict: over.verdict,
            unclosed: over.unclosed,
            number: over.number,
            user_message: None,
            final_answer: None,
            calls: parts.calls,
            tools: parts.tools,
            approvals: parts.approvals,
            happened: parts.happened,
            children: parts.children,
            at_work,
            run,
        };
        telling::of_turn(&mut turn, &mut open.messages, spoken);
        open.told.push_back(span);
        if open.told.len() > TURNS_REMEMBERED {
            open.told.pop_front();
        }
        if turn.run.parent.is_some() { open.held.push(turn) } else { each(Told::Turn(Box::new(turn))) }
    }

    fn run_over(
        &mut self,
        run: Arc<Run>,
        (span, place): (SpanId, Option<SpanId>),
        (start, end): (UnixNanos, UnixNanos),
        over: RunOver,
        spoken: &mut dyn Spoken,
        each: Each<'_>,
    ) {
        let open = self.open.runs.entry(run.id).or_default();
        let (turns, happened) = (std::mem::take(&mut open.held), std::mem::take(&mut open.between));
        let id = run.id;
        let (verdict, unclosed) = (over.verdict, over.unclosed);
        let end = RunEnd { run, span, start, end, verdict, unclosed, happened };
        if end.run.parent.is_none() {
            each(Told::Run(end));
        } else {
            let mut child = Child { end, place, goal: None, summary: None, turns };
            telling::of_child(&mut child, spoken);
            self.came_back(child, each);
        }
        spoken.over(id);
        self.forget(id);
    }

    /// A subagent is over: it belongs to the turn that delegated to it, wherever that is.
    fn came_back(&mut self, child: Child, each: Each<'_>) {
        let delegated = self.open.delegated.remove(&child.end.run.id);
        let (parent, turn) = match (delegated, child.end.run.parent) {
            (Some((parent, turn)), _) => (parent, turn),
            (None, Some(parent)) => (parent, None),
            (None, None) => return,
        };
        if let Some(open) = self.open.runs.get_mut(&parent) {
            let turn = turn.or_else(|| open.turns.keys().next_back().copied());
            if let Some(turn) = turn {
                match open.place(turn) {
                    Place::Open => return open.turns.entry(turn).or_default().children.push(child),
                    Place::Held(at) => return open.held[at].children.push(child),
                    Place::Told => {}
                }
            }
        }
        each(Told::Late(Late::Child { above: self.above(parent), child: Box::new(child) }));
    }

    /// A run and those above it, the one at the top first.
    fn above(&self, run: RunId) -> Vec<Arc<Run>> {
        let known = |id: RunId| self.open.runs.get(&id).and_then(|open| open.run.clone());
        let mut above: Vec<Arc<Run>> =
            std::iter::successors(known(run), |run| known(run.parent?)).take(self.open.runs.len()).collect();
        above.reverse();
        above
    }

    fn turn(&mut self, run: RunId, turn: SpanId) -> &mut OpenTurn {
        self.open.runs.entry(run).or_default().turns.entry(turn).or_default()
    }

    /// Remembers that a run is over, and forgets the one that was over longest.
    fn forget(&mut self, run: RunId) {
        self.open.over.retain(|known| *known != run);
        self.open.over.push_back(run);
        if self.open.over.len() > RUNS_REMEMBERED
            && let Some(oldest) = self.open.over.pop_front()
        {
            self.open.runs.remove(&oldest);
            self.open.delegated.retain(|child, (parent, _)| *child != oldest && *parent != oldest);
        }
    }
}

impl OpenRun {
    fn place(&self, turn: SpanId) -> Place {
        if !self.told.contains(&turn) {
            return Place::Open;
        }
        self.held.iter().position(|held| held.span == turn).map_or(Place::Told, Place::Held)
    }
}

/// What became of a turn.
enum Place {
    /// It is not over.
    Open,
    /// It is over, and the place at which it is held.
    Held(usize),
    Told,
}

pub(super) fn empty_call(span: SpanId, start: UnixNanos) -> Call {
    Call {
        span,
        start,
        end: start,
        failures: Vec::new(),
        answered_from: None,
        answer: None,
        requests: Vec::new(),
        system_prompt: None,
        tool_definitions: None,
        message: None,
        reasoning: None,
    }
}

/// An answered call, and its turn.
fn answered(span: SpanId, (start, end): (UnixNanos, UnixNanos), over: CallOver) -> (SpanId, Call) {
    let CallOver { call, cost } = over;
    let turn = call.turn;
    let answer = Answer { call, cost: cost.amount, cost_status: Name::fixed(cost.status.as_str()) };
    (turn, Call { end, answer: Some(answer), ..empty_call(span, start) })
}
