//! What scripts depend on: documents, exit codes, the home, what is written where and for whom.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use telemetry_tests::binary;
use telemetry_tests::home::files_below;
use telemetry_tests::json::{assert_same, assert_starts_with_schema, keys, moment_ns, numbers_about};
use telemetry_tests::{Home, Output, Recording};

const RATE: [&str; 4] = ["high", "low", "n", "value"];
const DURATION: [&str; 6] = ["avg", "max", "n", "p50", "p95", "p99"];
const TOKENS: [&str; 5] = ["cache_read", "cache_write", "input", "output", "reasoning"];

/// More keys may come; these stay.
#[track_caller]
fn assert_has(value: &Value, wanted: &[&str], what: &str) {
    let shown = keys(value);
    let missing: Vec<_> = wanted.iter().filter(|key| !shown.contains(*key)).collect();
    assert!(missing.is_empty(), "{what} has no {missing:?}: {value}");
}

fn telling_home() -> Home {
    Home::with(&["tool", "flaky500", "h401", "delegate_inline", "sigkill"].map(Recording::named))
}

#[test]
fn insights_has_the_keys_of_the_contract() {
    let insights = telling_home().json(["insights", "--json"]);
    assert_eq!(insights["schema"], "telemetry.insights/1");
    let top = [
        "window",
        "runs",
        "turns",
        "model_calls",
        "tool_calls",
        "errors",
        "subagents",
        "cost",
        "by",
        "quality",
    ];
    assert_has(&insights, &top, "insights");
    assert_has(&insights["window"], &["since", "until", "timezone"], "window");
    assert_eq!(insights["window"]["since"], Value::Null);
    assert_eq!(insights["window"]["timezone"], "UTC");
    assert!(insights["window"]["until"].as_str().and_then(moment_ns).is_some(), "{}", insights["window"]);
    let outcomes =
        ["total", "running", "by_outcome", "by_reason", "completion_rate", "failure_rate", "duration_ms"];
    for part in ["runs", "turns"] {
        assert_has(&insights[part], &outcomes, part);
        assert_has(&insights[part]["completion_rate"], &RATE, part);
        assert_has(&insights[part]["failure_rate"], &RATE, part);
        assert_has(&insights[part]["duration_ms"], &DURATION, part);
    }
    assert_has(&insights["turns"]["breakdown_ms"], &["model", "tool", "approval", "other"], "breakdown_ms");
    let calls = ["total", "failed_attempts", "latency_ms", "ttft_ms", "cache_hit_rate", "tokens"];
    assert_has(&insights["model_calls"], &calls, "model_calls");
    assert_has(&insights["model_calls"]["latency_ms"], &DURATION, "latency_ms");
    assert_has(&insights["model_calls"]["tokens"], &TOKENS, "tokens");
    assert_has(&insights["tool_calls"], &["total", "by_status", "failure_rate", "duration_ms"], "tool_calls");
    assert_has(&insights["tool_calls"]["failure_rate"], &RATE, "tool_calls");
    assert_has(&insights["errors"], &["total", "by_class"], "errors");
    assert_has(&insights["subagents"], &["total", "by_status"], "subagents");
    assert_has(
        &insights["cost"],
        &["estimated_usd", "actual_usd", "included_calls", "unknown_calls"],
        "cost",
    );
    assert_has(&insights["by"], &["model", "provider", "platform", "entrypoint", "tool"], "by");
    for row in insights["by"]["model"].as_array().unwrap() {
        assert_has(row, &["key", "model_calls"], "by.model");
    }
    let quality = ["dropped_events", "unreadable_lines", "usage_coverage", "cost_coverage", "ttft_coverage"];
    assert_has(&insights["quality"], &quality, "quality");
}

