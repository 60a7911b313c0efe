//! Twice is once, in any order, cut anywhere, all at the same time; the log alone is enough.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use serde_json::{Value, json};
use telemetry_tests::answers::{comparable_insights, comparable_runs, expected_insights};
use telemetry_tests::home::files_below;
use telemetry_tests::json::assert_same;
use telemetry_tests::oracle::Oracle;
use telemetry_tests::{Home, Recording, finish, start};

/// All recordings into one home, by one command, in the order of their names.
fn all_together() -> Value {
    Home::with(&Recording::all()).answers()
}

/// A shuffle that is the same every time (xorshift).
fn shuffled<T>(mut items: Vec<T>, seed: u64) -> Vec<T> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    for last in (1..items.len()).rev() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        items.swap(last, (state % (last as u64 + 1)) as usize);
    }
    items
}

/// The first `lines` lines of a recording, as a file beside the home.
fn cut(home: &Home, recording: &Recording, lines: usize) -> Recording {
    let text: String = recording.lines[..lines].iter().map(|line| format!("{line}\n")).collect();
    Recording::open(&home.file(&format!("cut/{lines}/{}.jsonl", recording.name), text))
}

/// A list of runs in an order that does not depend on when a child was heard of first.
fn sorted(runs: &Value) -> Value {
    let mut runs = runs.as_array().cloned().unwrap_or_default();
    runs.sort_by_cached_key(|run| run.to_string());
    runs.into()
}

fn lines_of(folder: &Path) -> Vec<PathBuf> {
    files_below(folder).into_iter().filter(|file| file.extension().is_some_and(|e| e == "jsonl")).collect()
}

#[test]
fn all_recordings_add_up() {
    let recordings = Recording::all();
    let oracle = Oracle::of_all(&recordings);
    let answers = Home::with(&recordings).answers();
    assert_same("runs", &sorted(&comparable_runs(&answers["runs"])), &sorted(&oracle.runs_document()));
    assert_same("insights", &comparable_insights(&answers["insights"]), &expected_insights(&oracle));
}

#[test]
fn twice_is_once() {
    let recordings = Recording::all();
    let home = Home::with(&recordings);
    let once = home.answers();
    home.replay(&recordings);
    assert_same("a second replay", &home.answers(), &once);
    // The same again within one command, and one file after the other.
    home.replay(recordings.iter().chain(&recordings));
    for recording in &recordings {
        home.replay([recording]);
    }
    assert_same("a third and a fourth", &home.answers(), &once);
}

/// What names a process is what it did, not the file it is told from.
#[test]
fn a_copy_of_a_recording_is_the_recording() {
    let home = Home::with([&Recording::named("tool")]);
    let once = home.answers();
    let copy = fs::read(Recording::named("tool").path).unwrap();
    home.replay([&Recording::open(&home.file("elsewhere/other name.jsonl", copy))]);
    assert_same("a copy", &home.answers(), &once);
}

/// All of them share a process id, a start of the clock and session ids, and are different processes all the same.
#[test]
fn the_order_of_files_changes_nothing() {
    let expected = all_together();
    let reversed: Vec<Recording> = Recording::all().into_iter().rev().collect();
    assert_same("reversed", &Home::with(&reversed).answers(), &expected);
    for seed in 1..=3 {
        let home = Home::with(&shuffled(Recording::all(), seed));
        assert_same(&format!("shuffled ({seed})"), &home.answers(), &expected);
    }
}

/// One command for each file, and an answer in between, which makes an index of half of it.
#[test]
fn one_command_or_many_is_the_same() {
    let home = Home::new();
    for (index, recording) in shuffled(Recording::all(), 7).iter().enumerate() {
        home.replay([recording]);
        if index % 9 == 0 {
            home.runs();
        }
    }
    assert_same("one by one", &home.answers(), &all_together());
}

/// A file may tell of many processes, even of two with the same id one after the other: each registers.
#[test]
fn all_in_one_file_is_the_same() {
    let (home, recordings) = (Home::new(), Recording::all());
    let lines: Vec<&str> = recordings.iter().flat_map(|r| &r.lines).map(String::as_str).collect();
    let file = home.file("all.jsonl", lines.join("\n"));
    home.replay([&Recording::open(&file)]);
    assert_same("all in one file", &home.answers(), &all_together());
}

/// Processes speak at the same time: lines of all recordings, each a process of its own, in the order of the clock.
#[test]
fn processes_that_speak_at_the_same_time_are_kept_apart() {
    let mut lines: Vec<(i64, usize, String)> = Vec::new();
    for (number, recording) in Recording::all().iter().enumerate() {
        for (index, line) in recording.lines.iter().enumerate() {
            let mut line: Value = serde_json::from_str(line).unwrap();
            line["pid"] = json!(line["pid"].as_u64().unwrap() + 100 * number as u64);
            lines.push((line["wall_ns"].as_i64().unwrap(), index, line.to_string()));
        }
    }
    lines.sort();
    let home = Home::new();
    let text: String = lines.into_iter().map(|(_, _, line)| line + "\n").collect();
    let all = Recording::open(&home.file("all.jsonl", text));
    home.replay([&all]);
    let oracle = Oracle::of(&all);
    assert_same("runs", &sorted(&comparable_runs(&home.runs())), &sorted(&oracle.runs_document()));
    assert_same("insights", &comparable_insights(&home.insights()), &expected_insights(&oracle));
}

