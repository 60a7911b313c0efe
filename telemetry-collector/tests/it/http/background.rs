//! What a server does by itself, what it says of itself, and how it ends.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use telemetry_collector::http::Limits;
use telemetry_collector::keys::Scope;
use tokio::io::AsyncWriteExt as _;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::server::{PATIENCE, Running, post, receive, send};
use super::wires::{BATCH, JSON, event};

async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let waited = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, waited).await.unwrap_or_else(|_| panic!("never: {what}"));
}

#[tokio::test]
async fn it_settles_and_tells_of_trouble_once_and_of_its_end() {
    let server = Running::start().await;
    until("it settles", async || server.storage.settled.load(Ordering::SeqCst) > 0).await;
    server.storage.is_down.store(true, Ordering::SeqCst);
    until("it tells", async || !server.told.lock().unwrap().is_empty()).await;
    until("it counts", async || server.metric("telemetry_collector_database_errors_total").await > Some(0.0))
        .await;
    until("it lags", async || server.metric("telemetry_collector_settle_lag_seconds").await > Some(0.0))
        .await;
    server.storage.is_down.store(false, Ordering::SeqCst);
    until("it tells", async || server.told.lock().unwrap().len() == 2).await;
    let told = server.told.lock().unwrap().clone();
    assert!(told[0].starts_with("settling does not work and is tried again: "), "{told:?}");
    assert!(told[1].starts_with("settling works again"), "{told:?}");
    assert_eq!(server.metric("telemetry_collector_settle_lag_seconds").await, Some(0.0));
}

#[tokio::test]
async fn what_is_in_flight_when_it_is_told_to_stop_is_kept_and_answered() {
    let mut server = Running::start().await;
    let key = server.key("batch", &[Scope::Ingest]).await;
    let held = server.storage.turns.clone().acquire_owned().await.unwrap();
    let body = json!({"events": [event()]}).to_string();
    let request = post(BATCH, &[("x-api-key", &key), JSON], body.as_bytes());
    let address = server.address;
    let answered = tokio::spawn(async move { send(address, &request).await });
    until("it waits", async || server.metric("telemetry_collector_queue_events").await == Some(1.0)).await;
    server.tell_to_stop();
    until("it takes no more", async || TcpStream::connect(address).await.is_err()).await;
    drop(held);
    assert_eq!(answered.await.unwrap().status, 200);
    let storage = server.storage.clone();
    server.stopped().await;
    assert_eq!(storage.reports.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn whoever_does_nothing_does_not_keep_it_from_stopping() {
    let drain = Duration::from_millis(100);
    let mut server = Running::with(Limits { drain, ..Limits::default() }).await;
    let idle = TcpStream::connect(server.address).await.unwrap();
    let mut slow = TcpStream::connect(server.address).await.unwrap();
    slow.write_all(b"POST / HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    until("they are there", async || {
        server.metric("telemetry_collector_connections_total").await == Some(2.0)
    })
    .await;
    server.tell_to_stop();
    server.stopped().await;
    drop((idle, slow));
}

#[tokio::test]
async fn metrics_are_in_the_form_of_prometheus_on_an_address_of_their_own() {
    let server = Running::start().await;
    server.get("/metrics").await.problem(404);
    server.get("/no/such/path").await.problem(404);
    server.get("/another").await.problem(404);
    assert_eq!(server.get("/health").await.status, 200);
    let answer = send(server.metrics, b"GET /metrics HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await;
    assert_eq!(answer.header("content-type"), Some("text/plain; version=0.0.4; charset=utf-8"));
    let text = answer.text();
    let expected = [
        "# TYPE telemetry_collector_requests_total counter",
        "telemetry_collector_requests_total{route=\"/health\",method=\"GET\",status=\"200\"} 1",
        "telemetry_collector_requests_total{route=\"other\",method=\"GET\",status=\"404\"} 3",
        "# TYPE telemetry_collector_request_duration_seconds histogram",
        "telemetry_collector_request_duration_seconds_bucket{route=\"/health\",le=\"+Inf\"} 1",
        "telemetry_collector_request_duration_seconds_count{route=\"/health\"} 1",
        "telemetry_collector_panics_total 0",
        "telemetry_collector_queue_events 0",
    ];
    for line in expected {
        assert!(text.lines().any(|one| one == line), "no {line} in\n{text}");
    }
    // Each sample is of a family that is told of before it, once.
    let families: Vec<&str> =
        text.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next()).collect();
    let mut unique = families.clone();
    unique.sort_unstable();
    unique.dedup();
    assert_eq!(unique.len(), families.len());
    for sample in text.lines().filter(|line| !line.starts_with('#')) {
        assert!(families.iter().any(|family| sample.starts_with(family)), "{sample}");
        assert!(sample.rsplit(' ').next().unwrap().parse::<f64>().is_ok(), "{sample}");
    }
}

#[tokio::test]
async fn more_connections_than_there_may_be_wait_for_their_turn() {
    let server = Running::with(Limits { connections: 1, ..Limits::default() }).await;
    let mut first = TcpStream::connect(server.address).await.unwrap();
    first.write_all(b"GET /health HTTP/1.1\r\nhost: x\r\n").await.unwrap();
    until("it is there", async || server.metric("telemetry_collector_connections_total").await == Some(1.0))
        .await;
    let address = server.address;
    let second = tokio::spawn(async move {
        send(address, b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n").await
    });
    first.write_all(b"connection: close\r\n\r\n").await.unwrap();
    assert_eq!(receive(&mut first).await.status, 200);
    drop(first);
    assert_eq!(second.await.unwrap().status, 200);
}