#[test]
fn runs_has_the_keys_of_the_contract() {
    let document = telling_home().runs();
    assert_eq!(document["schema"], "telemetry.runs/1");
    let wanted = [
        "run_id",
        "session_id",
        "parent_run_id",
        "host",
        "platform",
        "entrypoint",
        "started_at",
        "ended_at",
        "duration_ms",
        "outcome",
        "reason",
        "turns",
        "model_calls",
        "failed_attempts",
        "tool_calls",
        "errors",
        "tokens",
        "cost",
    ];
    let runs = document["runs"].as_array().unwrap();
    assert_eq!(runs.len(), 6);
    for run in runs {
        assert_has(run, &wanted, "run");
        assert_has(&run["tokens"], &TOKENS, "tokens");
        assert_has(&run["cost"], &["usd", "status"], "cost");
        for moment in ["started_at", "ended_at"] {
            assert!(run[moment].as_str().is_some_and(|text| text.ends_with('Z')), "{run}");
        }
    }
    let started: Vec<_> = runs.iter().map(|run| run["started_at"].as_str().and_then(moment_ns)).collect();
    assert!(started.is_sorted(), "oldest first: {started:?}");
    let ids: BTreeSet<_> = runs.iter().map(|run| run["run_id"].to_string()).collect();
    assert_eq!(ids.len(), runs.len(), "an id names one run");
}

/// Every `--json` document starts with its schema and is alone on standard output; nothing is said on standard error,
/// because nobody is looking.
#[test]
fn every_document_is_alone_and_starts_with_its_schema() {
    let home = telling_home();
    let run = home.runs()["runs"][0]["run_id"].as_str().unwrap().to_owned();
    for args in [
        vec!["runs", "--json"],
        vec!["insights", "--json"],
        vec!["insights", "--since", "7d", "--json"],
        vec!["status", "--json"],
        vec!["preview", "--json"],
        vec!["preview", "--days", "3", "--limit", "1", "--json"],
        vec!["show", run.as_str(), "--json"],
        vec!["export", "--out", "-", "--format", "json"],
    ] {
        let output = home.ok(&args);
        output.document();
        assert_eq!(output.stderr, "", "{args:?}");
    }
}

#[test]
fn people_get_something_to_read() {
    let home = telling_home();
    let run = home.runs()["runs"][0]["run_id"].as_str().unwrap().to_owned();
    for args in [vec!["runs"], vec!["insights"], vec!["status"], vec!["preview"], vec!["show", run.as_str()]]
    {
        let output = home.ok(&args);
        assert!(output.stdout.lines().count() > 1, "{output}");
        assert!(!output.stdout.contains('\u{1b}'), "colour is for terminals\n{output}");
    }
    for args in [vec!["--help"], vec!["runs", "--help"], vec!["--version"]] {
        let output = Output::of(home.bare_command(&args)).assert_code(0);
        assert!(!output.stdout.is_empty(), "{output}");
    }
}

#[test]
fn show_tells_one_run_with_all_below_it() {
    let home = Home::with([&Recording::named("nested_inline")]);
    let runs = home.runs();
    let root = &runs["runs"][0];
    let shown = home.json(["show", root["run_id"].as_str().unwrap(), "--json"]).to_string();
    for run in runs["runs"].as_array().unwrap() {
        let id = run["run_id"].as_str().unwrap();
        assert!(shown.contains(id), "the tree names the subagent's run {id}: {shown}");
    }
    for word in ["fake-model", "delegate_task", "completed"] {
        assert!(shown.contains(word), "{word} in {shown}");
    }
    let flaky = Home::with([&Recording::named("flaky500")]);
    let run = flaky.runs()["runs"][0]["run_id"].as_str().unwrap().to_owned();
    let shown = flaky.json(["show", &run, "--json"]).to_string();
    for word in ["server_error", "500"] {
        assert!(shown.contains(word), "the failed attempt is shown with its {word}: {shown}");
    }
}

/// A rate of nothing is unknown, not zero.
#[test]
fn rates_of_nothing_are_null() {
    for home in [Home::new(), Home::with([&Recording::named("sigkill")])] {
        let insights = home.json(["insights", "--json"]);
        let is_unknown = |rate: &Value| rate.is_null() || (rate["value"].is_null() && rate["n"] == 0);
        for rate in [
            &insights["runs"]["completion_rate"],
            &insights["runs"]["failure_rate"],
            &insights["turns"]["completion_rate"],
            &insights["turns"]["failure_rate"],
            &insights["tool_calls"]["failure_rate"],
        ] {
            assert!(is_unknown(rate), "{rate} in {insights}");
        }
        assert_eq!(insights["model_calls"]["cache_hit_rate"], Value::Null);
        for coverage in ["usage_coverage", "cost_coverage", "ttft_coverage"] {
            assert_eq!(insights["quality"][coverage], Value::Null, "{coverage}");
        }
    }
}

