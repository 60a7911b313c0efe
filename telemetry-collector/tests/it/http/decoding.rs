//! Batches and lines of any content: nothing panics, and what is taken is within the limits of its column.

use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry_collector::intake::batch::{self, Envelope};
use telemetry_collector::intake::{Report, Window, lines, transcript};
use telemetry_core::time::UnixNanos;

use super::wires::event_with;

const NOW: UnixNanos = UnixNanos(1_785_585_600_000_000_000);

fn window() -> Window {
    Window::at(NOW, 90 * 86_400_000_000_000)
}

fn read(body: &[u8]) -> Result<batch::Batch, String> {
    batch::read(body, Envelope { window: window(), now: NOW, host: None, idempotency_key: None })
}

fn read_one(fields: Value) -> Result<Report, String> {
    let mut event = event_with(json!({"timestamp": "2026-08-01T11:00:00Z"}));
    for (name, value) in fields.as_object().unwrap() {
        event[name] = value.clone();
    }
    let batch = read(json!([event]).to_string().as_bytes())?;
    batch.reports.into_iter().next().ok_or_else(|| format!("{:?}", batch.rejected))
}

/// The columns of `reports` and what they have room for, in characters.
#[test]
fn a_text_is_taken_up_to_the_limit_of_its_column_and_no_further() {
    let columns = [
        ("hostId", 255),
        ("sessionId", 255),
        ("agentName", 255),
        ("hookName", 255),
        ("decisionReason", 4096),
        ("toolName", 255),
        ("workingDir", 4096),
        ("modelName", 255),
    ];
    for (field, most) in columns {
        // Characters, and not bytes.
        assert!(read_one(json!({field: "ä".repeat(most)})).is_ok(), "{field}");
        let refused = read_one(json!({field: "ä".repeat(most + 1)})).unwrap_err();
        assert!(refused.contains(&format!("is longer than {most} characters")), "{refused}");
    }
    assert!(read_one(json!({"extraData": {"a": "x".repeat(65_000)}})).is_ok());
    assert!(read_one(json!({"extraData": {"a": "x".repeat(65_536)}})).is_err());
}

#[test]
fn what_is_empty_says_nothing_and_what_names_something_is_not_empty() {
    let report = read_one(json!({"toolName": "", "workingDir": "", "decisionReason": ""})).unwrap();
    assert_eq!((report.tool, report.working_dir, report.decision_reason), (None, None, None));
    for field in ["hostId", "sessionId"] {
        assert!(read_one(json!({field: ""})).unwrap_err().contains("is empty"));
    }
}

#[test]
fn numbers_without_a_fraction_are_integers_however_they_are_written() {
    let report = read_one(json!({"latencyMs": 150.0, "errorCount": 0.0})).unwrap();
    assert_eq!((report.latency_ms, report.error_count), (Some(150), Some(0)));
    for wrong in [json!(150.5), json!(-1), json!("150"), json!(86_400_001), json!(u64::MAX)] {
        assert!(read_one(json!({"latencyMs": wrong})).is_err());
    }
}

#[test]
fn the_same_event_has_the_same_id_whatever_the_order_of_its_keys() {
    let text = r#"{"x":1,"extraData":{"b":1,"a":2},"#;
    let other = r#"{"extraData":{"a":2,"b":1},"#;
    let event = event_with(json!({"timestamp": "2026-08-01T11:00:00Z", "extraData": null})).to_string();
    let id = |start: &str| {
        let body = format!("[{}]", event.replacen('{', start, 1));
        read(body.as_bytes()).unwrap().reports[0].id
    };
    assert_eq!(id(text), id(other));
    assert_ne!(id(text), id(r#"{"extraData":{"a":2,"b":2},"#));
    let ids: Vec<u64> = read(format!("[{event},{event},{event}]").as_bytes())
        .unwrap()
        .reports
        .iter()
        .map(|one| one.id)
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2], "the same in one batch are many");
}

#[test]
fn each_field_tells_events_apart() {
    let base = read_one(json!({})).unwrap().id;
    let others = [
        json!({"hostId": "x"}),
        json!({"sessionId": "x"}),
        json!({"eventType": "commit"}),
        json!({"agentName": "x"}),
        json!({"hookName": "x"}),
        json!({"decision": "OK"}),
        json!({"decisionReason": "x"}),
        json!({"toolName": "x"}),
        json!({"workingDir": "x"}),
        json!({"latencyMs": 1}),
        json!({"modelTier": "opus"}),
        json!({"modelName": "x"}),
        json!({"errorCount": 1}),
        json!({"success": false}),
        json!({"extraData": {}}),
        // The same texts in other fields.
        json!({"agentName": "PreToolUse", "hookName": "tool-approve"}),
    ];
    for other in others {
        assert_ne!(read_one(other.clone()).unwrap().id, base, "{other}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..500)) {
        let _ = read(&bytes);
        let _ = transcript::read(&bytes, NOW);
        let _ = lines::read(&bytes, "host", window());
    }

    #[test]
    fn any_line_of_json_is_taken_or_refused_with_a_word(
        kind in "[a-z_]{1,20}",
        field in "[a-z]{1,8}",
        value in prop_oneof![Just(json!(null)), any::<i64>().prop_map(|n| json!(n)), "\\PC{0,20}".prop_map(|text| json!(text))],
    ) {
        let line = json!({"v": 1, "event": kind, "id": "00000000000000aa", "ts": NOW.0, field: value}).to_string();
        for line in lines::read(line.as_bytes(), "host", window()).unwrap() {
            if let Err(wrong) = line.event {
                prop_assert!(!wrong.reason.is_empty());
            }
        }
    }
}
