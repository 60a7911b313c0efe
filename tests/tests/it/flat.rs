//! Memory does not grow with what is exported: a log several times as large as the memory there is.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::process::Command;

use telemetry_tests::{Home, Output};

/// The memory an export may have, in kB of address space: the program and its libraries take about half of it.
const MEMORY_KB: u64 = 112 * 1024;
/// What is in the log and in the content log, in MB: each more than all of that memory.
const LOG_MB: usize = 140;
const CONTENT_MB: usize = 120;

/// A home with one day of much in it: few and long pieces of content, many and short events, some of them twice.
fn large(home: &Home) -> (usize, usize) {
    let day = "2026-01-01.jsonl";
    let write = |folder: &str| {
        let path = home.telemetry().join(folder);
        std::fs::create_dir_all(&path).unwrap();
        BufWriter::new(File::create(path.join(day)).unwrap())
    };
    const BEGIN: i64 = 1_767_225_600_000_000_000;
    let (mut log, mut written, mut events) = (write("log"), 0, 0);
    let padding = "x".repeat(1_500);
    while written < LOG_MB << 20 {
        let ts = BEGIN + events as i64 * 1_000;
        let line = format!(
            "{{\"v\":1,\"event\":\"hook\",\"id\":\"{events:016x}\",\"ts\":{ts},\"hook\":\"{padding}\"}}\n"
        );
        // Every hundredth is there twice.
        for _ in 0..if events % 100 == 0 { 2 } else { 1 } {
            log.write_all(line.as_bytes()).unwrap();
            written += line.len();
        }
        events += 1;
    }
    let (mut content, mut pieces) = (write("content"), 0);
    let said = "what was said ".repeat(75_000);
    while pieces * said.len() < CONTENT_MB << 20 {
        let ts = BEGIN + pieces as i64;
        writeln!(
            content,
            "{{\"v\":1,\"content\":\"tool_result\",\"id\":\"{pieces:016x}\",\"ts\":{ts},\"run\":\"{:032x}\",\"span\":\"{pieces:016x}\",\"body\":\"{said}\"}}",
            7
        )
        .unwrap();
        pieces += 1;
    }
    (events, pieces)
}

#[test]
fn an_export_of_more_than_there_is_memory() {
    let home = Home::new();
    std::fs::write(home.path().join("config.yaml"), "telemetry: {trajectories: {enabled: true}}").unwrap();
    let (events, pieces) = large(&home);
    let export = home.command(["export", "--include-content", "--out", "all.ndjson"]);
    let mut limited = Command::new("/bin/sh");
    limited.arg("-c").arg(format!("ulimit -v {MEMORY_KB}; exec \"$0\" \"$@\"")).arg(export.get_program());
    limited.args(export.get_args()).env_clear().current_dir(home.root().join("work"));
    limited.envs(export.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let output = Output::of(limited).assert_code(0);
    let group = |n: usize| {
        let digits = n.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().map(|g| std::str::from_utf8(g).unwrap()).collect();
        groups.join(",")
    };
    let expected =
        format!("exported {} events, 0 sessions and {pieces} messages to all.ndjson\n", group(events));
    assert_eq!(output.stdout, expected, "{output}");
}
