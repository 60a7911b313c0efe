//! From pieces of content to messages.

use std::collections::HashMap;
use std::rc::Rc;

use rusqlite::{Connection, OptionalExtension as _, params};
use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::conversation::{Message, Origin};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::vocabulary::Part;

use super::answers;

/// Takes pieces in the order of the log and hands on messages.
///
/// What a request sent out again is left out: every message of it was said before and has a piece of its own. Only the
/// first request of a session tells something new, what was said before anybody recorded it.
pub(super) struct Said<'a> {
    index: &'a Connection,
    runs: HashMap<RunId, Run>,
    sessions: HashMap<Rc<str>, Session>,
    /// The message that may still get a part: a tool's arguments and result, an answer and its reasoning.
    open: Option<Message>,
}

#[derive(Clone)]
struct Run {
    /// Its row in the index; `None` when its events are gone.
    row: Option<i64>,
    /// The session's id, else the run's own.
    key: Rc<str>,
    session_id: Option<Rc<str>>,
}

#[derive(Default)]
struct Session {
    next_seq: u32,
    /// The turn of the latest answer.
    answered: Option<SpanId>,
    /// The first thing a session is asked, until it is known what came before it.
    first: Option<Box<Message>>,
    begun: bool,
}

/// What the index says about the span of a piece.
#[derive(Default)]
struct Place {
    turn: Option<SpanId>,
    tool_name: Option<String>,
    tool_call_id: Option<String>,
}

type Each<'e> = &'e mut dyn FnMut(Message) -> bool;

impl<'a> Said<'a> {
    pub fn new(index: &'a Connection) -> Self {
        Said { index, runs: HashMap::new(), sessions: HashMap::new(), open: None }
    }

    /// Takes a piece; whether to go on.
    pub fn take(&mut self, piece: Content, each: Each<'_>) -> rusqlite::Result<bool> {
        let run = self.run(piece.run)?;
        if let Some(open) = &mut self.open {
            if open.run == Some(piece.run) && open.span == Some(piece.span) && belongs(open, &piece.part) {
                let body = body(&piece);
                add(open, &piece.part, body);
                return Ok(true);
            }
            if !self.close(each) {
                return Ok(false);
            }
        }
        match piece.part {
            Part::RequestMessages => Ok(self.history(&run, &piece, each)),
            Part::UserMessage if !self.session(&run).begun => {
                let first = self.message(&run, &piece)?;
                let session = self.session(&run);
                session.begun = true;
                session.first = Some(Box::new(first));
                Ok(true)
            }
            // Once for each turn: the last answer of the turn was that.
            Part::FinalAnswer if self.session(&run).answered == Some(piece.span) => Ok(true),
            Part::SystemPrompt | Part::ToolDefinitions => {
                let message = self.message(&run, &piece)?;
                Ok(self.hand_on(&run, message, each))
            }
            _ => {
                let message = self.message(&run, &piece)?;
                if !self.release(&run, each) {
                    return Ok(false);
                }
                self.open = Some(message);
                Ok(true)
            }
        }
    }

    /// There are no more pieces.
    pub fn end(&mut self, each: Each<'_>) {
        let mut waiting: Vec<(Rc<str>, Box<Message>)> = Vec::new();
        if self.close(each) {
            for (key, session) in &mut self.sessions {
                waiting.extend(session.first.take().map(|first| (Rc::clone(key), first)));
            }
        }
        waiting.sort_by(|(a, one), (b, other)| (one.ts, a).cmp(&(other.ts, b)));
        for (key, mut first) in waiting {
            first.seq = self.sessions.get_mut(&key).map_or(0, Session::take_seq);
            if !each(*first) {
                return;
            }
        }
    }

    fn message(&mut self, run: &Run, piece: &Content) -> rusqlite::Result<Message> {
        let place = self.place(run, piece)?;
        let role = match &piece.part {
            Part::UserMessage => "user",
            Part::SystemPrompt => "system",
            Part::AssistantMessage | Part::Reasoning | Part::FinalAnswer => "assistant",
            Part::ToolArguments | Part::ToolResult => "tool",
            other => other.as_str(),
        };
        let mut message = Message::new(Origin::Content, piece.ts, role);
        message.run = Some(piece.run);
        message.span = Some(piece.span);
        message.turn = place.turn;
        message.tool_name = place.tool_name;
        message.tool_call_id = place.tool_call_id;
        add(&mut message, &piece.part, body(piece));
        if message.role == "assistant" {
            self.session(run).answered = message.turn;
        }
        Ok(message)
    }

    /// What the first request of a session sent out before what it was asked now.
    fn history(&mut self, run: &Run, piece: &Content, each: Each<'_>) -> bool {
        if self.session(run).first.is_none() {
            return true;
        }
        let Value::Array(mut sent) = body(piece) else { return self.release(run, each) };
        let asked_now = sent.iter().rposition(|message| message["role"] == "user");
        sent.truncate(asked_now.unwrap_or(0));
        for earlier in sent {
            let role = earlier["role"].as_str().unwrap_or("unknown").to_owned();
            let mut message = Message::new(Origin::Content, piece.ts, role);
            message.run = Some(piece.run);
            answers::fill(&mut message, earlier);
            if !self.hand_on(run, message, each) {
                return false;
            }
        }
        self.release(run, each)
    }

    /// Hands on what the session was asked first, if that still waits.
    fn release(&mut self, run: &Run, each: Each<'_>) -> bool {
        let session = self.session(run);
        session.begun = true;
        match session.first.take() {
            Some(first) => self.hand_on(run, *first, each),
            None => true,
        }
    }

