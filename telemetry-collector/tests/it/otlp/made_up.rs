//! What no recording has, in the shapes of those that there are.

use serde_json::{Value, json};
use telemetry_collector::otlp::mark::Signal;
use telemetry_core::event::{Body, Event};

use super::bodies::{kept, outlines};

const SECOND: u64 = 1_000_000_000;
/// 2026-11-21T04:00:00Z.
const START: u64 = 1_795_233_600 * SECOND;

fn attributes(fields: Value) -> Value {
    let value = |value: &Value| match value {
        Value::String(text) => json!({"stringValue": text}),
        Value::Bool(flag) => json!({"boolValue": flag}),
        number => json!({"intValue": number}),
    };
    fields.as_object().unwrap().iter().map(|(key, said)| json!({"key": key, "value": value(said)})).collect()
}

/// Log records of a scope, each a second after the one before.
fn logs(scope: &str, records: &[Value]) -> (Signal, Vec<u8>) {
    let record = |(at, fields): (usize, &Value)| json!({"timeUnixNano": START + at as u64 * SECOND, "attributes": attributes(fields.clone())});
    let records: Vec<Value> = records.iter().enumerate().map(record).collect();
    let body = json!({"resourceLogs": [{"scopeLogs": [{"scope": {"name": scope}, "logRecords": records}]}]});
    (Signal::Log, body.to_string().into_bytes())
}

/// A span: its id, that of its parent, name, second of its beginning and end, status and attributes.
fn span(id: u64, parent: u64, name: &str, times: (u64, u64), status: u64, fields: Value) -> Value {
    json!({
        "traceId": "00000000000000000000000000000001",
        "spanId": format!("{id:016x}"),
        "parentSpanId": if parent == 0 { String::new() } else { format!("{parent:016x}") },
        "name": name,
        "startTimeUnixNano": (START + times.0 * SECOND).to_string(),
        "endTimeUnixNano": (START + times.1 * SECOND).to_string(),
        "status": {"code": status},
        "attributes": attributes(fields),
    })
}

fn spans(service: &str, scope: &str, spans: &[Value]) -> (Signal, Vec<u8>) {
    let resource = json!({"attributes": attributes(json!({"service.name": service}))});
    let body = json!({"resourceSpans": [{"resource": resource, "scopeSpans": [{"scope": {"name": scope}, "spans": spans}]}]});
    (Signal::Span, body.to_string().into_bytes())
}

fn codex(fields: Value) -> Value {
    let mut all = json!({"conversation.id": "c", "model": "gpt-5.4"});
    all.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    all
}

#[test]
fn a_failure_is_an_attempt_at_the_next_call_of_its_turn() {
    let refused = codex(json!({"event.name": "codex.api_request", "http.response.status_code": "500"}));
    let prompt = codex(json!({"event.name": "codex.user_prompt"}));
    let answer = codex(json!({"event.name": "codex.sse_event", "event.kind": "response.completed",
        "input_token_count": "10", "cached_token_count": "4", "output_token_count": "3"}));
    let sent = [logs(
        "codex_otel.log_only",
        &[prompt.clone(), refused.clone(), refused.clone(), answer.clone(), prompt, refused],
    )];
    // Two recovered; of the last nothing came, and it is not known whether it was the last.
    assert_eq!(
        outlines(&sent),
        [
            "codex running: turns 2, calls 1, failed 3, errors 0, tools 0, input 6, output 3, read 4, written 0, reasoning 0"
        ]
    );
}

#[test]
fn prompts_that_were_answered_are_not_left_behind() {
    let prompt = codex(json!({"event.name": "codex.user_prompt"}));
    let answer =
        codex(json!({"event.name": "codex.sse_event", "input_token_count": "1", "output_token_count": "1"}));
    let sent = [logs("codex_otel.log_only", &[prompt.clone(), answer.clone(), prompt, answer])];
    assert_eq!(
        outlines(&sent),
        [
            "codex completed: turns 2, calls 2, failed 0, errors 0, tools 0, input 2, output 2, read 0, written 0, reasoning 0"
        ]
    );
}

