//! Columns that are kept up as a log grows are those of an index that reads it at once, whatever comes when, and whatever is
//! done to what is there: calls are priced anew, processes are found gone, and questions are asked while much is open.

use std::collections::HashSet;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::{
    ApprovalAnswered, ApprovalRequested, Body, Event, RunUpdated, SubagentEnded, SubagentStarted, TurnStarted,
};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::time::UnixNanos;
use telemetry_store::index::Index;
use telemetry_store::insights::{Dimension, Grouping, Question, TimeZone, Window, insights};
use telemetry_store::process;

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

/// An index of the log of `home` as it is now, its calls priced with the `rates`.
fn index(home: &Home, rates: u8) -> Index {
    let mut index = Index::in_memory(home.layout.clone()).unwrap().priced_by(prices(rates));
    assert!(index.catch_up(None).unwrap().complete);
    index
}

/// The table, and rates for models that it does not know: others for another number.
fn prices(rates: u8) -> Prices {
    let entries = json!([
        { "provider": "*", "model": "m1", "input": rates, "output": 2 },
        { "provider": if rates.is_multiple_of(2) { "*" } else { "p" }, "model": "m2", "input": 3, "output": rates },
    ]);
    Prices::new(Overrides::read(&entries).unwrap())
}

/// What happens after a piece of the log was read.
#[derive(Debug, Clone)]
enum Then {
    Nothing,
    Asked,
    /// With other rates; kept, or only told what would change.
    Repriced(u8, bool),
    /// Who looks for processes that are gone finds all that have not ended.
    Looked,
}

fn then() -> impl Strategy<Value = Then> {
    prop_oneof![
        2 => Just(Then::Nothing),
        3 => Just(Then::Asked),
        1 => (0..4_u8, any::<bool>()).prop_map(|(rates, kept)| Then::Repriced(rates, kept)),
        1 => Just(Then::Looked),
    ]
}

/// Processes that were born here, at another moment than the one that has their number now: they are gone.
fn born_here(events: &mut [Event]) {
    for event in events {
        if let Body::ProcessStarted(started) = &mut event.body {
            (started.birthplace, started.born) = (Some(process::birthplace().into()), Some(i64::MAX as u64));
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    /// Batches in any order, some twice, with questions, other prices and looks for lost processes in between: each answer is
    /// what the rows alone say, and at the end what an index made anew says.
    #[test]
    fn kept_columns_are_what_the_rows_say(
        lives in lives(),
        ties in ties(),
        draws in vec((any::<u32>(), any::<bool>(), then()), 1..48),
        piece in 1..9_usize,
    ) {
        let zone = TimeZone::get("America/New_York").unwrap();
        let mut placed: Vec<(u32, Event)> = Vec::new();
        let mut all = tied(&lives, &ties);
        born_here(&mut all);
        for (event, (place, twice, _)) in all.into_iter().zip(draws.iter().cycle()) {
            placed.extend(twice.then(|| (place.reverse_bits(), event.clone())));
            placed.push((*place, event));
        }
        placed.sort_by_key(|(place, _)| *place);
        let events: Vec<Event> = placed.into_iter().map(|(_, event)| event).collect();
        let home = home();
        home.write(&[]);
        let (mut kept, mut rates) = (index(&home, 0), 0);
        for (piece, (.., then)) in events.chunks(piece).zip(draws.iter().cycle()) {
            home.write(piece);
            kept.catch_up(None).unwrap();
            match *then {
                Then::Nothing => {}
                Then::Asked => same(&ask(&kept, &zone), &ask_rows(&kept, &zone))?,
                Then::Repriced(other, keep) => {
                    let before = ask(&kept, &zone);
                    kept = kept.priced_by(prices(other));
                    kept.reprice(keep, &mut |_| {}).unwrap();
                    let after = ask(&kept, &zone);
                    same(&after, &ask_rows(&kept, &zone))?;
                    match keep {
                        true => rates = other,
                        // What is only told changes nothing.
                        false => {
                            same(&after, &before)?;
                            kept = kept.priced_by(prices(rates));
                        }
                    }
                }
                Then::Looked => {
                    kept.close_lost().unwrap();
                    kept.catch_up(None).unwrap();
                }
            }
        }
        let answers = ask(&kept, &zone);
        same(&answers, &ask_rows(&kept, &zone))?;
        same(&answers, &ask(&index(&home, rates), &zone))?;
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

/// What a question says of what is open, from kept columns and from the rows alone: runs and turns that run, questions and
/// delegations without an end.
fn open(index: &Index, zone: &TimeZone) -> [u64; 4] {
    let answers = ask(index, zone);
    same(&answers, &ask_rows(index, zone)).unwrap();
    ["/runs/running", "/turns/running", "/approvals/by_choice/open", "/subagents/by_status/open"]
        .map(|path| answers.pointer(path).and_then(Value::as_u64).unwrap_or(0))
}

/// A day is asked for while much of it is open, and again after the rest came on the days after.
#[test]
fn what_is_open_is_open_until_it_ends_on_whatever_day() {
    let zone = TimeZone::get("America/New_York").unwrap();
    let (run, child) = (RunId::of(ProcessId(1), "s"), RunId::of(ProcessId(1), "child"));
    let (turn, approval) = (SpanId(7), SpanId(8));
    let at = |hours: i64| UnixNanos(NEW_YEAR + hours * HOUR);
    let home = home();
    home.write(&[super::process_started(1, 1, Some(process::birthplace()), Some(i64::MAX as u64))]);
    home.write(&super::run(1, "s", true)[..1]);
    let begun: [Event; 4] = [
        Event::new(
            at(20),
            run,
            &Key::new("turn"),
            TurnStarted { turn, turn_id: None, model: None, first: None },
        ),
        Event::new(
            at(21),
            run,
            &Key::new("asks"),
            ApprovalRequested { turn, approval, tool_call_id: None, surface: None },
        ),
        Event::new(
            at(22),
            run,
            &Key::new("delegates"),
            SubagentStarted {
                child,
                child_session_id: "child".into(),
                turn: Some(turn),
                subagent_id: None,
                role: None,
            },
        ),
        Event::new(
            at(23),
            run,
            &Key::new("says"),
            RunUpdated { platform: None, entrypoint: None, model: Some("m".into()) },
        ),
    ];
    home.write(&begun);
    let mut index = index(&home, 0);
    assert_eq!(open(&index, &zone), [1, 1, 1, 1]);
    let answered = ApprovalAnswered {
        turn,
        approval,
        tool_call_id: None,
        surface: None,
        choice: Some("once".into()),
        wait_ns: Some(9 * HOUR),
    };
    home.write(&[Event::new(at(30), run, &Key::new("answers"), answered)]);
    index.catch_up(None).unwrap();
    assert_eq!(open(&index, &zone), [1, 1, 0, 1]);
    let ended = SubagentEnded { child, turn: None, status: Some("done".into()), duration_ns: None };
    home.write(&[Event::new(at(60), run, &Key::new("hears"), ended)]);
    index.catch_up(None).unwrap();
    assert_eq!(open(&index, &zone), [1, 1, 0, 0]);
    // Nobody says that it ended: its process is gone.
    assert_eq!(index.close_lost().unwrap(), 1);
    index.catch_up(None).unwrap();
    assert_eq!(open(&index, &zone), [0, 0, 0, 0]);
}
