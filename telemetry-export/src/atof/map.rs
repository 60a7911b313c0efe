//! From turns to lines.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::time::UnixNanos;

use super::agent::Agent;
use super::call::InTurn;
use super::line::{Line, uuid};
use super::marks;
use super::scope::{Out, Scope, Side, correlation};
use super::tool::Running;
use crate::spans::Run;
use crate::trajectory::{Call, Child, Late, RunEnd, Told, Turn, micros, session};

/// Runs whose scope is remembered when it is closed, for what comes late.
const REMEMBERED: usize = 256;

/// Writes what is told as lines.
#[derive(Debug, Default)]
pub struct Mapper {
    scopes: Scopes,
}

/// The scopes that lines may still come into.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Scopes {
    /// Of runs at the top of their trees, by their span.
    agents: BTreeMap<SpanId, Begun>,
    /// Those that are closed, the first to be forgotten first.
    closed: VecDeque<SpanId>,
    /// Tool calls whose subagents are still at work, by their span; and the agent they are in.
    delegating: BTreeMap<SpanId, (SpanId, Begun)>,
}

/// A scope that began, in microseconds since the epoch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct Begun {
    uuid: String,
    start: i64,
    last: i64,
}

/// The scope that something is in.
pub(super) struct Place<'a> {
    pub run: &'a Run,
    pub uuid: Option<&'a str>,
    /// When that scope began: nothing in it is before.
    pub start: i64,
}

impl Mapper {
    /// Goes on with the scopes that are open.
    pub fn resume(scopes: Scopes) -> Self {
        Mapper { scopes }
    }

    /// The scopes that are open.
    pub fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    /// Appends the lines of what is told to `lines`.
    pub fn take(&mut self, told: &Told, lines: &mut Vec<Line>) {
        match told {
            Told::Turn(turn) => self.turn(turn, &mut Out { tree: &turn.session(), lines }),
            Told::Run(end) => self.run(end, &mut Out { tree: &session(&end.run), lines }),
            Told::Late(late) => self.late(late, lines),
        }
    }

    fn turn(&mut self, turn: &Turn, out: &mut Out<'_>) {
        let agent = Agent { run: &turn.run, span: turn.within, parent: None };
        let begun = self.scopes.agents.entry(turn.within).or_insert_with(|| {
            let start = earliest(turn);
            let begun = Begun { uuid: agent.uuid(start), start, last: start };
            agent.start(&begun.uuid, start, out);
            begun
        });
        let place = Place { run: &turn.run, uuid: Some(&begun.uuid), start: begun.start };
        let (last, tools) = write_turn(turn, &place, out);
        begun.last = begun.last.max(last);
        if !turn.at_work.is_empty() {
            self.scopes.delegating.extend(tools.into_iter().map(|(span, tool)| (span, (turn.within, tool))));
        }
    }

    fn run(&mut self, end: &RunEnd, out: &mut Out<'_>) {
        let agent = Agent { run: &end.run, span: end.span, parent: None };
        let begun = self.scopes.agents.entry(end.span).or_insert_with(|| {
            let happened = end.happened.iter().map(|happened| micros(happened.at));
            let start = happened.chain([micros(end.start)]).min().unwrap_or_default();
            let begun = Begun { uuid: agent.uuid(start), start, last: start };
            agent.start(&begun.uuid, start, out);
            begun
        });
        let place = Place { run: &end.run, uuid: Some(&begun.uuid), start: begun.start };
        for happened in &end.happened {
            begun.last = begun.last.max(marks::happened(happened, &place, out));
        }
        begun.last = (begun.last + 1).max(micros(end.end));
        agent.end(&begun.uuid, begun.last, end, out);
        self.scopes.close(end.span);
    }

    /// What came late is in a scope that may be closed; where that is forgotten it is in none.
    fn late(&self, late: &Late, lines: &mut Vec<Line>) {
        match late {
            Late::Child { above, child } => {
                let tree = above.first().map_or_else(|| session(&child.end.run), |top| session(top));
                let delegating = child.place.and_then(|place| self.scopes.delegating.get(&place));
                let begun = delegating.map(|(_, begun)| begun);
                let place = Place {
                    run: &child.end.run,
                    uuid: begun.map(|begun| begun.uuid.as_str()),
                    start: begun.map_or(i64::MIN, |begun| begun.start),
                };
                write_child(child, &place, &mut Out { tree: &tree, lines });
            }
            Late::Tool { run, tool } => {
                let place = self.scopes.place(run);
                let out = &mut Out { tree: &session(run), lines };
                Running::of(tool, &place, None).write(tool, None, &place, out);
            }
            Late::Call { run, call } => {
                let out = &mut Out { tree: &session(run), lines };
                let in_turn = InTurn { call, turn_id: None, user_message: None, tools: Vec::new() };
                in_turn.write(&self.scopes.place(run), out);
            }
        }
    }
}

impl Scopes {
    /// The scope of a run that was opened last.
    fn place<'a>(&'a self, run: &'a Run) -> Place<'a> {
        let begun = self.agents.get(&run.id.span());
        Place {
            run,
            uuid: begun.map(|begun| begun.uuid.as_str()),
            start: begun.map_or(i64::MIN, |begun| begun.start),
        }
    }

