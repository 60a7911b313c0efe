//! The command as a library: a host mounts it as its `telemetry` subcommand and gets what the binary gives.

use std::io::{self, Write};
use std::path::Path;

use clap::{Command, CommandFactory as _, Parser, Subcommand};
use serde_json::Value;
use telemetry_cli::{Streams, TelemetryArgs};
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Recording};

/// What a host saw of a command.
struct Answer {
    code: u8,
    out: String,
    err: String,
}

/// A host that builds its command line by hand.
fn mounted() -> Command {
    Command::new("myagent").subcommand(Command::new("chat")).subcommand(telemetry_cli::command())
}

/// A whole command line: the program, what was asked, and the home.
fn line<'a>(program: &[&'a str], home: &'a Path, args: &[&'a str]) -> Vec<&'a str> {
    [program, args, &["--home", home.to_str().unwrap()]].concat()
}

fn ask_mounted(home: &Path, args: &[&str]) -> Answer {
    let line = line(&["myagent", "telemetry"], home, args);
    let matches = mounted().try_get_matches_from(line).unwrap();
    let (name, matches) = matches.subcommand().unwrap();
    assert_eq!(name, "telemetry");
    answer(|streams| telemetry_cli::run_matches(matches, streams))
}

/// A host that derives it.
#[derive(Parser)]
#[command(name = "myagent")]
struct Derived {
    #[command(subcommand)]
    command: DerivedCommand,
}

#[derive(Subcommand)]
enum DerivedCommand {
    Chat,
    Telemetry(TelemetryArgs),
}

fn ask_derived(home: &Path, args: &[&str]) -> Answer {
    let line = line(&["myagent", "telemetry"], home, args);
    match Derived::try_parse_from(line).unwrap().command {
        DerivedCommand::Chat => panic!("not what was asked"),
        DerivedCommand::Telemetry(args) => answer(|streams| telemetry_cli::run(&args, streams)),
    }
}

/// A host that is no Rust program hands over words.
fn ask_words(home: &Path, args: &[&str]) -> Answer {
    let line = line(&["telemetry"], home, args);
    answer(|streams| telemetry_cli::run_from(line, streams))
}

fn answer(run: impl FnOnce(&mut Streams<'_>) -> u8) -> Answer {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let code = run(&mut Streams::new(&mut out, &mut err));
    Answer { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
}

type Host = fn(&Path, &[&str]) -> Answer;
const HOSTS: [(&str, Host); 3] = [("mounted", ask_mounted), ("derived", ask_derived), ("words", ask_words)];

#[test]
fn a_host_gives_the_answers_of_the_binary() {
    let home = Home::with(&["tool", "flaky500", "delegate_inline"].map(Recording::named));
    let run = home.runs()["runs"][0]["run_id"].as_str().unwrap().to_owned();
    for (name, host) in HOSTS {
        for args in [
            vec!["runs"],
            vec!["runs", "--json"],
            vec!["insights"],
            vec!["preview", "--json"],
            vec!["show", run.as_str()],
            vec!["show", run.as_str(), "--json"],
            vec!["export", "--out", "-"],
        ] {
            let (inside, outside) = (host(&home.path(), &args), home.ok(&args));
            assert_eq!(inside.out, outside.stdout, "{name}: {args:?}");
            assert_eq!((inside.code, inside.err.as_str()), (0, ""), "{name}: {args:?}");
        }
    }
}

#[test]
fn a_host_can_replay() {
    let recording = Recording::named("nested_inline");
    let expected = Home::with([&recording]).answers();
    for (name, host) in HOSTS {
        let home = Home::new();
        for time in ["once", "twice"] {
            let replayed = host(&home.path(), &["replay", recording.path.to_str().unwrap()]);
            assert_eq!(replayed.code, 0, "{name}: {}", replayed.err);
            assert_same(&format!("{name}, {time}"), &home.answers(), &expected);
        }
    }
}

/// A failure is a code and a line for the host, never an exit of the host.
#[test]
fn failures_come_back_to_the_host() {
    let home = Home::new();
    for (name, host) in HOSTS {
        let failed = host(&home.path(), &["show", "no such run"]);
        assert_eq!((failed.code, failed.out.as_str()), (1, ""), "{name}");
        assert!(
            failed.err.contains("no such run") && failed.err.lines().count() == 1,
            "{name}: {}",
            failed.err
        );
    }
    let wrong = ask_words(&home.path(), &["runs", "--no-such-flag"]);
    assert_eq!((wrong.code, wrong.out.as_str()), (2, ""));
    assert!(wrong.err.contains("--no-such-flag"), "{}", wrong.err);
    let help = ask_words(&home.path(), &["--help"]);
    assert_eq!((help.code, help.err.as_str()), (0, ""));
    assert!(help.out.contains("insights"), "{}", help.out);
}

#[test]
fn a_mounted_command_speaks_of_the_host() {
    mounted().debug_assert();
    Derived::command().debug_assert();
    let help =
        mounted().try_get_matches_from(["myagent", "telemetry", "runs", "--help"]).unwrap_err().to_string();
    assert!(help.contains("myagent telemetry runs"), "{help}");
}

/// A reader that leaves (`| head`) is no error; a disk that is full is one.
#[test]
fn an_output_that_cannot_be_written_is_no_panic() {
    struct Closed(io::ErrorKind);
    impl Write for Closed {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(self.0.into())
        }
        fn flush(&mut self) -> io::Result<()> {
            Err(self.0.into())
        }
    }
    let home = Home::with([&Recording::named("tool")]);
    let path = home.path();
    for command in ["runs", "insights", "status", "preview", "demo", "export --out -", "runs --json"] {
        let line = || ["telemetry", "--home", path.to_str().unwrap()].into_iter().chain(command.split(' '));
        let mut err = Vec::new();
        let left = telemetry_cli::run_from(
            line(),
            &mut Streams::new(&mut Closed(io::ErrorKind::BrokenPipe), &mut err),
        );
        assert_eq!((left, String::from_utf8_lossy(&err).as_ref()), (0, ""), "{command}");
        let full = telemetry_cli::run_from(
            line(),
            &mut Streams::new(&mut Closed(io::ErrorKind::StorageFull), &mut err),
        );
        assert_eq!(full, 1, "{command}");
        assert!(!err.is_empty(), "{command}");
        // And nobody to tell about it.
        let gone = io::ErrorKind::StorageFull;
        assert_eq!(
            telemetry_cli::run_from(line(), &mut Streams::new(&mut Closed(gone), &mut Closed(gone))),
            1,
            "{command}"
        );
    }
}

/// The documents of a host are those of the contract too.
#[test]
fn a_hosts_documents_start_with_their_schema() {
    let home = Home::with([&Recording::named("tool")]);
    for (name, host) in HOSTS {
        for args in [vec!["insights", "--json"], vec!["status", "--json"]] {
            let shown = host(&home.path(), &args);
            telemetry_tests::json::assert_starts_with_schema(&shown.out, name);
            serde_json::from_str::<Value>(&shown.out).unwrap();
        }
    }
}
