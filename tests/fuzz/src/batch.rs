//! A body of the batch wire.

use std::collections::{BTreeMap, HashSet};

use serde_json::value::RawValue;
use serde_json::{Map, Value, json};
use telemetry_collector::intake::batch::{
    Batch, DECISIONS, Envelope, KINDS, MOST_ERRORS, MOST_EVENTS, MOST_EXTRA, MOST_LATENCY_MS, TIERS, read,
};
use telemetry_collector::intake::{Report, Window};
use telemetry_core::time::UnixNanos;

use crate::storable::is_storable;

/// When every batch comes.
const NOW: UnixNanos = UnixNanos(1_795_000_000_000_000_000);
/// All of 1970 to now, and a day.
const WINDOW: Window = Window { from: UnixNanos(0), until: UnixNanos(NOW.0 + 86_400_000_000_000) };
/// The machine of a key that is for one.
pub const HOST: &str = "laptop";
/// A UUID of version 7, of the same minute.
const IDEMPOTENCY_KEY: &str = "01a1eed9-9c00-7000-8000-0000000000aa";

/// Names that an event may be refused for.
const FIELDS: [&str; 16] = [
    "hostId",
    "sessionId",
    "eventType",
    "agentName",
    "hookName",
    "decision",
    "decisionReason",
    "toolName",
    "workingDir",
    "latencyMs",
    "modelTier",
    "modelName",
    "errorCount",
    "success",
    "timestamp",
    "extraData",
];

/// Each event of a batch is taken or refused, for itself alone: by its place, with a reason, and where it is an object for one of its
/// fields. What is taken has room in its columns and can be told from the others, and as it would be sent again it is the same. The first
/// byte says whether the key is for one machine, and whether the batch says what it is.
///
/// # Panics
/// When one of these does not hold.
pub fn holds(input: &[u8]) {
    let Some((with, body)) = input.split_first() else { return };
    let envelope = Envelope {
        window: WINDOW,
        now: NOW,
        host: (with & 1 != 0).then_some(HOST),
        idempotency_key: (with & 2 != 0).then_some(IDEMPOTENCY_KEY),
    };
    let batch = match read(body, envelope) {
        Ok(batch) => batch,
        Err(reason) => return assert!(!reason.is_empty()),
    };
    let events = events_of(body);
    assert!((1..=MOST_EVENTS).contains(&events.len()), "{} events", events.len());
    if envelope.idempotency_key.is_some() {
        assert_eq!(read(body, envelope).as_ref(), Ok(&batch), "another time it is something else");
    }
    let ids: HashSet<_> = batch.reports.iter().map(|report| (report.at, report.id)).collect();
    assert_eq!(ids.len(), batch.reports.len(), "two cannot be told apart");

    let (mut reports, mut rejected) = (batch.reports.iter(), batch.rejected.iter().peekable());
    for (index, event) in events.iter().enumerate() {
        let mut alone = alone(event, envelope);
        match rejected.next_if(|rejected| rejected.index == index) {
            Some(rejected) => {
                assert!(!rejected.reason.is_empty());
                assert!(rejected.field.is_none_or(|field| FIELDS.contains(&field)), "{rejected:?}");
                let [one] = &mut alone.rejected[..] else { panic!("alone it is taken: {rejected:?}") };
                one.index = index;
                assert_eq!(one, rejected, "alone it is refused for something else");
                if rejected.field.is_none() {
                    is_no_object(event, envelope);
                }
            }
            None => {
                let Some(report) = reports.next() else { panic!("nothing became of event {index}") };
                let [one] = &mut alone.reports[..] else { panic!("alone it is refused: {report:?}") };
                // How often it came before is in it.
                one.id = report.id;
                assert_eq!(one, report, "alone it is something else");
                fits(report);
                let mut again = self::alone(&sent_again(report), envelope);
                let [one] = &mut again.reports[..] else { panic!("{again:?} of {report:?}") };
                one.id = report.id;
                assert_eq!(one, report, "sent again it is something else");
            }
        }
    }
    assert_eq!((reports.next(), rejected.next()), (None, None), "of events that nobody sent");
}

