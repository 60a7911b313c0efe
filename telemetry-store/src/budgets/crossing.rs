//! Thresholds that were crossed.

use jiff::tz::TimeZone;
use rusqlite::{Connection, OptionalExtension as _};
use telemetry_core::budget::Budget;
use telemetry_core::event::{BudgetCrossed, Event};
use telemetry_core::ids::EventId;
use telemetry_core::name::Name;
use telemetry_core::time::UnixNanos;

use super::spend::each_call;
use super::state::{counted, crossed, of};
use super::{Period, states};

/// The per cent of a limit at which something is recorded.
pub const THRESHOLDS: [u32; 3] = [50, 80, 100];

/// The events of the thresholds that `budgets` have crossed in the periods that are `now`, and that are not in the index
/// yet. Each is dated with the answer that crossed it, so that whoever finds it makes the same event. Of periods that are
/// over nothing is told: a new price or a new budget does not change what was recorded of them.
///
/// # Errors
/// When the index cannot be read.
pub fn crossings(
    connection: &Connection,
    budgets: &[Budget],
    zone: &TimeZone,
    now: UnixNanos,
) -> rusqlite::Result<Vec<Event>> {
    let mut found = Vec::new();
    for state in states(connection, budgets, zone, now)? {
        let mut missing = Vec::new();
        for threshold in THRESHOLDS.into_iter().filter(|threshold| state.has_crossed(*threshold)) {
            let event = event(&state.budget, state.period, threshold, UnixNanos(0), 0, 0);
            if !is_known(connection, event.id)? {
                missing.push(threshold);
            }
        }
        if !missing.is_empty() {
            found.extend(told(connection, &state.budget, state.period, missing)?);
        }
    }
    Ok(found)
}

/// The events of these thresholds, which were crossed, each with the call that did it.
fn told(
    connection: &Connection,
    budget: &Budget,
    period: Period,
    mut thresholds: Vec<u32>,
) -> rusqlite::Result<Vec<Event>> {
    let mut events = Vec::new();
    each_call(connection, period, of(budget), |at, spend| {
        let (spent, unknown_calls) = counted(budget, &spend);
        thresholds.retain(|threshold| {
            let is_crossed = crossed(spent, budget.limit, *threshold);
            if is_crossed {
                events.push(event(budget, period, *threshold, at, spent, unknown_calls));
            }
            !is_crossed
        });
        !thresholds.is_empty()
    })?;
    Ok(events)
}

fn event(
    budget: &Budget,
    period: Period,
    threshold: u32,
    at: UnixNanos,
    spent: i64,
    unknown_calls: u64,
) -> Event {
    let crossed = BudgetCrossed {
        budget: Name::new(&budget.title()),
        per: Name::fixed(budget.per.as_str()),
        period_start_ns: period.start,
        period_end_ns: period.end,
        threshold,
        unit: Name::fixed(budget.limit.unit()),
        limit: budget.limit.amount(),
        spent,
        unknown_calls,
        model: budget.model.clone(),
        platform: budget.platform.clone(),
    };
    crossed.event(budget, at)
}

fn is_known(connection: &Connection, id: EventId) -> rusqlite::Result<bool> {
    let known = connection
        .prepare_cached("SELECT 1 FROM budget_event WHERE id = ?1")?
        .query_row([id.0 as i64], |_| Ok(()))
        .optional()?;
    Ok(known.is_some())
}
