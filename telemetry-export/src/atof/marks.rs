//! What is a moment: the two ends of a turn, questions and answers, and what else happened. A mark has its payload in
//! `metadata`, because one with `data` is a step of the conversation to whoever converts it.

use serde_json::{Map, Value, json};
use telemetry_core::ids::{Key, SpanId};
use telemetry_core::outcome::OutcomeClass;
use telemetry_core::time::UnixNanos;

use super::line::{Rank, Record, uuid};
use super::map::Place;
use super::scope::{Out, correlation, with};
use crate::trajectory::{Approval, Happened, Turn, micros};

/// Writes a mark; when it was.
fn mark(
    place: &Place<'_>,
    (at, rank): (UnixNanos, Rank),
    name: &str,
    key: Key,
    metadata: &Map<String, Value>,
    out: &mut Out<'_>,
) -> i64 {
    let at = micros(at).max(place.start);
    let host = place.run.host.as_deref().unwrap_or("agent");
    let record = Record {
        uuid: &uuid(at, &key.number(place.run.id.0)),
        parent_uuid: place.uuid,
        name: &format!("{host}.{name}"),
        ..Record::mark(at, metadata)
    };
    out.push(at, rank, &record);
    at
}

/// The beginning of a turn.
pub(super) fn turn_start(turn: &Turn, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let metadata = of_turn(turn, place, json!({"number": turn.number}));
    let key = Key::new("atof turn start").number(turn.span.0);
    mark(place, (turn.start, Rank::TurnStart), "turn.start", key, &metadata, out)
}

/// The end of a turn.
pub(super) fn turn_end(turn: &Turn, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let reason = turn.verdict.reason.as_deref();
    let class = turn.verdict.outcome.class(reason);
    let status = match class {
        OutcomeClass::Failure => Some("ERROR"),
        OutcomeClass::Success => Some("OK"),
        _ => None,
    };
    let more = json!({
        "number": turn.number,
        "status": if turn.unclosed { "unclosed" } else { turn.verdict.outcome.as_str() },
        "reason": reason,
        "otel.status_code": status,
    });
    let key = Key::new("atof turn end").number(turn.span.0);
    mark(place, (turn.end, Rank::TurnEnd), "turn.end", key, &of_turn(turn, place, more), out)
}

/// A question and, where there was one, its answer: in the tool call it was about. When it was over.
pub(super) fn approval(approval: &Approval, turn: &Turn, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let Approval { span, start, end, over, request } = approval;
    let about = json!({
        "turn_id": turn.turn_id,
        "tool_call_id": over.tool_call_id,
        "surface": over.surface,
        "request": request,
    });
    let metadata = with(correlation(place.run, *span), about);
    let asked = Key::new("atof approval request").number(span.0);
    let at = mark(place, (*start, Rank::Mark), "approval.request", asked, &metadata, out);
    let Some(choice) = &over.choice else { return at };
    let metadata = with(metadata, json!({"choice": choice}));
    let answered = Key::new("atof approval response").number(span.0);
    mark(place, (*end, Rank::Mark), "approval.response", answered, &metadata, out).max(at)
}

/// What else happened, under the name of its event.
pub(super) fn happened(happened: &Happened, place: &Place<'_>, out: &mut Out<'_>) -> i64 {
    let name = match happened.kind.as_str() {
        "subagent_started" => "subagent.start",
        "subagent_ended" => "subagent.stop",
        kind => kind,
    };
    let metadata = with(correlation(place.run, SpanId(happened.id.0)), happened.fields.clone());
    let key = Key::new("atof happened").number(happened.id.0).text(&happened.at.0.to_string());
    mark(place, (happened.at, Rank::Mark), name, key, &metadata, out)
}

fn of_turn(turn: &Turn, place: &Place<'_>, more: Value) -> Map<String, Value> {
    with(with(correlation(place.run, turn.span), json!({"turn_id": turn.turn_id})), more)
}
