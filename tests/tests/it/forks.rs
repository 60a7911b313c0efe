//! Forks of a host with a full queue (`src/bin/forks.rs`): each process has its own events, once, and nobody else's.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};

use telemetry_tests::{Home, Output};

const CHILDREN: usize = 20;

#[test]
fn a_fork_with_a_full_queue_takes_nothing_along() {
    let home = Home::new();
    let mut command = Command::new(env!("CARGO_BIN_EXE_forks"));
    command.arg(home.path()).arg(CHILDREN.to_string()).env("HERMES_MANAGED_DIR", home.root().join("managed"));
    let output = Output::of({
        command.stdin(Stdio::null());
        command
    })
    .assert_code(0);
    let (worked, codes) = output.stdout.split_once('\n').unwrap();
    let turns: i64 =
        worked.strip_suffix(" true").unwrap_or_else(|| panic!("not flushed\n{output}")).parse().unwrap();
    let codes: Vec<i32> = codes.lines().map(|code| code.parse().unwrap()).collect();
    assert_eq!(codes.len(), CHILDREN + 1);
    assert!(codes.iter().all(|code| [0, 3].contains(code)), "a child died or hung\n{output}");

    let runs = home.runs();
    let mut found: BTreeMap<&str, (i64, i64, &str)> = BTreeMap::new();
    for run in runs["runs"].as_array().unwrap() {
        let number = |key: &str| run[key].as_i64().unwrap();
        let told = (number("turns"), number("model_calls"), run["outcome"].as_str().unwrap());
        let session = run["session_id"].as_str().unwrap();
        assert!(found.insert(session, told).is_none(), "{session} ran in two processes: {runs}");
    }
    for burst in 0..CHILDREN {
        // Its last turn was in flight when the host left in order.
        let told = found.remove(format!("parent-{burst}").as_str());
        assert_eq!(told, Some((turns, turns, "interrupted")), "burst {burst}");
    }
    let late = found.remove("late");
    assert!(codes[CHILDREN] != 0 || late == Some((2, 2, "completed")), "hooks after the exit: {late:?}");
    let mut in_time = 0;
    for (child, code) in codes[..CHILDREN].iter().enumerate() {
        let told = found.remove(format!("child-{child}").as_str());
        // One that was not in time may be there or not, whole or in part.
        if *code == 0 {
            in_time += 1;
            assert_eq!(told, Some((1, 1, "completed")), "child {child} of {runs}");
        }
    }
    assert!(in_time > 0, "no child was in time, so this shows nothing: {codes:?}");
    assert!(found.is_empty(), "{found:?}");
    assert_eq!(home.insights()["quality"]["dropped_events"], 0);
}