/// What stands in a body that was read.
fn events_of(body: &[u8]) -> Vec<Box<RawValue>> {
    let list = serde_json::from_slice(body).ok();
    let wrapped = || serde_json::from_slice::<BTreeMap<String, Box<RawValue>>>(body).ok()?.remove("events");
    let list = list.or_else(|| serde_json::from_str(wrapped()?.get()).ok());
    list.unwrap_or_else(|| panic!("it is no list of events"))
}

fn alone(event: &RawValue, envelope: Envelope<'_>) -> Batch {
    match read(format!("[{event}]").as_bytes(), envelope) {
        Ok(batch) => batch,
        Err(reason) => panic!("alone it is no batch: {reason}"),
    }
}

/// What is refused for no field is no object, or has one of its fields twice: with each of them once it is taken, or refused for
/// one of them.
fn is_no_object(event: &RawValue, envelope: Envelope<'_>) {
    if let Ok(object) = serde_json::from_str::<Map<String, Value>>(event.get()) {
        let once = alone(&raw(&Value::Object(object)), envelope);
        assert!(once.rejected.iter().all(|rejected| rejected.field.is_some()), "{once:?}");
    }
}

/// Whether it has room in the columns of the databases.
fn fits(report: &Report) {
    let text = |text: &Option<String>, most: usize| {
        assert!(text.as_ref().is_none_or(|text| !text.is_empty()), "{report:?}");
        let text = text.as_deref().unwrap_or_default();
        assert!(text.chars().count() <= most && !text.contains('\0'), "{report:?}");
    };
    for name in [&report.host, &report.session] {
        text(&Some(name.clone()), 255);
    }
    for name in [&report.agent, &report.hook, &report.tool, &report.model] {
        text(name, 255);
    }
    text(&report.decision_reason, 4096);
    text(&report.working_dir, 4096);
    let is_word =
        |word: &Option<String>, words: &[&str]| word.as_deref().is_some_and(|word| words.contains(&word));
    assert!(KINDS.contains(&&*report.kind), "{report:?}");
    assert!(is_word(&report.decision, &DECISIONS) && is_word(&report.tier, &TIERS), "{report:?}");
    assert!(report.latency_ms.is_some_and(|latency| (0..=MOST_LATENCY_MS).contains(&latency)), "{report:?}");
    assert!(report.error_count.is_some_and(|errors| (0..=MOST_ERRORS).contains(&errors)), "{report:?}");
    assert!(WINDOW.check(report.at).is_ok(), "{report:?}");
    if let Some(extra) = &report.extra {
        assert!(extra.len() <= MOST_EXTRA);
        let Ok(Value::Object(extra)) = serde_json::from_str(extra) else { panic!("no object: {extra}") };
        is_storable(&Value::Object(extra));
    }
}

/// The event that a client would have sent.
fn sent_again(report: &Report) -> Box<RawValue> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let extra = report.extra.as_deref().and_then(|extra| serde_json::from_str::<Value>(extra).ok());
    raw(&json!({
        "hostId": report.host,
        "sessionId": report.session,
        "eventType": report.kind,
        "agentName": text(&report.agent),
        "hookName": text(&report.hook),
        "decision": report.decision,
        "decisionReason": report.decision_reason,
        "toolName": text(&report.tool),
        "workingDir": text(&report.working_dir),
        "latencyMs": report.latency_ms,
        "modelTier": report.tier,
        "modelName": text(&report.model),
        "errorCount": report.error_count,
        "success": report.success,
        "timestamp": report.at.to_string(),
        "extraData": extra,
    }))
}

fn raw(value: &Value) -> Box<RawValue> {
    match RawValue::from_string(value.to_string()) {
        Ok(raw) => raw,
        Err(error) => panic!("{error}: {value}"),
    }
}
