//! Tool calls and approvals, each once.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_core::event::{Body, Event, ToolCall};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ToolStatus;

use super::Told;
use super::pairs::{by_log, paired};

/// What a tool is called of which only is told that it ran.
const UNNAMED: &str = "unknown";

pub(super) fn tool(told: &Told) -> Option<&ToolCall> {
    match &told.event.body {
        Body::ToolCall(tool) => Some(tool),
        _ => None,
    }
}

/// The tool calls that OTLP tells of and our own wire does not, each once, in the order of their time.
pub(super) fn once(own: &[Event], told: Vec<Told>) -> Vec<Told> {
    let known: BTreeSet<SpanId> = own
        .iter()
        .filter_map(|event| match &event.body {
            Body::ToolCall(tool) => Some(tool.span),
            _ => None,
        })
        .collect();
    // What ran and what was refused are told of by spans within that of the tool call.
    let also: BTreeMap<SpanId, SpanId> =
        told.iter().filter_map(|told| Some((told.mark.also?, tool(told)?.span))).collect();
    let mut named = BTreeMap::<SpanId, Vec<Told>>::new();
    let mut loose = Vec::new();
    for mut told in told {
        let Body::ToolCall(tool) = &mut told.event.body else { continue };
        tool.span = also.get(&tool.span).copied().unwrap_or(tool.span);
        match tool.span {
            span if known.contains(&span) => {}
            _ if told.mark.loose => loose.push(told),
            span => named.entry(span).or_default().push(told),
        }
    }
    let same_tool = |one: &Told, other: &Told| match (tool(one), tool(other)) {
        (Some(one), Some(other)) => one.tool == other.tool,
        _ => false,
    };
    let mut groups = paired(loose, same_tool);
    groups.extend(named.into_values());
    let mut tools: Vec<Told> = groups.into_iter().filter_map(one).collect();
    tools.sort_by_key(|told| (told.event.ts, told.event.id));
    tools
}

/// One tool call of all that tells of it. The span with its name goes first: it is from the question whether it may run to the end.
fn one(mut group: Vec<Told>) -> Option<Told> {
    let unnamed = |told: &Told| tool(told).is_none_or(|tool| tool.tool.is_empty());
    group.sort_by_key(|told| (unnamed(told), told.mark.signal, told.event.ts, told.event.id));
    let status = status(&group);
    let mut first = group.first()?.clone();
    let rest: Vec<ToolCall> = group.iter().skip(1).filter_map(tool).cloned().collect();
    let Body::ToolCall(merged) = &mut first.event.body else { return None };
    merged.status = status;
    for other in rest {
        merged.call = merged.call.or(other.call);
        merged.toolset = merged.toolset.take().or(other.toolset);
        merged.tool_call_id = merged.tool_call_id.take().or(other.tool_call_id);
        merged.error_type = merged.error_type.take().or(other.error_type);
        merged.duration_ns = merged.duration_ns.or(other.duration_ns);
    }
    if merged.tool.is_empty() {
        merged.tool = Name::fixed(UNNAMED);
    }
    Some(first)
}

/// How it ended: that it was not let run is the last word, then what a record says, which is the tool's own; a span may only say that
/// nothing was thrown.
fn status(group: &[Told]) -> ToolStatus {
    let said = |told: &Told| {
        tool(told).map(|tool| tool.status.clone()).filter(|status| *status != ToolStatus::Unknown)
    };
    let refused = group
        .iter()
        .filter_map(said)
        .find(|status| matches!(status, ToolStatus::Denied | ToolStatus::Blocked));
    let by_record = || group.iter().filter(by_log).find_map(said);
    // Of two spans of one tool call, one that says it failed knows more.
    let by_span = || group.iter().filter_map(said).max();
    refused.or_else(by_record).or_else(by_span).unwrap_or(ToolStatus::Unknown)
}

/// Questions and answers of approvals, each once: of several the one that knows how long it took.
pub(super) fn approvals_once(own: &[Event], told: Vec<Told>) -> Vec<Told> {
    let which = |event: &Event| match &event.body {
        Body::ApprovalRequested(asked) => Some((false, asked.approval)),
        Body::ApprovalAnswered(answered) => Some((true, answered.approval)),
        _ => None,
    };
    let waited = |told: &Told| match &told.event.body {
        Body::ApprovalAnswered(answered) => answered.wait_ns.is_some(),
        _ => false,
    };
    let mut seen: BTreeSet<(bool, SpanId)> = own.iter().filter_map(which).collect();
    let mut told = told;
    told.sort_by_key(|told| (!waited(told), told.mark.signal, told.event.ts, told.event.id));
    told.retain(|told| which(&told.event).is_some_and(|which| seen.insert(which)));
    told
}
