//! A made-up session with everything that is said: what the bench and the tests of sizes feed.

use serde_json::value::to_raw_value;
use serde_json::{Value, json};
use telemetry_core::codec;
use telemetry_core::content::Content;
use telemetry_core::event::Event;
use telemetry_core::ids::{ProcessId, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Part;

/// A second.
const SECOND: i64 = 1_000_000_000;
const BEGIN: i64 = 1_767_225_600 * SECOND;

/// What is recorded of a session, turn by turn.
pub struct Session {
    /// Before its first turn.
    pub begin: Vec<Event>,
    /// What was said and what happened in each turn.
    pub turns: Vec<(Vec<Content>, Vec<Event>)>,
}

impl Session {
    /// So many turns of so many model calls, each with a tool call of a kilobyte; 28 tools and a system prompt of 8 KB are
    /// sent with the first.
    pub fn of(turns: u64, calls: u64) -> Self {
        let (process, session) = (ProcessId(7), "session");
        let run = RunId::of(process, session);
        let begin = vec![
            event("process_started", 1, BEGIN, None, json!({"process": process, "host": "hermes", "pid": 1})),
            event(
                "run_started",
                2,
                BEGIN + 1,
                Some(run),
                json!({"process": process, "session_id": session, "host": "hermes", "platform": "cli"}),
            ),
        ];
        let turns = (0..turns).map(|number| turn(run, number, calls)).collect();
        Session { begin, turns }
    }
}

fn turn(run: RunId, number: u64, calls: u64) -> (Vec<Content>, Vec<Event>) {
    let span = SpanId(1_000_000 + number);
    let start = BEGIN + SECOND * (1 + number as i64 * (calls as i64 + 1));
    let id = |part: u64| 10 + number * (calls * 2 + 2) + part;
    let asked = format!("Question {number}: {}", "what of this? ".repeat(20));
    let mut said = vec![piece(run, span, start, Part::UserMessage, None, &json!(asked))];
    let started = json!({"turn": span, "turn_id": format!("turn-{number}"), "model": "a-model"});
    let mut events = vec![event("turn_started", id(0), start, Some(run), started)];
    let mut messages = 2 * number * calls;
    for nth in 0..calls {
        let at = start + SECOND * (1 + nth as i64);
        let (call, tool) =
            (SpanId(2_000_000 + number * calls + nth), SpanId(3_000_000 + number * calls + nth));
        let tool_call_id = format!("call_{number}_{nth}");
        if number == 0 && nth == 0 {
            said.push(piece(
                run,
                call,
                at,
                Part::SystemPrompt,
                None,
                &json!("You are helpful. ".repeat(480)),
            ));
            said.push(piece(run, call, at, Part::ToolDefinitions, None, &json!(tools())));
        }
        let new = match nth {
            0 => json!([{"role": "user", "content": asked}]),
            _ => {
                json!([{"role": "assistant", "content": "Let me look."}, {"role": "tool", "content": result(nth - 1)}])
            }
        };
        said.push(piece(run, call, at, Part::RequestMessages, Some(messages as u32), &new));
        messages += 2;
        let arguments = json!({"path": format!("file-{nth}.txt"), "limit": 100}).to_string();
        let tool_calls = json!([{"id": tool_call_id, "name": "read_file", "arguments": arguments}]);
        let answer = json!({"role": "assistant", "content": "Let me look.", "tool_calls": tool_calls});
        said.push(piece(run, call, at, Part::AssistantMessage, None, &answer));
        let model_call = json!({
            "turn": span, "call": call, "model": "a-model", "provider": "custom", "start_ns": at - SECOND / 2,
            "latency_ns": SECOND / 2, "finish_reason": "tool_calls", "tool_calls": 1,
            "usage": {"input_tokens": 1_000, "output_tokens": 50, "cache_read_tokens": 5_000},
        });
        events.push(event("model_call", id(1 + nth * 2), at, Some(run), model_call));
        said.push(piece(
            run,
            tool,
            at + 1_000,
            Part::ToolArguments,
            None,
            &json!({"path": format!("file-{nth}.txt")}),
        ));
        said.push(piece(run, tool, at + 1_000, Part::ToolResult, None, &json!(result(nth))));
        let tool_call = json!({
            "turn": span, "span": tool, "call": call, "tool": "read_file", "tool_call_id": tool_call_id,
            "status": "ok", "duration_ns": 900,
        });
        events.push(event("tool_call", id(2 + nth * 2), at + 1_000, Some(run), tool_call));
    }
    let end = start + SECOND * (1 + calls as i64);
    let ended = json!({"turn": span, "completed": true, "interrupted": false});
    events.push(event("turn_ended", id(1 + calls * 2), end, Some(run), ended));
    (said, events)
}

fn result(nth: u64) -> String {
    json!({"content": format!("{nth}|{}", "a line of a file\n".repeat(60)), "total_lines": 60}).to_string()
}

fn tools() -> Vec<Value> {
    let tool = |nth: u32| {
        let parameters = json!({"type": "object", "properties": {"path": {"type": "string", "description": "A path. ".repeat(80)}}});
        json!({"type": "function", "function": {"name": format!("tool_{nth}"), "description": "It does. ".repeat(100), "parameters": parameters}})
    };
    (0..28).map(tool).collect()
}

fn piece(run: RunId, span: SpanId, at: i64, part: Part, from: Option<u32>, body: &Value) -> Content {
    let body = to_raw_value(body).expect("a value is JSON");
    Content { from, ..Content::new(UnixNanos(at), run, span, part, 0, body) }
}

fn event(kind: &str, id: u64, at: i64, run: Option<RunId>, fields: Value) -> Event {
    let mut line = json!({"v": 1, "event": kind, "id": SpanId(id), "ts": at});
    if let (Some(line), Value::Object(fields)) = (line.as_object_mut(), fields) {
        line.extend(run.map(|run| ("run".to_owned(), json!(run))));
        line.extend(fields);
    }
    codec::decode(line.to_string().as_bytes()).expect("an event")
}
