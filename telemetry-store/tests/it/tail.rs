//! Reading on from a position, in any number of processes, whatever becomes of the files.

use std::collections::{BTreeMap, HashSet};
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use proptest::prelude::*;
use telemetry_core::content::Content;
use telemetry_core::event::{Event, Hook};
use telemetry_core::ids::{Key, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::sink::Sink as _;
use telemetry_core::source::{Recorded, Step, Tail as _, Then};
use telemetry_core::time::{Day, UnixNanos};
use telemetry_core::vocabulary::Part;
use telemetry_store::content::ContentWriter;
use telemetry_store::layout::Layout;
use telemetry_store::tail::{HomeTail, Position};

use super::{Home, NEW_YEAR, home};

const DAY_NS: i64 = 86_400_000_000_000;
const SECOND_NS: i64 = 1_000_000_000;

/// Something that happened `at` nanoseconds into the year.
fn event(number: u64, at: i64) -> Event {
    let hook = Hook { hook: Name::new(&number.to_string()), session_id: None };
    Event::new(UnixNanos(NEW_YEAR + at), None, &Key::new("event").number(number), hook)
}

fn said(number: u64, at: i64) -> Content {
    let body = serde_json::value::to_raw_value(&number).unwrap();
    Content::new(UnixNanos(NEW_YEAR + at), RunId(1), SpanId(number), Part::UserMessage, 0, body)
}

/// As a process does it that dies after each step.
fn steps(layout: &Layout, position: &mut String, most: usize) -> (Vec<Event>, Vec<Step>) {
    let (mut events, mut steps) = (Vec::new(), Vec::new());
    loop {
        let from: Position = serde_json::from_str(position).unwrap();
        let mut tail = HomeTail::of_events(layout.clone(), from);
        let step = tail
            .read_on(most, &mut |recorded| match recorded {
                Recorded::Event(event) => events.push(event),
                Recorded::Content(content) => panic!("not asked for: {content:?}"),
            })
            .unwrap();
        *position = serde_json::to_string(tail.position()).unwrap();
        steps.push(step);
        if step.then == Then::End {
            return (events, steps);
        }
    }
}

const BEGINNING: &str = r#"{"log":{}}"#;

fn all(layout: &Layout, position: &mut String) -> Vec<Event> {
    steps(layout, position, 2).0
}

fn file_of(home: &Home, day: usize) -> PathBuf {
    home.layout.days().unwrap()[day].1.clone()
}

fn append(home: &Home, bytes: &[u8]) {
    fs::OpenOptions::new().append(true).open(file_of(home, 0)).unwrap().write_all(bytes).unwrap();
}

#[test]
fn a_home_without_a_log_has_nothing_and_is_left_alone() {
    let home = home();
    let mut position = BEGINNING.to_owned();
    assert_eq!(all(&home.layout, &mut position), []);
    assert_eq!(position, BEGINNING);
    let lag = HomeTail::of_everything(home.layout.clone(), Position::default()).lag().unwrap();
    assert_eq!((lag.bytes, lag.since), (0, None));
    assert_eq!(fs::read_dir(home.folder.path()).unwrap().count(), 0);
}

#[test]
fn days_come_in_order_and_what_is_late_comes_late() {
    let home = home();
    let (first, second) = ([event(1, 0), event(2, 1), event(3, 2)], [event(4, DAY_NS), event(5, DAY_NS + 1)]);
    home.write(&second);
    home.write(&first);
    let mut position = BEGINNING.to_owned();
    assert_eq!(all(&home.layout, &mut position), [&first[..], &second].concat());
    // After midnight one process still has something to say of yesterday.
    let late = [event(6, 3)];
    home.write(&late);
    assert_eq!(all(&home.layout, &mut position), late);
    assert_eq!(all(&home.layout, &mut position), []);
}

#[test]
fn a_line_waits_until_it_is_whole() {
    let home = home();
    home.write(&[event(1, 0)]);
    let mut line = Vec::new();
    telemetry_core::codec::encode(&event(2, 1), &mut line);
    append(&home, &line[..30]);
    let mut tail = HomeTail::of_events(home.layout.clone(), Position::default());
    let mut read = || {
        let mut events = Vec::new();
        let step = tail
            .read_on(9, &mut |recorded| {
                let Recorded::Event(event) = recorded else { panic!("{recorded:?}") };
                events.push(event);
            })
            .unwrap();
        assert_eq!(step.then, Then::End);
        (events, step.unreadable, tail.lag().unwrap().bytes)
    };
    assert_eq!(read(), (vec![event(1, 0)], 0, 0), "what is no line yet is no lag");
    append(&home, &line[30..]);
    append(&home, b"no event\n");
    assert_eq!(read(), (vec![event(2, 1)], 1, 0));
    assert_eq!(read(), (vec![], 0, 0), "and is counted once");
}

#[test]
fn a_file_that_is_another_is_read_from_its_beginning_and_one_that_was_moved_is_not() {
    let home = home();
    let events: Vec<Event> = (0..9).map(|n| event(n, n as i64)).collect();
    home.write(&events);
    let mut position = BEGINNING.to_owned();
    assert_eq!(all(&home.layout, &mut position), events);
    let path = file_of(&home, 0);
    let whole = fs::read(&path).unwrap();

    // A copy has another number on the disk, and is the same.
    fs::copy(&path, path.with_extension("copy")).unwrap();
    fs::rename(path.with_extension("copy"), &path).unwrap();
    assert_eq!(all(&home.layout, &mut position), []);

    // The whole folder is away for a while.
    let away = home.folder.path().join("away");
    fs::rename(home.layout.log(), &away).unwrap();
    assert_eq!(all(&home.layout, &mut position), []);
    fs::rename(&away, home.layout.log()).unwrap();
    assert_eq!(all(&home.layout, &mut position), []);

    // Cut, and grown again past where it was read to.
    fs::write(&path, "").unwrap();
    assert_eq!(all(&home.layout, &mut position), []);
    let others: Vec<Event> = (20..40).map(|n| event(n, n as i64)).collect();
    home.write(&others);
    assert_eq!(all(&home.layout, &mut position), others);

    // Somebody took a line out of the middle: it is as long, and not what it was.
    fs::write(&path, &whole).unwrap();
    assert_eq!(all(&home.layout, &mut position), events);
    let mut lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    let taken_out = lines.remove(4).len();
    fs::write(&path, [lines.concat(), vec![b' '; taken_out - 1], b"\n".to_vec()].concat()).unwrap();
    assert_eq!(all(&home.layout, &mut position).len(), 8);

    fs::remove_file(&path).unwrap();
    home.write(&[event(50, DAY_NS)]);
    assert_eq!(all(&home.layout, &mut position), [event(50, DAY_NS)]);
    assert_eq!(position.matches("offset").count(), 1, "what was pruned is forgotten: {position}");
}

#[test]
fn a_cut_is_noticed_while_it_is_followed() {
    let home = home();
    home.write(&[event(1, 0), event(2, 1)]);
    let mut tail = HomeTail::of_events(home.layout.clone(), Position::default());
    let mut read = || {
        let mut records = 0;
        tail.read_on(9, &mut |_| records += 1).unwrap();
        records
    };
    assert_eq!((read(), read()), (2, 0));
    fs::remove_file(file_of(&home, 0)).unwrap();
    assert_eq!(read(), 0);
    home.write(&[event(3, 0), event(4, 1)]);
    assert_eq!((read(), read()), (2, 0));
}

#[test]
fn lag_is_what_was_not_read() {
    let home = home();
    home.write(&[event(1, 5), event(2, 6)]);
    home.write(&[event(3, DAY_NS)]);
    let length = |day| fs::metadata(file_of(&home, day)).unwrap().len();
    let mut tail = HomeTail::of_events(home.layout.clone(), Position::default());
    let lag = tail.lag().unwrap();
    assert_eq!((lag.bytes, lag.since), (length(0) + length(1), Some(UnixNanos(NEW_YEAR + 5))));
    tail.read_on(1, &mut |_| ()).unwrap();
    let lag = HomeTail::of_events(home.layout.clone(), tail.position().clone()).lag().unwrap();
    assert_eq!((lag.bytes, lag.since), (length(0) / 2 + length(1), Some(UnixNanos(NEW_YEAR + 6))));
    while tail.read_on(1, &mut |_| ()).unwrap().then == Then::More {}
    assert_eq!(tail.lag().unwrap(), Default::default());
}

/// What was handed over of everything, in order: the numbers of events, those of content below zero.
fn told(tail: &mut HomeTail, most: usize) -> (Vec<i64>, Then) {
    let mut told = Vec::new();
    let step = tail.read_on(most, &mut |recorded| {
        told.push(match recorded {
            Recorded::Event(event) => event.ts.0 - NEW_YEAR,
            Recorded::Content(content) => NEW_YEAR - content.ts.0,
        });
    });
    (told, step.unwrap().then)
}

#[test]
fn what_was_said_comes_before_what_happened_then() {
    let home = home();
    let at = |seconds: i64| seconds * SECOND_NS;
    home.write(&[event(1, at(1)), event(2, at(20)), event(3, at(40))]);
    let pieces = [said(1, at(1)), said(2, at(20) + 1), said(3, at(39)), said(4, at(90))];
    ContentWriter::new(home.layout.clone()).write(&pieces).unwrap();
    let everything = |position| {
        HomeTail::of_everything(home.layout.clone(), position)
            .with_clock(|| UnixNanos(NEW_YEAR + 200 * SECOND_NS))
    };
    let mut tail = everything(Position::default());
    assert_eq!(told(&mut tail, 1), (vec![-at(1), at(1)], Then::More));
    let mut tail = everything(tail.position().clone());
    assert_eq!(told(&mut tail, 1), (vec![-at(20) - 1, at(20)], Then::More));
    assert_eq!(told(&mut tail, 1), (vec![-at(39), at(40)], Then::More));
    assert_eq!(told(&mut tail, 1), (vec![-at(90)], Then::End), "the rest, at the end of the log");
    assert_eq!(told(&mut tail, 1), (vec![], Then::End));

    let mut events = HomeTail::of_events(home.layout.clone(), Position::default());
    assert_eq!(told(&mut events, 9), (vec![at(1), at(20), at(40)], Then::End));
}

#[test]
fn an_event_of_this_moment_waits_for_what_was_said_and_one_of_tomorrow_holds_nothing_up() {
    let home = home();
    let at = |seconds: i64| seconds * SECOND_NS;
    home.write(&[event(1, at(100)), event(2, at(1_000)), event(3, at(200))]);
    let at_200 = || UnixNanos(NEW_YEAR + 200 * SECOND_NS);
    let mut tail = HomeTail::of_everything(home.layout.clone(), Position::default()).with_clock(at_200);
    assert_eq!(told(&mut tail, 9), (vec![at(100), at(1_000)], Then::Soon));
    assert_eq!(told(&mut tail, 9), (vec![], Then::Soon));
    ContentWriter::new(home.layout.clone()).write(&[said(1, at(200))]).unwrap();
    let at_202 = || UnixNanos(NEW_YEAR + 202 * SECOND_NS);
    let mut tail = HomeTail::of_everything(home.layout.clone(), tail.position().clone()).with_clock(at_202);
    assert_eq!(told(&mut tail, 9), (vec![-at(200), at(200)], Then::End));
}

/// What happens to a log, and to who reads it.
#[derive(Debug, Clone)]
enum Act {
    /// Events are appended: the number and the day of each; numbers come again.
    Append(Vec<(u64, i64)>),
    /// Half a line is appended, as by somebody who is killed.
    Tear,
    /// A reader goes on where the one before was.
    Read { most: usize },
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let events = prop::collection::vec((0_u64..60, 0_i64..3), 1..20);
    let act = prop_oneof![
        3 => events.prop_map(Act::Append),
        1 => Just(Act::Tear),
        2 => (1_usize..9).prop_map(|most| Act::Read { most }),
    ];
    prop::collection::vec(act, 1..25)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Every event is handed over once, those of a day in the order of its file, however often it is written and whenever
    /// readers come and go.
    #[test]
    fn everything_is_read_once(acts in acts()) {
        let home = home();
        let mut position = BEGINNING.to_owned();
        let mut found: Vec<Event> = Vec::new();
        let mut expected: BTreeMap<Day, Vec<Event>> = BTreeMap::new();
        let mut written = HashSet::new();
        for act in acts.into_iter().chain([Act::Append(vec![(99, 0)]), Act::Read { most: 5 }]) {
            match act {
                Act::Append(numbers) => for (number, day) in numbers {
                    // An event of a number has one day and one time, which are not in the order of the numbers.
                    let at = (number as i64 * 7 % 60) * 1_000 + (number as i64 + day) % 3 * DAY_NS;
                    let event = event(number * 3 + day as u64, at);
                    home.write(std::slice::from_ref(&event));
                    if written.insert((event.ts, event.id)) {
                        expected.entry(event.ts.day()).or_default().push(event);
                    }
                },
                Act::Tear => if !home.layout.days().unwrap().is_empty() {
                    append(&home, br#"{"v":1,"event":"hook","id":"00"#);
                },
                Act::Read { most } => found.extend(steps(&home.layout, &mut position, most).0),
            }
        }
        let mut by_day: BTreeMap<Day, Vec<Event>> = BTreeMap::new();
        for event in found {
            by_day.entry(event.ts.day()).or_default().push(event);
        }
        prop_assert_eq!(by_day, expected);
    }
}
