//! What is taken in is there once.

use telemetry_collector::intake::{Report, Transcript};
use telemetry_core::codec;
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;

use super::databases::Databases;
use super::sessions::{DAY, MONDAY, Session, recorded, whole};
use super::state::settle_all;

pub async fn an_event_is_kept_once(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let events = whole("one", "s", MONDAY).events;
    let (first, rest) = events.split_at(4);
    assert_eq!(storage.keep_events(first).await.unwrap(), [true; 4]);
    assert_eq!(storage.keep_events(first).await.unwrap(), [false; 4]);
    // Half of a batch is new, and one of that is in it twice.
    let batch = [&first[2..], &rest[..2], &rest[..1]].concat();
    assert_eq!(storage.keep_events(&batch).await.unwrap(), [false, false, true, true, false]);
    assert_eq!(storage.keep_events(&[]).await.unwrap(), [] as [bool; 0]);
    assert_eq!(storage.volumes().await.unwrap().events, 6);
    // Another collector sees it at once, and keeps nothing of it again.
    let other = database.open().await;
    assert_eq!(other.keep_events(&batch).await.unwrap(), [false; 5]);
    assert_eq!(other.volumes().await.unwrap().events, 6);
}

pub async fn an_event_is_told_by_its_moment_and_its_id(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let event = Session::begin("one", "s", MONDAY).events.remove(1).event;
    let later = Event { ts: event.ts.plus(1), ..event.clone() };
    let mut other = event.clone();
    other.id.0 = u64::MAX;
    let events = [event, later, other].map(|event| recorded("one", event));
    assert_eq!(storage.keep_events(&events).await.unwrap(), [true; 3]);
    assert_eq!(storage.keep_events(&events).await.unwrap(), [false; 3]);
}

pub async fn events_of_any_day_are_kept(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    for at in [-DAY, -1, 0, MONDAY.0, 4_102_444_800_000_000_000] {
        let events = whole("one", &at.to_string(), UnixNanos(at)).events;
        assert!(storage.keep_events(&events).await.unwrap().iter().all(|is_new| *is_new), "{at}");
        assert!(storage.keep_events(&events).await.unwrap().iter().all(|is_new| !*is_new), "{at}");
    }
    settle_all(&storage).await;
    assert_eq!(storage.volumes().await.unwrap().runs, 5);
}

pub async fn only_what_is_new_has_to_be_settled(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let events = whole("one", "s", MONDAY).events;
    storage.keep_events(&events).await.unwrap();
    assert!(storage.volumes().await.unwrap().unsettled > 0);
    settle_all(&storage).await;
    assert_eq!(storage.volumes().await.unwrap().unsettled, 0);
    storage.keep_events(&events).await.unwrap();
    assert_eq!(storage.volumes().await.unwrap().unsettled, 0);
}

pub async fn every_kind_comes_back_as_it_was_written(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let golden = include_str!("../../../../telemetry-core/tests/golden/v1.jsonl");
    let events: Vec<Event> = golden.lines().map(|line| codec::decode(line.as_bytes()).unwrap()).collect();
    let batch: Vec<_> = events.iter().map(|event| recorded("a \"host\" ' \\ é 🦀", event.clone())).collect();
    storage.keep_events(&batch).await.unwrap();
    settle_all(&storage).await;
    for event in events.iter().filter(|event| event.run.is_some()) {
        let tree = storage.tree(event.run.unwrap(), 10_000).await.unwrap();
        assert!(tree.contains(event), "{event:?} is not in {tree:?}");
    }
}

/// A report, told by its number.
pub fn report(number: u64, at: UnixNanos) -> Report {
    Report {
        id: number.wrapping_mul(0x9e37_79b9_7f4a_7c15),
        at,
        host: "builder".into(),
        session: "s".into(),
        kind: "hook_decision".into(),
        agent: Some("reviewer".into()),
        hook: Some("pre-commit".into()),
        decision: Some(if number.is_multiple_of(3) { "DENIED" } else { "APPROVED" }.into()),
        decision_reason: Some("'; DROP TABLE reports; --".into()),
        tool: Some("Bash".into()),
        working_dir: Some("/src".into()),
        latency_ms: number.is_multiple_of(2).then_some(number as i64 * 10),
        tier: Some("haiku".into()),
        model: None,
        error_count: Some(1),
        success: Some(true),
        extra: Some(r#"{"a":[1,{"b":"\"é"}]}"#.into()),
    }
}

pub async fn a_report_is_kept_once(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let reports: Vec<Report> =
        (0..10).map(|number| report(number, MONDAY.plus(number as i64 * DAY / 20))).collect();
    let (first, rest) = reports.split_at(6);
    assert_eq!(storage.keep_reports(first).await.unwrap(), [true; 6]);
    assert_eq!(storage.keep_reports(first).await.unwrap(), [false; 6]);
    let batch = [&first[4..], rest, &rest[..1]].concat();
    assert_eq!(storage.keep_reports(&batch).await.unwrap(), [false, false, true, true, true, true, false]);
    assert_eq!(database.open().await.keep_reports(&reports).await.unwrap(), [false; 10]);
    assert_eq!(storage.volumes().await.unwrap().reports, 10);
}

pub async fn the_last_transcript_of_a_session_counts(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let transcript = |host: &str, body: &str| Transcript {
        session: "s".into(),
        host: host.into(),
        at: MONDAY,
        body: body.into(),
    };
    for (host, body) in [("one", r#"{"n":1}"#), ("other", r#"{"n":2}"#), ("one", r#"{"n":3}"#)] {
        storage.keep_transcript(&transcript(host, body)).await.unwrap();
    }
    assert_eq!(database.sql("SELECT CAST(count(*) AS text) FROM transcripts").await.as_deref(), Some("2"));
    let kept = database.sql("SELECT CAST(body AS text) FROM transcripts WHERE host = 'one'").await.unwrap();
    assert_eq!(kept.replace(' ', ""), r#"{"n":3}"#);
}
