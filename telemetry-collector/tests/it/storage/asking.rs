//! Questions to the rollups.

use std::collections::BTreeMap;
use std::sync::Arc;

use telemetry_collector::rollup::{Cells, Hour, Series, Span};
use telemetry_collector::storage::{CellFilter, CellsAsked, Counted, Names, Storage};

use super::databases::{Database, Databases};
use super::sessions::{DAY, HOUR, MONDAY, Session, whole};
use super::settling::sessions;
use super::state::{settle_all, state_of};

/// A database with sessions in it, and all that they come to.
async fn filled(databases: &impl Databases) -> (Box<dyn Database>, Arc<dyn Storage>, Cells) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let events = [sessions(), whole("third", "alone", MONDAY.plus(3 * DAY + 5 * HOUR)).events].concat();
    storage.keep_events(&events).await.unwrap();
    settle_all(&storage).await;
    (database, storage, state_of(&events).hours)
}

/// What a question has to be answered with, from all hours there are.
fn answer(hours: &Cells, asked: &CellsAsked) -> Vec<Counted> {
    let mut found: BTreeMap<(Option<Hour>, Series), _> = BTreeMap::new();
    for (span, from, to) in &asked.parts {
        for ((hour, series), cell) in &hours.0 {
            let at = match span {
                Span::Hour => *hour,
                Span::Day => hour.midnight(),
            };
            let passes = |wanted: &Option<String>, value: &str| {
                wanted.as_ref().is_none_or(|wanted| wanted == value && !value.is_empty())
            };
            let CellFilter { host, agent, model, provider, outcome } = &asked.filter;
            let passes = passes(host, &series.host)
                && passes(agent, &series.agent)
                && passes(model, &series.model)
                && passes(provider, &series.provider)
                && passes(outcome, &series.outcome);
            if at < *from || at >= *to || !passes {
                continue;
            }
            let mut cell = cell.clone();
            if !asked.latencies {
                cell.latencies.clear();
            }
            let told_apart = |name: &str| asked.by.as_ref().is_none_or(|by| by.contains(&name));
            let mut place = 0;
            let values = series.values().map(|value| {
                place += 1;
                if told_apart(Series::DIMENSIONS[place - 1]) { value.to_owned() } else { String::new() }
            });
            let key = (asked.each.then_some(at), Series::of(series.fact, values));
            found.entry(key).or_insert_with(telemetry_collector::rollup::Cell::default).merge(&cell, true);
        }
    }
    found.into_iter().map(|((at, series), cell)| Counted { at, series, cell }).collect()
}

pub async fn cells_are_added_up_as_asked(databases: impl Databases) {
    let (_database, storage, hours) = filled(&databases).await;
    let (first, day) = (Hour::of(MONDAY), |n: i32| Hour(Hour::of(MONDAY).0 + 24 * n));
    let all = vec![(Span::Hour, Hour(i32::MIN), Hour(i32::MAX))];
    let parts = [
        all.clone(),
        vec![(Span::Day, Hour(i32::MIN), Hour(i32::MAX))],
        // A window of a day and a bit on each side, as it is asked for.
        vec![
            (Span::Hour, Hour(first.0 + 23), day(1)),
            (Span::Day, day(1), day(3)),
            (Span::Hour, day(3), Hour(day(3).0 + 6)),
        ],
        // From inside, before outside.
        vec![(Span::Hour, day(1), Hour(day(1).0 + 1))],
        vec![(Span::Day, day(1), day(1))],
        vec![],
    ];
    let filter = |change: fn(&mut CellFilter)| {
        let mut filter = CellFilter::default();
        change(&mut filter);
        filter
    };
    let filters = [
        filter(|_| {}),
        filter(|filter| filter.host = Some("one".into())),
        filter(|filter| filter.model = Some("sonnet".into())),
        filter(|filter| (filter.provider, filter.host) = (Some("anthropic".into()), Some("other".into()))),
        filter(|filter| filter.outcome = Some("completed".into())),
        filter(|filter| filter.agent = Some("' OR true --".into())),
        // What does not have a model does not pass.
        filter(|filter| filter.model = Some(String::new())),
    ];
    for parts in parts {
        for (each, latencies) in [(true, true), (false, true), (true, false), (false, false)] {
            for filter in &filters {
                for by in [None, Some(vec![]), Some(vec!["host"]), Some(vec!["model", "status"])] {
                    let asked =
                        CellsAsked { parts: parts.clone(), each, latencies, by, filter: filter.clone() };
                    let mut counted = storage.cells(&asked).await.unwrap();
                    counted.sort_by(|one, other| (one.at, &one.series).cmp(&(other.at, &other.series)));
                    assert_eq!(counted, answer(&hours, &asked), "{asked:?}");
                }
            }
        }
    }
    let anything = CellsAsked { parts: all, latencies: true, ..CellsAsked::default() };
    assert!(storage.cells(&anything).await.unwrap().iter().any(|counted| !counted.cell.latencies.is_empty()));
}

pub async fn names_are_those_heard_of_since(databases: impl Databases) {
    let database = databases.fresh().await;
    let storage = database.open().await;
    let old = whole("old", "s", MONDAY).events;
    let busy: Vec<_> =
        (0..3).flat_map(|n| whole("busy", &n.to_string(), MONDAY.plus(2 * DAY + 7 * HOUR)).events).collect();
    let quiet =
        Session::begin("quiet", "s", MONDAY.plus(2 * DAY + 9 * HOUR)).turn().call("opus", None).events;
    storage.keep_events(&[old, busy, quiet].concat()).await.unwrap();
    settle_all(&storage).await;
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>();
    let since = |hours: i32| Hour(Hour::of(MONDAY).0 + hours);
    let all = storage.names(since(0), 10).await.unwrap();
    let names = Names {
        hosts: texts(&["busy", "old", "quiet"]),
        agents: texts(&["hermes"]),
        models: texts(&["sonnet", "opus"]),
        providers: texts(&["anthropic"]),
    };
    assert_eq!(all, names);
    // In the middle of a day, that is from an hour on.
    assert_eq!(storage.names(since(1), 10).await.unwrap().hosts, texts(&["busy", "quiet"]));
    assert_eq!(storage.names(since(48 + 8), 10).await.unwrap().hosts, texts(&["quiet"]));
    assert_eq!(storage.names(since(24), 1).await.unwrap().hosts, texts(&["busy"]));
    assert_eq!(storage.names(since(96), 10).await.unwrap(), Names::default());
}
