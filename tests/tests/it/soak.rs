//! A mixed load: hosts that write for as long as it takes while every command runs, again and again.
//!
//! Some seconds in an ordinary test run; `TELEMETRY_SOAK=600`, which is what `scripts/soak` sets, makes it ten minutes.

use std::collections::BTreeSet;
use std::fs;
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_tests::Home;

use crate::writers::{Log, Turn, Writer, assert_index_is_the_log};

/// How long the load lasts, from the environment.
pub fn seconds() -> Option<u64> {
    let text = std::env::var("TELEMETRY_SOAK").ok()?;
    Some(text.parse().unwrap_or_else(|e| panic!("TELEMETRY_SOAK={text} is no number of seconds: {e}")))
}

const WRITERS: usize = 4;
/// The pause after each turn: a host that is busier than any real one, and leaves the commands some of the machine.
const PAUSE_US: u64 = 4_000;
/// What a writer may grow by once it has warmed up, and how many files it may have open more: nothing, but for what an
/// allocator does and a log file of the next day.
const GROWTH_KB: u64 = 8 * 1024;
const GROWTH_FILES: u64 = 3;

/// Resident memory (KB) and open files of a process.
#[derive(Debug, Clone, Copy)]
struct Size {
    resident_kb: u64,
    files: u64,
}

impl Size {
    fn of(process: u32) -> Self {
        let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap();
        let resident = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
        Size {
            resident_kb: resident.trim().trim_end_matches(" kB").parse().unwrap(),
            files: fs::read_dir(format!("/proc/{process}/fd")).unwrap().count() as u64,
        }
    }
}

#[test]
fn counts_are_exact_and_memory_is_flat_under_a_mixed_load() {
    let home = Home::new();
    let long = Duration::from_secs(seconds().unwrap_or(4));
    let writers: Vec<Writer> =
        (0..WRITERS).map(|number| Writer::start(&home, &format!("w{number}"), PAUSE_US)).collect();
    let (began, mut commands, mut warm) = (Instant::now(), 0, None);
    while began.elapsed() < long {
        every_command(&home);
        commands += 7;
        if warm.is_none() && began.elapsed() > long / 4 {
            warm = Some(sizes(&writers));
        }
    }
    let (warm, end) = (warm.unwrap_or_else(|| sizes(&writers)), sizes(&writers));
    let acknowledged: BTreeSet<Turn> = writers.into_iter().flat_map(Writer::leave).collect();

    let insights = home.insights();
    assert_eq!(insights["runs"]["running"], 0, "{insights}");
    let told = |pointer: &str| insights.pointer(pointer).and_then(Value::as_i64).unwrap();
    let turns = acknowledged.len() as i64;
    let exact = [
        ("/turns/total", turns),
        ("/model_calls/total", turns),
        ("/tool_calls/total", turns),
        ("/turns/by_outcome/completed", turns),
        ("/model_calls/tokens/output", turns),
        ("/model_calls/tokens/input", acknowledged.iter().map(|turn| turn.number).sum()),
        ("/quality/dropped_events", 0),
        ("/quality/unreadable_lines", 0),
    ];
    for (pointer, expected) in exact {
        assert_eq!(told(pointer), expected, "{pointer}");
    }
    Log::of(&home).holds_once(&acknowledged);
    assert_index_is_the_log(&home);
    for (warm, end) in warm.iter().zip(&end) {
        assert!(end.resident_kb <= warm.resident_kb + GROWTH_KB, "memory grew: {warm:?}, then {end:?}");
        assert!(end.files <= warm.files + GROWTH_FILES, "open files grew: {warm:?}, then {end:?}");
    }
    let took = began.elapsed().as_secs();
    println!("mixed load: {took} s, {WRITERS} writers, {turns} turns, {commands} commands, counts exact");
    println!("            a quarter in {warm:?}\n            at the end   {end:?}");
}

fn sizes(writers: &[Writer]) -> Vec<Size> {
    writers.iter().map(|writer| Size::of(writer.id())).collect()
}

/// All commands that ask or tidy, each of which must succeed whatever the others do.
fn every_command(home: &Home) {
    for question in ["insights --json", "runs --json", "status --json", "preview --json"] {
        home.ok(question.split(' ')).document();
    }
    for work in ["reindex", "prune", "export --out ../export.ndjson"] {
        home.ok(work.split(' '));
    }
}
