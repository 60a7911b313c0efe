//! What hooks say, while it is wanted and while it is not.

use std::collections::BTreeSet;
use std::sync::Mutex;

use serde_json::{Value as Json, json};
use telemetry_core::content::Content;
use telemetry_core::emitter::Collected;
use telemetry_core::event::{Body, Event};
use telemetry_core::ids::SpanId;
use telemetry_core::time::UnixNanos;
use telemetry_hooks::hook::Hook;
use telemetry_hooks::payload::{Payload, Value};
use telemetry_hooks::tracker::{Origin, Tracker};

/// A host that calls hooks one nanosecond apart, and what came of it.
struct Host {
    tracker: Tracker,
    kept: Collected,
    now: std::cell::Cell<i64>,
}

impl Host {
    fn new() -> Self {
        let origin = Origin::recorded("hermes", 1, UnixNanos(0));
        Host { tracker: Tracker::new(origin), kept: Collected::with_content(), now: 0.into() }
    }

    /// Calls a hook of turn `t` in session `s`.
    fn call(&self, hook: &str, mut fields: Json) {
        for (key, id) in [("session_id", "s"), ("turn_id", "t")] {
            if fields.get(key).is_none() {
                fields[key] = id.into();
            }
        }
        self.now.set(self.now.get() + 1);
        let _ = self.tracker.observe(hook, &fields, UnixNanos(self.now.get()), &self.kept);
    }

    /// What was said since it was last asked: part, how much of the request is old, and what.
    fn said(&self) -> Vec<(String, Option<u32>, Json)> {
        self.kept.take_content().into_iter().map(|piece| shown(&piece)).collect()
    }

    fn only(&self) -> (Content, Event) {
        let (mut content, mut events) = (self.kept.take_content(), self.kept.take());
        assert_eq!(content.len(), 1, "{content:?}");
        (content.remove(0), events.pop().unwrap())
    }
}

fn shown(piece: &Content) -> (String, Option<u32>, Json) {
    (piece.part.to_string(), piece.from, serde_json::from_str(piece.body.get()).unwrap())
}

fn said(part: &str, body: impl Into<Json>) -> (String, Option<u32>, Json) {
    (part.to_owned(), None, body.into())
}

fn messages(from: u32, body: Json) -> (String, Option<u32>, Json) {
    ("request_messages".to_owned(), Some(from), body)
}

/// Everything a host could say, in every hook.
fn everything() -> Json {
    json!({
        "session_id": "s", "turn_id": "t", "api_request_id": "r", "tool_name": "terminal", "tool_call_id": "c",
        "parent_session_id": "s", "child_session_id": "child", "session_key": "s",
        "user_message": "hello", "assistant_response": "bye", "conversation_history": [{"content": "x"}],
        "request_messages": [{"role": "user", "content": "hello"}],
        "request": {"body": {"messages": [], "tools": [{"name": "a"}]}},
        "assistant_message": {"content": "yes"}, "response": {"assistant_message": {"content": "yes"}},
        "error": {"type": "E", "message": "no"}, "args": {"a": 1}, "result": "done", "error_message": "oh",
        "command": "rm", "description": "removes", "child_goal": "go", "child_summary": "went",
        "event": {"text": "hello"},
    })
}

/// A payload that knows what it was asked for.
struct Asked {
    fields: Json,
    keys: Mutex<BTreeSet<String>>,
}

