//! Answered calls, each once.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_core::event::{Body, Event, ModelCall};
use telemetry_core::ids::SpanId;

use super::Told;
use super::pairs::{by_log, paired};

pub(super) fn call(told: &Told) -> Option<&ModelCall> {
    match &told.event.body {
        Body::ModelCall(call) => Some(call),
        _ => None,
    }
}

/// The calls that OTLP tells of and our own wire does not, each once, in the order of their time.
pub(super) fn once(own: &[Event], told: Vec<Told>) -> Vec<Told> {
    let known: BTreeSet<SpanId> = own
        .iter()
        .filter_map(|event| match &event.body {
            Body::ModelCall(call) => Some(call.call),
            _ => None,
        })
        .collect();
    let mut named = BTreeMap::<SpanId, Vec<Told>>::new();
    let mut loose = Vec::new();
    for told in told {
        match call(&told).map(|call| call.call) {
            Some(span) if known.contains(&span) => {}
            Some(_) if told.mark.loose => loose.push(told),
            Some(span) => named.entry(span).or_default().push(told),
            None => {}
        }
    }
    let same_model = |one: &Told, other: &Told| match (call(one), call(other)) {
        (Some(one), Some(other)) => one.model == other.model,
        _ => false,
    };
    let mut groups = paired(loose, same_model);
    for mut group in named.into_values() {
        group.sort_by_key(|told| (told.mark.signal, told.event.ts, told.event.id));
        groups.push(group);
    }
    let mut calls: Vec<Told> = groups.into_iter().filter_map(|group| one(&group)).collect();
    calls.sort_by_key(|told| (told.event.ts, told.event.id));
    calls
}

/// One call of all that tells of it, spans first: times are the span's, tokens the record's, which has them in more detail.
fn one(group: &[Told]) -> Option<Told> {
    let mut first = group.first()?.clone();
    let usage = group.iter().filter(by_log).chain(group).find_map(|told| call(told)?.usage);
    let rest: Vec<ModelCall> = group.iter().skip(1).filter_map(call).cloned().collect();
    let Body::ModelCall(merged) = &mut first.event.body else { return None };
    merged.usage = usage;
    for other in rest {
        merged.model = merged.model.take().or(other.model);
        merged.response_model = merged.response_model.take().or(other.response_model);
        merged.provider = merged.provider.take().or(other.provider);
        merged.base_url = merged.base_url.take().or(other.base_url);
        merged.start_ns = merged.start_ns.or(other.start_ns);
        merged.latency_ns = merged.latency_ns.or(other.latency_ns);
        merged.ttft_ns = merged.ttft_ns.or(other.ttft_ns);
        merged.retries = merged.retries.max(other.retries);
        merged.finish_reason = merged.finish_reason.take().or(other.finish_reason);
        merged.billing = merged.billing.take().or(other.billing);
    }
    Some(first)
}
