//! What happened as a flat list of facts, each with its time and what it can be grouped by.

use super::rates::Endpoint;
use super::story::{Answer, Approval, Attempt, Call, Delegation, Ended, Process, Run, Tool, Turn, World};
use super::zone::Zone;

/// The key of what nobody said.
pub const UNKNOWN: &str = "(unknown)";

/// Everything facts can be grouped by.
pub const DIMENSIONS: [&str; 17] = [
    "model",
    "provider",
    "platform",
    "entrypoint",
    "command",
    "tool",
    "toolset",
    "outcome",
    "reason",
    "error",
    "host",
    "profile",
    "session",
    "day",
    "hour",
    "weekday",
    "kind",
];

/// One thing that can be counted.
#[derive(Clone, Copy)]
pub struct Fact<'w> {
    /// When it counts.
    pub at: i64,
    /// Its process.
    pub process: &'w Process,
    /// Its run.
    pub run: &'w Run,
    /// Its turn, if it is of one.
    pub turn: Option<&'w Turn>,
    /// What it is.
    pub item: Item<'w>,
}

/// What a fact is.
#[derive(Clone, Copy)]
pub enum Item<'w> {
    /// A run that began.
    Run,
    /// A turn that began.
    Turn(&'w Turn),
    /// A model call that was answered.
    Call(&'w Call, &'w Answer),
    /// An attempt that was not.
    Attempt(&'w Call, &'w Attempt),
    /// A call that never was; its last attempt.
    Error(&'w Attempt),
    /// A tool call that ended.
    Tool(&'w Tool),
    /// A question for approval.
    Approval(&'w Approval),
    /// A run that another one asked for.
    Delegation(&'w Delegation),
    /// From the end of a turn to the next one, which it belongs to.
    Idle(&'w Turn, i64),
    /// Runs that continue each other, as one that began with the first: how the last ended, and how long it all took.
    Chain(&'w Ended, Option<i64>),
}

/// All facts of a world.
pub fn facts(world: &World) -> Vec<Fact<'_>> {
    let mut all = Vec::new();
    for process in &world.processes {
        for (index, run) in process.runs.iter().enumerate() {
            let of_run = |at, item| Fact { at, process, run, turn: None, item };
            all.push(of_run(run.start, Item::Run));
            all.extend(run.delegated.iter().map(|one| Fact {
                run: &process.runs[one.parent],
                ..of_run(one.started, Item::Delegation(one))
            }));
            for pair in run.turns.windows(2) {
                let idle = pair[0].over.map(|over| (pair[1].start - over).max(0));
                all.extend(idle.map(|idle| Fact {
                    turn: Some(&pair[1]),
                    ..of_run(pair[1].start, Item::Idle(&pair[1], idle))
                }));
            }
            all.extend(chain(process, index).map(|chain| of_run(run.start, chain)));
            for turn in &run.turns {
                all.extend(
                    of_turn(turn).into_iter().map(|(at, item)| Fact { turn: Some(turn), ..of_run(at, item) }),
                );
            }
        }
    }
    all
}

/// The chain that begins with a run.
fn chain(process: &Process, first: usize) -> Option<Item<'_>> {
    let run = &process.runs[first];
    let mut last = first;
    while let Some(next) = process.runs.iter().position(|other| other.continues == Some(last)) {
        last = next;
    }
    let last = &process.runs[last];
    run.continues.is_none().then_some(Item::Chain(&last.ended, last.end.map(|end| (end - run.start).max(0))))
}

fn of_turn(turn: &Turn) -> Vec<(i64, Item<'_>)> {
    let mut all = vec![(turn.start, Item::Turn(turn))];
    for call in &turn.calls {
        all.extend(call.answer.iter().map(|answer| (answer.at, Item::Call(call, answer))));
        all.extend(call.failed.iter().map(|attempt| (attempt.at, Item::Attempt(call, attempt))));
        if let (None, Some(last)) = (&call.answer, call.failed.last()) {
            all.push((last.at, Item::Error(last)));
        }
    }
    all.extend(turn.tools.iter().map(|tool| (tool.at, Item::Tool(tool))));
    all.extend(turn.approvals.iter().map(|approval| (approval.asked, Item::Approval(approval))));
    all
}

impl Fact<'_> {
    /// Its key in a breakdown by `dimension`; `None` if it cannot have one.
    ///
    /// # Panics
    /// When it is none of [`DIMENSIONS`].
    pub fn key(&self, dimension: &str, zone: &Zone) -> Option<String> {
        if !self.item.kind().has(dimension) {
            return None;
        }
        let known = |word: Option<&str>| Some(word.unwrap_or(UNKNOWN).to_owned());
        let ended = match (self.item, self.turn) {
            (Item::Chain(ended, _), _) => ended,
            (_, turn) => turn.map_or(&self.run.ended, |turn| &turn.ended),
        };
        match dimension {
            "platform" => known(self.run.platform),
            "entrypoint" => known(self.run.entrypoint),
            "command" => known(self.process.command),
            "kind" => known(self.run.kind),
            "host" => known(Some(self.process.host)),
            "profile" => known(self.process.profile),
            "session" => known(Some(&self.run.session)),
            "outcome" => known(Some(ended.outcome)),
            "reason" => known(ended.reason.as_deref()),
            "day" => Some(zone.day(self.at)),
            "hour" => Some(zone.hour(self.at)),
            "weekday" => Some(zone.weekday(self.at).to_owned()),
            "model" => known(self.model()),
            "provider" => known(self.endpoint().and_then(|endpoint| endpoint.provider)),
            "tool" => self.tool().map(|tool| tool.name.to_owned()),
            "toolset" => known(self.tool().and_then(|tool| tool.toolset)),
            "error" => self.error(),
            other => panic!("no dimension {other}"),
        }
    }

    fn tool(&self) -> Option<&Tool> {
        match self.item {
            Item::Tool(tool) => Some(tool),
            _ => None,
        }
    }

    /// Who a call, an attempt or the call behind a tool was for.
    fn endpoint(&self) -> Option<Endpoint> {
        match self.item {
            Item::Call(call, _) => Some(call.endpoint),
            Item::Attempt(_, attempt) | Item::Error(attempt) => Some(attempt.endpoint),
            Item::Tool(tool) => tool.call.and_then(|call| self.turn.map(|turn| turn.calls[call].endpoint)),
            _ => None,
        }
    }

    fn model(&self) -> Option<&'static str> {
        match (self.endpoint(), self.turn) {
            (Some(endpoint), _) => endpoint.model,
            (None, Some(turn)) => turn.model,
            (None, None) => self.run.model,
        }
    }

    fn error(&self) -> Option<String> {
        match self.item {
            Item::Attempt(_, attempt) | Item::Error(attempt) => Some(attempt.failure.class.to_owned()),
            Item::Tool(tool) if tool.failed() => Some(tool.error_type.unwrap_or(tool.status).to_owned()),
            Item::Turn(turn) | Item::Idle(turn, _)
                if matches!(turn.ended.outcome, "errored" | "timed_out") =>
            {
                Some(turn.error_class().unwrap_or(UNKNOWN).to_owned())
            }
            _ => None,
        }
    }
}

/// Kinds of facts, for what they can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Runs.
    Run,
    /// Turns.
    Turn,
    /// Answered calls.
    Call,
    /// Failed attempts, and the calls that came to nothing.
    Attempt,
    /// Tool calls.
    Tool,
    /// Questions for approval.
    Approval,
    /// Delegations.
    Delegation,
}

impl Item<'_> {
    /// Its kind.
    pub fn kind(&self) -> Kind {
        match self {
            Item::Run | Item::Chain(..) => Kind::Run,
            Item::Turn(_) | Item::Idle(..) => Kind::Turn,
            Item::Call(..) => Kind::Call,
            Item::Attempt(..) | Item::Error(_) => Kind::Attempt,
            Item::Tool(_) => Kind::Tool,
            Item::Approval(_) => Kind::Approval,
            Item::Delegation(_) => Kind::Delegation,
        }
    }
}

impl Kind {
    /// Whether facts of this kind can have the dimension at all.
    pub fn has(self, dimension: &str) -> bool {
        match dimension {
            "tool" | "toolset" => self == Kind::Tool,
            "provider" => matches!(self, Kind::Call | Kind::Attempt | Kind::Tool),
            "error" => matches!(self, Kind::Attempt | Kind::Tool | Kind::Turn),
            "model" => !matches!(self, Kind::Approval | Kind::Delegation),
            "outcome" | "reason" => self != Kind::Delegation,
            _ => true,
        }
    }
}
