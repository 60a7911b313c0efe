//! Torn, foreign and missing input costs what is unreadable and nothing else.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use telemetry_tests::answers::comparable_runs;
use telemetry_tests::json::{assert_same, numbers_about};
use telemetry_tests::oracle::Oracle;
use telemetry_tests::{Home, Output, Recording};

/// Replays text as a recording.
fn replay(home: &Home, name: &str, content: impl AsRef<[u8]>) -> Output {
    let file = home.file(name, content);
    home.run([Path::new("replay"), &file])
}

fn text_of(recording: &Recording) -> String {
    recording.lines.iter().map(|line| format!("{line}\n")).collect()
}

#[track_caller]
fn assert_runs(what: &str, home: &Home, recording: &Recording) {
    assert_same(what, &comparable_runs(&home.runs()), &Oracle::of(recording).runs_document());
}

/// Each unreadable line is named by file and line; the rest counts in full.
#[test]
fn unreadable_lines_are_named_and_the_rest_counts() {
    let recording = Recording::named("tool");
    let mut lines = recording.lines.clone();
    lines.insert(3, "this is not JSON".to_owned());
    lines.insert(6, r#"{"seq": 6, "kind": "hook", "hook": "post_api"#.to_owned());
    lines.insert(9, "[1, 2, 3]".to_owned());
    let home = Home::new();
    let output = replay(&home, "spoilt.jsonl", lines.join("\n")).assert_code(0);
    for line in [4, 7, 10] {
        assert!(output.stderr.contains(&format!("spoilt.jsonl:{line}")), "line {line} is named\n{output}");
    }
    for line in [3, 5, 6, 8, 9, 11] {
        assert!(!output.stderr.contains(&format!("spoilt.jsonl:{line}:")), "line {line} is fine\n{output}");
    }
    let said = format!("{}{}", output.stdout, output.stderr);
    assert!(said.contains("3 "), "three lines are counted\n{output}");
    assert_runs("spoilt", &home, &recording);
}

#[test]
fn what_is_not_a_recording_is_no_failure() {
    let recording = Recording::named("tool");
    let text = text_of(&recording);
    let torn = &text[..text.len() - 20];
    let crlf = text.replace('\n', "\r\n");
    let without_end = text.trim_end();
    let blank_lines = text.replace('\n', "\n\n  \n");
    let long =
        format!("{text}{{\"kind\": \"hook\", \"hook\": \"x\", \"kwargs\": \"{}\"}}\n", "a".repeat(1 << 20));
    let garbage: Vec<u8> =
        (0..20_000_u32).flat_map(|n| n.wrapping_mul(2_654_435_761).to_le_bytes()).collect();
    let mut before = garbage.clone();
    before.extend(b"\n");
    before.extend(text.as_bytes());
    let mark = format!("\u{feff}{text}");
    let whole: [(&str, &[u8]); 6] = [
        ("crlf", crlf.as_bytes()),
        ("without an end", without_end.as_bytes()),
        ("blank lines", blank_lines.as_bytes()),
        ("a line of a megabyte", long.as_bytes()),
        ("garbage before", &before),
        ("a byte order mark", mark.as_bytes()),
    ];
    for (what, content) in whole {
        let home = Home::new();
        let output = replay(&home, "input.jsonl", content).assert_code(0);
        assert_runs(&format!("{what}\n{output}"), &home, &recording);
    }
    // The torn line is `atexit`, and this host had said before that it was over.
    let home = Home::new();
    let _ = replay(&home, "torn.jsonl", torn).assert_code(0);
    assert_runs("torn", &home, &recording);
    for (what, content) in
        [("empty", &b""[..]), ("one newline", b"\n"), ("binary", &garbage), ("zeros", &[0; 4096])]
    {
        let home = Home::new();
        let output = replay(&home, "input.jsonl", content).assert_code(0);
        assert_eq!(home.runs()["runs"], json!([]), "{what}\n{output}");
    }
}

/// One line as long as a book, whole and readable, is a line.
#[test]
fn a_long_line_counts() {
    let recording = Recording::named("tool");
    let home = Home::new();
    let big = text_of(&recording).replacen("alpha line 1", &"alpha ".repeat(200_000), 1);
    assert!(big.len() > 1 << 20);
    let _ = replay(&home, "big.jsonl", big).assert_code(0);
    assert_runs("a result of a megabyte", &home, &recording);
    let stored: u64 = home
        .files()
        .iter()
        .filter(|f| f.starts_with(home.path()))
        .map(|f| fs::metadata(f).unwrap().len())
        .sum();
    assert!(stored < 1 << 20, "content is not kept: {stored} bytes");
}

#[test]
fn a_hook_nobody_knows_is_kept_as_an_unknown_event() {
    let recording = Recording::named("tool");
    let mut lines = recording.lines.clone();
    let last: Value = serde_json::from_str(&lines[6]).unwrap();
    let mut unknown = last;
    unknown["hook"] = json!("on_moon_phase");
    unknown["kwargs"] =
        json!({"session_id": "20260101_000000_000000", "phase": "waxing gibbous, rather secret"});
    lines.insert(7, unknown.to_string());
    let home = Home::new();
    let _ = replay(&home, "unknown.jsonl", lines.join("\n")).assert_code(0);
    assert_runs("with an unknown hook", &home, &recording);

    let status = home.json(["status", "--json"]);
    let counts = numbers_about(&status, "unknown");
    assert!(counts.iter().any(|(_, count)| *count == 1.0), "one unknown event: {counts:?} in {status}");
    for format in ["ndjson", "json"] {
        let export = home.ok(["export", "--out", "-", "--format", format]).stdout;
        assert!(export.contains("on_moon_phase"), "{format}: {export}");
        assert!(!export.contains("waxing"), "what an unknown hook carries may be content: {export}");
    }
    home.ok(["reindex"]);
    assert!(home.ok(["export", "--out", "-"]).stdout.contains("on_moon_phase"));
}

#[test]
fn a_home_that_cannot_be_written_is_named_with_the_reason() {
    let home = Home::new();
    fs::write(home.telemetry(), "a file in the place of the folder").unwrap();
    let recording = Recording::named("tool").path;
    let recording = recording.to_str().unwrap();
    let commands = [vec!["replay", recording], vec!["runs"], vec!["insights", "--json"], vec!["reindex"]];
    for args in commands {
        let output = home.run(&args).assert_code(1);
        assert_eq!(output.stdout, "", "{output}");
        let lines: Vec<&str> = output.stderr.trim_end().lines().collect();
        assert_eq!(lines.len(), 1, "one line\n{output}");
        assert!(lines[0].contains(home.telemetry().to_str().unwrap()), "the path\n{output}");
        let reason = lines[0].to_lowercase();
        assert!(
            ["not a directory", "file exists", "is a file", "os error"].iter().any(|r| reason.contains(r)),
            "the reason\n{output}"
        );
    }
    assert_eq!(fs::read_to_string(home.telemetry()).unwrap(), "a file in the place of the folder");
}

#[test]
fn a_folder_in_the_place_of_a_file_is_named() {
    for file in ["telemetry.db", "log/2026-01-01.jsonl"] {
        let home = Home::new();
        fs::create_dir_all(home.telemetry().join(file)).unwrap();
        let recording = Recording::named("tool");
        let output = home.run([Path::new("replay"), &recording.path]);
        let asked = home.run(["runs", "--json"]);
        let said = format!("{}{}", output.stderr, asked.stderr);
        // An index can be made elsewhere. Otherwise whoever notices, and one of the two must, names the path.
        if asked.code == 0 && comparable_runs(&asked.document()) == Oracle::of(&recording).runs_document() {
            continue;
        }
        assert!(output.code == 1 || asked.code == 1, "{file}\n{output}\n{asked}");
        assert!(said.contains(file), "{file} is named\n{output}\n{asked}");
    }
}

#[test]
fn a_missing_recording_is_named() {
    let home = Home::new();
    let missing = home.root().join("no such recording.jsonl");
    let output = home.run([Path::new("replay"), &missing]).assert_code(1);
    assert!(output.stderr.contains(missing.to_str().unwrap()), "{output}");
    // Also when it is one of several.
    let recording = Recording::named("tool");
    let output = home.run([Path::new("replay"), &missing, &recording.path]).assert_code(1);
    assert!(output.stderr.contains(missing.to_str().unwrap()), "{output}");
    let folder = home.run([Path::new("replay"), home.root()]).assert_code(1);
    assert!(folder.stderr.contains(home.root().to_str().unwrap()), "{folder}");
}

#[test]
fn every_command_works_on_an_empty_home() {
    for prepared in [false, true] {
        let home = Home::new();
        if prepared {
            fs::create_dir(home.telemetry()).unwrap();
        }
        for command in
            ["runs", "insights", "status", "preview", "runs --json", "insights --json", "status --json"]
        {
            home.ok(command.split(' '));
        }
        for command in ["preview --json", "export --out - --format json"] {
            home.ok(command.split(' ')).document();
        }
        assert_eq!(home.ok(["export", "--out", "-"]).stdout, "");
        home.ok(["reindex"]);
        let missing = "0123456789abcdef0123456789abcdef";
        for args in [vec!["show", missing], vec!["show", missing, "--json"], vec!["show", "not an id"]] {
            let output = home.run(&args).assert_code(1);
            assert!(output.stderr.contains(args[1]) && output.stdout.is_empty(), "{output}");
        }
        assert_eq!(home.json(["insights", "--json"])["runs"]["total"], 0);
    }
}

/// A home that is not even there is an empty home.
#[test]
fn a_home_that_does_not_exist_is_empty() {
    let home = Home::new();
    let nowhere = home.root().join("not/yet/there");
    for command in ["runs --json", "insights --json", "status --json"] {
        let mut command = home.bare_command(command.split(' '));
        command.arg("--home").arg(&nowhere);
        Output::of(command).assert_code(0).document();
    }
}

/// The database of a version to come is opened or named, never overwritten; garbage in its place loses nothing.
#[test]
fn a_broken_database_is_not_the_end() {
    let home = Home::with([&Recording::named("tool")]);
    let before = home.runs();
    let database = home.telemetry().join("telemetry.db");
    for file in [database.with_extension("db-wal"), database.with_extension("db-shm")] {
        let _ = fs::remove_file(file);
    }
    fs::write(&database, b"this is no database, it is a poem\n".repeat(300)).unwrap();
    let output = home.run(["runs", "--json"]);
    if output.code == 0 {
        assert_same("healed by itself", &output.document(), &before);
    } else {
        let output = output.assert_code(1);
        assert!(
            output.stderr.contains("telemetry.db") && output.stderr.contains("reindex"),
            "what to do\n{output}"
        );
        home.ok(["reindex"]);
        assert_same("healed by reindex", &home.runs(), &before);
    }
}

/// Answers from the log alone are the same: a process that is gone is told of there too.
#[test]
fn a_folder_in_the_place_of_the_index_does_not_keep_a_lost_run_open() {
    let home = Home::new();
    let head = |event: &str, id: u8, ms: u64| {
        format!(
            r#"{{"v":1,"event":"{event}","id":"{id:016x}","ts":{}"#,
            1_767_225_600_000_000_000 + ms * 1_000_000
        )
    };
    let (process, run) = ("0".repeat(31) + "1", "0".repeat(31) + "2");
    let lines = [
        format!(
            r#"{},"process":"{process}","host":"hermes","pid":1,"birthplace":"gone"}}"#,
            head("process_started", 1, 0)
        ),
        format!(
            r#"{},"run":"{run}","process":"{process}","session_id":"s","host":"hermes"}}"#,
            head("run_started", 2, 1)
        ),
        format!(r#"{},"run":"{run}","turn":"0000000000000003"}}"#, head("turn_started", 3, 2)),
    ];
    fs::create_dir_all(home.telemetry().join("log")).unwrap();
    fs::create_dir_all(home.telemetry().join("telemetry.db")).unwrap();
    fs::write(home.telemetry().join("log/2026-01-01.jsonl"), lines.join("\n") + "\n").unwrap();
    let runs = home.ok(["runs", "--json"]).document();
    let run = &runs["runs"][0];
    assert_eq!((&run["outcome"], &run["reason"]), (&json!("unknown"), &json!("process_lost")), "{runs}");
}