/// The window holds what began in it.
#[test]
fn a_window_selects() {
    let home = telling_home();
    let total = |args: &[&str]| {
        let args = ["insights", "--json"].iter().chain(args).copied();
        home.json(args.collect::<Vec<_>>())["runs"]["total"].as_u64().unwrap()
    };
    assert_eq!(total(&[]), 6);
    assert_eq!(total(&["--since", "2026-01-01T00:00:00Z", "--until", "2026-01-02T00:00:00Z"]), 6);
    assert_eq!(total(&["--since", "2025-01-01", "--until", "2025-12-31"]), 0);
    assert_eq!(total(&["--since", "2026-01-02"]), 0);
    assert_eq!(total(&["--since", "1h"]), 0, "the recordings are of another day");
}

#[test]
fn exit_codes_of_wrong_usage() {
    let home = Home::new();
    for args in [
        vec!["no-such-command"],
        vec!["runs", "--no-such-flag"],
        vec!["insights", "--since", "the day before yesterday-ish"],
        vec!["insights", "--by", "no-such-dimension"],
        vec!["export", "--out", "-", "--format", "no-such-format"],
        vec!["export"],
        vec!["replay"],
        vec!["show"],
        vec!["preview", "--days", "many"],
    ] {
        let output = home.run(&args).assert_code(2);
        assert_eq!(output.stdout, "", "{output}");
        assert!(!output.stderr.trim().is_empty(), "{output}");
    }
    let nothing = Output::of(home.bare_command::<&str>([]));
    assert_eq!(nothing.code, 2, "{nothing}");
}

/// `telemetry ... | head -1` ends quietly.
#[test]
fn a_reader_that_leaves_is_no_error() {
    let home = Home::with(&Recording::all());
    for command in ["runs", "runs --json", "export --out -", "insights --json"] {
        let script = format!(
            "{{ '{bin}' {command} --home '{home}'; echo code $? >&2; }} | head -1 >/dev/null",
            bin = binary::telemetry().display(),
            home = home.path().display()
        );
        let mut shell = Command::new("sh");
        shell.args(["-c", &script]).env("HERMES_MANAGED_DIR", home.root().join("managed"));
        let output = Output::of(shell);
        assert_eq!(output.stderr, "code 0\n", "{command}\n{output}");
    }
}

#[test]
fn days_are_those_of_the_zone_asked_for() {
    let home = telling_home();
    let ask = |zone: &str, since: &str| home.json(["insights", "--json", "--tz", zone, "--since", since]);
    // The recordings are of the first seconds of 2026 in UTC: still 2025 in New York, already morning in Tokyo.
    for (zone, on_new_year) in [("UTC", 6), ("Asia/Tokyo", 6), ("America/New_York", 0)] {
        let shown = ask(zone, "2026-01-01");
        assert_eq!(shown["window"]["timezone"], zone, "{shown}");
        assert_eq!(shown["runs"]["total"], on_new_year, "{zone}: {shown}");
        assert_eq!(ask(zone, "2025-12-31")["runs"]["total"], 6, "{zone}");
    }
    _ = home.run(["insights", "--tz", "Mars/Olympus_Mons"]).assert_code(2);
}

/// A run may be named by the beginning of its id when that names one, or by its session.
#[test]
fn a_run_is_found_by_what_names_it_alone() {
    let home = Home::with(&["resume", "nested_inline"].map(Recording::named));
    let runs = home.runs();
    let id = runs["runs"][0]["run_id"].as_str().unwrap();
    assert_same(
        "by its beginning",
        &home.json(["show", &id[..12], "--json"]),
        &home.json(["show", id, "--json"]),
    );
    let session = "20260101_000000_000002";
    assert!(home.json(["show", session, "--json"]).to_string().contains(session));
}

