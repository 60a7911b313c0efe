//! What changes a document somewhere else than at its end: rare, so the whole of it is read and written anew.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};
use telemetry_core::ids::SpanId;

use super::document::{Embedded, Extra};
use super::model::{FinalMetrics, Observation, ObservationResult, Source, Step, SubagentRef, Trajectory};
use super::steps::fill;
use crate::trajectory::{Tool, micros, rfc3339};

/// A change.
pub(super) enum Edit {
    /// What a tool gave back in the background.
    Tool(Tool),
    /// More of a trajectory that is embedded already.
    More(Box<Embedded>),
    /// A subagent that worked in the background, in the trajectory to which `path` leads, from the document down.
    Child { path: Vec<String>, place: Option<SpanId>, refer: SubagentRef, embedded: Box<Embedded> },
}

/// Makes a change.
pub(super) fn apply(document: &mut Trajectory<Extra>, edit: Edit) {
    match edit {
        Edit::Tool(tool) => give(&mut document.steps, &tool),
        Edit::More(more) => add(&mut document.subagent_trajectories, *more),
        Edit::Child { path, place, refer, embedded } => {
            let Trajectory { steps, subagent_trajectories, .. } = document;
            below(steps, subagent_trajectories, &path, place, refer, *embedded);
        }
    }
}

/// Puts a trajectory among others, or behind the one of the same session.
pub(super) fn add(embedded: &mut Vec<Embedded>, more: Embedded) {
    let id = &more.head.trajectory_id;
    let Some(known) = embedded.iter_mut().find(|known| known.head.trajectory_id == *id) else {
        return embedded.push(more);
    };
    let mut steps = more.steps;
    tell_apart(&known.steps, &mut steps);
    let last = known.steps.last().map(|step| step.timestamp.clone()).unwrap_or_default();
    // All moments are of one length, so their order is that of their texts.
    known
        .steps
        .extend(steps.into_iter().map(|step| Step { timestamp: step.timestamp.max(last.clone()), ..step }));
    number(&mut known.steps);
    sum(&mut known.tail.final_metrics, &more.tail.final_metrics);
    known.tail.final_metrics.total_steps = known.steps.len() as u64;
    for one in more.subagent_trajectories {
        add(&mut known.subagent_trajectories, one);
    }
}

fn below(
    steps: &mut Vec<Step>,
    embedded: &mut Vec<Embedded>,
    path: &[String],
    place: Option<SpanId>,
    refer: SubagentRef,
    child: Embedded,
) {
    if let Some((next, path)) = path.split_first()
        && let Some(inner) = embedded.iter_mut().find(|known| known.head.trajectory_id == *next)
    {
        let cost = child.tail.final_metrics.total_cost_usd;
        let metrics = &mut inner.tail.final_metrics;
        metrics.total_cost_usd = metrics.total_cost_usd.zip(cost).map(|(known, more)| known + more);
        let Trajectory { steps, subagent_trajectories, .. } = inner;
        return below(steps, subagent_trajectories, path, place, refer, child);
    }
    let last = child.steps.last().map(|step| step.timestamp.clone()).unwrap_or_default();
    let result = result_of(steps, |result| {
        place.is_some_and(|place| result.extra.get("span_id") == Some(&json!(place)))
    });
    match result {
        Some(result) if result.subagent_trajectory_ref.contains(&refer) => {}
        Some(result) => result.subagent_trajectory_ref.push(refer),
        None => {
            let result = ObservationResult { subagent_trajectory_ref: vec![refer], ..Default::default() };
            aside(steps, last, "Subagent finished", result);
        }
    }
    add(embedded, child);
}

/// What a tool gave back: where the call that asked for it waits for it, else by itself.
fn give(steps: &mut Vec<Step>, tool: &Tool) {
    let id = tool.id();
    let waits = |result: &ObservationResult| {
        result.source_call_id.as_ref() == Some(&id) && !result.extra.contains_key("span_id")
    };
    match result_of(steps, waits) {
        Some(result) => fill(result, tool),
        None => {
            let mut result = ObservationResult::default();
            fill(&mut result, tool);
            aside(steps, rfc3339(micros(tool.end)), "Tool finished", result);
        }
    }
}

/// The last result that is it.
fn result_of(
    steps: &mut [Step],
    is_it: impl Fn(&ObservationResult) -> bool,
) -> Option<&mut ObservationResult> {
    let results = steps.iter_mut().rev().filter_map(|step| step.observation.as_mut());
    results.flat_map(|observation| &mut observation.results).find(|result| is_it(result))
}

/// A step at the end, not before the one before it.
fn aside(steps: &mut Vec<Step>, at: String, message: &str, result: ObservationResult) {
    let before = steps.last().map(|step| step.timestamp.clone()).unwrap_or_default();
    steps.push(Step {
        timestamp: at.max(before),
        observation: Some(Observation { results: vec![result] }),
        ..Step::new(Source::System, message)
    });
    number(steps);
}

/// Gives the tool calls of `more` that are called as one of `known` other ids.
fn tell_apart(known: &[Step], more: &mut [Step]) {
    let calls = known.iter().flat_map(|step| &step.tool_calls);
    let ids: BTreeSet<String> = calls.map(|call| call.tool_call_id.clone()).collect();
    for step in more {
        let results = step.observation.iter_mut().flat_map(|observation| &mut observation.results);
        for (call, result) in step.tool_calls.iter_mut().zip(results) {
            let id = &call.tool_call_id;
            let mut numbered = (2u32..).map(|nth| format!("{id}~{nth}"));
            let other = ids.contains(id).then(|| numbered.find(|id| !ids.contains(id))).flatten();
            if let Some(other) = other {
                result.source_call_id = Some(other.clone());
                call.tool_call_id = other;
            }
        }
    }
}

fn number(steps: &mut [Step]) {
    for (nth, step) in steps.iter_mut().enumerate() {
        step.step_id = nth as u64 + 1;
    }
}

/// Sums of two parts of one trajectory. A cost that is unknown of one is unknown of both.
fn sum(known: &mut FinalMetrics, more: &FinalMetrics) {
    let tokens = |one: Option<u64>, other: Option<u64>| match (one, other) {
        (None, None) => None,
        (one, other) => Some(one.unwrap_or(0) + other.unwrap_or(0)),
    };
    known.total_prompt_tokens = tokens(known.total_prompt_tokens, more.total_prompt_tokens);
    known.total_completion_tokens = tokens(known.total_completion_tokens, more.total_completion_tokens);
    known.total_cached_tokens = tokens(known.total_cached_tokens, more.total_cached_tokens);
    known.total_cost_usd = known.total_cost_usd.zip(more.total_cost_usd).map(|(one, other)| one + other);
    counts(&mut known.extra, &more.extra);
}

/// Adds numbers to those of the same name, also inside of objects.
fn counts(known: &mut Map<String, Value>, more: &Map<String, Value>) {
    for (key, more) in more {
        match (known.get_mut(key), more) {
            (Some(Value::Object(known)), Value::Object(more)) => counts(known, more),
            (Some(known), more) => {
                match (known.as_u64().zip(more.as_u64()), known.as_f64().zip(more.as_f64())) {
                    (Some((one, other)), _) => *known = json!(one + other),
                    (None, Some((one, other))) => *known = json!(one + other),
                    (None, None) => {}
                }
            }
            (None, more) => {
                known.insert(key.clone(), more.clone());
            }
        }
    }
}
