//! Processes killed at any moment: what they leave can be read, and going on gives the answer of never having been killed.

use std::process::Stdio;
use std::time::Duration;

use serde_json::Value;
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

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
