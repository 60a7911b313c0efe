//! The wires, as their clients use them.

use std::io::Write as _;

use serde_json::{Value, json};
use telemetry_collector::keys::Scope;
use telemetry_core::time::UnixNanos;

use super::server::Running;

/// What a client of the batch wire sends.
pub fn event() -> Value {
    json!({
        "hostId": "laptop",
        "sessionId": "process-12345-1704067200000",
        "eventType": "agent_execution",
        "agentName": "tool-approve",
        "hookName": "PreToolUse",
        "decision": "APPROVED",
        "toolName": "Bash",
        "workingDir": "/home/user/project",
        "latencyMs": 150,
        "modelTier": "haiku",
        "modelName": "claude-3-haiku-20240307",
        "errorCount": 0,
        "success": true,
        "timestamp": UnixNanos::now().to_string(),
        "decisionReason": "Command is safe to execute",
        "extraData": {"b": [1, {"c": null}], "a": "ä"}
    })
}

/// As [`event`], with other fields; null takes one away.
pub fn event_with(fields: Value) -> Value {
    let mut event = event();
    for (name, value) in fields.as_object().unwrap() {
        match value {
            Value::Null => drop(event.as_object_mut().unwrap().remove(name)),
            value => event[name] = value.clone(),
        }
    }
    event
}

pub const JSON: (&str, &str) = ("content-type", "application/json");
pub const NDJSON: (&str, &str) = ("content-type", "application/x-ndjson");
pub const BATCH: &str = "/api/v1/telemetry/batch";
pub const EVENTS: &str = "/api/v1/events";

