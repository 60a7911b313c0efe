//! Failed attempts, each once, and at which call they were.

use std::collections::{BTreeMap, BTreeSet};

use telemetry_core::event::{AttemptFailed, Body, Event};
use telemetry_core::ids::SpanId;
use telemetry_core::name::Name;
use telemetry_core::vocabulary::ErrorClass;

use super::Told;
use super::pairs::{NEAR, paired};

pub(super) fn failed(told: &Told) -> Option<&AttemptFailed> {
    match &told.event.body {
        Body::AttemptFailed(failed) => Some(failed),
        _ => None,
    }
}

fn failed_mut(told: &mut Told) -> Option<&mut AttemptFailed> {
    match &mut told.event.body {
        Body::AttemptFailed(failed) => Some(failed),
        _ => None,
    }
}

/// The calls, with how often they were tried before, and the failures that OTLP tells of and our own wire does not.
pub(super) fn once(own: &[Event], mut calls: Vec<Told>, told: Vec<Told>) -> (Vec<Told>, Vec<Told>) {
    let known: BTreeSet<(SpanId, u32)> = own
        .iter()
        .filter_map(|event| match &event.body {
            Body::AttemptFailed(failed) => Some((failed.call, failed.attempt)),
            _ => None,
        })
        .collect();
    let mut named = BTreeMap::<(SpanId, u32), Vec<Told>>::new();
    let (mut loose, mut chained) = (Vec::new(), Vec::new());
    for told in told {
        let Some(failed) = failed(&told) else { continue };
        let which = (failed.call, failed.attempt);
        match told.mark {
            _ if known.contains(&which) => {}
            mark if mark.loose => loose.push(told),
            mark if mark.chained => chained.push(told),
            _ => named.entry(which).or_default().push(told),
        }
    }
    let mut all: Vec<Told> = Vec::new();
    for mut group in named.into_values() {
        group.sort_by_key(|told| (told.mark.signal, told.event.ts, told.event.id));
        all.extend(one(&group));
    }
    let compatible = |one: &Told, other: &Told| match (failed(one), failed(other)) {
        (Some(one), Some(other)) => same(one.model.as_ref(), other.model.as_ref()),
        _ => false,
    };
    for group in paired(loose, compatible) {
        let Some(one) = one(&group) else { continue };
        if one.mark.chained { chained.push(one) } else { all.push(one) }
    }
    chained.sort_by_key(|told| (told.event.ts, told.event.id));
    chain(&mut calls, &mut chained);
    all.extend(chained);
    all.sort_by_key(|told| (told.event.ts, told.event.id));
    (calls, all)
}

/// Whether two models may be the same: one may not be told.
fn same(one: Option<&Name>, other: Option<&Name>) -> bool {
    one.is_none() || other.is_none() || one == other
}

/// One failure of all that tells of it, spans first.
fn one(group: &[Told]) -> Option<Told> {
    let mut first = group.first()?.clone();
    let rest: Vec<AttemptFailed> = group.iter().skip(1).filter_map(failed).cloned().collect();
    let merged = failed_mut(&mut first)?;
    for other in rest {
        if merged.class == ErrorClass::Unknown {
            merged.class = other.class;
        }
        merged.reason = merged.reason.take().or(other.reason);
        merged.error_type = merged.error_type.take().or(other.error_type);
        merged.status_code = merged.status_code.or(other.status_code);
        merged.exhausted |= other.exhausted;
        merged.model = merged.model.take().or(other.model);
        merged.provider = merged.provider.take().or(other.provider);
        merged.base_url = merged.base_url.take().or(other.base_url);
        merged.elapsed_ns = merged.elapsed_ns.or(other.elapsed_ns);
        merged.attempt_ns = merged.attempt_ns.or(other.attempt_ns);
    }
    Some(first)
}

/// Ties failures to calls where the agent does not: a failure is an attempt at the next call of its turn and model that began after it and was
/// answered, and all that none came after are attempts at one that never was.
fn chain(calls: &mut [Told], failures: &mut [Told]) {
    let mut numbers = BTreeMap::<SpanId, u32>::new();
    let mut unanswered = BTreeMap::<(SpanId, Option<Name>), SpanId>::new();
    for told in failures {
        let at = told.event.ts;
        let Some(failed) = failed_mut(told) else { continue };
        let next = calls.iter_mut().find_map(|told| {
            let ended = told.event.ts;
            let Body::ModelCall(call) = &mut told.event.body else { return None };
            let after = ended > at && call.start_ns.is_none_or(|start| start.plus(NEAR) >= at);
            (after && call.turn == failed.turn && same(call.model.as_ref(), failed.model.as_ref()))
                .then_some(call)
        });
        let span = match next {
            Some(call) => {
                call.retries += 1;
                call.call
            }
            None => *unanswered.entry((failed.turn, failed.model.clone())).or_insert(failed.call),
        };
        let number = numbers.entry(span).or_default();
        (failed.call, failed.attempt) = (span, *number);
        *number += 1;
    }
}
