//! What is recorded gets to a destination (`src/bin/list`), from hosts and commands that are killed, fork, and find it down.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::{Home, Output};

use crate::kills::Chance;
use crate::writers::Writer;

/// An event: its time and its id.
type Key = (i64, String);

/// Every event of the log.
fn logged(home: &Home) -> BTreeSet<Key> {
    let files = files_below(&home.telemetry().join("log"));
    let lines = files.iter().flat_map(|file| {
        let text = fs::read(file).unwrap();
        text.split(|byte| *byte == b'\n').map(<[u8]>::to_owned).collect::<Vec<_>>()
    });
    let events = lines.filter_map(|line| serde_json::from_slice::<Value>(&line).ok());
    events.map(|event| (event["ts"].as_i64().unwrap(), event["id"].as_str().unwrap().to_owned())).collect()
}

/// How often each event is in the list, and the processes that delivered.
fn listed(path: &PathBuf) -> (BTreeMap<Key, usize>, BTreeSet<u32>) {
    let (mut listed, mut processes) = (BTreeMap::new(), BTreeSet::new());
    for line in fs::read_to_string(path).unwrap_or_default().split_inclusive('\n') {
        let words: Vec<&str> = line.split_whitespace().collect();
        // Somebody may have been killed in the middle of a line.
        let [ts, id, process] = words[..] else { continue };
        *listed.entry((ts.parse().unwrap(), id.to_owned())).or_default() += 1;
        processes.insert(process.parse().unwrap());
    }
    (listed, processes)
}

fn drain(home: &Home, list: &PathBuf) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_drain"));
    command.arg(home.path()).arg(list).env("HERMES_MANAGED_DIR", home.root().join("managed"));
    command
}

const ROUNDS: usize = 12;

/// Two hosts and two commands at a time, each killed at a moment of its own, and a destination that is not there for the first
/// rounds and in one after.
#[test]
fn everything_arrives_whoever_is_killed_and_whatever_is_down() {
    let home = Home::new();
    let (up, down) = (home.root().join("up"), home.root().join("down"));
    fs::create_dir(&down).unwrap();
    let list = up.join("list");
    let mut chance = Chance::new();
    let mut processes: Vec<Running> = Vec::new();
    for round in 0..ROUNDS {
        match round {
            3 | 8 => fs::rename(&down, &up).unwrap(),
            7 => fs::rename(&up, &down).unwrap(),
            _ => {}
        }
        for number in 0..2 {
            let host = Writer::delivering(&home, &format!("r{round}-{number}"), 2_000, &list);
            processes.push(Running::Host(host));
            let command = drain(&home, &list).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
            processes.push(Running::Command(command.unwrap()));
        }
        // Hosts deliver after they have been quiet, or after seconds: some live through some rounds.
        while processes.len() > 4 {
            std::thread::sleep(Duration::from_micros(chance.below(400_000)));
            processes.swap_remove(chance.below(processes.len() as u64) as usize).kill();
        }
    }
    processes.into_iter().for_each(Running::kill);
    let said = Output::of(drain(&home, &list)).assert_code(0);
    assert_ne!(said.stdout, "busy\n", "a lock is gone with its process");

    let (found, processes) = listed(&list);
    let log = logged(&home);
    assert!(log.len() > 500, "{} events show nothing", log.len());
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), log, "all of it, and nothing else");
    assert!(processes.len() > 1, "more than one had to deliver: {processes:?}");
    let again = Output::of(drain(&home, &list)).assert_code(0);
    assert_eq!(again.stdout, "0\n", "and then there is nothing more");
}

enum Running {
    Host(Writer),
    Command(Child),
}

impl Running {
    fn kill(self) {
        match self {
            Running::Host(host) => drop(host.kill()),
            Running::Command(mut command) => {
                command.kill().unwrap();
                command.wait().unwrap();
            }
        }
    }
}

/// Nobody is killed: everything arrives once, from whichever of the hosts is at it.
#[test]
fn hosts_that_share_a_home_deliver_everything_once() {
    let home = Home::new();
    let list = home.root().join("list");
    let hosts: Vec<Writer> =
        (0..3).map(|number| Writer::delivering(&home, &format!("h{number}"), 5_000, &list)).collect();
    let until = Instant::now() + Duration::from_secs(120);
    while listed(&list).0.len() < 300 {
        assert!(Instant::now() < until, "hosts that are never quiet deliver too");
        std::thread::sleep(Duration::from_millis(50));
    }
    for host in hosts {
        assert!(!host.leave().is_empty());
    }
    let _ = Output::of(drain(&home, &list)).assert_code(0);
    let (found, _) = listed(&list);
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), logged(&home));
    // One that leaves waits for its delivery, but not for ever.
    let repeated = found.values().filter(|times| **times > 1).count();
    assert!(repeated < found.len() / 2, "{repeated} of {} came more than once", found.len());
}

