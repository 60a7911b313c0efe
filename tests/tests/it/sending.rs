//! `telemetry export --otlp`, and a host that sends by itself, to a receiver that is there, is not, comes back, and refuses.

use std::collections::BTreeSet;
use std::fs;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_tests::home::files_below;
use telemetry_tests::receiver::Receiver;
use telemetry_tests::{Home, Output, Recording};

use crate::kills::Chance;
use crate::writers::Writer;

/// A home with `recordings`, whose endpoint is `receiver`.
fn home(receiver: &Receiver, recordings: &[Recording]) -> Home {
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), receiver.config(false)).unwrap();
    if !recordings.is_empty() {
        home.replay(recordings);
    }
    home
}

/// The ids of everything that is over, as the index has them.
fn spans(home: &Home) -> BTreeSet<String> {
    let query = "SELECT span_id FROM tel_spans WHERE end_ns IS NOT NULL";
    let document = home.json(["sql", query, "--json"]);
    let rows = document["rows"].as_array().unwrap();
    rows.iter().map(|row| row[0].as_str().unwrap().to_owned()).collect()
}

fn delivery(home: &Home) -> Value {
    home.json(["status", "--json"])["export"]["otlp"]["delivery"].take()
}

fn eventually(what: &str, mut reached: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(60);
    while !reached() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn everything_is_sent_once_and_what_is_new_after_that() {
    let receiver = Receiver::start();
    let recordings = Recording::all();
    let (first, rest) = recordings.split_at(recordings.len() / 2);
    let home = home(&receiver, first);
    let before = delivery(&home);
    assert_eq!(before, Value::Null, "it is off, and never was on");
    let sent = home.ok(["export", "--otlp"]);
    let line = sent.stdout.strip_suffix(&format!(" to {}\n", receiver.host())).unwrap();
    assert!(
        line.starts_with("sent ") && line.contains(" spans, ") && line.contains(" metric points"),
        "{sent}"
    );
    assert_eq!(sent.stderr, "");
    assert_eq!(home.ok(["export", "--otlp"]).stdout, format!("nothing new for {}\n", receiver.host()));

    home.replay(rest);
    let _ = home.ok(["export", "--otlp"]);
    let found = receiver.spans();
    assert!(found.values().all(|times| *times == 1), "each once");
    let ids: BTreeSet<String> = found.into_keys().collect();
    let missing: Vec<_> = spans(&home).difference(&ids).cloned().collect();
    assert_eq!(missing, [] as [String; 0], "what the index has");
    let after = delivery(&home);
    assert_eq!(
        (&after["lag_bytes"], &after["failures"], &after["refused"]),
        (&0.into(), &0.into(), &0.into())
    );
    assert!(after["last_success"].is_string() && after["last_error"].is_null(), "{after}");
}

/// Nothing listens at first; then somebody does who will not take it; then all is well.
#[test]
fn a_receiver_that_is_down_is_said_in_one_line_and_gets_it_all_when_it_is_back() {
    let receiver = Receiver::start();
    let home = home(&receiver, &[Recording::named("tool"), Recording::named("delegate_inline")]);
    let host = receiver.host();
    let nobody = receiver.config(false).replace(&host, "127.0.0.1:9");
    fs::write(home.path().join("config.yaml"), nobody).unwrap();
    let refused = Output::of(home.command(["export", "--otlp"])).assert_code(1);
    assert_eq!((refused.stdout.as_str(), refused.stderr.lines().count()), ("", 1), "{refused}");
    assert!(refused.stderr.contains("127.0.0.1:9"), "{refused}");

    fs::write(home.path().join("config.yaml"), receiver.config(false)).unwrap();
    for (status, word) in [(503, "503"), (401, "401")] {
        receiver.answers(status);
        let said = Output::of(home.command(["export", "--otlp"])).assert_code(1);
        assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{status}: {said}");
        assert!(said.stderr.contains(word), "{status}: {said}");
    }
    let waits = delivery(&home);
    assert_eq!((&waits["failures"], &waits["sent"]), (&2.into(), &0.into()), "{waits}");
    assert_eq!(waits["notes"], serde_json::json!([]), "nothing had gone to where nobody listens");
    assert!(waits["lag_bytes"].as_u64().unwrap() > 1_000 && waits["lag_since"].is_string(), "{waits}");
    let text = home.ok(["status"]).stdout;
    assert!(text.contains("of log wait, from 2026-"), "{text}");
    assert!(text.contains("2 times in a row: "), "{text}");

    receiver.answers(200);
    let _ = home.ok(["export", "--otlp"]);
    let found = receiver.spans();
    assert!(found.values().all(|times| *times == 1), "each once");
    assert!(spans(&home).iter().all(|span| found.contains_key(span)));
}

#[test]
fn what_is_wrong_with_the_settings_is_said_before_anything_is_sent() {
    let receiver = Receiver::start();
    let home = home(&receiver, &[Recording::named("tool")]);
    let said = |config: &str| {
        fs::write(home.path().join("config.yaml"), config).unwrap();
        let said = Output::of(home.command(["export", "--otlp"])).assert_code(1);
        assert_eq!((said.stdout.as_str(), said.stderr.lines().count()), ("", 1), "{said}");
        said.stderr
    };
    let without = said("telemetry: {}\n");
    assert!(without.contains("telemetry.export.otlp.endpoint"), "{without}");
    let config = receiver.config(false);
    let header = said(&config.replace("'}", "', headers_env: {authorization: COLLECTOR_KEY}}"));
    assert!(header.contains("COLLECTOR_KEY"), "{header}");
    let signals = said(&config.replace("'}", "', signals: []}"));
    assert!(signals.contains("telemetry.export.otlp.signals"), "{signals}");
    assert!(receiver.received().requests.is_empty());
    assert!(!home.telemetry().join("export").exists(), "and nothing is made");

    for words in [&["export", "--otlp", "--out", "x"][..], &["export", "--follow", "--out", "x"], &["export"]]
    {
        let said = Output::of(home.command(words)).assert_code(2);
        assert_eq!(said.stdout, "", "{words:?}");
    }
}

#[test]
fn a_key_of_the_environment_goes_along_and_is_told_to_nobody_else() {
    const SECRET: &str = "Bearer k3Jd82hQm1Xw7Lp0Zs9V";
    let receiver = Receiver::start();
    let home = home(&receiver, &[Recording::named("tool")]);
    let config = receiver.config(false).replace("'}", "', headers_env: {authorization: COLLECTOR_KEY}}");
    fs::write(home.path().join("config.yaml"), config).unwrap();
    let run = |words: &[&str], code| {
        let mut command = home.command(words);
        command.env("COLLECTOR_KEY", SECRET);
        let output = Output::of(command).assert_code(code);
        assert!(!format!("{output}").contains("k3Jd82"), "{output}");
    };
    receiver.answers(401);
    run(&["export", "--otlp"], 1);
    run(&["status"], 0);
    receiver.answers(200);
    run(&["export", "--otlp"], 0);
    let requests = receiver.received().requests;
    assert_eq!(requests.into_keys().collect::<Vec<_>>(), [SECRET]);
    for file in files_below(&home.telemetry()) {
        let text = String::from_utf8_lossy(&fs::read(&file).unwrap()).into_owned();
        assert!(!text.contains("k3Jd82"), "{}", file.display());
    }
}

#[test]
fn what_was_before_a_moment_can_be_left_out() {
    let receiver = Receiver::start();
    let home = home(&receiver, &[Recording::named("tool")]);
    let _ = home.ok(["export", "--otlp", "--since", "2027-01-01"]);
    assert!(receiver.spans().is_empty());
    assert_eq!(
        home.ok(["export", "--otlp"]).stdout,
        format!("nothing new for {}\n", receiver.host()),
        "for good"
    );
}

#[test]
fn a_home_without_a_log_is_left_alone() {
    let receiver = Receiver::start();
    let home = home(&receiver, &[]);
    let said = home.ok(["export", "--otlp"]);
    assert!(said.stdout.starts_with("nothing is recorded in "), "{said}");
    assert!(!home.telemetry().exists() && receiver.received().requests.is_empty());
}

fn end(mut child: Child) -> Output {
    let id = child.id().to_string();
    let ended = Command::new("kill").args(["-TERM", &id]).status().unwrap();
    assert!(ended.success());
    let until = Instant::now() + Duration::from_secs(30);
    while child.try_wait().unwrap().is_none() {
        assert!(Instant::now() < until, "it ends when it is asked to");
        std::thread::sleep(Duration::from_millis(10));
    }
    Output::ended(&Command::new("followed"), child.wait_with_output().unwrap())
}

#[test]
fn what_is_followed_goes_on_and_on_and_ends_when_it_is_asked_to() {
    let receiver = Receiver::start();
    let home = home(&receiver, &[]);
    let mut command = home.command(["export", "--otlp", "--follow"]);
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let all = || {
        let found = receiver.spans();
        let spans = spans(&home);
        !spans.is_empty() && spans.iter().all(|span| found.contains_key(span))
    };
    home.replay(&[Recording::named("tool")]);
    eventually("the first is sent", all);
    receiver.answers(503);
    home.replay(&[Recording::named("flaky500")]);
    eventually("it fails more than once", || delivery(&home)["failures"].as_u64() > Some(1));
    receiver.answers(200);
    eventually("it recovers by itself", all);
    let said = end(child).assert_code(0);
    assert!(said.stdout.lines().last().unwrap().starts_with("sent "), "{said}");
    let complaints: Vec<&str> = said.stderr.lines().filter(|line| line.contains("503")).collect();
    assert_eq!((complaints.len(), said.stderr.lines().count()), (1, 2), "once, and that it is over: {said}");
    assert!(receiver.spans().values().all(|times| *times == 1));
}

/// A receiver that hangs up whenever it likes, and commands that are killed.
#[test]
fn a_command_that_is_killed_loses_nothing() {
    let receiver = Receiver::start();
    let home = home(&receiver, &Recording::all());
    let mut chance = Chance::new();
    for round in 0..20 {
        receiver.answers(if round % 3 == 2 { 0 } else { 200 });
        let mut command = home.command(["export", "--otlp"]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        std::thread::sleep(Duration::from_micros(chance.below(60_000)));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    receiver.answers(200);
    let _ = home.ok(["export", "--otlp"]);
    let found = receiver.spans();
    assert!(spans(&home).iter().all(|span| found.contains_key(span)));
}

/// The host works all the while: nothing listens, then somebody does.
#[test]
fn a_host_sends_by_itself_and_does_not_mind_who_listens() {
    let receiver = Receiver::start();
    receiver.answers(503);
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), receiver.config(true)).unwrap();
    let host = Writer::start(&home, "host", 20_000);
    eventually("it is tried", || !receiver.received().requests.is_empty());
    eventually("and noted", || delivery(&home)["failures"].as_u64() > Some(0));
    let status = home.json(["status", "--json"]);
    assert_eq!(status["export"]["network"], serde_json::json!(["otlp"]));
    receiver.answers(200);
    eventually("it is sent when it is taken", || receiver.spans().len() > 50);
    let turns = host.leave();
    assert!(turns.len() > 10, "{} turns", turns.len());
    assert_eq!(home.insights()["quality"]["dropped_events"], 0);
    // Whatever was still to be sent when it left.
    let _ = home.ok(["export", "--otlp"]);
    let found = receiver.spans();
    let missing = spans(&home).iter().filter(|span| !found.contains_key(*span)).count();
    assert_eq!(missing, 0);
    // It may have left in the middle of a step, which then comes again.
    let repeated = found.values().filter(|times| **times > 1).count();
    assert!(repeated <= 2_048, "{repeated} of {} came more than once", found.len());
}

/// The config says that it is off: nothing is looked up, started or made.
#[test]
fn a_host_whose_destination_is_off_sends_nothing() {
    let receiver = Receiver::start();
    let home = Home::new();
    fs::write(home.path().join("config.yaml"), receiver.config(false)).unwrap();
    let host = Writer::start(&home, "host", 1_000);
    let log = home.telemetry().join("log");
    eventually("it works", || {
        log.exists() && files_below(&log).iter().any(|file| fs::metadata(file).unwrap().len() > 9_999)
    });
    host.leave();
    assert!(receiver.received().requests.is_empty());
    assert!(!home.telemetry().join("export").exists());
}
