use std::collections::BTreeMap;

use telemetry_core::event::ProcessEnded;
use telemetry_core::ids::ProcessId;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::ProcessEnd;
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{RunSummary, Window, runs};
use telemetry_store::process;

use super::{Home, NEW_YEAR, home, process_started, run};

/// The answer after whoever comes next looked for processes that are gone.
fn answers(home: &Home) -> Vec<RunSummary> {
    let mut index = Index::open(home.layout.clone(), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    index.close_lost().unwrap();
    index.catch_up(None).unwrap();
    runs(index.connection(), Window::default()).unwrap()
}

fn outcome(home: &Home) -> (String, Option<String>) {
    let found = answers(home);
    assert_eq!(found.len(), 1);
    (found[0].outcome.clone(), found[0].reason.clone())
}

/// A process that has ended, and when it was born.
fn ended_process() -> (u32, Option<u64>) {
    let mut child = std::process::Command::new("sleep").arg("60").spawn().unwrap();
    let (pid, born) = (child.id(), process::born(child.id()));
    child.kill().unwrap();
    child.wait().unwrap();
    (pid, born)
}

#[cfg(target_os = "linux")]
#[test]
fn a_turn_whose_process_is_gone_is_unknown_and_told_once() {
    let home = home();
    let (pid, born) = ended_process();
    home.write(&[process_started(1, pid, Some(process::birthplace()), born)]);
    home.write(&run(1, "s", false));
    assert_eq!(outcome(&home), ("unknown".into(), Some("process_lost".into())));
    let size = || std::fs::metadata(&home.layout.days().unwrap()[0].1).unwrap().len();
    let before = size();
    assert_eq!(outcome(&home), ("unknown".into(), Some("process_lost".into())));
    assert_eq!(size(), before);
}

#[test]
fn a_finished_turn_stays_finished_when_its_process_vanishes() {
    let home = home();
    let (pid, born) = ended_process();
    home.write(&[process_started(1, pid, Some(process::birthplace()), born)]);
    home.write(&run(1, "s", true));
    assert_eq!(outcome(&home), ("completed".into(), None));
}

#[test]
fn a_process_that_lives_keeps_its_runs_open() {
    let home = home();
    let pid = std::process::id();
    home.write(&[process_started(1, pid, Some(process::birthplace()), process::born(pid))]);
    home.write(&run(1, "s", false));
    assert_eq!(outcome(&home), ("running".into(), None));
}

#[test]
fn a_process_taken_for_lost_that_speaks_again_is_not() {
    let home = home();
    let (pid, born) = ended_process();
    home.write(&[process_started(1, pid, Some(process::birthplace()), born)]);
    let events = run(1, "s", true);
    home.write(&events[..2]);
    assert_eq!(outcome(&home).0, if cfg!(target_os = "linux") { "unknown" } else { "running" });
    home.write(&events[2..]);
    assert_eq!(outcome(&home), ("completed".into(), None));
}

#[test]
fn a_process_that_speaks_again_takes_up_all_of_its_runs() {
    let home = home();
    home.write(&[process_started(1, 1, None, None)]);
    home.write(&run(1, "left open", false));
    let lost = ProcessEnded::event(ProcessId(1), ProcessEnd::Lost, UnixNanos(NEW_YEAR + 7_500_000));
    home.write(&[lost]);
    assert_eq!(outcome(&home), ("unknown".into(), Some("process_lost".into())));
    home.write(&run(1, "another", true));
    let outcomes = answers(&home).into_iter().map(|run| (run.session_id.unwrap(), run.outcome));
    assert_eq!(
        outcomes.collect::<BTreeMap<_, _>>(),
        [("another".into(), "completed".into()), ("left open".into(), "running".into())].into()
    );
}

#[test]
fn a_process_of_another_machine_is_lost_only_after_a_day_of_silence() {
    let home = home();
    home.write(&[process_started(1, 1, Some("another boot"), Some(1))]);
    // The events are of New Year 2026: long ago.
    home.write(&run(1, "s", false));
    assert_eq!(outcome(&home), ("unknown".into(), Some("process_lost".into())));
}