/// `export` writes one event a line, each of them once, however often it was recorded.
#[test]
fn exported_lines_are_events_with_an_id_each() {
    let home = telling_home();
    let once = home.ok(["export", "--out", "-"]).stdout;
    let lines: Vec<Value> = once.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.len() > 20, "{once}");
    let distinct: BTreeSet<&str> = once.lines().collect();
    assert_eq!(distinct.len(), lines.len(), "no line twice");
    let id = |line: &Value| ["id", "event_id"].iter().find_map(|key| line[*key].as_str().map(str::to_owned));
    let ids: BTreeSet<String> =
        lines.iter().map(|line| id(line).unwrap_or_else(|| panic!("no id: {line}"))).collect();
    assert_eq!(ids.len(), lines.len(), "an id names one event");

    home.replay(&["tool", "flaky500", "h401", "delegate_inline", "sigkill"].map(Recording::named));
    let again = home.ok(["export", "--out", "-", "--format", "ndjson"]).stdout;
    let again: BTreeSet<&str> = again.lines().collect();
    assert_eq!(again, distinct, "a second replay adds nothing to an export");
}

/// A log that holds a line twice exports it once.
#[test]
fn export_leaves_out_what_was_written_twice() {
    let home = telling_home();
    let before = home.ok(["export", "--out", "-"]).stdout;
    for file in files_below(&home.telemetry().join("log")) {
        let text = fs::read_to_string(&file).unwrap();
        fs::write(&file, format!("{text}{text}")).unwrap();
    }
    let after = home.ok(["export", "--out", "-"]).stdout;
    assert_eq!(after.lines().collect::<BTreeSet<_>>(), before.lines().collect::<BTreeSet<_>>());
    assert_eq!(after.lines().count(), before.lines().count());
}

#[test]
fn export_goes_where_it_is_told() {
    let home = telling_home();
    let out = home.root().join("work/out.ndjson");
    let printed = home.ok(["export", "--out", out.to_str().unwrap()]);
    assert!(printed.stdout.lines().count() <= 1 && printed.stderr.is_empty(), "the file has it\n{printed}");
    assert_eq!(fs::read_to_string(&out).unwrap(), home.ok(["export", "--out", "-"]).stdout);
    assert_eq!(mode(&out) & 0o077, 0, "an export is for its owner");

    let out = home.root().join("work/out.json");
    home.ok(["export", "--out", out.to_str().unwrap(), "--format", "json"]);
    let text = fs::read_to_string(&out).unwrap();
    assert_starts_with_schema(&text, "export");
    serde_json::from_str::<Value>(&text).unwrap();

    let nowhere = home.root().join("work/no/such/folder/out.ndjson");
    let failed = home.run(["export", "--out", nowhere.to_str().unwrap()]).assert_code(1);
    assert_one_line(&failed, &nowhere);
}

/// One line on standard error that names the thing.
#[track_caller]
fn assert_one_line(output: &Output, path: &Path) {
    assert_eq!(output.stderr.trim_end().lines().count(), 1, "{output}");
    assert!(output.stderr.contains(path.to_str().unwrap()), "{} is named\n{output}", path.display());
}

#[test]
fn the_home_is_the_first_one_named() {
    let variables = ["--home", "TELEMETRY_HOME", "HERMES_HOME", "HOME"];
    for first in 0..variables.len() {
        let home = Home::new();
        let folder = |name: &str| home.root().join(name.trim_start_matches('-'));
        let mut command = home.bare_command(["replay"]);
        command.arg(Recording::named("plain").path).env_remove("HOME");
        for name in &variables[first..] {
            match *name {
                "--home" => command.arg("--home").arg(folder(name)),
                name => command.env(name, folder(name)),
            };
        }
        _ = Output::of(command).assert_code(0);
        let expected = match variables[first] {
            "HOME" => folder("HOME").join(".hermes/telemetry"),
            name => folder(name).join("telemetry"),
        };
        assert!(expected.join("log").is_dir(), "{} has the log", expected.display());
        let elsewhere: Vec<PathBuf> =
            home.files().into_iter().filter(|file| !file.starts_with(&expected)).collect();
        assert_eq!(elsewhere, [] as [PathBuf; 0], "with {} first", variables[first]);
    }
}