#[test]
fn what_a_person_refused_did_not_run_by_either_signal() {
    let session = "s";
    let decision = json!({"session.id": session, "event.name": "tool_decision", "prompt.id": "p", "decision": "reject",
        "source": "user_reject", "tool_name": "Bash", "tool_use_id": "t"});
    let by_record = logs("com.anthropic.claude_code.events", &[decision]);
    let tool = json!({"session.id": session, "tool_name": "Bash", "tool_use_id": "t"});
    let blocked = json!({"session.id": session, "decision": "reject", "source": "user_reject"});
    let by_span = spans(
        "claude-code",
        "com.anthropic.claude_code.tracing",
        &[
            span(3, 2, "claude_code.tool.blocked_on_user", (0, 4), 0, blocked),
            span(2, 1, "claude_code.tool", (0, 4), 0, tool),
        ],
    );
    let tools = |events: Vec<Event>| -> Vec<(String, i64)> {
        let once = telemetry_collector::otlp::reconcile::reconciled(&events).into_owned();
        let tool = |event: &Event| match &event.body {
            Body::ToolCall(tool) => {
                Some((format!("{} {}", tool.tool, tool.status), tool.duration_ns.unwrap_or(-1)))
            }
            _ => None,
        };
        once.iter().filter_map(tool).collect()
    };
    assert_eq!(tools(kept(std::slice::from_ref(&by_record))), [("Bash denied".to_owned(), -1)]);
    let waited = 4 * SECOND as i64;
    assert_eq!(tools(kept(std::slice::from_ref(&by_span))), [("Bash denied".to_owned(), waited)]);
    assert_eq!(tools(kept(&[by_span, by_record])), [("Bash denied".to_owned(), waited)]);
}

#[test]
fn opencodes_spans_tell_of_a_call_and_of_a_tool_once() {
    let call = |operation: &str| {
        json!({"ai.operationId": operation, "ai.telemetry.metadata.sessionId": "ses", "ai.model.id": "m",
        "ai.model.provider": "openai.responses", "ai.usage.inputTokens": 50, "ai.usage.cachedInputTokens": 20,
        "ai.usage.outputTokens": 7, "ai.response.finishReason": "stop"})
    };
    let tool = json!({"ai.operationId": "ai.toolCall", "session.id": "ses", "ai.toolCall.id": "t", "ai.toolCall.name": "bash"});
    let run = json!({"session.id": "ses", "tool.call_id": "t", "tool.name": "bash"});
    let sent = [spans(
        "opencode",
        "opencode",
        &[
            span(4, 3, "Tool.execute", (1, 2), 1, run),
            span(3, 1, "ai.toolCall", (1, 2), 1, tool),
            span(2, 1, "ai.streamText.doStream", (3, 5), 1, call("ai.streamText.doStream")),
            span(1, 0, "ai.streamText", (0, 5), 1, call("ai.streamText")),
        ],
    )];
    assert_eq!(
        outlines(&sent),
        [
            "opencode completed: turns 1, calls 1, failed 0, errors 0, tools 1, input 30, output 7, read 20, written 0, reasoning 0"
        ]
    );
}

#[test]
fn conventions_of_yesterday_and_of_others_are_understood() {
    let cases = [
        json!({"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.usage.input_tokens": 50,
            "gen_ai.usage.cache_read.input_tokens": 20, "gen_ai.usage.output_tokens": 7}),
        json!({"gen_ai.system": "openai", "gen_ai.request.model": "m", "gen_ai.usage.prompt_tokens": "50",
            "gen_ai.usage.cache_read_input_tokens": 20, "gen_ai.usage.completion_tokens": "7"}),
        json!({"openinference.span.kind": "LLM", "llm.model_name": "m", "llm.token_count.prompt": 50,
            "llm.token_count.prompt_details.cache_read": 20, "llm.token_count.completion": 7}),
    ];
    for fields in cases {
        let agent = span(
            1,
            0,
            "agent",
            (0, 5),
            1,
            json!({"gen_ai.operation.name": "invoke_agent", "session.id": "s"}),
        );
        let web = span(9, 0, "GET /", (0, 5), 0, json!({"http.request.method": "GET"}));
        let sent = [spans("mine", "x", &[span(2, 1, "call", (1, 2), 0, fields.clone()), agent, web])];
        assert_eq!(
            outlines(&sent),
            [
                "mine completed: turns 1, calls 1, failed 0, errors 0, tools 0, input 30, output 7, read 20, written 0, reasoning 0"
            ],
            "{fields}"
        );
    }
}
