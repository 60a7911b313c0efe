//! Which turn an event is of, and who announces a run.

use std::collections::BTreeMap;

use telemetry_core::event::{Body, Event};
use telemetry_core::ids::SpanId;
use telemetry_core::time::UnixNanos;

use super::Told;

/// The turn that a body is of.
pub(super) fn turn(body: &Body) -> Option<SpanId> {
    match body {
        Body::TurnStarted(started) => Some(started.turn),
        Body::TurnEnded(ended) => Some(ended.turn),
        Body::AttemptStarted(started) => Some(started.turn),
        Body::AttemptFailed(failed) => Some(failed.turn),
        Body::ModelCall(call) => Some(call.turn),
        Body::ToolCall(tool) => Some(tool.turn),
        Body::ApprovalRequested(asked) => Some(asked.turn),
        Body::ApprovalAnswered(answered) => Some(answered.turn),
        Body::SubagentStarted(started) => started.turn,
        Body::SubagentEnded(ended) => ended.turn,
        _ => None,
    }
}

fn set(body: &mut Body, turn: SpanId) {
    match body {
        Body::TurnStarted(started) => started.turn = turn,
        Body::TurnEnded(ended) => ended.turn = turn,
        Body::AttemptStarted(started) => started.turn = turn,
        Body::AttemptFailed(failed) => failed.turn = turn,
        Body::ModelCall(call) => call.turn = turn,
        Body::ToolCall(tool) => tool.turn = turn,
        Body::ApprovalRequested(asked) => asked.turn = turn,
        Body::ApprovalAnswered(answered) => answered.turn = turn,
        Body::SubagentStarted(started) => started.turn = started.turn.map(|_| turn),
        Body::SubagentEnded(ended) => ended.turn = ended.turn.map(|_| turn),
        _ => {}
    }
}

/// Gives each event its turn: one turn a name, where the signals have names of their own for it, and by its time where none is told.
pub(super) fn place(own: &[Event], told: &mut [Told]) {
    let same = aliases(told);
    for told in told.iter_mut() {
        if let Some(Some(known)) = turn(&told.event.body).map(|turn| same.get(&turn)) {
            match known {
                Some(turn) => set(&mut told.event.body, *turn),
                None => told.mark.turn_unsaid = true,
            }
        }
    }
    let (turns, calls) = known(own, told);
    for told in told.iter_mut().filter(|told| told.mark.turn_unsaid) {
        let of_call = match &told.event.body {
            Body::AttemptFailed(failed) => calls.get(&failed.call).copied(),
            _ => None,
        };
        let by_time = || {
            let at = turns.partition_point(|(start, _)| *start <= told.event.ts);
            turns.get(at.saturating_sub(1)).map(|(_, turn)| *turn)
        };
        if let Some(turn) = of_call.or_else(by_time) {
            set(&mut told.event.body, turn);
        }
    }
}

/// What else a turn is called, with what it is; nothing where several turns are: then its name tells nothing.
fn aliases(told: &[Told]) -> BTreeMap<SpanId, Option<SpanId>> {
    let mut same = BTreeMap::<SpanId, Option<SpanId>>::new();
    for told in told {
        let (Some(alias), Some(turn)) = (told.mark.turn_is, turn(&told.event.body)) else { continue };
        let known = same.entry(alias).or_insert(Some(turn));
        if *known != Some(turn) {
            *known = None;
        }
    }
    same
}

/// The turns that are told, by when they began, and those of calls.
fn known(own: &[Event], told: &[Told]) -> (Vec<(UnixNanos, SpanId)>, BTreeMap<SpanId, SpanId>) {
    let said = told.iter().filter(|told| !told.mark.turn_unsaid).map(|told| &told.event);
    let (mut turns, mut calls) = (BTreeMap::<SpanId, UnixNanos>::new(), BTreeMap::new());
    for event in own.iter().chain(said) {
        let Some(turn) = turn(&event.body) else { continue };
        let begun = match &event.body {
            Body::ModelCall(call) => {
                calls.insert(call.call, turn);
                call.start_ns.unwrap_or(event.ts).min(event.ts)
            }
            Body::AttemptStarted(started) => {
                calls.insert(started.call, turn);
                event.ts
            }
            _ => event.ts,
        };
        let since = turns.entry(turn).or_insert(begun);
        *since = begun.min(*since);
    }
    let mut turns: Vec<_> = turns.into_iter().map(|(turn, since)| (since, turn)).collect();
    turns.sort_unstable();
    (turns, calls)
}

/// The announcement of the run: every request has one, and the first counts.
pub(super) fn announced_once(own: &[Event], told: Vec<Told>) -> Option<Event> {
    if own.iter().any(|event| matches!(event.body, Body::RunStarted(_))) {
        return None;
    }
    let model = told.iter().find_map(|told| match &told.event.body {
        Body::RunStarted(started) => started.model.clone(),
        _ => None,
    });
    let mut first = told.into_iter().next()?.event;
    if let Body::RunStarted(started) = &mut first.body {
        started.model = model;
    }
    Some(first)
}
