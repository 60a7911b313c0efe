//! The same world, told in other ways: the truth does not change.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::ffi::OsString;
use std::fs;

use telemetry_tests::Home;
use telemetry_tests::corpus::random::Random;
use telemetry_tests::home::files_below;
use telemetry_tests::truth::generate;

use super::runs::check_runs;
use super::{files, fresh, told};

fn forget_the_index(home: &Home) {
    for file in fs::read_dir(home.telemetry()).unwrap().map(|entry| entry.unwrap().path()) {
        if file.file_name().is_some_and(|name| name.to_string_lossy().starts_with("telemetry.db")) {
            fs::remove_file(file).unwrap();
        }
    }
}

/// Each process by a command of its own, the last one first, then all of them again; questions in between.
#[test]
fn in_parts_backwards_and_twice() {
    let world = generate::world(9);
    let home = fresh(&world);
    let recordings = files(&home, &world);
    for (number, recording) in recordings.iter().rev().enumerate() {
        home.ok([OsString::from("replay"), recording.clone()]);
        if number % 7 == 0 {
            home.insights();
        }
    }
    check_runs(&home, &world);
    home.ok([OsString::from("replay")].into_iter().chain(recordings));
    check_runs(&home, &world);
}

/// The lines of each day in any order, some of them twice, and an index made of that.
#[test]
fn with_a_shuffled_log_and_without_an_index() {
    let world = generate::world(10);
    let home = told(&world);
    check_runs(&home, &world);
    forget_the_index(&home);
    check_runs(&home, &world);
    let mut random = Random::new(10);
    for file in files_below(&home.telemetry().join("log")) {
        let text = fs::read_to_string(&file).unwrap();
        let mut lines: Vec<&str> = text.lines().collect();
        lines.extend(lines.clone().iter().step_by(5));
        for last in (1..lines.len()).rev() {
            lines.swap(last, random.below(last + 1));
        }
        fs::write(&file, lines.join("\n") + "\n").unwrap();
    }
    forget_the_index(&home);
    check_runs(&home, &world);
    home.ok(["reindex"]);
    check_runs(&home, &world);
}