impl Payload for Asked {
    fn visit(&self, key: &str, f: &mut dyn FnMut(Value<'_>)) {
        self.keys.lock().unwrap().insert(key.to_owned());
        self.fields.visit(key, f);
    }

    fn each(&self, _f: &mut dyn FnMut(&str, Value<'_>)) {
        panic!("no hook is kept as a whole");
    }
}

#[test]
fn what_nobody_wants_is_not_even_read() {
    const CONTENT: [&str; 12] = [
        "user_message",
        "assistant_response",
        "conversation_history",
        "request_messages",
        "request",
        "assistant_message",
        "response",
        "result",
        "error_message",
        "command",
        "child_goal",
        "child_summary",
    ];
    let asked = Asked { fields: everything(), keys: Mutex::default() };
    for wanted in [false, true] {
        let kept = if wanted { Collected::with_content() } else { Collected::default() };
        let tracker = Tracker::new(Origin::recorded("hermes", 1, UnixNanos(0)));
        for hook in Hook::ALL {
            let _ = tracker.observe(hook.as_str(), &asked, UnixNanos(1), &kept);
        }
        let keys = std::mem::take(&mut *asked.keys.lock().unwrap());
        let unread: Vec<&str> = CONTENT.into_iter().filter(|key| !keys.contains(*key)).collect();
        match wanted {
            false => assert_eq!(unread, CONTENT),
            // It repeats what was said before.
            true => assert_eq!(unread, ["conversation_history"]),
        }
        assert!(kept.take().iter().all(|event| !matches!(event.body, Body::Hook(_))));
    }
}

#[test]
fn a_hook_that_only_speaks_is_no_hook_while_nobody_listens() {
    let tracker = Tracker::new(Origin::recorded("hermes", 1, UnixNanos(0)));
    let kept = Collected::default();
    let _ = tracker.observe("post_llm_call", &everything(), UnixNanos(1), &kept);
    assert_eq!(kept.take(), []);
}

#[test]
fn each_part_is_said_of_its_span() {
    let host = Host::new();
    let check = |hook: &str, fields: Json, part: &str, body: Json, span: &dyn Fn(&Body) -> Option<SpanId>| {
        host.call(hook, fields);
        let (content, event) = host.only();
        assert_eq!(shown(&content), said(part, body), "{hook}");
        assert_eq!(Some(content.span), span(&event.body), "{hook}: {event:?}");
        if !part.starts_with("subagent") {
            assert_eq!(Some(content.run), event.run, "{hook}");
        }
        assert_eq!(content.ts, event.ts);
    };
    check(
        "pre_llm_call",
        json!({"user_message": "hello"}),
        "user_message",
        "hello".into(),
        &|body| match body {
            Body::TurnStarted(turn) => Some(turn.turn),
            _ => None,
        },
    );
    let answer = json!({"api_request_id": "r", "assistant_message": {"content": "yes", "tool_calls": [{"id": "c"}],
                        "finish_reason": "stop", "usage": {"total_tokens": 3}}});
    let message = json!({"role": "assistant", "content": "yes", "tool_calls": [{"id": "c"}]});
    check("post_api_request", answer, "assistant_message", message, &|body| match body {
        Body::ModelCall(call) => Some(call.call),
        _ => None,
    });
    let result =
        json!({"tool_name": "terminal", "tool_call_id": "c", "status": "ok", "result": "{\"exit_code\": 3}"});
    check("post_tool_call", result, "tool_result", "{\"exit_code\": 3}".into(), &|body| match body {
        Body::ToolCall(call) => Some(call.span),
        _ => None,
    });
    let asked =
        json!({"command": "rm -r .", "description": "removes", "pattern_key": "x", "tool_call_id": "c"});
    let request = json!({"command": "rm -r .", "description": "removes"});
    check("pre_approval_request", asked.clone(), "approval_request", request.clone(), &|body| match body {
        Body::ApprovalRequested(approval) => Some(approval.approval),
        _ => None,
    });
    host.call("post_approval_response", asked);
    assert_eq!(host.said(), [], "it was said with the question");
    check(
        "post_approval_response",
        json!({"command": "ls"}),
        "approval_request",
        json!({"command": "ls"}),
        &|body| match body {
            Body::ApprovalAnswered(approval) => Some(approval.approval),
            _ => None,
        },
    );
    let goal = json!({"parent_session_id": "s", "child_session_id": "child", "child_goal": "go"});
    check("subagent_start", goal, "subagent_goal", "go".into(), &|body| match body {
        Body::SubagentStarted(started) => Some(started.child.span()),
        _ => None,
    });
    let summary = json!({"parent_session_id": "s", "child_session_id": "child", "child_summary": "went"});
    check("subagent_stop", summary, "subagent_summary", "went".into(), &|body| match body {
        Body::SubagentEnded(ended) => Some(ended.child.span()),
        _ => None,
    });
}

#[test]
fn a_turn_has_a_question_and_an_answer() {
    let host = Host::new();
    host.call("pre_llm_call", json!({"user_message": [{"type": "text", "text": "hello"}]}));
    host.call("post_llm_call", json!({"assistant_response": "bye", "conversation_history": [1]}));
    let content = host.kept.take_content();
    assert_eq!(
        content.iter().map(shown).collect::<Vec<_>>(),
        [said("user_message", json!([{"type": "text", "text": "hello"}])), said("final_answer", "bye")]
    );
    assert_eq!((content[0].run, content[0].span), (content[1].run, content[1].span));
    host.call("pre_llm_call", json!({"turn_id": "t2", "user_message": "", "conversation_history": "x"}));
    host.call("post_llm_call", json!({"turn_id": "t2", "assistant_response": null}));
    assert_eq!(host.said(), [], "nothing was said");
}

#[test]
fn each_failed_attempt_has_its_own_error() {
    let host = Host::new();
    for text in ["first", "second"] {
        host.call(
            "api_request_error",
            json!({"api_request_id": "r", "error": {"type": "E", "message": text}}),
        );
    }
    let (content, events) = (host.kept.take_content(), host.kept.take());
    assert_eq!(
        content.iter().map(shown).collect::<Vec<_>>(),
        [said("error_message", "first"), said("error_message", "second")]
    );
    // The span of an attempt in `tel_spans`.
    let attempts: Vec<SpanId> = events
        .iter()
        .filter(|event| matches!(event.body, Body::AttemptFailed(_)))
        .map(|event| SpanId(event.id.0))
        .collect();
    assert_eq!(content.iter().map(|piece| piece.span).collect::<Vec<_>>(), attempts);
    assert_ne!(content[0].id, content[1].id);
}

#[test]
fn the_object_of_an_answer_goes_before_what_was_cut_for_hooks() {
    let host = Host::new();
    let cut = json!({"assistant_message": {"role": "assistant", "content": "long...[truncated 9 chars]"}});
    let whole = json!({"content": "long and whole", "tool_calls": null, "reasoning": null,
                       "provider_data": {"reasoning_content": "because"}});
    host.call(
        "post_api_request",
        json!({"api_request_id": "1", "assistant_message": whole, "response": cut}),
    );
    let message = said("assistant_message", json!({"role": "assistant", "content": "long and whole"}));
    assert_eq!(host.said(), [message, said("reasoning", "because")]);
    // A host that hands over an object nobody can look into.
    host.call("post_api_request", json!({"api_request_id": "2", "assistant_message": 17, "response": cut}));
    let message = json!({"role": "assistant", "content": "long...[truncated 9 chars]"});
    assert_eq!(host.said(), [said("assistant_message", message)]);
}

#[test]
fn of_a_request_what_is_new_is_kept() {
    let host = Host::new();
    let text = |role: &str, text: &str| json!({"role": role, "content": text});
    let request = |id: &str, messages: Vec<Json>, tools: Json| {
        host.call(
            "pre_api_request",
            json!({"api_request_id": id, "request_messages": messages, "request": {"body": {"tools": tools}}}),
        );
        host.said()
    };
    let (system, tools) = (text("system", "be good"), json!([{"name": "a"}]));
    let mut talk = vec![system, text("user", "one")];
    assert_eq!(
        request("1", talk.clone(), tools.clone()),
        [
            said("system_prompt", "be good"),
            said("tool_definitions", tools.clone()),
            messages(0, json!([text("user", "one")])),
        ]
    );
    assert_eq!(request("1", talk.clone(), tools.clone()), [], "a second attempt is the same request");
    talk.extend([text("assistant", "two"), text("user", "three")]);
    let added = json!([text("assistant", "two"), text("user", "three")]);
    assert_eq!(request("2", talk.clone(), tools.clone()), [messages(1, added)]);

    // Compressed: the system prompt changed, and only the last message stayed.
    let compressed = vec![text("system", "be brief"), text("user", "so far"), text("user", "three")];
    let rest = json!([text("user", "so far"), text("user", "three")]);
    assert_eq!(
        request("3", compressed.clone(), tools.clone()),
        [said("system_prompt", "be brief"), messages(0, rest)]
    );
    assert_eq!(request("4", compressed[..2].to_vec(), tools), [messages(1, json!([]))], "one was taken away");

    // Tools: others are news, the same ones cut by the host are not.
    let cut = json!([{"name": "a", "description": "...[truncated 17 chars]"}]);
    assert_eq!(request("5", compressed[..2].to_vec(), cut), []);
    let others = json!([{"name": "b"}]);
    assert_eq!(request("6", compressed[..2].to_vec(), others.clone()), [said("tool_definitions", others)]);
}

#[test]
fn a_request_is_also_found_in_its_body() {
    for (messages_key, system_key) in
        [("messages", "system"), ("input", "instructions"), ("contents", "system_instruction")]
    {
        let host = Host::new();
        let body = json!({messages_key: [{"role": "user", "content": "one"}], system_key: "be good"});
        host.call("pre_api_request", json!({"request_messages": [], "request": {"body": body}}));
        let expected =
            [said("system_prompt", "be good"), messages(0, json!([{"role": "user", "content": "one"}]))];
        assert_eq!(host.said(), expected, "{messages_key}");
    }
}

#[test]
fn every_session_has_requests_of_its_own() {
    let host = Host::new();
    for session in ["a", "b"] {
        let talk = json!([{"role": "user", "content": "the same"}]);
        host.call(
            "pre_api_request",
            json!({"session_id": session, "turn_id": session, "request_messages": talk}),
        );
        assert_eq!(host.said(), [messages(0, talk)]);
    }
}

#[test]
fn a_message_that_is_too_long_is_left_out_and_the_others_stay() {
    let host = Host::new();
    let long = "x".repeat(5 << 20);
    let talk = json!([{"role": "user", "content": long}, {"role": "user", "content": "short"}]);
    host.call("pre_api_request", json!({"request_messages": talk}));
    let kept = host.said().remove(0).2;
    assert!(kept[0]["omitted_bytes"].as_u64() > Some(5 << 20), "{}", kept[0]);
    assert_eq!(kept[1], json!({"role": "user", "content": "short"}));
}