/// `--home` is heard wherever it stands.
#[test]
fn the_home_may_be_named_before_the_command() {
    let home = Home::with([&Recording::named("plain")]);
    let mut command = home.bare_command(["--home"]);
    command.arg(home.path()).args(["runs", "--json"]);
    assert_same("--home first", &Output::of(command).document(), &home.runs());
}

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// Files are their owner's, whatever the umask says.
#[test]
fn everything_is_for_its_owner_alone() {
    let home = Home::new();
    let script = format!(
        "umask 000; '{bin}' replay '{file}' --home '{home}' && '{bin}' insights --home '{home}' && \
         '{bin}' status --home '{home}' && '{bin}' reindex --home '{home}'",
        bin = binary::telemetry().display(),
        file = Recording::named("tool").path.display(),
        home = home.path().display()
    );
    let mut command = Command::new("sh");
    command.args(["-c", &script]).env("HERMES_MANAGED_DIR", home.root().join("managed"));
    let _ = Output::of(command).assert_code(0);
    let files = files_below(&home.telemetry());
    assert!(files.len() >= 2, "a log and a database: {files:?}");
    for file in &files {
        assert_eq!(mode(file), 0o600, "{}", file.display());
        let folders = file.ancestors().skip(1).take_while(|folder| folder.starts_with(home.telemetry()));
        for folder in folders {
            assert_eq!(mode(folder), 0o700, "{}", folder.display());
        }
    }
}

/// A log folder that is there already and open to all is the user's doing; files in it are ours.
#[test]
fn nothing_is_written_outside_our_folder() {
    let home = Home::new();
    let theirs = home.path().join("telemetry/shared_metrics/theirs.json");
    fs::create_dir_all(theirs.parent().unwrap()).unwrap();
    fs::write(&theirs, "of the host").unwrap();
    fs::write(home.path().join("config.yaml"), "model: {default: fake}\ntelemetry: {shared_metrics: true}\n")
        .unwrap();
    let before = outside(&home);
    home.replay(&Recording::all());
    for command in ["runs", "insights", "status", "preview", "reindex", "demo", "export --out -"] {
        home.ok(command.split(' '));
    }
    assert_eq!(outside(&home), before);
}

/// Every file that is not ours, with its content.
fn outside(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    let ours = |file: &PathBuf| {
        file.starts_with(home.telemetry()) && !file.starts_with(home.telemetry().join("shared_metrics"))
    };
    let files = home.files().into_iter().filter(|file| !ours(file));
    files.map(|file| (file.clone(), fs::read(&file).unwrap())).collect()
}

/// The newcomer's first command needs nothing and leaves nothing.
#[test]
fn demo_shows_answers_and_leaves_nothing() {
    let home = Home::new();
    let temporary = home.root().join("tmp");
    fs::create_dir(&temporary).unwrap();
    let mut command = home.bare_command(["demo"]);
    command.env("TMPDIR", &temporary);
    let output = Output::of(command).assert_code(0);
    let shown = output.stdout.to_lowercase();
    for word in ["runs", "turns", "model", "tool", "tokens", "p95", "completed", "errored", "errors"] {
        assert!(shown.contains(word), "{word}\n{output}");
    }
    assert_eq!(home.files(), [] as [PathBuf; 0]);
}

/// Reading is not writing: a question may make an index of what is there, never an event.
#[test]
fn questions_record_nothing() {
    let home = telling_home();
    let log = || -> Vec<(PathBuf, Vec<u8>)> {
        let files = files_below(&home.telemetry().join("log"));
        files.into_iter().map(|file| (file.clone(), fs::read(file).unwrap())).collect()
    };
    home.answers();
    let before = log();
    for command in
        ["runs", "insights", "status --json", "preview", "export --out -", "reindex", "runs --json"]
    {
        home.ok(command.split(' '));
    }
    assert_eq!(log(), before);
}

#[test]
fn status_says_what_there_is() {
    let home = telling_home();
    let status = home.json(["status", "--json"]);
    let text = status.to_string();
    for word in
        ["consent", "local", "aggregate", "trajectories", "export", "dropped", "unreadable", "version"]
    {
        assert!(text.contains(word), "{word} in {text}");
    }
    let counts = numbers_about(&status, "runs");
    assert!(counts.iter().any(|(_, count)| *count == 6.0), "six runs: {counts:?} in {text}");
}
