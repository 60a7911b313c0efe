//! Who is let in.

use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::json;
use telemetry_collector::http::{Limits, REMEMBERED};
use telemetry_collector::keys::Scope;
use telemetry_collector::storage::Storage as _;
use telemetry_core::time::UnixNanos;

use super::server::Running;
use super::wires::{BATCH, JSON, event};

fn body() -> String {
    json!({"events": [event()]}).to_string()
}

#[tokio::test]
async fn whatever_opens_nothing_is_told_the_same() {
    let server = Running::start().await;
    let minute_ago = UnixNanos::now().plus(-60_000_000_000);
    let expired = server.key_like("expired", &[Scope::Ingest], |key| key.expires = Some(minute_ago)).await;
    let revoked = server.key_like("revoked", &[Scope::Ingest], |key| key.revoked = Some(minute_ago)).await;
    let good = server.key("good", &[Scope::Ingest]).await;
    let upper = good.to_uppercase();
    let bearer = format!("bearer {good}");
    let without = server.post(BATCH, &[JSON], body()).await;
    assert_eq!(without.header("www-authenticate"), Some("Bearer"));
    let said = without.problem(401);
    let forged = "0".repeat(64);
    for key in [&expired, &revoked, &forged, &upper, &String::new(), &"é".to_owned(), &"x".repeat(9_000)] {
        let answer = server.post(BATCH, &[("x-api-key", key), JSON], body()).await;
        assert_eq!(answer.problem(401), said, "{key}");
        assert_eq!(answer.body, without.body);
    }
    let two = [("x-api-key", good.as_str()), ("authorization", &format!("Bearer {forged}")), JSON];
    server.post(BATCH, &two, body()).await.problem(401);
    let basic = [("authorization", "Basic dGVsZW1ldHJ5OnRlbGVtZXRyeQ=="), JSON];
    server.post(BATCH, &basic, body()).await.problem(401);
    for header in [("x-api-key", good.as_str()), ("authorization", &bearer)] {
        assert_eq!(server.post(BATCH, &[header, JSON], body()).await.status, 200);
    }
}

#[tokio::test]
async fn a_key_opens_what_its_scopes_say() {
    let server = Running::start().await;
    let read = server.key("read", &[Scope::Read]).await;
    let admin = server.key("admin", &[Scope::Admin]).await;
    let refused = server.post(BATCH, &[("x-api-key", &read), JSON], body()).await;
    assert_eq!(refused.problem(403), "it takes a key with the scope `ingest`");
    assert_eq!(server.post(BATCH, &[("x-api-key", &admin), JSON], body()).await.status, 200);
}

#[tokio::test]
async fn a_revoked_key_opens_nothing_a_few_seconds_later() {
    let server = Running::start().await;
    let key = server.key("laptop", &[Scope::Ingest]).await;
    let status = async || server.post(BATCH, &[("x-api-key", &key), JSON], body()).await.status;
    assert_eq!(status().await, 200);
    assert!(server.storage.revoke_key("laptop", UnixNanos::now()).await.unwrap());
    let revoked = async {
        while status().await == 200 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    };
    tokio::time::timeout(REMEMBERED * 3, revoked).await.expect("it still opens the door");
    assert_eq!(status().await, 401);
}

#[tokio::test]
async fn a_use_is_noted_to_the_minute() {
    let server = Running::start().await;
    let key = server.key("laptop", &[Scope::Ingest]).await;
    assert_eq!(server.post(BATCH, &[("x-api-key", &key), JSON], body()).await.status, 200);
    let noted = async {
        loop {
            if let Some(used) = server.storage.keys().await.unwrap()[0].used {
                break used;
            }
            tokio::task::yield_now().await;
        }
    };
    let used = tokio::time::timeout(super::server::PATIENCE, noted).await.expect("it is never noted");
    assert_eq!(used.0 % 60_000_000_000, 0);
    assert!((0..120_000_000_000).contains(&UnixNanos::now().since(used)));
}

#[tokio::test]
async fn a_key_may_send_so_many_requests_and_another_is_not_held_up() {
    let server = Running::with(Limits { requests_per_second: 1, ..Limits::default() }).await;
    let (busy, other) =
        (server.key("busy", &[Scope::Ingest]).await, server.key("other", &[Scope::Ingest]).await);
    let send = async |key: &str| server.post(BATCH, &[("x-api-key", key), JSON], body()).await;
    let mut answers = Vec::new();
    for _ in 0..5 {
        answers.push(send(&busy).await);
    }
    let refused = answers.iter().find(|answer| answer.status == 429).expect("all of them passed");
    assert!(refused.problem(429).contains("this key"));
    assert_eq!(refused.header("retry-after"), Some("1"));
    assert_eq!(send(&other).await.status, 200);
}

#[tokio::test]
async fn whoever_tries_keys_is_slowed_down_and_nobody_else() {
    let server = Running::start().await;
    let good = server.key("good", &[Scope::Ingest]).await;
    let send = async |key: &str| server.post(BATCH, &[("x-api-key", key), JSON], body()).await;
    assert_eq!(send(&good).await.status, 200);
    let mut statuses = Vec::new();
    for n in 0..300 {
        statuses.push(send(&format!("{n:064x}")).await.status);
    }
    assert!(statuses[..100].iter().all(|status| *status == 401), "{statuses:?}");
    assert!(statuses.contains(&429), "none was slowed down");
    assert_eq!(send(&good).await.status, 200, "from the same address");
}

#[tokio::test]
async fn without_the_database_nobody_is_let_in_and_nothing_of_it_is_told() {
    let server = Running::start().await;
    let key = server.key("laptop", &[Scope::Ingest]).await;
    server.storage.is_down.store(true, Ordering::SeqCst);
    let answer = server.post(BATCH, &[("x-api-key", &key), JSON], body()).await;
    answer.problem(503);
    assert_eq!(answer.header("retry-after"), Some("1"));
    let text = answer.text();
    assert!(!text.contains("secret") && !text.contains("SELECT") && !text.contains(&key), "{text}");
}
