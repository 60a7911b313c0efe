//! The batch wire: up to a hundred events, in the shape that its clients send.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::value::RawValue;
use telemetry_core::ids::Key;
use telemetry_core::time::UnixNanos;
use uuid::Uuid;

use super::json::{self, Loose};
use super::{MOST_HOST, Report, Window};

/// Events of one request.
pub const MOST_EVENTS: usize = 100;

/// Bytes of `extraData`, as it is kept.
pub const MOST_EXTRA: usize = 65_536;

/// `latencyMs`: a day. Sums of nanoseconds have to have room for a great many of them.
pub const MOST_LATENCY_MS: i64 = 86_400_000;

/// `errorCount`.
pub const MOST_ERRORS: i64 = 1_000_000;

/// What `eventType` may be.
pub const KINDS: [&str; 5] = ["agent_execution", "hook_decision", "error", "escalation", "commit"];
/// What `decision` may be.
pub const DECISIONS: [&str; 6] = ["APPROVED", "DENIED", "CONFIRMED", "DECLINED", "OK", "BLOCK"];
/// What `modelTier` may be.
pub const TIERS: [&str; 3] = ["haiku", "sonnet", "opus"];

/// What is wrong with one of the events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rejected {
    /// Which, counted from 0.
    pub index: usize,
    /// Its field, where it is one.
    pub field: Option<&'static str>,
    /// What is wrong.
    pub reason: String,
}

/// A batch, read.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// What can be kept.
    pub reports: Vec<Report>,
    /// What cannot.
    pub rejected: Vec<Rejected>,
}

/// What is known of a batch besides what it says.
#[derive(Debug, Clone, Copy)]
pub struct Envelope<'a> {
    /// The times that are taken in.
    pub window: Window,
    /// When it came.
    pub now: UnixNanos,
    /// The only machine it may speak of.
    pub host: Option<&'a str>,
    /// The header `Idempotency-Key`.
    pub idempotency_key: Option<&'a str>,
}

/// Reads a batch: `{"events": [...]}`, or the list alone.
///
/// # Errors
/// When it is no such thing at all. What is wrong with one event is that event's alone.
pub fn read(body: &[u8], envelope: Envelope<'_>) -> Result<Batch, String> {
    let text = std::str::from_utf8(body).map_err(|_| "the body is not UTF-8".to_owned())?;
    if json::is_too_deep(body) {
        return Err(format!("the body is nested deeper than {} levels", json::MOST_LEVELS));
    }
    let is_list = text.trim_start().starts_with('[');
    let events = match is_list {
        true => serde_json::from_str(text),
        false => serde_json::from_str(text).map(|Wrapped { events }| events),
    };
    let Events(events) =
        events.map_err(|error| match error.is_data() && error.to_string().starts_with("missing field") {
            true => "`events` is missing".to_owned(),
            false => json::no_json(&error),
        })?;
    match events.len() {
        0 => return Err("`events` is empty".to_owned()),
        1..=MOST_EVENTS => {}
        _ => return Err(format!("`events` has more than {MOST_EVENTS} events")),
    }
    let mut identities = Identities::of(envelope);
    let mut batch = Batch::default();
    for (index, event) in events.iter().enumerate() {
        match report(event.get(), envelope, index, &mut identities) {
            Ok(report) => batch.reports.push(report),
            Err((field, reason)) => batch.rejected.push(Rejected { index, field, reason }),
        }
    }
    Ok(batch)
}

#[derive(Deserialize)]
struct Wrapped<'a> {
    #[serde(borrow)]
    events: Events<'a>,
}

/// The events as they stand there, and of too many one more than may be.
struct Events<'a>(Vec<&'a RawValue>);

impl<'de: 'a, 'a> Deserialize<'de> for Events<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct List;
        impl<'de> Visitor<'de> for List {
            type Value = Events<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of events")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Events<'de>, A::Error> {
                let mut events = Vec::new();
                while events.len() <= MOST_EVENTS
                    && let Some(event) = list.next_element()?
                {
                    events.push(event);
                }
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Events(events))
            }
        }
        deserializer.deserialize_seq(List)
    }
}

