//! Every seed, and every input that a fuzzer ever found, in an ordinary test run.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

use std::fs;
use std::path::{Path, PathBuf};

use telemetry_fuzz::{TARGETS, Target};

/// Runs `input`, and says which one it was if it panics.
fn hold(target: &Target, what: &str, input: &[u8]) {
    if let Err(panic) = std::panic::catch_unwind(|| (target.holds)(input)) {
        let said = panic.downcast_ref::<String>().map_or("", String::as_str);
        panic!("{}, {what}: {said}", target.name);
    }
}

fn findings(target: &Target) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/fuzz").join(target.name);
    let mut files: Vec<_> =
        fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    files
}

#[test]
fn what_must_hold_holds_for_every_seed() {
    for target in &TARGETS {
        let seeds = (target.seeds)();
        assert!(!seeds.is_empty(), "{} begins nowhere", target.name);
        for (number, seed) in seeds.iter().enumerate() {
            hold(target, &format!("seed {number}"), seed);
        }
    }
}

#[test]
fn and_for_every_finding() {
    let replayed: Vec<PathBuf> = TARGETS
        .iter()
        .flat_map(|target| {
            let files = findings(target);
            for file in &files {
                hold(target, &file.display().to_string(), &fs::read(file).unwrap());
            }
            files
        })
        .collect();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fixtures/fuzz");
    let kept = fs::read_dir(folder)
        .into_iter()
        .flatten()
        .flat_map(|entry| fs::read_dir(entry.unwrap().path()).unwrap());
    assert_eq!(kept.count(), replayed.len(), "a folder of findings is not named as a target");
}

/// The parts of a target that are found by name are there.
#[test]
fn every_target_has_a_program_and_a_dictionary() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    let named = |below: &str| {
        let mut names: Vec<String> = fs::read_dir(folder.join(below))
            .unwrap()
            .map(|entry| entry.unwrap().path().file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let targets = TARGETS.map(|target| target.name.to_owned());
    assert_eq!(named("targets"), targets);
    assert_eq!(named("dictionaries"), targets);
}
