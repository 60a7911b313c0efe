//! What clients of a collector would have sent of the recorded sessions, and what nobody should send.

use serde_json::{Value, json};

use super::{log_lines, logs, recordings};
use crate::batch::HOST;
use crate::hooks::Call;
use crate::lines::{gzip, zstd};

/// Bytes of a log that are sent together: so that two of them are compressed in time.
const TOGETHER: usize = 8 << 10;

/// Batches of every recording: what hooks said of tools and answers, as a client of the batch wire tells it. The first byte is as
/// [`batch::holds`](crate::batch::holds) has it.
pub fn batches() -> Vec<Vec<u8>> {
    let whole = event("agent_execution", "PreToolUse", &json!({"tool_name": "Bash", "duration_ms": 150}));
    let change = |name: &str, value: Value| {
        let mut event = whole.clone();
        event[name] = value;
        event
    };
    let wrong = [
        Value::Null,
        json!([whole]),
        change("latencyMs", json!(-1)),
        change("latencyMs", json!(1.5e3)),
        change("success", json!("true")),
        change("modelTier", json!("large")),
        change("timestamp", json!("2026-11-21T23:59:59.999999999+02:00")),
        change("timestamp", json!("1969-12-31")),
        change("timestamp", Value::Null),
        change("hostId", json!("")),
        change("sessionId", json!("x".repeat(256))),
        change("workingDir", json!("a\u{0}b")),
        change("extraData", json!({"": [[[{"a": 1e-7, "b": u64::MAX}]]]})),
        change("extraData", json!([])),
    ];
    let recorded = recordings().into_iter().map(|calls| events(&calls)).filter(|events| !events.is_empty());
    let mut batches: Vec<Value> =
        recorded.collect::<Vec<_>>().into_iter().map(|events| json!({"events": events})).collect();
    batches.extend([
        json!([whole, whole]),
        json!({"more": 1, "events": wrong}),
        json!({"events": []}),
        json!({}),
    ]);
    let twice = whole.to_string().replacen('{', r#"{"success":true,"#, 1);
    let texts = batches.iter().map(Value::to_string).chain([format!("[{twice}]"), "[".to_owned()]);
    texts.enumerate().map(|(number, text)| [&[(number % 4) as u8], text.as_bytes()].concat()).collect()
}

fn events(calls: &[Call]) -> Vec<Value> {
    let told = calls.iter().filter(|call| call.hook.starts_with("post_"));
    told.take(20)
        .map(|call| event("hook_decision", &call.hook, &Value::Object(call.kwargs.clone())))
        .collect()
}

fn event(kind: &str, hook: &str, kwargs: &Value) -> Value {
    let text = |name: &str| kwargs[name].as_str().unwrap_or_default();
    json!({
        "hostId": HOST,
        "sessionId": kwargs["session_id"].as_str().unwrap_or("process-12345-1704067200000"),
        "eventType": kind,
        "agentName": "tool-approve",
        "hookName": hook,
        "decision": "APPROVED",
        "toolName": text("tool_name"),
        "workingDir": "/home/user/project",
        "latencyMs": kwargs["duration_ms"].as_f64().unwrap_or(12.0).round(),
        "modelTier": "haiku",
        "modelName": text("model"),
        "errorCount": 0,
        "success": true,
        "timestamp": "2026-08-01T12:00:00.000Z",
        "decisionReason": "Command is safe to execute",
        "extraData": kwargs,
    })
}

/// What was said in every recording, as a transcript.
pub fn transcripts() -> Vec<Vec<u8>> {
    let transcript = |session: &str, messages: Vec<Value>| json!({"sessionId": session, "hostId": HOST, "transcript": messages});
    let recorded = recordings().into_iter().map(|calls| {
        let texts = calls.iter().flat_map(|call| {
            let said = |name: &str| call.kwargs.get(name).and_then(Value::as_str).map(str::to_owned);
            let parts =
                [("user", "user_message"), ("assistant", "assistant_response"), ("tool_result", "result")];
            parts.map(|(role, name)| Some((role, said(name)?))).into_iter().flatten().collect::<Vec<_>>()
        });
        let messages = texts
            .enumerate()
            .map(|(index, (role, content))| json!({"role": role, "content": content, "index": index}));
        transcript("session", messages.collect())
    });
    let message = json!({"role": "user", "content": "ä \u{1f600} \" \\ \n", "index": 1.0, "more": [{}]});
    let wrong = [
        transcript("s", vec![]),
        transcript("", vec![message.clone()]),
        transcript("s", vec![message.clone(), json!({"role": "system", "content": "", "index": 0})]),
        transcript("s", vec![message, json!({"role": "user", "content": "a\u{0}b", "index": 0})]),
        transcript("s", vec![json!({"role": "user", "content": 1, "index": -1})]),
        json!({"sessionId": "s", "hostId": "h"}),
    ];
    recorded.chain(wrong).map(|value| value.to_string().into_bytes()).collect()
}

/// Logs as they are sent, in every encoding; lines that are none; and bombs. The first byte is as
/// [`lines::holds`](crate::lines::holds) has it.
pub fn bodies_of_lines() -> Vec<Vec<u8>> {
    let mut texts: Vec<Vec<u8>> =
        logs().iter().map(|log| log.iter().copied().take(TOGETHER).collect()).collect();
    let one_of_each = log_lines().join(&b'\n');
    texts.extend(one_of_each.chunks(TOGETHER).map(<[u8]>::to_vec));
    texts.extend([
        b"\n\n \r\n".to_vec(),
        b"{}\n{\"v\":1}\nnull\n[]\n\xff\n{\"v\":1,\"event\":\"x\",\"id\":\"00000000000000aa\",\"ts\":1,\"a\":\"\\u0000\"}\n".to_vec(),
        b"{\"v\":1,\"event\":\"turn_started\",\"id\":\"zzzzzzzzzzzzzzzz\",\"ts\":-1}\r\n{\"v\":\"1\",\"id\":1}".to_vec(),
    ]);
    let every_way = texts.iter().enumerate().flat_map(|(number, text)| {
        let pieces = (number as u8) << 2;
        [(0, text.clone()), (1, gzip(text)), (2, zstd(text)), (3, text.clone())]
            .map(|(how, body)| [&[pieces | how], &body[..]].concat())
    });
    let zeros = vec![b'\n'; 1 << 20];
    let torn = gzip(&texts[0]);
    let strange = [
        [&[1][..], &gzip(&zeros)].concat(),
        [&[2][..], &zstd(&zeros)].concat(),
        [&[1][..], &torn[..torn.len() / 2]].concat(),
        // Two that are one after the other are one.
        [&[5][..], &gzip(b"{}\n"), &gzip(b"{}\n")].concat(),
        [&[6][..], &zstd(b"{}\n"), &zstd(b"{}\n")].concat(),
    ];
    every_way.chain(strange).collect()
}