    fn close(&mut self, each: Each<'_>) -> bool {
        let Some(open) = self.open.take() else { return true };
        let Some(run) = open.run.and_then(|run| self.runs.get(&run)).cloned() else { return true };
        self.hand_on(&run, open, each)
    }

    fn hand_on(&mut self, run: &Run, mut message: Message, each: Each<'_>) -> bool {
        message.session_id = run.session_id.as_deref().map(str::to_owned);
        message.seq = self.session(run).take_seq();
        each(message)
    }

    fn session(&mut self, run: &Run) -> &mut Session {
        self.sessions.entry(Rc::clone(&run.key)).or_default()
    }

    fn run(&mut self, id: RunId) -> rusqlite::Result<Run> {
        if let Some(run) = self.runs.get(&id) {
            return Ok(run.clone());
        }
        let mut find = self.index.prepare_cached("SELECT id, session FROM run WHERE key = ?1")?;
        let found: Option<(i64, Option<String>)> =
            find.query_row([{ id.0 }.to_be_bytes()], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        let (row, session) = found.map_or((None, None), |(row, session)| (Some(row), session));
        let session_id: Option<Rc<str>> = session.map(Rc::from);
        let key = session_id.clone().unwrap_or_else(|| id.to_string().into());
        let key = self.sessions.get_key_value(&key).map_or(key, |(known, _)| Rc::clone(known));
        let run = Run { row, key, session_id };
        self.runs.insert(id, run.clone());
        Ok(run)
    }

    fn place(&self, run: &Run, piece: &Content) -> rusqlite::Result<Place> {
        let Some(row) = run.row else { return Ok(Place::default()) };
        match &piece.part {
            Part::UserMessage | Part::FinalAnswer => Ok(Place { turn: Some(piece.span), ..Place::default() }),
            Part::ToolArguments | Part::ToolResult => self.find(TOOL_CALL, row, piece),
            Part::SystemPrompt | Part::ToolDefinitions | Part::AssistantMessage | Part::Reasoning => {
                self.find(MODEL_CALL, row, piece)
            }
            Part::ApprovalRequest => self.find(APPROVAL, row, piece),
            // Of a model call or of a tool call.
            Part::ErrorMessage => {
                let place = self.find(ATTEMPT, row, piece)?;
                if place.turn.is_some() { Ok(place) } else { self.find(TOOL_CALL, row, piece) }
            }
            _ => Ok(Place::default()),
        }
    }

    fn find(&self, sql: &str, row: i64, piece: &Content) -> rusqlite::Result<Place> {
        let mut find = self.index.prepare_cached(sql)?;
        let found = find.query_row(params![row, piece.span.0.cast_signed(), piece.ts.0], |row| {
            let turn: Option<i64> = row.get(0)?;
            let turn = turn.map(|turn| SpanId(turn.cast_unsigned()));
            Ok(Place { turn, tool_name: row.get(1)?, tool_call_id: row.get(2)? })
        });
        Ok(found.optional()?.unwrap_or_default())
    }
}

impl Session {
    fn take_seq(&mut self) -> u32 {
        let seq = self.next_seq;
        self.next_seq = seq.saturating_add(1);
        seq
    }
}

// By the moment of the piece, which is nearly always that of its event and needs no search; else by span alone.
const MODEL_CALL: &str = "
    SELECT turn, NULL, NULL FROM model_call WHERE run = ?1 AND ts_ns = ?3 AND span = ?2
    UNION ALL SELECT turn, NULL, NULL FROM model_call WHERE run = ?1 AND span = ?2 LIMIT 1";
const ATTEMPT: &str = "
    SELECT turn, NULL, NULL FROM attempt_failed WHERE run = ?1 AND ts_ns = ?3 AND span = ?2
    UNION ALL SELECT turn, NULL, NULL FROM attempt_failed WHERE run = ?1 AND span = ?2 LIMIT 1";
const TOOL_CALL: &str = "
    SELECT t.turn, name.text, t.tool_call_id FROM tool_call AS t JOIN name ON name.id = t.tool
    WHERE t.run = ?1 AND t.ts_ns = ?3 AND t.span = ?2
    UNION ALL SELECT t.turn, name.text, t.tool_call_id FROM tool_call AS t JOIN name ON name.id = t.tool
    WHERE t.run = ?1 AND t.span = ?2 LIMIT 1";
// Keyed by its span; the moment serves nothing here.
const APPROVAL: &str =
    "SELECT turn, NULL, tool_call_id FROM approval WHERE run = ?1 AND span = ?2 AND ?3 IS NOT NULL";

/// Whether a part completes the message that is open, which is of the same span.
fn belongs(open: &Message, part: &Part) -> bool {
    match part {
        Part::ToolResult => open.role == "tool" && open.content.is_none(),
        Part::ToolArguments => open.role == "tool" && open.arguments.is_none(),
        Part::Reasoning => open.role == "assistant" && open.reasoning.is_none(),
        Part::AssistantMessage => {
            open.role == "assistant" && open.content.is_none() && open.tool_calls.is_empty()
        }
        _ => false,
    }
}

fn add(message: &mut Message, part: &Part, body: Value) {
    match part {
        Part::ToolArguments => answers::set_arguments(message, body),
        Part::Reasoning => answers::set_reasoning(message, Some(body)),
        Part::AssistantMessage => {
            let (thought, bytes) = (message.reasoning.take(), message.reasoning_bytes);
            answers::fill(message, body);
            if message.reasoning.is_none() {
                (message.reasoning, message.reasoning_bytes) = (thought, bytes);
            }
        }
        _ => answers::set_content(message, Some(body)),
    }
}

/// The host's value. It was JSON when it was read.
fn body(piece: &Content) -> Value {
    serde_json::from_str(piece.body.get()).unwrap_or_default()
}
