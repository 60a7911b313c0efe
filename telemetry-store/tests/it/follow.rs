use std::fs;
use std::io::Write as _;

use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_store::log::{Follower, announced};

use super::{Home, NEW_YEAR, home, run};

const DAY_NS: i64 = 86_400_000_000_000;

/// The events that were appended since, and the lines that are none.
fn news(follower: &mut Follower) -> (Vec<Event>, u64) {
    let mut events = Vec::new();
    let unreadable = follower.read(&mut |line| {
        assert_eq!(telemetry_core::codec::decode(&line.text).unwrap(), line.event);
        events.push(line.event);
        true
    });
    (events, unreadable.unwrap())
}

fn append(home: &Home, text: &[u8]) {
    let path = &home.layout.days().unwrap()[0].1;
    fs::OpenOptions::new().append(true).open(path).unwrap().write_all(text).unwrap();
}

#[test]
fn a_log_that_is_not_there_yet_is_followed_from_its_first_line() {
    let home = home();
    let mut follower = Follower::back(home.layout.clone(), 0).unwrap();
    assert_eq!(news(&mut follower), (vec![], 0));
    let events = run(1, "s", true);
    home.write(&events);
    assert_eq!(news(&mut follower), (events, 0));
    assert_eq!(news(&mut follower), (vec![], 0));
}

#[test]
fn what_was_there_before_is_left_out_and_any_day_is_followed() {
    let home = home();
    home.write(&run(1, "s", true));
    let mut follower = Follower::back(home.layout.clone(), 0).unwrap();
    let (today, mut tomorrow) = (run(2, "t", true), run(3, "u", true));
    for event in &mut tomorrow {
        event.ts = UnixNanos(event.ts.0 + DAY_NS);
    }
    // After midnight one process still has something to say of yesterday.
    home.write(&tomorrow);
    home.write(&today);
    assert_eq!(news(&mut follower), ([today, tomorrow].concat(), 0));
}

#[test]
fn a_line_is_read_when_it_is_whole() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events[..1]);
    let mut line = Vec::new();
    telemetry_core::codec::encode(&events[1], &mut line);
    append(&home, &line[..20]);
    // It begins within a line, whose beginning is not lost.
    let mut follower = Follower::back(home.layout.clone(), 0).unwrap();
    assert_eq!(news(&mut follower), (vec![], 0));
    append(&home, &line[20..]);
    append(&home, b"no event\n");
    assert_eq!(news(&mut follower), (vec![events[1].clone()], 1));
}

#[test]
fn a_file_that_was_cut_or_replaced_is_read_from_its_beginning() {
    let home = home();
    let events = run(1, "s", true);
    home.write(&events);
    let mut follower = Follower::back(home.layout.clone(), 0).unwrap();
    assert_eq!(news(&mut follower), (vec![], 0));
    let path = home.layout.days().unwrap()[0].1.clone();
    fs::write(&path, "").unwrap();
    assert_eq!(news(&mut follower), (vec![], 0));
    home.write(&events[..2]);
    assert_eq!(news(&mut follower), (events[..2].to_vec(), 0));

    // As long as the old one: only its identity differs.
    let copy = path.with_extension("copy");
    fs::copy(&path, &copy).unwrap();
    fs::rename(&copy, &path).unwrap();
    assert_eq!(news(&mut follower), (events[..2].to_vec(), 0));

    fs::remove_dir_all(home.layout.log()).unwrap();
    assert_eq!(news(&mut follower), (vec![], 0));
    home.write(&events);
    assert_eq!(news(&mut follower), (events, 0));
}

#[test]
fn it_begins_as_far_back_as_was_asked() {
    let home = home();
    let mut events = run(1, "s", true);
    let mut later = run(2, "t", true);
    for event in &mut later {
        event.ts = UnixNanos(NEW_YEAR + DAY_NS + event.ts.0 % 1_000_000_000);
    }
    events.extend(later);
    home.write(&events);
    let days = home.layout.days().unwrap();
    let second = fs::metadata(&days[1].1).unwrap().len();

    let back = |bytes| Follower::back(home.layout.clone(), bytes).unwrap();
    let all = events.len();
    assert_eq!(news(&mut back(u64::MAX)).0, events);
    assert_eq!(news(&mut back(1)).0, events[all - 1..], "the whole of the last line");
    assert_eq!(news(&mut back(second)).0, events[4..], "the second day");
    assert_eq!(news(&mut back(second + 1)).0, events[3..]);
    assert!(back(u64::MAX).is_at_the_beginning() && !back(second).is_at_the_beginning());

    let since = |day: &str| Follower::since(home.layout.clone(), day.parse().unwrap()).unwrap();
    assert_eq!(news(&mut since("2026-01-02")).0, events[4..]);
    assert_eq!(news(&mut since("2025-01-01")).0, events);
    assert_eq!(news(&mut since("2026-01-03")).0, []);
}

#[test]
fn one_day_can_be_looked_at_alone() {
    let home = home();
    let mut follower = Follower::back(home.layout.clone(), 0).unwrap();
    let mut read = |day: &str| {
        let mut events = Vec::new();
        let each = &mut |line: telemetry_store::log::LogLine| {
            events.push(line.event);
            true
        };
        follower.read_day(day.parse().unwrap(), each).unwrap();
        events
    };
    assert_eq!(read("2026-01-01"), []);
    let events = run(1, "s", true);
    home.write(&events);
    assert_eq!(read("2026-01-02"), []);
    assert_eq!(read("2026-01-01"), events);
    assert_eq!(news(&mut follower), (vec![], 0), "once");
}

#[test]
fn who_says_stop_is_not_called_again() {
    let home = home();
    home.write(&run(1, "s", true));
    let mut seen = 0;
    let mut follower = Follower::back(home.layout.clone(), u64::MAX).unwrap();
    follower
        .read(&mut |_| {
            seen += 1;
            seen < 2
        })
        .unwrap();
    assert_eq!(seen, 2);
}

#[test]
fn runs_are_announced_each_day() {
    let home = home();
    let (first, mut second) = (run(1, "s", true), run(2, "t", true));
    for event in &mut second {
        event.ts = UnixNanos(event.ts.0 + DAY_NS);
    }
    home.write(&[first, second].concat());
    let since = |day: &str| {
        let mut sessions = Vec::new();
        let each = &mut |_, run: telemetry_core::event::RunStarted| sessions.push(run.session_id.to_string());
        announced(&home.layout, day.parse().unwrap(), each).unwrap();
        sessions
    };
    assert_eq!(since("2026-01-01"), ["s", "t"]);
    assert_eq!(since("2026-01-02"), ["t"]);
}
