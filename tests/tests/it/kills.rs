//! Processes killed at any moment: what they leave can be read, and going on gives the answer of never having been killed.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::Value;
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

use crate::soak;
use crate::writers::{Log, Turn, Writer, assert_index_is_the_log, assert_runs_are_closed};

const ROUNDS: u64 = 40;

/// The answers but for the lines a kill may have torn, which are counted.
fn answers(home: &Home) -> Value {
    let mut answers = home.answers();
    answers["insights"]["quality"]["unreadable_lines"] = Value::Null;
    answers
}

/// Two that write and one that makes the index anew, each killed a little later than in the round before, so that every
/// stage of their lives is hit: making folders, appending, indexing, copying the index.
#[test]
fn killed_at_every_stage_and_then_whole() {
    let recordings = Recording::all();
    let home = Home::new();
    for round in 0..ROUNDS {
        let mut replay = home.command(["replay"]);
        replay.args(recordings.iter().map(|recording| &recording.path));
        let mut backwards = home.command(["replay"]);
        backwards.args(recordings.iter().rev().map(|recording| &recording.path));
        let reindex = home.command(["reindex"]);
        let mut children: Vec<_> = [replay, backwards, reindex]
            .into_iter()
            .map(|mut command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
            .collect();
        std::thread::sleep(Duration::from_millis(4 * round));
        for child in &mut children {
            child.kill().unwrap();
            child.wait().unwrap();
        }
        if round % 8 == 0 {
            home.insights();
        }
        // Begun anew now and then, so that the early stages are hit too.
        if round % 10 == 9 {
            std::fs::remove_dir_all(home.telemetry()).unwrap();
        }
    }
    home.replay(&recordings);
    assert_same("after all kills", &answers(&home), &answers(&Home::with(&recordings)));
    home.ok(["reindex"]);
    assert_same("and made anew", &answers(&home), &answers(&Home::with(&recordings)));
    let drafts: Vec<_> =
        home.files().into_iter().filter(|path| path.to_string_lossy().contains(".new-")).collect();
    assert!(drafts.is_empty(), "drafts of an index are removed by the next: {drafts:?}");
}

/// Rounds in one home: then another, so that the making of folders and files is hit too.
const ROUNDS_IN_A_HOME: u64 = 10;
/// Of an ordinary test run, and of a soak.
const SHORT: u64 = 20;
const LONG: u64 = 200;

/// Four hosts and three commands at a time, each killed at a moment of its own. What the log had acknowledged is there
/// once; the index comes to what the log says; the runs that were open are closed by whoever comes next.
#[test]
fn what_was_acknowledged_survives_kills_at_random_moments() {
    let rounds = if soak::seconds().is_some() { LONG } else { SHORT };
    let mut chance = Chance::new();
    let (mut turns, mut runs) = (0, 0);
    for first in (0..rounds).step_by(ROUNDS_IN_A_HOME as usize) {
        let home = Home::new();
        let mut acknowledged = BTreeSet::new();
        for round in first..first + ROUNDS_IN_A_HOME {
            acknowledged.extend(one_round(&home, round, &mut chance));
            assert_runs_are_closed(&home);
        }
        Log::of(&home).holds_once(&acknowledged);
        // One that was killed may have removed a day and not yet told the index.
        home.ok(["prune"]);
        assert_index_is_the_log(&home);
        turns += acknowledged.len();
        runs += home.runs()["runs"].as_array().map_or(0, Vec::len);
    }
    assert!(turns > rounds as usize, "{turns} acknowledged turns in {rounds} rounds show nothing");
    println!("kills: {rounds} rounds, {turns} acknowledged turns, {runs} runs");
}

fn one_round(home: &Home, round: u64, chance: &mut Chance) -> BTreeSet<Turn> {
    // A day for `prune` to remove.
    let old = home.telemetry().join("log/2020-01-01.jsonl");
    if old.parent().is_some_and(|log| log.is_dir()) {
        fs::write(old, "").unwrap();
    }
    let mut writers: Vec<Writer> =
        (0..4).map(|number| Writer::start(home, &format!("r{round}-{number}"), 2_000)).collect();
    let commands = ["reindex", "prune", "insights"].map(|word| home.command([word]));
    let mut commands: Vec<Child> = commands
        .into_iter()
        .map(|mut command| command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
        .collect();
    let mut acknowledged = BTreeSet::new();
    while !writers.is_empty() || !commands.is_empty() {
        std::thread::sleep(Duration::from_micros(chance.below(30_000)));
        let next = chance.below((writers.len() + commands.len()) as u64) as usize;
        if next < writers.len() {
            acknowledged.extend(writers.swap_remove(next).kill());
        } else {
            let mut command = commands.swap_remove(next - writers.len());
            command.kill().unwrap();
            command.wait().unwrap();
        }
    }
    acknowledged
}

/// Random numbers (xorshift64*). A seed would not bring a round back: the scheduler draws too.
pub struct Chance(u64);

impl Chance {
    pub fn new() -> Self {
        let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap();
        Chance(now.as_nanos() as u64 | 1)
    }

    /// A number from 0 to `end`, which is not among them.
    pub fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % end
    }
}
