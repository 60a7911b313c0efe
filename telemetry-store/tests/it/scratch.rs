//! An index of a few events, and facts one by one.

use telemetry_core::cost::{Prices, Status};
use telemetry_core::event::Event;
use telemetry_core::ids::RunId;
use telemetry_core::time::UnixNanos;
use telemetry_store::index::{Index, Patience, Scratch};
use telemetry_store::insights::{RunSummary, Tokens, What, Window, facts, run_of, runs};

use super::{NEW_YEAR, home, process_started, run};

fn all(scratch: &mut Scratch, events: &[Event]) -> Vec<RunSummary> {
    scratch.with(events, |connection| runs(connection, Window::default())).unwrap()
}

#[test]
fn a_scratch_answers_as_an_index_does_and_forgets() {
    let (one, other) = (run(1, "one", true), run(2, "two", false));
    let both: Vec<Event> =
        one.iter().chain(&other).chain(&[process_started(1, 7, None, None)]).cloned().collect();
    let home = home();
    home.write(&both);
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    let expected = runs(index.connection(), Window::default()).unwrap();
    let mut scratch = Scratch::new(Prices::default()).unwrap();
    assert_eq!(all(&mut scratch, &both), expected);
    assert_eq!(all(&mut scratch, &other), expected[..1]);
    assert_eq!(all(&mut scratch, &[]), []);
    // An event twice, and in another order.
    let again: Vec<Event> = both.iter().rev().chain(&both).cloned().collect();
    assert_eq!(all(&mut scratch, &again), expected);
}

#[test]
fn facts_are_what_breakdowns_show() {
    let events = run(1, "s", true);
    let id = events[0].run.unwrap();
    let mut scratch = Scratch::new(Prices::default()).unwrap();
    let found = scratch.with(&events, |connection| {
        let mut found = Vec::new();
        facts(connection, |fact| {
            assert_eq!((fact.run, fact.host, fact.platform), (id, Some("hermes"), Some("cli")));
            assert_eq!((fact.outcome, fact.provider), (Some("completed"), None));
            found.push((
                fact.what,
                (fact.at.0 - NEW_YEAR) / 1_000_000,
                fact.model == Some("m"),
                fact.duration_ns,
            ));
        })?;
        Ok(found)
    });
    let tokens = Tokens { input: 10, output: 2, ..Tokens::default() };
    let call = What::ModelCall {
        attempt_ns: None,
        first_token_ns: None,
        messages: None,
        tokens: Some(tokens),
        cost: Status::Unknown,
        amount: None,
        rated: None,
    };
    let turn = What::Turn { spent_ns: Some([5_000_000, 0, 0]), idle_ns: None };
    assert_eq!(
        found.unwrap(),
        [
            (What::Run, 0, false, Some(8_000_000)),
            (turn, 1, false, Some(7_000_000)),
            (call, 7, true, Some(5_000_000))
        ]
    );
}

#[test]
fn one_run_is_found_by_its_id() {
    let events = run(1, "s", true);
    let id = events[0].run.unwrap();
    let mut scratch = Scratch::new(Prices::default()).unwrap();
    let (found, none) = scratch
        .with(&events, |connection| Ok((run_of(connection, id)?, run_of(connection, RunId(1))?)))
        .unwrap();
    let (summary, start, end) = found.unwrap();
    assert_eq!((summary.session_id.as_deref(), none), (Some("s"), None));
    assert_eq!((start, end), (UnixNanos(NEW_YEAR), Some(UnixNanos(NEW_YEAR + 8_000_000))));
}