    fn close(&mut self, span: SpanId) {
        self.closed.push_back(span);
        if self.closed.len() > REMEMBERED
            && let Some(oldest) = self.closed.pop_front()
        {
            self.agents.remove(&oldest);
            self.delegating.retain(|_, (agent, _)| *agent != oldest);
        }
    }
}

/// Writes a turn and all that is in it: when the last of it was, and its tool calls.
fn write_turn(turn: &Turn, place: &Place<'_>, out: &mut Out<'_>) -> (i64, BTreeMap<SpanId, Begun>) {
    let mut last = marks::turn_start(turn, place, out);
    if turn.begins_compressed() {
        last = last.max(compaction(turn, turn.span, micros(turn.start), place, out));
    }
    let turn_id = turn.turn_id.as_ref();
    for (nth, call) in turn.calls.iter().enumerate() {
        if call.requests.iter().any(|request| request.rewritten) {
            last = last.max(compaction(turn, call.span, micros(call.start), place, out));
        }
        let tools = turn.tools_of(nth);
        let user_message = turn.user_message.as_ref().filter(|_| nth == 0);
        last = last.max(InTurn { call, turn_id, user_message, tools }.write(place, out));
    }
    let mut tools = BTreeMap::new();
    for tool in &turn.tools {
        let children = turn.children.iter().filter(|child| child.place == Some(tool.call.span));
        let running = Running::of(tool, place, children.map(begin_of_child).min());
        let end = running.write(tool, turn_id, place, out);
        last = last.max(end);
        tools.insert(tool.call.span, Begun { uuid: running.uuid, start: running.start, last: end });
    }
    for child in &turn.children {
        let tool = child.place.and_then(|place| tools.get(&place));
        let uuid = tool.map_or(place.uuid, |tool| Some(tool.uuid.as_str()));
        let start = tool.map_or(place.start, |tool| tool.start + 1);
        last = last.max(write_child(child, &Place { run: &child.end.run, uuid, start }, out));
    }
    for approval in &turn.approvals {
        let tool = turn.tools.iter().find(|tool| tool.call.tool_call_id == approval.over.tool_call_id);
        let asked = micros(approval.start);
        let tool = tool.and_then(|tool| tools.get(&tool.call.span)).filter(|tool| tool.start <= asked);
        let place = match tool {
            Some(tool) => Place { run: &turn.run, uuid: Some(&tool.uuid), start: tool.start },
            None => Place { ..*place },
        };
        last = last.max(marks::approval(approval, turn, &place, out));
    }
    for happened in &turn.happened {
        last = last.max(marks::happened(happened, place, out));
    }
    (last.max(marks::turn_end(turn, place, out)), tools)
}

/// Writes a subagent and all that is in it; when the last of it was.
fn write_child(child: &Child, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let RunEnd { run, span, end, happened, .. } = &child.end;
    let agent = Agent { run, span: *span, parent: place.uuid };
    let start = begin_of_child(child).max(place.start);
    let uuid = agent.uuid(start);
    agent.start(&uuid, start, out);
    let inside = Place { run, uuid: Some(&uuid), start };
    let mut last = start;
    for turn in &child.turns {
        last = last.max(write_turn(turn, &inside, out).0);
    }
    for happened in happened {
        last = last.max(marks::happened(happened, &inside, out));
    }
    last = (last + 1).max(micros(*end));
    agent.end(&uuid, last, &child.end, out);
    last
}

/// The host compressed the conversation at that microsecond.
fn compaction(turn: &Turn, of: SpanId, at: i64, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let host = turn.run.host.as_deref().unwrap_or("agent");
    let start = at.max(place.start);
    let profile = json!({"subtype": format!("{host}.context_compaction")});
    let side = || Side { profile: profile.clone(), data: Value::Null, metadata: correlation(&turn.run, of) };
    Scope {
        category: "custom",
        uuid: uuid(start, &Key::new("atof compaction").number(turn.run.id.0).number(of.0)),
        parent: place.uuid,
        name: "context_compaction",
        start,
        end: start,
        first: side(),
        last: side(),
    }
    .write(out)
}

/// The first moment of a turn, in microseconds.
fn earliest(turn: &Turn) -> i64 {
    let calls = turn.calls.iter().map(earliest_of_call);
    let tools = turn.tools.iter().map(|tool| tool.start);
    let happened = turn.happened.iter().map(|happened| happened.at);
    let inside = calls.chain(tools).chain(happened).chain([turn.start]).map(micros);
    inside.chain(turn.children.iter().map(begin_of_child)).min().unwrap_or_default()
}

fn earliest_of_call(call: &Call) -> UnixNanos {
    call.failures.iter().map(|failure| failure.start).chain([call.start]).min().unwrap_or(call.start)
}

/// When a subagent began, or the first thing in it did.
fn begin_of_child(child: &Child) -> i64 {
    child.turns.iter().map(earliest).chain([micros(child.end.start)]).min().unwrap_or_default()
}
