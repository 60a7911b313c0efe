//! `telemetry export --collector`, and hosts that send by themselves, to a team's collector that is there, is not, dies, and loses
//! its answers: every event is there once, and what it comes to is what the machine says.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::json::assert_same;
use telemetry_tests::shelf::{KEY, Mood, Shelf, VARIABLE, ids_of};
use telemetry_tests::{Home, Output, Recording};

use crate::kills::Chance;
use crate::writers::Writer;

/// A home with `recordings`, whose collector is `shelf`.
fn home(shelf: &Shelf, recordings: &[Recording]) -> Home {
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), shelf.config(false)).unwrap();
    if !recordings.is_empty() {
        home.replay(recordings);
    }
    home
}

fn ship(home: &Home) -> Command {
    let mut command = home.command(["export", "--collector"]);
    command.env(VARIABLE, KEY);
    command
}

fn delivery(home: &Home) -> Value {
    home.json(["status", "--json"])["export"]["collector"]["delivery"].take()
}

fn eventually(what: &str, mut reached: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !reached() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// What is there is what the machine has, and comes to the same numbers.
fn assert_is_there(shelf: &Shelf, home: &Home) {
    let (there, here) = (shelf.ids(), ids_of(home));
    let missing: Vec<_> = here.difference(&there).collect();
    assert_eq!((missing.len(), there.len()), (0, here.len()), "{missing:?}");
    assert_same("answers", &shelf.as_home().answers(), &home.answers());
}

#[test]
fn everything_is_sent_once_and_what_is_new_after_that() {
    let shelf = Shelf::start();
    let recordings = Recording::all();
    let (first, rest) = recordings.split_at(recordings.len() / 2);
    let home = home(&shelf, first);
    assert_eq!(delivery(&home), Value::Null, "it is off, and never was on");
    let events = ids_of(&home).len();
    let sent = Output::of(ship(&home)).assert_code(0);
    let count = |events: usize| match events {
        1_000.. => format!("{},{:03}", events / 1_000, events % 1_000),
        _ => events.to_string(),
    };
    assert_eq!(sent.stdout, format!("sent {} events to {}\n", count(events), shelf.host()));
    assert_eq!(sent.stderr, "");
    assert_eq!(Output::of(ship(&home)).stdout, format!("nothing new for {}\n", shelf.host()));
    home.replay(rest);
    let _ = Output::of(ship(&home)).assert_code(0);
    assert_is_there(&shelf, &home);
    assert_eq!((shelf.repeated(), shelf.machines()), (0, vec!["build-7".to_owned()]));
    let after = delivery(&home);
    assert_eq!(
        (&after["lag_bytes"], &after["failures"], &after["refused"]),
        (&0.into(), &0.into(), &0.into())
    );
    assert_eq!(after["sent"], shelf.ids().len());
}

/// What was said is recorded here, and stays here.
#[test]
fn nothing_that_was_said_is_sent() {
    let shelf = Shelf::start();
    let home = Home::new();
    let config = shelf.config(false).replace("telemetry:\n", "telemetry:\n  trajectories: {enabled: true}\n");
    fs::write(home.path().join("config.yaml"), config).unwrap();
    home.replay(&Recording::all());
    let contents = files_below(&home.telemetry().join("content"));
    assert!(!contents.is_empty(), "it is recorded");
    let _ = Output::of(ship(&home)).assert_code(0);
    let there = shelf.as_home();
    let log = fs::read_to_string(there.telemetry().join("log/2026-01-01.jsonl")).unwrap();
    let kinds: BTreeSet<String> = log.lines().map(|line| keys(line).join(" ")).collect();
    assert!(kinds.len() > 5 && kinds.iter().all(|kind| !kind.contains("content")), "{kinds:?}");
    assert_is_there(&shelf, &home);
}

fn keys(line: &str) -> Vec<String> {
    let event: Value = serde_json::from_str(line).unwrap();
    event.as_object().unwrap().keys().cloned().collect()
}

/// A collector that dies before it has kept something, after, and in the middle of saying so; and commands that are killed.
#[test]
fn whoever_dies_and_whatever_answer_is_lost_each_event_is_there_once() {
    let shelf = Shelf::start();
    let recordings = Recording::all();
    let (later, recordings) = recordings.split_at(21);
    let home = home(&shelf, recordings);
    let mut chance = Chance::new();
    let mut moods = Chance::new();
    shelf.is_by_turns(move || match moods.below(6) {
        0 => Mood::Gone,
        1 => Mood::Silent,
        2 => Mood::Breaks,
        3 => Mood::Refuses(503),
        _ => Mood::Well,
    });
    for meanwhile in &later[1..] {
        let mut child = ship(&home).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(chance.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
        // What somebody else recorded meanwhile.
        home.replay(std::slice::from_ref(meanwhile));
    }
    shelf.is(Mood::Silent);
    home.replay(&later[..1]);
    let lost = Output::of(ship(&home)).assert_code(1);
    assert!(lost.stderr.contains("closed the connection before it had answered"), "{lost}");
    shelf.is(Mood::Well);
    let _ = Output::of(ship(&home)).assert_code(0);
    assert_is_there(&shelf, &home);
    assert!(shelf.repeated() > 0, "the last answer but one was lost");
}

/// Three hosts, one home, one collector that is not always well.
#[test]
fn hosts_that_share_a_home_send_one_at_a_time_and_for_all() {
    let shelf = Shelf::start();
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), shelf.config(true)).unwrap();
    let mut moods = Chance::new();
    shelf.is_by_turns(move || match moods.below(8) {
        0 => Mood::Silent,
        1 => Mood::Gone,
        _ => Mood::Well,
    });
    let hosts = ["a", "b", "c"].map(|label| Writer::with(&home, label, 5_000, (VARIABLE, KEY)));
    eventually("it is sent", || shelf.ids().len() > 500);
    let status = home.json(["status", "--json"]);
    assert_eq!(status["export"]["network"], serde_json::json!(["collector"]));
    let mut hosts = hosts.into_iter();
    let killed = hosts.next().unwrap().kill();
    let turns: usize = hosts.map(|host| host.leave().len()).sum();
    assert!(turns + killed.len() > 50, "{turns} turns and {} of the one that was killed", killed.len());
    shelf.is(Mood::Well);
    let _ = Output::of(ship(&home)).assert_code(0);
    assert_is_there(&shelf, &home);
    assert_eq!(shelf.most_at_once(), 1, "one at a time");
}

