//! Columns that are kept up as a log grows are those of an index that reads it at once, whatever comes when.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::Value;
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, Body, Event, RunUpdated, SubagentEnded, SubagentStarted,
};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;
use telemetry_store::insights::{Dimension, Grouping, Question, TimeZone, Window, insights};

use super::lives::{Life, events, lives};
use super::{Home, NEW_YEAR, home};

const HOUR: i64 = 3_600_000_000_000;

/// Something between two runs, or in a turn, that the lives of processes do not have of themselves.
#[derive(Debug, Clone)]
pub enum Tie {
    /// The one run continues the other.
    Continues(usize, usize),
    /// The one delegates to the other, and hears of it again so many hours later.
    Delegates(usize, usize, Option<u8>),
    /// A platform that becomes known after some hours.
    Platform(usize, u8),
    /// In the turn of an event, a question that is answered so many hours later.
    Asks(prop::sample::Index, Option<u8>),
}

pub fn ties() -> impl Strategy<Value = Vec<Tie>> {
    let run = || 0..4_usize;
    vec(
        prop_oneof![
            (run(), run()).prop_map(|(one, other)| Tie::Continues(one, other)),
            (run(), run(), any::<Option<u8>>())
                .prop_map(|(one, other, hours)| Tie::Delegates(one, other, hours)),
            (run(), any::<u8>()).prop_map(|(run, hours)| Tie::Platform(run, hours)),
            (any::<prop::sample::Index>(), prop::option::of(0..60_u8))
                .prop_map(|(at, hours)| Tie::Asks(at, hours)),
        ],
        0..8,
    )
}

/// The events of lives that are tied together.
pub fn tied(lives: &[Life], ties: &[Tie]) -> Vec<Event> {
    let mut all = events(lives);
    let runs: Vec<RunId> = all
        .iter()
        .filter(|event| matches!(event.body, Body::RunStarted(_)))
        .filter_map(|event| event.run)
        .collect();
    let run = |number: usize| runs[number % runs.len()];
    let plain = all.clone();
    let mut children = HashSet::new();
    for (number, tie) in ties.iter().enumerate() {
        let key = |kind| Key::new(kind).number(number as u64);
        let at = |hours: u8| UnixNanos(NEW_YEAR + i64::from(hours) * HOUR + number as i64);
        match tie {
            Tie::Continues(one, other) => {
                for event in &mut all {
                    if let Body::RunStarted(started) = &mut event.body
                        && event.run == Some(run(*one))
                    {
                        started.continues = Some(run(*other));
                    }
                }
            }
            Tie::Delegates(one, other, hours) => {
                let (parent, child) = (run(*one), run(*other));
                // A run has one parent, whoever says so.
                if parent == child || !children.insert(child) {
                    continue;
                }
                let started = SubagentStarted {
                    child,
                    child_session_id: "child".into(),
                    turn: None,
                    subagent_id: None,
                    role: None,
                };
                all.push(Event::new(at(1), parent, &key("delegates"), started));
                if let Some(hours) = hours {
                    let ended =
                        SubagentEnded { child, turn: None, status: Some("done".into()), duration_ns: None };
                    all.push(Event::new(at(*hours), parent, &key("hears"), ended));
                }
            }
            Tie::Platform(one, hours) => {
                // What is known is not told again.
                for event in &mut all {
                    if let Body::RunStarted(started) = &mut event.body
                        && event.run == Some(run(*one))
                    {
                        started.platform = None;
                    }
                }
                let known =
                    RunUpdated { platform: Some("tui".into()), entrypoint: None, model: Some("m9".into()) };
                all.push(Event::new(at(*hours), run(*one), &key("platform"), known));
            }
            Tie::Asks(place, hours) => {
                let of = place.get(&plain);
                let Body::ToolCall(tool) = &of.body else { continue };
                let approval = SpanId(key("approval").narrow());
                let asked =
                    ApprovalRequested { turn: tool.turn, approval, tool_call_id: None, surface: None };
                all.push(Event::new(of.ts, of.run, &key("asks"), asked));
                if let Some(hours) = hours {
                    let waited = i64::from(*hours) * HOUR;
                    let answered = ApprovalAnswered {
                        turn: tool.turn,
                        approval,
                        tool_call_id: None,
                        surface: None,
                        choice: Some("once".into()),
                        wait_ns: Some(waited),
                    };
                    all.push(Event::new(of.ts.plus(waited), of.run, &key("answers"), answered));
                }
            }
        }
    }
    all
}

