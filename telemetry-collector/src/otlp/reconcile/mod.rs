//! One of what was told twice: as a span and as a log record, or by our own wire and over OTLP.
//!
//! An agent that sends a call by two signals tells of it in two events, whose times are not quite the same. Which of them comes first, in which
//! request and to which collector is chance; so they are kept as they are, and made one here, where all events of a run are at hand.

mod attempts;
mod calls;
mod ends;
mod pairs;
mod tools;
mod turns;

use std::borrow::Cow;
use std::collections::BTreeMap;

use telemetry_core::event::{Body, Event};
use telemetry_core::ids::RunId;

use super::mark::Mark;

/// An event that came over OTLP.
#[derive(Debug, Clone)]
struct Told {
    event: Event,
    mark: Mark,
}

/// The events, with each call, tool call, failure and approval once, whichever signals told of it, and turns ended that their agent
/// does not end. Neither the order of `events` nor repeats among them matter, and those that did not come over OTLP stay as they
/// are.
///
/// To be called with all events of a run: of what is missing it cannot know. Events of several runs do not mix.
pub fn reconciled(events: &[Event]) -> Cow<'_, [Event]> {
    match events.iter().any(|event| Mark::of(event).is_some()) {
        true => Cow::Owned(reconcile(events.to_vec())),
        false => Cow::Borrowed(events),
    }
}

fn reconcile(events: Vec<Event>) -> Vec<Event> {
    let mut runs = BTreeMap::<Option<RunId>, (Vec<Event>, Vec<Told>)>::new();
    for event in events {
        let (own, told) = runs.entry(event.run).or_default();
        match Mark::of(&event) {
            Some(mark) if event.run.is_some() => told.push(Told { event, mark }),
            _ => own.push(event),
        }
    }
    let mut all: Vec<Event> = runs.into_values().flat_map(|(own, told)| of_run(own, told)).collect();
    all.sort_by_key(|event| (event.ts, event.id));
    all
}

fn of_run(own: Vec<Event>, mut told: Vec<Told>) -> Vec<Event> {
    if told.is_empty() {
        return own;
    }
    told.sort_by_key(|told| (told.event.ts, told.mark.signal, told.event.id));
    told.dedup_by_key(|told| (told.event.ts, told.event.id));
    turns::place(&own, &mut told);
    let mut sorted = Sorted::default();
    for told in told {
        let list = match &told.event.body {
            Body::RunStarted(_) => &mut sorted.announced,
            Body::ModelCall(_) => &mut sorted.calls,
            Body::AttemptFailed(_) => &mut sorted.attempts,
            Body::ToolCall(_) => &mut sorted.tools,
            Body::TurnEnded(_) => &mut sorted.ends,
            Body::ApprovalRequested(_) | Body::ApprovalAnswered(_) => &mut sorted.approvals,
            _ => &mut sorted.rest,
        };
        list.push(told);
    }
    let calls = calls::once(&own, sorted.calls);
    let (calls, attempts) = attempts::once(&own, calls, sorted.attempts);
    let tools = tools::once(&own, sorted.tools);
    let concluded = ends::conclude(&own, &calls, &attempts, &tools, sorted.ends);
    let approvals = tools::approvals_once(&own, sorted.approvals);
    let mut all = own;
    all.extend(turns::announced_once(&all, sorted.announced));
    for list in [calls, attempts, tools, approvals, sorted.rest] {
        all.extend(list.into_iter().map(|told| told.event));
    }
    all.extend(concluded);
    all
}

/// What was told of a run, by kind.
#[derive(Default)]
struct Sorted {
    announced: Vec<Told>,
    calls: Vec<Told>,
    attempts: Vec<Told>,
    tools: Vec<Told>,
    ends: Vec<Told>,
    approvals: Vec<Told>,
    rest: Vec<Told>,
}