/// A child has the connection of its parent, and must not speak on it.
#[test]
fn forks_send_what_is_theirs_and_nothing_twice() {
    let shelf = Shelf::start();
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), shelf.config(true)).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_forks"));
    command
        .arg(home.path())
        .arg("5")
        .env("HERMES_MANAGED_DIR", home.root().join("managed"))
        .env(VARIABLE, KEY);
    command.stdin(Stdio::null());
    let _ = Output::of(command).assert_code(0);
    let _ = Output::of(ship(&home)).assert_code(0);
    assert_is_there(&shelf, &home);
}

#[test]
fn a_collector_that_is_down_is_said_in_one_line_and_gets_it_all_when_it_is_back() {
    let shelf = Shelf::start();
    let home = home(&shelf, &[Recording::named("tool"), Recording::named("delegate_inline")]);
    for (mood, word) in [
        (Mood::Gone, "closed the connection"),
        (Mood::Refuses(503), "503: not now"),
        (Mood::Refuses(403), "403: not now"),
        (Mood::Refuses(301), "sends us on"),
    ] {
        shelf.is(mood);
        let said = Output::of(ship(&home)).assert_code(1);
        assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{mood:?}: {said}");
        assert!(said.stderr.contains(word) && !said.stderr.contains(KEY), "{mood:?}: {said}");
    }
    let waits = delivery(&home);
    assert_eq!((&waits["failures"], &waits["sent"]), (&4.into(), &0.into()), "{waits}");
    let text = home.ok(["status"]).stdout;
    assert!(text.contains("  collector   off: ") && text.contains("of log wait, from 2026-"), "{text}");
    shelf.is(Mood::Well);
    let _ = Output::of(ship(&home)).assert_code(0);
    assert_is_there(&shelf, &home);
}

#[test]
fn what_is_wrong_with_the_settings_is_said_before_anything_is_sent() {
    let shelf = Shelf::start();
    let home = home(&shelf, &[Recording::named("tool")]);
    let said = |config: &str| {
        fs::write(home.path().join("config.yaml"), config).unwrap();
        let said = Output::of(home.command(["export", "--collector"])).assert_code(1);
        assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{said}");
        said.stderr
    };
    let without = said("telemetry: {}\n");
    assert!(without.contains("telemetry.export.collector.endpoint"), "{without}");
    let config = shelf.config(false);
    let unset = said(&config);
    assert!(unset.contains(VARIABLE), "{unset}");
    let unnamed = said(&config.replace("api_key_env", "#"));
    assert!(unnamed.contains("telemetry.export.collector"), "{unnamed}");
    assert_eq!(shelf.requests(), 0);
    assert!(!home.telemetry().join("export").exists(), "and nothing is made");
    for words in [
        &["export", "--collector", "--otlp"][..],
        &["export", "--collector", "--out", "x"],
        &["export", "--collector", "--include-content"],
        &["export", "--collector", "--format", "json"],
        &["export", "--collector", "--run", "x"],
    ] {
        assert_eq!(Output::of(home.command(words)).assert_code(2).stdout, "", "{words:?}");
    }
}

/// The config says that it is off: nothing is looked up, started or made.
#[test]
fn a_host_whose_collector_is_off_sends_nothing() {
    let shelf = Shelf::start();
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), shelf.config(false)).unwrap();
    let host = Writer::with(&home, "host", 1_000, (VARIABLE, KEY));
    let log = home.telemetry().join("log");
    eventually("it works", || log.exists() && !files_below(&log).is_empty());
    assert!(!host.leave().is_empty());
    assert_eq!(shelf.requests(), 0);
    assert!(!home.telemetry().join("export").exists());
}
