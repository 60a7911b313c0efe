//! How fast texts go through the redactor.
//!
//!     cargo bench -p telemetry-policy --bench redact [-- GITLEAKS_TOML]
//!
//! Beside it runs what one would do otherwise: each rule's regular expression on every 4 kB that hold one of its keywords, behind
//! the same kind of prefilter. By default with our own rule file; with the path of a gitleaks.toml (MIT; not kept here), with that
//! one's rules.
//!
//! Last numbers, MB/s: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, other work beside it, least time of 5. Agent
//! logs 281, with personal data 128 (gitleaks' rules 191); a secret in every line 24 (59); 50 MB without an end of a line 173 to 306.
//! All 309 rules compile in 13 ms (gitleaks' 26) when nothing else runs, in 33 ms when much does.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    clippy::unwrap_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "../tests/policy/redact/random.rs"]
mod random;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::fs;
use std::hint::black_box;
use std::path::Path;
use std::time::{Duration, Instant};

use aho_corasick::AhoCorasick;
use random::Random;
use regex::bytes::{Regex, RegexBuilder};
use table::{grouped, heading, row};
use telemetry_policy::redact::{self, Options, Redactor};
use toml::{Table, Value};

const RULES: &str = include_str!("../rules/credentials.toml");
const MEGABYTE: usize = 1_000_000;
/// The least time of these is taken.
const RUNS: usize = 5;
/// What an uploader or a log reader hands over at a time.
const CHUNK: usize = 4096;

fn main() {
    let gitleaks = std::env::args().nth(1).filter(|argument| Path::new(argument).is_file());
    let began = Instant::now();
    let rules = redact::compile_all();
    let compile = began.elapsed();

    let redactor = Redactor::new(Options::default());
    let personal = Redactor::new(Options { pii: true, ..Options::default() });
    let clean = repeated(&recordings(), 8 * MEGABYTE);
    let dense = repeated(&secrets(), 2 * MEGABYTE);
    let peer = Peer::new(gitleaks.as_deref());

    heading("one thread", &["MB/s"]);
    let ours_clean = rate(&clean, |line| drop(black_box(redactor.redact_text(line))));
    let ours_pii = rate(&clean, |line| drop(black_box(personal.redact_text(line))));
    let ours_dense = rate(&dense, |line| drop(black_box(redactor.redact_text(line))));
    let peer_clean = rate(&clean, |line| peer.scan(line));
    let peer_dense = rate(&dense, |line| peer.scan(line));
    for (what, rate) in [
        ("agent logs: telemetry", ours_clean),
        ("agent logs, personal data too: telemetry", ours_pii),
        ("agent logs: peer", peer_clean),
        ("a secret in every line: telemetry", ours_dense),
        ("a secret in every line: peer", peer_dense),
    ] {
        row(what, &[format!("{rate:.1}")]);
    }

    heading("one line of 50 MB, and hostile ones", &["MB/s"]);
    let line = clean.concat();
    let long = repeated(&[line], 50 * MEGABYTE).concat();
    row("agent logs without ends of lines", &[format!("{:.1}", once(&redactor, &long[..50 * MEGABYTE]))]);
    for (what, unit) in HOSTILE {
        let rates = [MEGABYTE, 4 * MEGABYTE].map(|size| once(&personal, &unit.repeat(size / unit.len())));
        row(&format!("{what}: 1 MB, 4 MB"), &[format!("{:.1}, {:.1}", rates[0], rates[1])]);
    }

    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    println!("\n{} rules", grouped(rules as u64));
    let name = if gitleaks.is_some() {
        "gitleaks' rules, prefiltered"
    } else {
        "our rules, one regex after the other"
    };
    print_row(
        "redact clean agent logs",
        (ours_clean, "MB/s"),
        name,
        (peer_clean, "MB/s"),
        ours_clean / peer_clean,
        ">= 50 MB/s",
    );
    print_row(
        "redact a secret a line",
        (ours_dense, "MB/s"),
        name,
        (peer_dense, "MB/s"),
        ours_dense / peer_dense,
        ">= 20 MB/s",
    );
    let (ours, theirs) = (milliseconds(compile), milliseconds(peer.compiled));
    print_row("compile all rules", (ours, "ms"), name, (theirs, "ms"), theirs / ours, "<= 20 ms");
}

fn print_row(what: &str, ours: (f64, &str), peer: &str, theirs: (f64, &str), ratio: f64, bar: &str) {
    println!(
        "row\t{what}\t{:.1} {}\t{peer}\t{:.1} {}\t{ratio:.1}\t{bar}",
        ours.0, ours.1, theirs.0, theirs.1
    );
}