/// A plugin that was switched on in mid session has missed the beginning: what it did see is counted, and ends.
#[test]
fn a_recording_without_its_beginning_counts_the_rest() {
    let recordings = Recording::all();
    for skipped in [2, 3, 4, 5, 7, 9, 12] {
        let home = Home::new();
        let tails: Vec<Recording> = recordings
            .iter()
            .filter(|recording| recording.lines.len() > skipped)
            .map(|recording| {
                let text: String =
                    recording.lines[skipped..].iter().map(|line| format!("{line}\n")).collect();
                Recording::open(&home.file(&format!("tail/{}.jsonl", recording.name), text))
            })
            .collect();
        home.replay(&tails);
        let calls: Vec<_> = tails.iter().flat_map(Recording::calls).collect();
        let heard = |hook: &str| calls.iter().filter(|call| call.hook == hook).count();
        let insights = home.insights();
        let shown = json!([
            insights["model_calls"]["total"],
            insights["model_calls"]["failed_attempts"],
            insights["tool_calls"]["total"],
            insights["runs"]["running"],
            insights["turns"]["running"],
        ]);
        let told = [heard("post_api_request"), heard("api_request_error"), heard("post_tool_call"), 0, 0];
        assert_same(&format!("without {skipped} lines"), &shown, &json!(told));
        // A turn that was heard to end well ended well.
        let ended = |call: &&telemetry_tests::recording::Call| {
            call.hook == "on_session_end" && call.flag("completed") && !call.flag("interrupted")
        };
        let completed = calls.iter().filter(ended).count();
        assert_eq!(
            insights["turns"]["by_outcome"]["completed"], completed,
            "without {skipped} lines: {insights}"
        );
    }
}

/// Two files of one home, either first: every pair of a few that have something to confuse.
#[test]
fn two_files_in_either_order() {
    let names = ["plain", "delegate", "sigkill", "resume"];
    for (index, first) in names.iter().enumerate() {
        for second in &names[index + 1..] {
            let (first, second) = (Recording::named(first), Recording::named(second));
            let one = Home::with([&first]);
            one.runs();
            one.replay([&second]);
            let other = Home::with([&second]);
            other.runs();
            other.replay([&first]);
            assert_same(&format!("{} and {}", first.name, second.name), &one.answers(), &other.answers());
        }
    }
}

/// A process killed after any line, and the rest of the story told later: the first answer is that of what was known,
/// the second that of the whole.
#[test]
fn cut_at_every_line_and_then_whole() {
    let recordings = Recording::all();
    let whole = all_together();
    let longest = recordings.iter().map(|recording| recording.lines.len()).max().unwrap_or(0);
    for lines in 0..longest {
        let home = Home::new();
        let cuts: Vec<Recording> =
            recordings.iter().filter(|r| r.lines.len() > lines).map(|r| cut(&home, r, lines)).collect();
        home.replay(&cuts);
        assert_cut(&format!("after {lines} lines"), &home, &cuts);
        home.replay(&recordings);
        assert_same(&format!("whole after {lines} lines"), &home.answers(), &whole);
    }
}

/// One home that is told every recording line by line, from the start each time.
#[test]
fn growing_line_by_line() {
    let recordings = Recording::all();
    let longest = recordings.iter().map(|recording| recording.lines.len()).max().unwrap_or(0);
    let home = Home::new();
    for lines in 1..=longest {
        let cuts: Vec<Recording> = recordings
            .iter()
            .map(|recording| cut(&home, recording, lines.min(recording.lines.len())))
            .collect();
        home.replay(&cuts);
        assert_cut(&format!("grown to {lines} lines"), &home, &cuts);
    }
    assert_same("grown", &home.answers(), &all_together());
}

/// The runs of cut recordings are those of the oracle. A child that was announced and has not said a word may be a run
/// or not. Which failed calls failed for good is not known yet, and not compared.
fn assert_cut(what: &str, home: &Home, cuts: &[Recording]) {
    let without_errors = |runs: Value| {
        let mut runs = runs.as_array().cloned().unwrap_or_default();
        for run in &mut runs {
            run.as_object_mut().unwrap().remove("errors");
        }
        Value::Array(runs)
    };
    let oracle = Oracle::of_all(cuts);
    let expected = without_errors(oracle.runs_document());
    let mut waiting = expected.as_array().cloned().unwrap();
    let mut shown = without_errors(comparable_runs(&home.runs())).as_array().cloned().unwrap();
    shown.retain(|run| {
        let Some(index) = waiting.iter().position(|expected| expected == run) else {
            let is_silent = run["session_id"].as_str().is_some_and(|id| oracle.silent_children.contains(id));
            return !(is_silent && run["turns"] == json!(0) && run["outcome"] == "unknown");
        };
        waiting.swap_remove(index);
        true
    });
    assert_same(what, &sorted(&Value::Array(shown)), &sorted(&expected));
}

