//! Made-up sessions, as events that are taken in.

use telemetry_collector::intake::Recorded;
use telemetry_core::codec;
use telemetry_core::cost::NanoDollars;
use telemetry_core::event::{
    Billing, Body, Dropped, Event, ModelCall, ProcessEnded, ProcessStarted, RunEnded, RunStarted, Stats,
    SubagentStarted, ToolCall, TurnStarted,
};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::{ProcessEnd, RunClose, ToolStatus};

pub const SECOND: i64 = 1_000_000_000;
pub const HOUR: i64 = 3_600 * SECOND;
pub const DAY: i64 = 24 * HOUR;

/// 2026-03-02T00:00:00Z, a Monday.
pub const MONDAY: UnixNanos = UnixNanos(1_772_409_600 * SECOND);

/// What happens in a session, a second between one thing and the next.
#[derive(Debug, Clone)]
pub struct Session {
    /// The machine.
    pub host: String,
    pub process: ProcessId,
    pub run: RunId,
    pub id: String,
    /// Of the process and of the run, in the order of their time.
    pub events: Vec<Recorded>,
    at: UnixNanos,
    turn: SpanId,
    announced: RunStarted,
}

/// A log line as it is taken in.
pub fn recorded(host: &str, event: Event) -> Recorded {
    let mut line = Vec::new();
    codec::encode(&event, &mut line);
    let line = String::from_utf8(line).unwrap().trim_end().to_owned();
    Recorded { host: host.to_owned(), event, line }
}

impl Session {
    /// The only session of its process, on the machine `host`.
    pub fn begin(host: &str, id: &str, at: UnixNanos) -> Self {
        Self::with(host, id, at, None, None)
    }

    /// One that goes on with another under an id of its own.
    pub fn continuing(other: &Session, id: &str, at: UnixNanos) -> Self {
        Self::with(&other.host, id, at, None, Some(other.run))
    }

    /// One that says itself which run delegated to it.
    pub fn below(parent: &Session, id: &str) -> Self {
        Self::with(&parent.host, id, parent.at, Some(parent.run), None)
    }

    fn with(host: &str, id: &str, at: UnixNanos, parent: Option<RunId>, continues: Option<RunId>) -> Self {
        let process = ProcessId(Key::new("test").text(host).text(id).wide());
        let run = RunId::of(process, id);
        let agent = "hermes";
        let announced = RunStarted {
            process,
            session_id: id.into(),
            host: agent.into(),
            platform: Some("cli".into()),
            entrypoint: None,
            profile: None,
            model: Some("sonnet".into()),
            parent,
            continues,
        };
        let (host, id, turn) = (host.into(), id.into(), SpanId(0));
        let mut session = Session { host, process, run, id, events: Vec::new(), at, turn, announced };
        session.of_process(ProcessStarted {
            process,
            host: agent.into(),
            pid: 7,
            birthplace: None,
            born: None,
            version: None,
            command: None,
        });
        session.announce()
    }

    /// It says what it is, as it does again on each day it goes on.
    pub fn announce(self) -> Self {
        let announced = self.announced.clone();
        self.say(announced)
    }

    /// Nothing happens for a while.
    pub fn wait(mut self, nanos: i64) -> Self {
        self.at = self.at.plus(nanos);
        self
    }

    pub fn turn(mut self) -> Self {
        self.turn = SpanId(Key::new("turn").number(self.run.0).number(self.at.0 as u128).narrow());
        let turn = self.turn;
        self.say(TurnStarted { turn, turn_id: None, model: None, first: None })
    }

    /// A model call that cost so many nano-dollars; `None` when nobody knows.
    pub fn call(self, model: &str, cost: Option<i64>) -> Self {
        let call = SpanId(Key::new("call").number(self.run.0).number(self.at.0 as u128).narrow());
        let billing =
            cost.map(|nanos| Box::new(Billing { reported: Some(NanoDollars(nanos)), ..Billing::default() }));
        let usage = Usage { input: 100, output: 20, cache_read: 7, ..Usage::default() };
        let turn = self.turn;
        self.say(ModelCall {
            turn,
            call,
            model: Some(model.into()),
            response_model: None,
            provider: Some("anthropic".into()),
            base_url: None,
            api_mode: None,
            start_ns: None,
            latency_ns: Some(1_500_000_000),
            attempt_ns: None,
            ttft_ns: None,
            retries: 0,
            finish_reason: None,
            messages: Some(3),
            tool_calls: None,
            usage: Some(usage),
            billing,
        })
    }

    pub fn tool(self, tool: &str, status: ToolStatus, millis: i64) -> Self {
        let span = SpanId(Key::new("tool").number(self.run.0).number(self.at.0 as u128).narrow());
        let turn = self.turn;
        self.say(ToolCall {
            turn,
            span,
            call: None,
            tool: tool.into(),
            toolset: None,
            tool_call_id: None,
            status,
            error_type: None,
            duration_ns: Some(millis * 1_000_000),
        })
    }

    /// It tells of having delegated to a session.
    pub fn delegate(self, child: &Session) -> Self {
        let turn = Some(self.turn);
        self.say(SubagentStarted {
            child: child.run,
            child_session_id: child.id.as_str().into(),
            turn,
            subagent_id: None,
            role: None,
        })
    }

    pub fn end(self) -> Self {
        self.say(RunEnded { close: RunClose::Finalized, reason: None })
    }

    /// Its process says what it lost since its start.
    pub fn lost(mut self, reason: &str, events: u64) -> Self {
        let (process, dropped) = (self.process, vec![Dropped { reason: reason.into(), events }]);
        self.of_process(Stats { process, dropped });
        self
    }

    pub fn leave(mut self) -> Self {
        let process = self.process;
        self.of_process(ProcessEnded { process, end: ProcessEnd::Exit });
        self
    }

    fn of_process(&mut self, body: impl Into<Body>) {
        self.push(None, body.into());
    }

    fn say(mut self, body: impl Into<Body>) -> Self {
        self.push(Some(self.run), body.into());
        self
    }

    fn push(&mut self, run: Option<RunId>, body: Body) {
        let key = Key::new("said").number(self.process.0).text(body.kind()).number(self.at.0 as u128);
        self.events.push(recorded(&self.host, Event::new(self.at, run, &key, body)));
        self.at = self.at.plus(SECOND);
    }
}

/// A session with one of everything that ends in order.
pub fn whole(host: &str, id: &str, at: UnixNanos) -> Session {
    Session::begin(host, id, at)
        .turn()
        .call("sonnet", Some(5_000))
        .tool("Bash", ToolStatus::Ok, 40)
        .call("sonnet", Some(7_000))
        .turn()
        .tool("Read", ToolStatus::Error, 3)
        .end()
        .leave()
}