/// The fields of an event. Others are ignored, as they always were.
#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct Fields<'a> {
    #[serde(borrow)]
    host_id: Loose<'a>,
    #[serde(borrow)]
    session_id: Loose<'a>,
    #[serde(borrow)]
    event_type: Loose<'a>,
    #[serde(borrow)]
    agent_name: Loose<'a>,
    #[serde(borrow)]
    hook_name: Loose<'a>,
    #[serde(borrow)]
    decision: Loose<'a>,
    #[serde(borrow)]
    decision_reason: Loose<'a>,
    #[serde(borrow)]
    tool_name: Loose<'a>,
    #[serde(borrow)]
    working_dir: Loose<'a>,
    #[serde(borrow)]
    latency_ms: Loose<'a>,
    #[serde(borrow)]
    model_tier: Loose<'a>,
    #[serde(borrow)]
    model_name: Loose<'a>,
    #[serde(borrow)]
    error_count: Loose<'a>,
    #[serde(borrow)]
    success: Loose<'a>,
    #[serde(borrow)]
    timestamp: Loose<'a>,
    #[serde(borrow)]
    extra_data: Option<&'a RawValue>,
}

/// A field and what is wrong with it.
type Wrong = (Option<&'static str>, String);

fn report(
    text: &str,
    envelope: Envelope<'_>,
    index: usize,
    identities: &mut Identities,
) -> Result<Report, Wrong> {
    if !text.starts_with('{') {
        return Err((None, "must be an object".to_owned()));
    }
    let fields: Fields<'_> =
        serde_json::from_str(text).map_err(|_| (None, "has a field twice, or what is no JSON".to_owned()))?;
    let wrong = |field| move |reason: String| (Some(field), reason);
    let host = name("hostId", fields.host_id, MOST_HOST)?;
    if envelope.host.is_some_and(|bound| bound != host) {
        return Err((Some("hostId"), "is not the machine that the key is for".to_owned()));
    }
    let mut report = Report {
        id: 0,
        at: envelope.now,
        host,
        session: name("sessionId", fields.session_id, 255)?,
        kind: one_of("eventType", fields.event_type, &KINDS)?,
        agent: filled(text_of("agentName", fields.agent_name, 255)?),
        hook: filled(text_of("hookName", fields.hook_name, 255)?),
        decision: Some(one_of("decision", fields.decision, &DECISIONS)?),
        decision_reason: optional("decisionReason", fields.decision_reason, 4096)?,
        tool: filled(text_of("toolName", fields.tool_name, 255)?),
        working_dir: filled(text_of("workingDir", fields.working_dir, 4096)?),
        latency_ms: Some(count("latencyMs", fields.latency_ms, MOST_LATENCY_MS)?),
        tier: Some(one_of("modelTier", fields.model_tier, &TIERS)?),
        model: filled(text_of("modelName", fields.model_name, 255)?),
        error_count: Some(count("errorCount", fields.error_count, MOST_ERRORS)?),
        success: Some(truth("success", fields.success)?),
        extra: fields.extra_data.map(|extra| extra_data(extra.get())).transpose()?,
    };
    let told = match &fields.timestamp {
        Loose::Missing => None,
        Loose::Text(text) => Some(envelope.window.read(text).map_err(wrong("timestamp"))?),
        _ => return Err((Some("timestamp"), "must be a string".to_owned())),
    };
    (report.at, report.id) = identities.identify(&report, told, index);
    Ok(report)
}

fn text_of(field: &'static str, value: Loose<'_>, most: usize) -> Result<String, Wrong> {
    let wrong = |reason: String| Err((Some(field), reason));
    match value {
        Loose::Missing => wrong("is missing".to_owned()),
        Loose::Text(text) if text.contains('\0') => wrong("has the character U+0000".to_owned()),
        // Bytes first: most are far below, and characters have to be counted.
        Loose::Text(text) if text.len() > most && text.chars().count() > most => {
            wrong(format!("is longer than {most} characters"))
        }
        Loose::Text(text) => Ok(text.into_owned()),
        _ => wrong("must be a string".to_owned()),
    }
}

/// What names something, and so cannot be empty.
fn name(field: &'static str, value: Loose<'_>, most: usize) -> Result<String, Wrong> {
    let name = text_of(field, value, most)?;
    match name.is_empty() {
        true => Err((Some(field), "is empty".to_owned())),
        false => Ok(name),
    }
}

fn optional(field: &'static str, value: Loose<'_>, most: usize) -> Result<Option<String>, Wrong> {
    match value {
        Loose::Missing => Ok(None),
        value => text_of(field, value, most).map(filled),
    }
}

/// What is empty says nothing.
fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn one_of(field: &'static str, value: Loose<'_>, words: &[&str]) -> Result<String, Wrong> {
    match value {
        Loose::Text(word) if words.contains(&&*word) => Ok(Cow::into_owned(word)),
        Loose::Missing => Err((Some(field), "is missing".to_owned())),
        _ => Err((Some(field), format!("must be one of {}", words.join(", ")))),
    }
}

fn count(field: &'static str, value: Loose<'_>, most: i64) -> Result<i64, Wrong> {
    match value {
        Loose::Integer(count) if (0..=most).contains(&count) => Ok(count),
        Loose::Missing => Err((Some(field), "is missing".to_owned())),
        _ => Err((Some(field), format!("must be an integer from 0 to {most}"))),
    }
}

fn truth(field: &'static str, value: Loose<'_>) -> Result<bool, Wrong> {
    match value {
        Loose::Bool(value) => Ok(value),
        Loose::Missing => Err((Some(field), "is missing".to_owned())),
        _ => Err((Some(field), "must be true or false".to_owned())),
    }
}

fn extra_data(text: &str) -> Result<String, Wrong> {
    let wrong = |reason: String| (Some("extraData"), reason);
    let extra = json::object(text).map_err(|reason| wrong(reason.to_owned()))?;
    match extra.len() > MOST_EXTRA {
        true => Err(wrong(format!("is longer than {MOST_EXTRA} bytes"))),
        false => Ok(extra),
    }
}

/// What tells events from each other, so that what is sent again is known again.
struct Identities {
    now: UnixNanos,
    /// The time and the identity of a batch that has them of its own.
    batch: Option<(UnixNanos, u128)>,
    /// How often the same content came with the same time in this batch.
    seen: HashMap<(UnixNanos, u64), u32>,
}

impl Identities {
    fn of(envelope: Envelope<'_>) -> Self {
        // Any collector has to come to the same time when it gets the batch again, and only such a key has one in it.
        let batch = envelope.idempotency_key.and_then(|key| Uuid::parse_str(key).ok()).and_then(|uuid| {
            let (seconds, nanos) = uuid.get_timestamp()?.to_unix();
            let at = i64::try_from(seconds).ok()?.checked_mul(1_000_000_000)?.checked_add(nanos.into())?;
            let at = envelope.window.check(UnixNanos(at)).ok()?;
            (uuid.get_version_num() == 7).then_some((at, uuid.as_u128()))
        });
        Identities { now: envelope.now, batch, seen: HashMap::new() }
    }

    /// The time and the id of a report: of one that says its time, its content and how often that came before in the same
    /// batch.
    fn identify(&mut self, report: &Report, told: Option<UnixNanos>, index: usize) -> (UnixNanos, u64) {
        match (told, self.batch) {
            (Some(at), _) => {
                let content = content(report);
                let seen = self.seen.entry((at, content)).or_default();
                let id = Key::new("report").number(content).number(*seen).narrow();
                *seen += 1;
                (at, id)
            }
            (None, Some((at, batch))) => {
                (at, Key::new("report of batch").number(batch).number(index as u64).narrow())
            }
            (None, None) => (self.now, random()),
        }
    }
}

fn content(report: &Report) -> u64 {
    let texts = [
        &report.agent,
        &report.hook,
        &report.decision,
        &report.decision_reason,
        &report.tool,
        &report.working_dir,
        &report.tier,
        &report.model,
        &report.extra,
    ];
    let key = Key::new("report content").text(&report.host).text(&report.session).text(&report.kind);
    // None of them is ever empty where it is there.
    let key = texts.iter().fold(key, |key, text| key.text(text.as_deref().unwrap_or_default()));
    let numbers = [report.latency_ms, report.error_count, report.success.map(i64::from)];
    numbers.iter().fold(key, |key, number| key.number(number.map_or(u64::MAX, i64::cast_unsigned))).narrow()
}

/// Unlike any other, where nothing tells it from others.
fn random() -> u64 {
    getrandom::u64().unwrap_or_else(|_| Uuid::now_v7().as_u128() as u64)
}
