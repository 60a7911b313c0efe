//! The plugin in a Rust host, from hook to answer, also where things are broken.

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod content;
#[cfg(feature = "exports")]
mod exports;

use std::fs;
use std::path::Path;
#[cfg(target_os = "linux")]
use std::process::Command;
use std::time::{Duration, Instant};

use telemetry_core::event::Body;
use telemetry_core::pipeline::Losses;
use telemetry_core::source::Source as _;
use telemetry_hooks::payload::{Payload, Value};
use telemetry_hooks::registry::Registry;
use telemetry_plugin::{MANIFEST, NAME, Telemetry, offer};
use telemetry_policy::Settings;
use telemetry_store::index::{Index, Patience};
use telemetry_store::insights::{RunSummary, Window, runs};
use telemetry_store::layout::Layout;
use telemetry_store::log::LogReader;

fn telemetry(home: &Path) -> Telemetry {
    Telemetry::new(home, "toy", Settings::load(home)).unwrap()
}

/// Calls the hooks of one turn with one model call.
fn turn(telemetry: &Telemetry, session: &str, turn: &str) {
    let ids = [("session_id", Value::from(session)), ("turn_id", turn.into()), ("platform", "cli".into())];
    let with = |more: &[(&'static str, Value<'static>)]| [&ids[..], more].concat();
    telemetry.on_hook("pre_llm_call", &ids);
    telemetry.on_hook("post_api_request", &&with(&[("api_call_count", 1.into())])[..]);
    telemetry.on_hook("on_session_end", &&with(&[("completed", true.into())])[..]);
}

fn answers(home: &Path) -> Vec<RunSummary> {
    let mut index = Index::open(Layout::of(home), Patience::Person).unwrap();
    index.catch_up(None).unwrap();
    runs(index.connection(), Window::default()).unwrap()
}

/// How many turns the log says have ended.
fn ended_turns(home: &Path) -> usize {
    let mut ended = 0;
    let each = &mut |event: telemetry_core::event::Event| {
        ended += usize::from(event.body.kind() == "turn_ended");
        true
    };
    LogReader::new(Layout::of(home)).read(each).unwrap();
    ended
}

/// Runs `test`, the test called `name`, in a process of its own, whose threads are its own.
#[cfg(target_os = "linux")]
fn alone(name: &str, test: impl FnOnce()) {
    const ALONE: &str = "TELEMETRY_TEST_ALONE";
    if std::env::var_os(ALONE).is_some() {
        return test();
    }
    let mut itself = Command::new(std::env::current_exe().unwrap());
    let ran = itself.args([name, "--exact", "--test-threads=1"]).env(ALONE, "1").output().unwrap();
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(
        ran.status.success() && said.contains("1 passed"),
        "{said}{}",
        String::from_utf8_lossy(&ran.stderr)
    );
}

/// Waits for what a thread of ours does in its own time.
fn eventually(what: &str, mut reached: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !reached() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn the_bundled_manifest_declares_what_is_registered() {
    let home = tempfile::tempdir().unwrap();
    let manifest = telemetry_hooks::manifest::Manifest::parse("plugin.yaml", MANIFEST).unwrap();
    assert_eq!((manifest.name.as_str(), manifest.version.as_str()), (NAME, env!("CARGO_PKG_VERSION")));
    assert!(manifest.warnings.is_empty());
    let wanted = telemetry(home.path()).hook_names();
    assert!(wanted.iter().all(|hook| manifest.declares(hook)), "{wanted:?}");
}

#[test]
fn a_host_that_loads_it_by_name_is_recorded() {
    let home = tempfile::tempdir().unwrap();
    let registry = Registry::new();
    offer(&registry, "toy", home.path().to_owned());
    assert!(!registry.has_hook("pre_llm_call"));
    let warnings = registry.load(|name| name == NAME);
    assert!(warnings.is_empty(), "{warnings:?}");
    assert!(registry.has_hook("pre_llm_call"));
    assert!(!registry.has_hook("pre_api_request"), "attempts cost the host, so only when they are wanted");
    let ids = [("session_id", Value::from("s")), ("platform", "cli".into())];
    registry.invoke("pre_llm_call", &ids);
    assert!(registry.unload(NAME), "it was loaded");
    let found = answers(home.path());
    assert_eq!((found.len(), found[0].host.as_deref()), (1, Some("toy")));
    assert_eq!(
        (found[0].outcome.as_str(), found[0].reason.as_deref()),
        ("interrupted", Some("process_exit"))
    );
}

#[test]
fn with_local_false_it_does_not_load() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), "telemetry: {local: false}\n").unwrap();
    let registry = Registry::new();
    offer(&registry, "toy", home.path().to_owned());
    let warnings = registry.load(|_| true);
    assert_eq!(warnings.len(), 1);
    assert!(warnings[0].to_string().contains("telemetry.local"), "{}", warnings[0]);
    assert!(!registry.has_hook("pre_llm_call"));
    assert!(Telemetry::for_home(home.path()).is_none());
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 1, "nothing but the config");
}

