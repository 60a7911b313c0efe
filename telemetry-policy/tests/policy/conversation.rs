use std::sync::Arc;

use serde_json::{Value, json};
use telemetry_core::codec;
use telemetry_core::content::Content;
use telemetry_core::conversation::{Counts, Message, Origin, Session, ToolRequest, size};
use telemetry_core::ids::{RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_policy::{Gate, Redact};

use crate::World;

const SECRET: &str = "hunter2";

/// Knows one secret, wherever it stands, but not as a key.
struct KnowsOne;

impl Redact for KnowsOne {
    fn redact(&self, said: &mut Value) {
        match said {
            Value::String(text) => *text = text.replace(SECRET, "[REDACTED:one:abcd]"),
            Value::Array(items) => items.iter_mut().for_each(|item| self.redact(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.redact(field)),
            _ => {}
        }
    }
}

/// Panics in the middle of its work when it meets the secret, having spoiled what it was given.
struct PanicsAtTheSecret;

impl Redact for PanicsAtTheSecret {
    fn redact(&self, said: &mut Value) {
        let met = said.to_string().contains(SECRET);
        if let (true, Value::Array(items)) = (met, &mut *said) {
            items.clear();
        }
        assert!(!met, "met it");
    }
}

fn session() -> Session {
    Session {
        session_id: "s-1".into(),
        origin: Origin::Host,
        runs: vec![RunId(1)],
        platform: Some("cli".into()),
        model: Some("a-model".into()),
        title: Some(format!("how to keep {SECRET}").into()),
        title_bytes: Some(19),
        start_ns: Some(UnixNanos(1)),
        end_ns: None,
        counts: Counts { messages: Some(2), ..Counts::default() },
    }
}

fn message(content: Value) -> Message {
    Message {
        session_id: Some("s-1".into()),
        seq: 4,
        run: Some(RunId(1)),
        turn: Some(SpanId(2)),
        span: Some(SpanId(3)),
        tool_name: Some("terminal".into()),
        tool_call_id: Some("call_1".into()),
        tool_calls: vec![ToolRequest {
            id: Some("call_1".into()),
            name: Some("terminal".into()),
            arguments: Some(format!(r#"{{"password":"{SECRET}"}}"#).into()),
            arguments_bytes: Some(22),
        }],
        content_bytes: Some(size(&content)),
        content: Some(content),
        reasoning: Some("fine".into()),
        reasoning_bytes: Some(4),
        ..Message::new(Origin::Content, UnixNanos(17), "tool")
    }
}

fn gate(config: &str) -> Gate {
    Gate::new(&World::with_user(config).settings())
}

const ON: &str = "telemetry: {trajectories: {enabled: true}}";

#[test]
fn without_trajectories_texts_go_and_sizes_stay() {
    for gate in [gate(""), gate("").with_redactor(Arc::new(KnowsOne))] {
        let cleared = gate.clear(message(SECRET.into())).into_inner();
        let expected = Message {
            content: None,
            reasoning: None,
            tool_calls: vec![ToolRequest { arguments: None, ..message(Value::Null).tool_calls[0].clone() }],
            ..message(SECRET.into())
        };
        assert_eq!(cleared, expected);
        assert_eq!(gate.clear(session()).into_inner(), Session { title: None, ..session() });
    }
}

#[test]
fn with_trajectories_a_text_leaves_as_the_redactor_gives_it_back() {
    let gate = gate(ON).with_redactor(Arc::new(KnowsOne));
    let said = json!([{"type": "text", "text": format!("it is {SECRET}")}, 7, null]);
    let mut expected = message(said.clone());
    expected.content = Some(json!([{"type": "text", "text": "it is [REDACTED:one:abcd]"}, 7, null]));
    expected.tool_calls[0].arguments = Some(r#"{"password":"[REDACTED:one:abcd]"}"#.into());
    assert_eq!(gate.clear(message(said)).into_inner(), expected);
    let title = Some("how to keep [REDACTED:one:abcd]".into());
    assert_eq!(gate.clear(session()).into_inner(), Session { title, ..session() });
}

/// A host that was given a secret in the place of a name: structure, but looked at all the same.
#[test]
fn a_name_is_looked_at_too_and_an_id_never_changes() {
    let gate = gate(ON).with_redactor(Arc::new(KnowsOne));
    let odd =
        Message { session_id: Some(SECRET.into()), tool_name: Some(SECRET.into()), ..message(Value::Null) };
    let cleared = gate.clear(odd).into_inner();
    assert_eq!(cleared.tool_name.as_deref(), Some("[REDACTED:one:abcd]"));
    assert_eq!(cleared.session_id.as_deref(), Some(SECRET));
}

/// The same of an event.
#[test]
fn the_words_of_an_event_are_looked_at_and_its_ids_never_change() {
    let line = |session: &str, model: &str| {
        format!(
            r#"{{"v":1,"event":"run_started","id":"00000000000000aa","ts":17,"run":"{:032x}","process":"{:032x}","session_id":"{session}","host":"hermes","model":"{model}"}}"#,
            1, 2
        )
    };
    let event = codec::decode(line(SECRET, SECRET).as_bytes()).unwrap();
    let looked_at = gate("").with_redactor(Arc::new(KnowsOne)).clear(event.clone()).into_inner();
    assert_eq!(looked_at, codec::decode(line(SECRET, "[REDACTED:one:abcd]").as_bytes()).unwrap());

    let closed = gate("").with_redactor(Arc::new(PanicsAtTheSecret)).clear(event.clone()).into_inner();
    assert_eq!(
        (closed.id, closed.ts, closed.run, closed.body.kind()),
        (event.id, event.ts, event.run, "run_started")
    );
    assert!(!format!("{closed:?}").contains(SECRET), "{closed:?}");
}

/// Fail closed: the field and nothing but the field, and everything that tells records apart stays.
#[test]
fn a_redactor_that_panics_costs_the_field_it_was_given() {
    let gate = gate(ON).with_redactor(Arc::new(PanicsAtTheSecret));
    let batch: Vec<Message> =
        [json!("harmless"), json!([SECRET, "other"]), json!({SECRET: 1}), json!("harmless too")]
            .map(message)
            .into();
    let cleared: Vec<Message> = batch.iter().map(|one| gate.clear(one.clone()).into_inner()).collect();
    let expected: Vec<Message> = batch
        .into_iter()
        .map(|mut one| {
            if one.content.as_ref().is_some_and(|content| content.to_string().contains(SECRET)) {
                one.content = Some(Gate::WITHHELD.into());
            }
            one.tool_calls[0].arguments = Some(Gate::WITHHELD.into());
            one
        })
        .collect();
    assert_eq!(cleared, expected);
    assert_eq!(gate.clear(session()).title, Some(Gate::WITHHELD.into()));
}

#[test]
fn without_a_redactor_nothing_that_was_said_leaves() {
    let gate = gate(ON);
    let cleared = gate.clear(message(json!({SECRET: [SECRET]})));
    assert!(!format!("{cleared:?}").contains(SECRET), "{cleared:?}");
    assert_eq!(cleared.content, Some(Gate::WITHHELD.into()));
    assert_eq!(cleared.tool_name.as_deref(), Some("terminal"));
}

#[test]
fn a_piece_of_content_keeps_its_identity_and_loses_its_body() {
    let said = || {
        let body = serde_json::value::to_raw_value(&json!({"a": [SECRET, 1]})).unwrap();
        let part = telemetry_core::vocabulary::Part::ToolResult;
        Content::new(UnixNanos(17), RunId(1), SpanId(2), part, 0, body)
    };
    for (gate, body) in [
        (gate(""), "null"),
        (gate(ON), r#""[redaction-unavailable]""#),
        (gate(ON).with_redactor(Arc::new(PanicsAtTheSecret)), r#""[redaction-unavailable]""#),
        (gate(ON).with_redactor(Arc::new(KnowsOne)), r#"{"a":["[REDACTED:one:abcd]",1]}"#),
    ] {
        let cleared = gate.clear(said()).into_inner();
        assert_eq!(cleared.body.get(), body);
        assert_eq!(Content { body: said().body, ..cleared }, said());
    }
}

#[test]
fn clearing_twice_is_clearing_once() {
    for gate in [gate(""), gate(ON), gate(ON).with_redactor(Arc::new(KnowsOne))] {
        let once = gate.clear(message(json!(["hunter2", {"a": "hunter2"}]))).into_inner();
        assert_eq!(gate.clear(once.clone()).into_inner(), once);
    }
}
