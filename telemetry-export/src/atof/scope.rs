//! Scopes: what has a beginning and an end.

use serde_json::{Map, Value, json};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;

use super::line::{CHAT_COMPLETIONS, Line, Rank, Record};
use crate::spans::Run;

/// Lines of one tree, as they come.
pub(super) struct Out<'o> {
    pub tree: &'o str,
    pub lines: &'o mut Vec<Line>,
}

impl Out<'_> {
    pub fn push(&mut self, at: i64, rank: Rank, record: &Record<'_>) {
        self.lines.push(Line { tree: self.tree.to_owned(), at, rank, text: record.text() });
    }
}

/// What a scope says at its beginning, or at its end.
#[derive(Default)]
pub(super) struct Side {
    pub profile: Value,
    pub data: Value,
    pub metadata: Map<String, Value>,
}

/// A scope with both of its ends.
pub(super) struct Scope<'a> {
    pub category: &'static str,
    pub uuid: String,
    pub parent: Option<&'a str>,
    pub name: &'a str,
    /// In microseconds since the epoch.
    pub start: i64,
    pub end: i64,
    pub first: Side,
    pub last: Side,
}

impl Scope<'_> {
    /// Writes both lines; a scope takes a microsecond at least. When it ended.
    pub fn write(&self, out: &mut Out<'_>) -> i64 {
        let (start, end) = match self.category {
            "agent" => (Rank::AgentStart, Rank::AgentEnd),
            _ => (Rank::Start, Rank::End),
        };
        self.side("start", self.start, start, &self.first, out);
        let over = self.end.max(self.start + 1);
        self.side("end", over, end, &self.last, out);
        over
    }

    fn side(&self, which: &'static str, at: i64, rank: Rank, side: &Side, out: &mut Out<'_>) {
        let is_chat = self.category == "llm" && !side.data.is_null();
        let record = Record {
            category_profile: &side.profile,
            uuid: &self.uuid,
            parent_uuid: self.parent,
            data: &side.data,
            data_schema: is_chat.then_some(CHAT_COMPLETIONS),
            name: self.name,
            ..Record::scope(which, self.category, at, &side.metadata)
        };
        out.push(at, rank, &record);
    }
}

/// What every line of a run says of where it belongs: the ids that logs, traces and other exports have too.
pub(super) fn correlation(run: &Run, span: SpanId) -> Map<String, Value> {
    let mut metadata = Map::new();
    let mut name = |key: &str, name: &Option<Name>| {
        if let Some(name) = name {
            metadata.insert(key.to_owned(), json!(name));
        }
    };
    name("session_id", &run.session_id);
    name("parent_session_id", &run.parent_session_id);
    metadata.insert("run_id".to_owned(), json!(run.id));
    metadata.insert("trace_id".to_owned(), json!(run.trace));
    metadata.insert("span_id".to_owned(), json!(span));
    metadata
}

/// `metadata` with what is in `more`, an object; nulls are left out.
pub(super) fn with(mut metadata: Map<String, Value>, more: Value) -> Map<String, Value> {
    if let Value::Object(more) = more {
        metadata.extend(more.into_iter().filter(|(_, value)| !value.is_null()));
    }
    metadata
}