/// A `replay` of `recording`, begun and not waited for.
fn begin(home: &Home, recording: &Recording) -> (Command, Child) {
    let mut command = home.command(["replay"]);
    command.arg(&recording.path);
    start(command)
}

#[test]
fn replays_of_different_files_at_the_same_time() {
    let home = Home::new();
    let recordings = shuffled(Recording::all(), 11);
    for started in recordings.iter().map(|recording| begin(&home, recording)).collect::<Vec<_>>() {
        _ = finish(started);
    }
    assert_same("at the same time", &home.answers(), &all_together());
}

#[test]
fn the_same_file_at_the_same_time() {
    let home = Home::new();
    let recording = Recording::named("nested_inline");
    for started in (0..8).map(|_| begin(&home, &recording)).collect::<Vec<_>>() {
        _ = finish(started);
    }
    assert_same("eight times at once", &home.answers(), &Home::with([&recording]).answers());
}

#[test]
fn reindex_gives_the_same_answers() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    home.ok(["reindex"]);
    assert_same("reindex", &home.answers(), &before);
    home.ok(["reindex"]);
    home.replay(&Recording::all());
    assert_same("reindex and replay", &home.answers(), &before);
}

#[test]
fn a_deleted_database_comes_back() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    delete_database(&home);
    assert_same("without its database", &home.answers(), &before);
}

fn delete_database(home: &Home) {
    let database =
        |file: &PathBuf| file.file_name().is_some_and(|n| n.to_string_lossy().starts_with("telemetry.db"));
    let files: Vec<PathBuf> = files_below(&home.telemetry()).into_iter().filter(database).collect();
    assert!(!files.is_empty(), "{} has a telemetry.db", home.telemetry().display());
    files.iter().for_each(|file| fs::remove_file(file).unwrap());
}

/// Threads and processes append as they come: no answer may depend on the order of lines.
#[test]
fn a_shuffled_log_gives_the_same_answers() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    for seed in [3, 4] {
        for file in lines_of(&home.telemetry().join("log")) {
            let text = fs::read_to_string(&file).unwrap();
            let lines = shuffled(text.lines().collect(), seed);
            fs::write(&file, lines.iter().map(|line| format!("{line}\n")).collect::<String>()).unwrap();
        }
        home.ok(["reindex"]);
        assert_same("shuffled", &home.answers(), &before);
    }
    // Every line twice, as after a merge of two copies.
    for file in lines_of(&home.telemetry().join("log")) {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}{text}")).unwrap();
    }
    home.ok(["reindex"]);
    assert_same("doubled", &home.answers(), &before);
}

/// One log, read in another order than it was written: the days and files of two homes put together.
#[test]
fn logs_of_two_homes_can_be_put_together() {
    let recordings = Recording::all();
    let (left, right) = recordings.split_at(recordings.len() / 2);
    let (left, right) = (Home::with(left), Home::with(right));
    for file in lines_of(&right.telemetry().join("log")) {
        let target = left.telemetry().join("log").join(file.file_name().unwrap());
        let before = fs::read_to_string(&target).unwrap_or_default();
        fs::write(&target, before + &fs::read_to_string(&file).unwrap()).unwrap();
    }
    assert_same("together", &left.answers(), &all_together());
}

/// A torn or foreign line in the log is counted and takes no neighbour with it.
#[test]
fn a_damaged_log_loses_only_what_is_damaged() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    let file = lines_of(&home.telemetry().join("log")).remove(0);
    let text = fs::read_to_string(&file).unwrap();
    let (head, rest) = text.split_once('\n').unwrap();
    fs::write(&file, format!("{head}\n{{\"torn\": \n\u{0}\u{0}\n\n[1,2]\n{rest}{{\"v\":1,\"no en")).unwrap();
    home.ok(["reindex"]);
    let mut after = home.answers();
    let unreadable = after["insights"]["quality"]["unreadable_lines"].take();
    assert!((3..=5).contains(&unreadable.as_u64().unwrap_or(0)), "{unreadable} unreadable lines");
    after["insights"]["quality"]["unreadable_lines"] = json!(0);
    assert_same("damaged", &after, &before);
}

/// Files and folders of others in the log's folder are left alone.
#[test]
fn foreign_files_in_the_log_folder_are_left_alone() {
    let home = Home::with(&Recording::all());
    let before = home.answers();
    let log = home.telemetry().join("log");
    for name in
        ["notes.txt", "2026-13-99.jsonl", "2026-01-01.jsonl.bak", ".2026-01-01.jsonl.swp", "events.jsonl"]
    {
        fs::copy(log.join("2026-01-01.jsonl"), log.join(name)).unwrap();
    }
    fs::create_dir(log.join("2026-01-02.jsonl.d")).unwrap();
    home.ok(["reindex"]);
    assert_same("with foreign files", &home.answers(), &before);
}