/// What could make a scanner go over the same bytes again and again.
const HOSTILE: &[(&str, &str)] = &[
    ("names without values", "password=\"password='password=`"),
    ("keys that never end", "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG9w0BAQEFAASC"),
    ("beginnings of tokens", "eyJeyJeyJ.eyJsk-sk-sk-ghp_ghp_"),
    ("backslashes", "\\\\\\\\token\\\\\\\":\\\\\\\""),
    ("one character", "a"),
    ("digits and dots", "1.1.1.1.1.1.1.1."),
    ("signs", "@@@@a@a@:// ://"),
    ("placeholders", "[REDACTED:[REDACTED:password:"),
];

/// Lines of real recorded sessions.
fn recordings() -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/fixtures/recordings/hermes");
    let mut files: Vec<_> =
        fs::read_dir(folder).expect("the recordings").map(|entry| entry.expect("a file").path()).collect();
    files.sort();
    let text: String = files.iter().map(|file| fs::read_to_string(file).expect("a text")).collect();
    text.lines().map(str::to_owned).collect()
}

/// One secret of each rule, each in a line as a log has it.
fn secrets() -> Vec<String> {
    let mut random = Random(7);
    let rules = RULES.parse::<Table>().expect("our rules")["rule"].as_array().expect("a list").clone();
    let line = |rule: &Value| {
        let secret = random.fill(rule["hit"][0].as_str().expect("a text"));
        format!(
            "2026-01-01T00:00:05Z INFO worker-3 request 17 to the service took 41 ms and was given {secret} by the caller\n"
        )
    };
    rules.iter().map(line).collect()
}

fn repeated(lines: &[String], size: usize) -> Vec<String> {
    let mut total = 0;
    let all = lines.iter().cycle().take_while(|line| {
        total += line.len();
        total < size + line.len()
    });
    all.cloned().collect()
}

/// Millions of bytes a second, over all lines, at best.
fn rate(lines: &[String], work: impl Fn(&str)) -> f64 {
    let bytes: usize = lines.iter().map(String::len).sum();
    let times = (0..RUNS).map(|_| {
        let began = Instant::now();
        lines.iter().for_each(|line| work(line));
        began.elapsed()
    });
    bytes as f64 / 1e6 / times.min().unwrap_or_default().as_secs_f64()
}

fn once(redactor: &Redactor, text: &str) -> f64 {
    let began = Instant::now();
    black_box(redactor.redact_text(text));
    text.len() as f64 / 1e6 / began.elapsed().as_secs_f64()
}

/// A prefilter and a regular expression for each rule.
struct Peer {
    keywords: AhoCorasick,
    /// By keyword.
    rules: Vec<usize>,
    expressions: Vec<Regex>,
    compiled: Duration,
}

impl Peer {
    fn new(gitleaks: Option<&str>) -> Self {
        let text = gitleaks.map_or(RULES.to_owned(), |path| fs::read_to_string(path).expect("a file"));
        let table: Table = text.parse().expect("TOML");
        let list = table
            .get("rules")
            .or_else(|| table.get("rule"))
            .and_then(Value::as_array)
            .expect("a list of rules");
        let (mut words, mut rules, mut patterns) = (Vec::new(), Vec::new(), Vec::new());
        for rule in list {
            let Some(pattern) = rule.get("regex").or_else(|| rule.get("pattern")).and_then(Value::as_str)
            else {
                continue;
            };
            let listed = rule.get("keywords").or_else(|| rule.get("names")).and_then(Value::as_array);
            for word in listed.into_iter().flatten().filter_map(Value::as_str) {
                words.push(word.to_owned());
                rules.push(patterns.len());
            }
            patterns.push(pattern.to_owned());
        }
        let began = Instant::now();
        let build = |pattern: &String| {
            RegexBuilder::new(pattern).unicode(false).size_limit(1 << 28).build().expect("a pattern")
        };
        let expressions = patterns.iter().map(build).collect();
        let compiled = began.elapsed();
        let keywords = AhoCorasick::builder().ascii_case_insensitive(true).build(&words).expect("keywords");
        Self { keywords, rules, expressions, compiled }
    }

    fn scan(&self, text: &str) {
        for chunk in text.as_bytes().chunks(CHUNK) {
            let mut wanted = vec![false; self.expressions.len()];
            for found in self.keywords.find_overlapping_iter(chunk) {
                wanted[self.rules[found.pattern().as_usize()]] = true;
            }
            for (expression, _) in self.expressions.iter().zip(&wanted).filter(|(_, wanted)| **wanted) {
                black_box(expression.replace_all(chunk, &b"[REDACTED]"[..]));
            }
        }
    }
}
