//! Which events of two signals tell of the same, where nothing names it.

use super::Told;
use crate::otlp::mark::Signal;

/// The ends of the same thing are told that near to each other: a record is written when the span ends, or shortly before or after.
pub(super) const NEAR: i64 = 250_000_000;

/// For each of `told` the one of the other signal that tells of the same, by its place in the list. Only what nothing names is paired,
/// each with one at most, the nearest in time first. As many are left over as one signal tells of more than the other, so counts come
/// out right even where two that ran at the same time are taken for each other.
pub(super) fn pairs(told: &[Told], alike: impl Fn(&Told, &Told) -> bool) -> Vec<Option<usize>> {
    let mut near = Vec::new();
    for (at, one) in told.iter().enumerate() {
        // In the order of their time: those too far away end the search.
        for (other_at, other) in told.iter().enumerate().skip(at + 1) {
            let apart = other.event.ts.since(one.event.ts);
            if apart > NEAR {
                break;
            }
            let two = one.mark.signal != other.mark.signal && (one.mark.loose && other.mark.loose);
            if two && alike(one, other) {
                near.push((apart, at, other_at));
            }
        }
    }
    near.sort_unstable();
    let mut partner = vec![None; told.len()];
    for (_, one, other) in near {
        if partner[one].is_none() && partner[other].is_none() {
            partner[one] = Some(other);
            partner[other] = Some(one);
        }
    }
    partner
}

/// The members of each group of a list, and those that were paired as one, each told by a span first.
pub(super) fn paired(told: Vec<Told>, alike: impl Fn(&Told, &Told) -> bool) -> Vec<Vec<Told>> {
    let partner = pairs(&told, alike);
    let mut slots: Vec<Option<Told>> = told.into_iter().map(Some).collect();
    let mut groups = Vec::new();
    for at in 0..slots.len() {
        let Some(one) = slots[at].take() else { continue };
        let mut group = vec![one];
        group.extend(partner[at].and_then(|other| slots[other].take()));
        group.sort_by_key(|told| told.mark.signal);
        groups.push(group);
    }
    groups
}

/// Whether one is told by a log record.
pub(super) fn by_log(told: &&Told) -> bool {
    told.mark.signal == Signal::Log
}
