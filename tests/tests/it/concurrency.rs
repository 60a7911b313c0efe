//! Forty processes at once on a fresh home: no error, no lost event, no double count.

use std::process::Command;

use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording, finish, start};

/// Writers and readers mixed, all racing to be the first to make the folder, the log and the database.
#[test]
fn forty_starts_at_once() {
    for round in 0..3 {
        let home = Home::new();
        let recordings: Vec<Recording> = Recording::all().into_iter().skip(round).take(20).collect();
        let replays = recordings.iter().map(|recording| {
            let mut command = home.command(["replay"]);
            command.arg(&recording.path);
            command
        });
        let questions =
            [["runs", "--json"], ["insights", "--json"], ["status", "--json"], ["preview", "--json"]];
        let questions = (0..20).map(|index| home.command(questions[index % questions.len()]));
        let commands: Vec<Command> =
            replays.zip(questions).flat_map(|(replay, question)| [replay, question]).collect();
        assert_eq!(commands.len(), 40);
        let started: Vec<_> = commands.into_iter().map(start).collect();
        for output in started.into_iter().map(finish).collect::<Vec<_>>() {
            if output.command.contains("--json") {
                output.document();
            }
            assert!(!output.stderr.to_lowercase().contains("locked"), "{output}");
        }
        assert_same("forty at once", &home.answers(), &Home::with(&recordings).answers());
    }
}

/// Nobody has written anything: forty readers make one empty database.
#[test]
fn forty_questions_on_an_empty_home() {
    let home = Home::new();
    let started: Vec<_> = (0..40).map(|_| start(home.command(["insights", "--json"]))).collect();
    for output in started.into_iter().map(finish).collect::<Vec<_>>() {
        assert_eq!(output.document()["runs"]["total"], 0, "{output}");
    }
}

/// The index is built again under the readers' feet.
#[test]
fn reindexing_while_others_ask() {
    let recordings = Recording::all();
    let home = Home::with(&recordings);
    let before = home.answers();
    let commands = (0..16).map(|index| match index % 4 {
        0 => home.command(["reindex"]),
        1 => home.command(["insights", "--json"]),
        2 => home.command(["runs", "--json"]),
        _ => {
            let mut command = home.command(["replay"]);
            command.arg(&recordings[index].path);
            command
        }
    });
    let started: Vec<_> = commands.map(start).collect();
    for output in started.into_iter().map(finish).collect::<Vec<_>>() {
        if output.command.starts_with("runs") {
            assert_same("runs during a reindex", &output.document(), &before["runs"]);
        }
    }
    assert_same("after all", &home.answers(), &before);
}