#[tokio::test]
async fn a_batch_is_kept_once() {
    let server = Running::start().await;
    let key = server.key("batch", &[Scope::Ingest]).await;
    let key = ("x-api-key", key.as_str());
    // The same twice in a batch are two; sent again they are none.
    let once = event();
    let body = json!({"events": [once, once, event_with(json!({"toolName": "Read"}))]}).to_string();
    let answer = server.post(BATCH, &[key, JSON], &body).await;
    assert_eq!(answer.status, 200);
    assert_eq!(
        answer.json(),
        json!({"schema": "telemetry.intake/1", "accepted": 3, "duplicate": 0, "rejected": 0, "errors": []})
    );
    assert!(answer.text().starts_with(r#"{"schema":"telemetry.intake/1""#));
    let again = server.post(BATCH, &[key, JSON], &body).await.json();
    assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(3)));

    let reports = server.storage.reports.lock().unwrap().clone();
    assert_eq!(reports.len(), 3);
    let report = reports.values().next().unwrap();
    assert_eq!((&*report.host, &*report.kind), ("laptop", "agent_execution"));
    assert_eq!((report.latency_ms, report.error_count, report.success), (Some(150), Some(0), Some(true)));
    assert_eq!(report.extra.as_deref(), Some(r#"{"a":"ä","b":[1,{"c":null}]}"#));
    assert_eq!(report.at.to_string(), once["timestamp"]);
    assert_eq!(
        server.metric(r#"telemetry_collector_events_total{wire="batch",result="duplicate"}"#).await,
        Some(3.0)
    );
}

#[tokio::test]
async fn one_bad_event_in_a_hundred_is_refused_alone() {
    let server = Running::start().await;
    let key = server.key("batch", &[Scope::Ingest]).await;
    let key = ("x-api-key", key.as_str());
    let mut events: Vec<Value> = (0..100).map(|n| event_with(json!({"latencyMs": n}))).collect();
    events[57]["decision"] = json!("MAYBE");
    let answer = server.post(BATCH, &[key, JSON], json!({"events": events}).to_string()).await;
    assert_eq!(answer.status, 200);
    let said = answer.json();
    assert_eq!((&said["accepted"], &said["rejected"]), (&json!(99), &json!(1)));
    assert_eq!(
        said["errors"],
        json!([{
            "index": 57, "field": "decision",
            "reason": "must be one of APPROVED, DENIED, CONFIRMED, DECLINED, OK, BLOCK"
        }])
    );
    assert_eq!(server.storage.reports.lock().unwrap().len(), 99);
}

#[tokio::test]
async fn without_a_timestamp_a_uuid_tells_a_batch_from_others() {
    let server = Running::start().await;
    let key = server.key("batch", &[Scope::Ingest]).await;
    let key = ("x-api-key", key.as_str());
    let body = json!([event_with(json!({"timestamp": null}))]).to_string();
    let accepted =
        async |headers: &[(&str, &str)]| server.post(BATCH, headers, &body).await.json()["accepted"].clone();
    assert_eq!(accepted(&[key, JSON]).await, 1, "a list alone is a batch");
    assert_eq!(accepted(&[key, JSON]).await, 1, "sent again it counts again");
    let uuid = uuid::Uuid::now_v7().to_string();
    let named = [key, JSON, ("idempotency-key", uuid.as_str())];
    assert_eq!((accepted(&named).await, accepted(&named).await), (json!(1), json!(0)));
    let other = [key, JSON, ("idempotency-key", "7d9f8f0e-2f6e-4a57-8a2e-30a5e0f2f1d5")];
    assert_eq!((accepted(&other).await, accepted(&other).await), (json!(1), json!(1)), "it has no time");
}

#[tokio::test]
async fn a_transcript_takes_the_place_of_the_one_before() {
    let server = Running::start().await;
    let key = server.key("batch", &[Scope::Ingest]).await;
    let key = ("x-api-key", key.as_str());
    for content in ["one", "two"] {
        let body = json!({
            "sessionId": "s", "hostId": "laptop",
            "transcript": [{"role": "user", "content": content, "index": 0}]
        });
        let answer = server.post("/api/v1/transcript", &[key, JSON], body.to_string()).await;
        assert_eq!((answer.status, answer.json()), (200, json!({"success": true})));
    }
    let kept = server.storage.transcripts.lock().unwrap().clone();
    let only = kept.into_iter().collect::<Vec<_>>();
    let [((host, session), body)] = only.as_slice() else { panic!("{only:?}") };
    assert_eq!((host.as_str(), session.as_str()), ("laptop", "s"));
    let body: Value = serde_json::from_str(body).unwrap();
    assert_eq!(body, json!([{"role": "user", "content": "two", "index": 0}]));
}

/// A line of a log.
pub fn a_line(id: u64) -> Vec<u8> {
    let (now, run) = (UnixNanos::now().0, "7".repeat(32));
    format!("{{\"v\":1,\"event\":\"run_ended\",\"id\":\"{id:016x}\",\"ts\":{now},\"run\":\"{run}\",\"close\":\"reset\"}}\n").into_bytes()
}

#[tokio::test]
async fn lines_are_kept_once_and_each_is_answered() {
    let server = Running::start().await;
    let key = server.key("ship", &[Scope::Ingest]).await;
    let headers = [("authorization", format!("Bearer {key}")), ("x-telemetry-host", "laptop".to_owned())];
    let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let now = UnixNanos::now().0;
    let unknown = format!(
        r#"{{"v":9,"event":"from_the_future","id":"00000000000000ff","ts":{now},"new":{{"a":[1]}}}}"#
    );
    let wrong = format!(
        r#"{{"v":1,"event":"turn_started","id":"00000000000000fe","ts":{now},"run":"zz","turn":"00000000000000aa"}}"#
    );
    let one = a_line(1);
    let body = [&one, &b"\n{torn\n"[..], unknown.as_bytes(), b"\r\n", wrong.as_bytes(), b"\n", &one].concat();

    let answer = server.post(EVENTS, &[&headers[..], &[NDJSON]].concat(), &body).await;
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.json(),
        json!({"schema": "telemetry.intake/1", "accepted": 2, "duplicate": 1, "rejected": 2, "results": [
            {"line": 1, "id": "0000000000000001", "status": "accepted"},
            {"line": 3, "status": "rejected", "reason": "is no JSON object"},
            {"line": 4, "id": "00000000000000ff", "status": "accepted"},
            {"line": 5, "id": "00000000000000fe", "status": "rejected", "field": "run", "reason": "expected 32 lower-case hex digits"},
            {"line": 6, "id": "0000000000000001", "status": "duplicate"},
        ]})
    );
    let kept = server.storage.events.lock().unwrap().clone();
    let of_future = kept.values().find(|one| one.event.body.kind() == "from_the_future").unwrap();
    assert_eq!((&*of_future.line, &*of_future.host), (&*unknown, "laptop"));

    let gzipped = gzip(&body);
    let packed = zstd::encode_all(&body[..], 3).unwrap();
    for (coding, sent) in [("gzip", gzipped), ("zstd", packed)] {
        let headers = [&headers[..], &[NDJSON, ("content-encoding", coding)]].concat();
        let again = server.post(EVENTS, &headers, &sent).await.json();
        assert_eq!((&again["accepted"], &again["duplicate"]), (&json!(0), &json!(3)), "{coding}");
    }
    assert_eq!(
        server.metric(r#"telemetry_collector_events_total{wire="events",result="rejected"}"#).await,
        Some(6.0)
    );
}

pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(bytes).unwrap();
    packed.finish().unwrap()
}

#[tokio::test]
async fn the_machine_is_that_of_the_key_else_that_of_the_header() {
    let server = Running::start().await;
    let free = server.key("free", &[Scope::Ingest]).await;
    let bound =
        server.key_like("bound", &[Scope::Ingest], |key| key.host = Some("server-1".to_owned())).await;
    let send = async |key: &str, host: Option<&str>, line: Vec<u8>| {
        let mut headers = vec![("x-api-key", key), NDJSON];
        headers.extend(host.map(|host| ("x-telemetry-host", host)));
        server.post(EVENTS, &headers, line).await
    };
    assert!(send(&free, None, a_line(1)).await.problem(400).contains("X-Telemetry-Host"));
    assert_eq!(send(&free, Some("laptop"), a_line(2)).await.status, 200);
    assert_eq!(send(&bound, None, a_line(3)).await.status, 200);
    assert_eq!(send(&bound, Some("server-1"), a_line(4)).await.status, 200);
    send(&bound, Some("laptop"), a_line(5)).await.problem(403);
    let hosts: Vec<String> =
        server.storage.events.lock().unwrap().values().map(|one| one.host.clone()).collect();
    assert_eq!(hosts, ["laptop", "server-1", "server-1"]);

    let key = [("x-api-key", bound.as_str()), JSON];
    let batch = json!({"events": [event(), event_with(json!({"hostId": "server-1"}))]});
    let answer = server.post(BATCH, &key, batch.to_string()).await.json();
    assert_eq!((&answer["accepted"], &answer["errors"][0]["field"]), (&json!(1), &json!("hostId")));
    let transcript = json!({"sessionId": "s", "hostId": "laptop", "transcript": []}).to_string();
    server.post("/api/v1/transcript", &key, transcript).await.problem(403);
}

#[tokio::test]
async fn health_needs_no_key_and_says_how_the_database_is() {
    let server = Running::start().await;
    assert_eq!(
        server.get("/api/v1/health").await.json(),
        json!({"status": "healthy", "database": "connected"})
    );
    assert_eq!(server.get("/health").await.json(), json!({"status": "alive"}));
    assert_eq!(server.get("/ready").await.json(), json!({"status": "ready"}));

    let broken = Running::start().await;
    broken.storage.is_down.store(true, std::sync::atomic::Ordering::SeqCst);
    let answer = broken.get("/api/v1/health").await;
    assert_eq!(
        (answer.status, answer.json()),
        (503, json!({"status": "unhealthy", "database": "disconnected"}))
    );
    assert_eq!(broken.get("/health").await.status, 200, "it lives all the same");
    broken.get("/ready").await.problem(503);
}
