//! A log of several days, read and pruned by clocks that leap.

use telemetry_core::cost::Prices;
use telemetry_core::event::Event;
use telemetry_core::time::{Day, UnixNanos};
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{Window, runs};
use telemetry_store::retention::{Keep, prune};

use super::dump::dump;
use super::{Home, NEW_YEAR, home, run};

const DAY_NS: i64 = 86_400_000_000_000;
const HOUR_NS: i64 = 3_600_000_000_000;

fn moved(mut events: Vec<Event>, by: i64) -> Vec<Event> {
    for event in &mut events {
        event.ts = event.ts.plus(by);
    }
    events
}

fn open(home: &Home) -> Index {
    Index::open(home.layout.clone(), Patience::Person).unwrap()
}

fn days(home: &Home) -> Vec<String> {
    home.layout.days().unwrap().into_iter().map(|(day, _)| day.to_string()).collect()
}

/// Events that a slow process writes after others have begun the next day: yesterday's cursor goes on.
#[test]
fn yesterdays_file_may_still_grow() {
    let home = home();
    let (late, next) = (run(1, "late", true), moved(run(2, "next", true), DAY_NS));
    home.write(&late[..2]);
    home.write(&next);
    let mut index = open(&home);
    index.catch_up(None).unwrap();
    home.write(&late[2..]);
    assert_eq!(index.catch_up(None).unwrap().read, 2, "only what is new is read");
    let found = runs(index.connection(), Window::default()).unwrap();
    assert_eq!(found.iter().map(|run| run.outcome.as_str()).collect::<Vec<_>>(), ["completed", "completed"]);
}

/// A turn across midnight, and its clock an hour back in the middle: two files, one turn, whichever is read first.
#[test]
fn a_turn_over_midnight_and_back_is_one_turn() {
    let half_an_hour_before = DAY_NS - HOUR_NS / 2;
    let mut events = moved(run(1, "s", true), half_an_hour_before);
    events[2].ts = events[2].ts.plus(HOUR_NS);
    let whole = home();
    whole.write(&events);
    assert_eq!(days(&whole), ["2026-01-01", "2026-01-02"]);
    let mut expected = open(&whole);
    expected.catch_up(None).unwrap();
    let found = runs(expected.connection(), Window::default()).unwrap();
    assert_eq!((found.len(), found[0].turns, found[0].model_calls), (1, 1, 1));
    assert!(found[0].duration_ms.unwrap() >= 0.0);

    let backwards = home();
    let mut index = open(&backwards);
    for event in events.iter().rev() {
        backwards.write(std::slice::from_ref(event));
        index.catch_up(None).unwrap();
    }
    assert_eq!(dump(&index), dump(&expected));
}

#[test]
fn a_clock_that_stepped_back_removes_no_day_it_has_not_come_to() {
    let home = home();
    for day in 0..3 {
        home.write(&moved(run(day as u128, &format!("day{day}"), true), day * DAY_NS));
    }
    let before = days(&home);
    let today = UnixNanos(NEW_YEAR + 2 * DAY_NS).day();
    for back in [1, 2, 400, 40_000] {
        let wrong = Day(today.0 - back);
        assert_eq!(
            prune(&home.layout, Keep { log: 1, content: 90 }, wrong, Prices::default(), &mut |_| {})
                .unwrap()
                .unwrap(),
            [],
            "{wrong}"
        );
    }
    assert_eq!(days(&home), before);
    // By the right clock again.
    assert_eq!(
        prune(&home.layout, Keep { log: 1, content: 90 }, today, Prices::default(), &mut |_| {})
            .unwrap()
            .unwrap()
            .len(),
        1
    );
    assert_eq!(days(&home), &before[1..]);
}