#[test]
fn a_fork_in_the_middle_of_a_delivery_takes_nothing_along() {
    let home = Home::new();
    let list = home.root().join("list");
    let mut command = Command::new(env!("CARGO_BIN_EXE_forks"));
    command.arg(home.path()).arg("10").arg(&list).env("HERMES_MANAGED_DIR", home.root().join("managed"));
    command.stdin(Stdio::null());
    let output = Output::of(command).assert_code(0);
    let codes: Vec<i32> = output.stdout.lines().skip(1).map(|code| code.parse().unwrap()).collect();
    assert!(codes.iter().all(|code| [0, 3].contains(code)), "a child died or hung\n{output}");
    assert_eq!(codes.last(), Some(&0), "a child delivers what is its own\n{output}");
    let _ = Output::of(drain(&home, &list)).assert_code(0);
    let (found, processes) = listed(&list);
    assert_eq!(found.keys().cloned().collect::<BTreeSet<_>>(), logged(&home));
    assert!(processes.len() >= 2, "the parent and its last child, at least: {processes:?}");
}

/// The wait for it is bounded, so on a machine that is very busy a host may be gone before: not every one of them.
#[test]
fn a_host_that_leaves_at_once_has_told_its_destination() {
    let is_told = |_: usize| {
        let home = Home::new();
        let list = home.root().join("list");
        let host = Writer::delivering(&home, "one", 1_000, &list);
        let until = Instant::now() + Duration::from_secs(60);
        while !home.telemetry().join("log").exists() {
            assert!(Instant::now() < until, "it works");
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = host.leave();
        let (found, _) = listed(&list);
        found.keys().cloned().collect::<BTreeSet<_>>() == logged(&home)
    };
    assert!((0..20).any(is_told), "none of twenty");
}

/// Documents and lines of what was recorded, written by hosts as turns end and by nobody else.
#[test]
fn hosts_write_trajectories_as_turns_end() {
    const CONFIG: &str = "telemetry:\n  trajectories: {enabled: true}\n  export: {atof: {enabled: true}, atif: {enabled: true}}\n";
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), CONFIG).unwrap();
    let export = home.telemetry().join("export");
    let (stream, documents) = (export.join("atof/events.jsonl"), export.join("atif"));
    let lines = || -> Vec<Value> {
        let text = fs::read_to_string(&stream).unwrap_or_default();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    };
    let host = Writer::start(&home, "host", 20_000);
    let until = Instant::now() + Duration::from_secs(120);
    while lines().len() < 50 || files_below(&documents).is_empty() {
        assert!(Instant::now() < until, "{} lines", lines().len());
        std::thread::sleep(Duration::from_millis(50));
    }
    let mut turns = host.leave().len();
    // What one did not deliver before it left, the next does.
    let waits = || {
        let status = home.json(["status", "--json"]);
        let growing = status["export"]["trajectories"].as_array().unwrap();
        assert_eq!(growing.len(), 2, "{status}");
        growing.iter().any(|of| of["delivery"]["lag_bytes"] != 0)
    };
    while waits() {
        assert!(Instant::now() < until, "{}", home.ok(["status"]));
        turns += Writer::start(&home, &format!("next{turns}"), 50_000).leave().len();
    }

    let ended = |line: &&Value| line["name"] == "hermes.turn.end";
    assert_eq!(lines().iter().filter(ended).count(), turns);
    let uuids: Vec<String> =
        lines().iter().map(|l| format!("{}{}", l["uuid"], l["scope_category"])).collect();
    assert_eq!(uuids.iter().collect::<BTreeSet<_>>().len(), uuids.len(), "each line once");
    let mut answers = 0;
    for file in files_below(&documents) {
        let document: Value = serde_json::from_slice(&fs::read(&file).unwrap()).unwrap();
        let steps = document["steps"].as_array().unwrap();
        answers += steps.iter().filter(|step| step["source"] == "agent").count();
    }
    assert_eq!(answers, turns, "a turn of these hosts has one answer");
    let text = home.ok(["status"]).stdout;
    assert!(text.contains("  atof        on: ") && text.contains("nothing waits; "), "{text}");
}