#[test]
fn nothing_is_made_before_the_first_hook() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    telemetry.on_exit();
    assert_eq!(fs::read_dir(home.path()).unwrap().count(), 0);
    turn(&telemetry, "s", "t");
    assert_eq!(answers(home.path()).len(), 1);
}

#[test]
fn what_was_flushed_is_in_the_log_when_the_hook_returns() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    turn(&telemetry, "s", "t");
    // The wait is bounded, so on a machine that is very busy the log may be a moment late.
    eventually("the end of the turn is in the log", || ended_turns(home.path()) == 1);
}

#[test]
fn hooks_after_the_exit_are_still_recorded() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    turn(&telemetry, "s", "t1");
    telemetry.on_exit();
    turn(&telemetry, "s", "t2");
    eventually("both turns", || answers(home.path()).first().is_some_and(|run| run.turns == 2));
}

#[test]
fn a_payload_that_panics_is_no_concern_of_the_host() {
    struct Bomb;
    impl Payload for Bomb {
        fn visit(&self, _key: &str, _f: &mut dyn FnMut(Value<'_>)) {
            panic!("boom");
        }
    }
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    for hook in telemetry.hook_names() {
        telemetry.on_hook(hook, &Bomb);
    }
    turn(&telemetry, "s", "t");
    eventually("the turn after", || answers(home.path()).len() == 1);
}

#[test]
fn sixty_four_threads_lose_nothing() {
    let home = tempfile::tempdir().unwrap();
    let telemetry = telemetry(home.path());
    std::thread::scope(|scope| {
        for thread in 0..64 {
            let telemetry = &telemetry;
            scope.spawn(move || {
                for n in 0..20 {
                    turn(telemetry, &format!("s{thread}"), &format!("t{thread}-{n}"));
                }
            });
        }
    });
    telemetry.on_exit();
    eventually("every turn", || answers(home.path()).iter().map(|run| run.turns).sum::<i64>() == 64 * 20);
    let found = answers(home.path());
    assert_eq!(found.len(), 64);
    assert!(found.iter().all(|run| run.model_calls == 20 && run.outcome == "completed"));
    assert_eq!(telemetry.losses().queue_full, 0);
}

#[test]
fn a_log_that_cannot_be_written_waits_and_goes_on_when_it_can() {
    let home = tempfile::tempdir().unwrap();
    let in_the_way = home.path().join("telemetry");
    fs::write(&in_the_way, "a file in the place of the folder").unwrap();
    let telemetry = telemetry(home.path());
    for n in 0..5 {
        turn(&telemetry, "s", &format!("t{n}"));
    }
    eventually("the reason is kept", || telemetry.losses().last_error.is_some());
    assert!(telemetry.losses().last_error.unwrap().contains("telemetry"));
    fs::remove_file(&in_the_way).unwrap();
    eventually("all is written after all", || {
        in_the_way.is_dir() && answers(home.path()).first().is_some_and(|run| run.turns == 5)
    });
}

#[test]
fn an_index_in_the_way_does_not_stop_the_log() {
    let home = tempfile::tempdir().unwrap();
    fs::create_dir_all(home.path().join("telemetry/telemetry.db")).unwrap();
    let telemetry = telemetry(home.path());
    turn(&telemetry, "s", "t");
    // The install id is minted right before the index is tried.
    eventually("upkeep ran", || home.path().join("telemetry/install_id").is_file());
    turn(&telemetry, "s", "t2");
    fs::remove_dir(home.path().join("telemetry/telemetry.db")).unwrap();
    eventually("both turns", || answers(home.path()).first().is_some_and(|run| run.turns == 2));
}

#[test]
fn an_index_locked_by_another_process_does_not_hold_up_the_log() {
    let home = tempfile::tempdir().unwrap();
    answers(home.path());
    let other = Index::open(Layout::of(home.path()), Patience::Person).unwrap();
    other.connection().execute_batch("BEGIN IMMEDIATE").unwrap();
    let telemetry = telemetry(home.path());
    for n in 0..3 {
        turn(&telemetry, "s", &format!("t{n}"));
        eventually("the turn is in the log", || ended_turns(home.path()) == n + 1);
        eventually("upkeep tried", || home.path().join("telemetry/install_id").is_file());
    }
    assert_eq!(telemetry.losses(), Losses::default());
    other.connection().execute_batch("ROLLBACK").unwrap();
    assert_eq!(answers(home.path())[0].turns, 3);
}

/// SQLite looks into a journal it finds beside a database, and this one never answers.
#[cfg(target_os = "linux")]
#[test]
fn an_index_that_hangs_does_not_hold_up_the_log() {
    use std::os::unix::fs::OpenOptionsExt as _;

    let at_work = || {
        let threads = fs::read_dir("/proc/self/task").unwrap();
        let mut names = threads.flatten().flat_map(|thread| fs::read_to_string(thread.path().join("comm")));
        // Fifteen letters are all that the system keeps.
        names.any(|name| name.trim_end() == "telemetry-upkee")
    };
    alone("an_index_that_hangs_does_not_hold_up_the_log", || {
        let home = tempfile::tempdir().unwrap();
        answers(home.path());
        let journal = home.path().join("telemetry/telemetry.db-journal");
        assert!(Command::new("mkfifo").arg(&journal).status().unwrap().success());
        let telemetry = telemetry(home.path());
        turn(&telemetry, "s", "t0");
        eventually("upkeep began", at_work);
        for n in 1..20 {
            turn(&telemetry, "s", &format!("t{n}"));
            eventually("the turn is in the log", || ended_turns(home.path()) == n + 1);
        }
        assert!(at_work(), "it hangs");
        assert_eq!(telemetry.losses(), Losses::default());
        // Whoever opens the other end ends the wait; without waiting itself, so that it is refused until somebody waits.
        const O_NONBLOCK: i32 = 0o4000;
        let mut answer = fs::OpenOptions::new();
        answer.write(true).custom_flags(O_NONBLOCK);
        eventually("upkeep waits for the journal", || answer.open(&journal).is_ok());
        eventually("upkeep gave up", || !at_work());
        fs::remove_file(&journal).unwrap();
        assert_eq!(answers(home.path())[0].turns, 20);
    });
}

#[test]
fn days_that_are_too_old_go_while_the_host_is_idle() {
    let home = tempfile::tempdir().unwrap();
    let old = Layout::of(home.path()).create_log().unwrap().join("2020-01-01.jsonl");
    fs::write(&old, "").unwrap();
    let telemetry = telemetry(home.path());
    turn(&telemetry, "s", "t");
    eventually("the old day is gone", || !old.exists());
    assert_eq!(answers(home.path()).len(), 1);
    assert!(home.path().join("telemetry/install_id").is_file());
}

#[test]
fn a_budget_that_is_crossed_is_recorded_while_the_host_is_idle() {
    let home = tempfile::tempdir().unwrap();
    fs::write(home.path().join("config.yaml"), "telemetry: {budgets: [{per: month, tokens: 100}]}").unwrap();
    let telemetry = telemetry(home.path());
    let usage = serde_json::json!({ "input_tokens": 80, "output_tokens": 10 });
    let ids = [("session_id", Value::from("s")), ("turn_id", "t".into()), ("platform", "cli".into())];
    let call =
        [&ids[..], &[("api_call_count", 1.into()), ("usage", (&usage as &dyn Payload).into())]].concat();
    telemetry.on_hook("pre_llm_call", &ids);
    telemetry.on_hook("post_api_request", &&call[..]);
    let crossed = || {
        let mut crossed = Vec::new();
        let each = &mut |event: telemetry_core::event::Event| {
            if let Body::BudgetCrossed(body) = event.body {
                crossed.push((body.threshold, body.spent));
            }
            true
        };
        LogReader::new(Layout::of(home.path())).read(each).unwrap();
        crossed
    };
    eventually("it is recorded", || crossed().len() == 2);
    assert_eq!(crossed(), [(50, 90), (80, 90)]);
}
