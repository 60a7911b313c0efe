//! How turns ended that their agent does not end.
//!
//! An agent's loop is over when the model answers and asks for no tool, so a turn whose last word is such an answer has reached it. One
//! whose last word is a failure has failed if nothing is tried after it. Any other is not known to be over.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_core::event::{Body, Event, TurnEnded};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

use super::Told;
use super::attempts::failed;
use super::calls::call;
use super::tools::tool;

/// The last that was heard of a turn.
enum Last {
    Answer { finish: Option<Name>, asked_for_tools: bool },
    Failure { exhausted: bool },
    Tool,
}

/// The ends of turns: those that are told, and those that follow from what is.
pub(super) fn conclude(
    own: &[Event],
    calls: &[Told],
    attempts: &[Told],
    tools: &[Told],
    ends: Vec<Told>,
) -> Vec<Event> {
    let mut over: BTreeSet<SpanId> = own
        .iter()
        .filter_map(|event| match &event.body {
            Body::TurnEnded(ended) => Some(ended.turn),
            _ => None,
        })
        .collect();
    let (open, said): (Vec<Told>, Vec<Told>) = ends.into_iter().partition(|told| told.mark.end_unsaid);
    over.extend(said.iter().filter_map(|told| ended(told).map(|ended| ended.turn)));
    let mut concluded: Vec<Event> = said.into_iter().map(|told| told.event).collect();
    // In the order of their time, so that the last of several is left.
    let ends: BTreeMap<SpanId, &Told> =
        open.iter().filter_map(|told| Some((ended(told)?.turn, told))).collect();
    for (turn, (at, run, last)) in last_words(calls, attempts, tools) {
        if over.contains(&turn) {
            continue;
        }
        let end = ends.get(&turn).copied();
        let at = end.map_or(at, |told| told.event.ts.max(at));
        let told = end.and_then(ended).filter(|ended| ended.completed || ended.failed);
        let Some(ended) = told.cloned().or_else(|| judge(turn, &last, end.is_some())) else { continue };
        concluded.push(Event::new(
            at,
            run,
            &Key::new("otlp turn judged").number(turn.0).number(run.0),
            ended,
        ));
    }
    // Turns of which nothing but their end is told.
    for (turn, told) in ends {
        let nothing = !calls
            .iter()
            .chain(attempts)
            .chain(tools)
            .any(|told| super::turns::turn(&told.event.body) == Some(turn));
        if nothing
            && !over.contains(&turn)
            && ended(told).is_some_and(|ended| ended.completed || ended.failed)
        {
            concluded.push(told.event.clone());
        }
    }
    concluded
}

fn ended(told: &Told) -> Option<&TurnEnded> {
    match &told.event.body {
        Body::TurnEnded(ended) => Some(ended),
        _ => None,
    }
}

/// The last word of each turn whose agent does not end it.
fn last_words(
    calls: &[Told],
    attempts: &[Told],
    tools: &[Told],
) -> BTreeMap<SpanId, (UnixNanos, RunId, Last)> {
    let asked: BTreeSet<SpanId> = tools.iter().filter_map(|told| tool(told)?.call).collect();
    let mut words = BTreeMap::<SpanId, (UnixNanos, RunId, Last)>::new();
    for told in calls.iter().chain(attempts).chain(tools).filter(|told| !told.mark.whole) {
        let (Some(run), at) = (told.event.run, told.event.ts) else { continue };
        let (turn, last) = if let Some(call) = call(told) {
            let (finish, asked_for_tools) = (call.finish_reason.clone(), asked.contains(&call.call));
            (call.turn, Last::Answer { finish, asked_for_tools })
        } else if let Some(failed) = failed(told) {
            (failed.turn, Last::Failure { exhausted: failed.exhausted })
        } else if let Some(tool) = tool(told) {
            (tool.turn, Last::Tool)
        } else {
            continue;
        };
        match words.get(&turn) {
            Some((known, ..)) if *known > at => {}
            _ => drop(words.insert(turn, (at, run, last))),
        }
    }
    words
}

fn judge(turn: SpanId, last: &Last, is_over: bool) -> Option<TurnEnded> {
    let ended = TurnEnded { turn, completed: false, interrupted: false, failed: false, reason: None };
    match last {
        Last::Answer { asked_for_tools: true, .. } | Last::Tool => None,
        Last::Answer { finish, .. } => match finish.as_deref() {
            Some("tool_use" | "tool_calls" | "tool-calls" | "pause_turn") => None,
            Some(
                "length" | "max_tokens" | "MAX_TOKENS" | "content_filter" | "content-filter" | "refusal"
                | "SAFETY",
            ) => Some(TurnEnded { reason: finish.clone(), ..ended }),
            _ => Some(TurnEnded { completed: true, ..ended }),
        },
        Last::Failure { exhausted } => (*exhausted || is_over).then_some(TurnEnded { failed: true, ..ended }),
    }
}
