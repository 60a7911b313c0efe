//! OTLP, as exporters send it.

use std::io::Write as _;

use serde_json::json;
use telemetry_collector::keys::Scope;
use telemetry_core::time::UnixNanos;

use super::server::Running;
use super::wires::JSON;

const PROTOBUF: (&str, &str) = ("content-type", "application/x-protobuf");

/// A call of Claude Code at that moment, and a record without a time.
fn logs(at: UnixNanos) -> String {
    let attribute = |key: &str, value: &str| json!({"key": key, "value": {"stringValue": value}});
    let call = [
        ("session.id", "s"),
        ("event.name", "api_request"),
        ("request_id", "r"),
        ("model", "m"),
        ("input_tokens", "7"),
    ];
    let attributes: Vec<_> = call.iter().map(|(key, value)| attribute(key, value)).collect();
    let scope = json!({"name": "com.anthropic.claude_code.events"});
    let records = json!([{"timeUnixNano": at.0, "attributes": attributes}, {"attributes": attributes}]);
    json!({"resourceLogs": [{"scopeLogs": [{"scope": scope, "logRecords": records}]}]}).to_string()
}

#[tokio::test]
async fn what_is_sent_is_kept_once_and_answered_in_its_own_encoding() {
    let server = Running::start().await;
    let key = server.key("agents", &[Scope::Ingest]).await;
    let key = ("authorization", format!("Bearer {key}"));
    let key = (key.0, key.1.as_str());
    let body = logs(UnixNanos::now());
    let answer = server.post("/v1/logs", &[key, JSON, ("x-telemetry-host", "box")], &body).await;
    assert_eq!(answer.status, 200);
    let said =
        json!({"partialSuccess": {"rejectedLogRecords": "1", "errorMessage": "a log record without a time"}});
    assert_eq!(answer.json(), said);

    let mut zipped = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    zipped.write_all(body.as_bytes()).unwrap();
    let zipped = zipped.finish().unwrap();
    let gzip = ("content-encoding", "gzip");
    let again = server.post("/v1/logs", &[key, JSON, gzip, ("x-telemetry-host", "box")], zipped).await;
    assert_eq!(again.status, 200);
    let kept = server.storage.events.lock().unwrap().clone();
    assert_eq!(kept.len(), 2, "the call, and its run: {kept:?}");
    assert!(kept.values().all(|recorded| recorded.host == "box"));

    let old = server.post("/v1/logs", &[key, JSON], logs(UnixNanos(1))).await.json();
    assert_eq!(old["partialSuccess"]["rejectedLogRecords"], "2");
    for path in ["/v1/traces", "/v1/metrics", "/v1/logs"] {
        let nothing = server.post(path, &[key, PROTOBUF], b"").await;
        assert_eq!((nothing.status, nothing.text().as_str()), (200, ""), "{path}");
    }
}

#[tokio::test]
async fn what_is_refused_is_said_in_the_encoding_of_the_request() {
    let server = Running::start().await;
    let ingest = server.key("agents", &[Scope::Ingest]).await;
    let read = server.key("people", &[Scope::Read]).await;
    let (ingest, read) = (("x-api-key", ingest.as_str()), ("x-api-key", read.as_str()));
    let broken = server.post("/v1/traces", &[ingest, JSON], "{\"resourceSpans\": 1}").await;
    assert_eq!(broken.status, 400);
    assert_eq!(broken.json(), json!({"code": 3, "message": "`resourceSpans` must be a list"}));
    let broken = server.post("/v1/traces", &[ingest, PROTOBUF], b"\xff\xff").await;
    assert_eq!(broken.status, 400);
    // google.rpc.Status: field 1 is the code.
    assert!(broken.text().starts_with("\u{8}\u{3}\u{12}"), "{:?}", broken.text());
    assert_eq!(server.post("/v1/traces", &[JSON], "{}").await.status, 401);
    assert_eq!(server.post("/v1/traces", &[read, JSON], "{}").await.status, 403);
    assert_eq!(server.post("/v1/traces", &[ingest, ("content-type", "text/plain")], "{}").await.status, 415);
    assert_eq!(server.get("/v1/traces").await.status, 405);
}