/// All there is to ask.
fn everything(zone: &TimeZone) -> Question {
    let mut by: Vec<Grouping> = Dimension::ALL.map(Grouping::One).to_vec();
    by.extend([
        Grouping::Two(Dimension::Model, Dimension::Outcome),
        Grouping::Two(Dimension::Tool, Dimension::Day),
        Grouping::Two(Dimension::Session, Dimension::Error),
        Grouping::Two(Dimension::Kind, Dimension::Weekday),
    ]);
    Question { by, ..Question::page(Window::default(), zone.clone()) }
}

fn ask(index: &Index, zone: &TimeZone) -> Value {
    serde_json::to_value(insights(index.connection(), &everything(zone)).unwrap()).unwrap()
}

/// Where two documents are not the same.
fn differences(path: &str, one: &Value, other: &Value, found: &mut Vec<String>) {
    match (one, other) {
        (Value::Object(a), Value::Object(b)) if a.keys().eq(b.keys()) => {
            for (key, value) in a {
                differences(&format!("{path}/{key}"), value, &b[key], found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}/{place}"), a, b, found);
            }
        }
        _ if one == other => {}
        _ => found.push(format!("{path}: {one} and {other}")),
    }
}

/// The answers of the rows alone: without any column that is kept.
fn ask_rows(index: &Index, zone: &TimeZone) -> Value {
    let connection = index.connection();
    connection.execute_batch("BEGIN; DELETE FROM fact_column; UPDATE fact_day SET stale = 127").unwrap();
    let answers = ask(index, zone);
    connection.execute_batch("ROLLBACK").unwrap();
    answers
}

fn same(one: &Value, other: &Value) -> Result<(), TestCaseError> {
    let mut found = Vec::new();
    differences("", one, other, &mut found);
    prop_assert!(found.is_empty(), "{found:#?}");
    Ok(())
}

/// An index of the log of `home` as it is now.
fn index(home: &Home) -> Index {
    let mut index = Index::in_memory(home.layout.clone()).unwrap();
    assert!(index.catch_up(None).unwrap().complete);
    index
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48) )]

    /// Batches in any order, some twice, with questions in between: each answer is what the rows alone say.
    #[test]
    fn kept_columns_are_what_the_rows_say(
        lives in lives(),
        ties in ties(),
        draws in vec((any::<u32>(), any::<bool>(), any::<bool>()), 1..48),
        piece in 1..9_usize,
    ) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let mut placed: Vec<(u32, Event)> = Vec::new();
        for (event, (place, twice, _)) in tied(&lives, &ties).into_iter().zip(draws.iter().cycle()) {
            placed.extend(twice.then(|| (place.reverse_bits(), event.clone())));
            placed.push((*place, event));
        }
        placed.sort_by_key(|(place, _)| *place);
        let events: Vec<Event> = placed.into_iter().map(|(_, event)| event).collect();
        let home = home();
        home.write(&[]);
        let mut kept = index(&home);
        for (piece, (.., asks)) in events.chunks(piece).zip(draws.iter().cycle()) {
            home.write(piece);
            kept.catch_up(None).unwrap();
            if *asks {
                same(&ask(&kept, &zone), &ask_rows(&kept, &zone))?;
            }
        }
        same(&ask(&kept, &zone), &ask_rows(&kept, &zone))?;
        // The first groups of many are those of all.
        let all = insights(kept.connection(), &everything(&zone)).unwrap();
        let few = Question { groups: Some(piece), ..everything(&zone) };
        for (by, groups) in insights(kept.connection(), &few).unwrap().by {
            prop_assert_eq!(&groups[..], &all.by(&by)[..groups.len()]);
            let most = if ["day", "hour", "weekday"].contains(&by.as_str()) { usize::MAX } else { piece };
            prop_assert_eq!(groups.len(), all.by(&by).len().min(most));
        }
        // And what was asked for stays.
        let stale = "SELECT count(*) FROM fact_day WHERE stale <> 0";
        prop_assert_eq!(kept.connection().query_row(stale, [], |row| row.get::<_, i64>(0)).unwrap(), 0);
    }
}
