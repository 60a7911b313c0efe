//! Files of ours that are cut, overwritten, deleted, replaced or closed to us while a host works: the host goes on,
//! what is lost is counted, and what was written is answered for.

use std::fs::{self, OpenOptions};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use telemetry_hooks::payload::Value;
use telemetry_plugin::Telemetry;
use telemetry_policy::Settings;
use telemetry_tests::binary;
use telemetry_tests::json::assert_same;
use telemetry_tests::{Home, Output, Recording};

/// Longer than anything here takes: what is not there by then hangs.
const PLENTY: Duration = Duration::from_secs(60);

/// A host that works in this process.
pub struct Host<'a> {
    home: &'a Home,
    pub telemetry: Telemetry,
    turns: usize,
}

impl<'a> Host<'a> {
    pub fn in_home(home: &'a Home) -> Self {
        let telemetry = Telemetry::new(&home.path(), "host", Settings::default()).unwrap();
        Host { home, telemetry, turns: 0 }
    }

    /// One turn with one call.
    pub fn turn(&mut self) {
        self.turns += 1;
        let turn = format!("turn {}", self.turns);
        let ids =
            [("session_id", Value::from("s")), ("turn_id", turn.as_str().into()), ("platform", "cli".into())];
        let with = |name, value| [&ids[..], &[(name, value)]].concat();
        self.telemetry.on_hook("pre_llm_call", &ids);
        self.telemetry.on_hook("post_api_request", &with("api_call_count", 1.into())[..].to_vec().as_slice());
        self.telemetry.on_hook("on_session_end", &with("completed", true.into())[..].to_vec().as_slice());
    }

    /// A tool's end, which waits for nothing.
    pub fn tool(&self, number: usize) {
        let id = format!("tool {number}");
        let call: [(&str, Value<'_>); 5] = [
            ("session_id", "s".into()),
            ("turn_id", "turn 1".into()),
            ("tool_name", "terminal".into()),
            ("tool_call_id", id.as_str().into()),
            ("status", "ok".into()),
        ];
        self.telemetry.on_hook("post_tool_call", &call);
    }

    /// The log it writes: the only one, or the newest.
    pub fn log(&self) -> PathBuf {
        let mut files: Vec<PathBuf> = fs::read_dir(self.home.telemetry().join("log"))
            .into_iter()
            .flatten()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        files.pop().unwrap_or_default()
    }

    /// Waits until so many turns that ended are in the log.
    pub fn await_ended(&self, turns: usize) {
        eventually("the turns are in the log", || {
            let log = fs::read(self.log()).unwrap_or_default();
            String::from_utf8_lossy(&log).matches(r#""event":"turn_ended""#).count() >= turns
        });
    }

    pub fn await_trouble(&self) {
        eventually("the reason is kept", || self.telemetry.losses().last_error.is_some());
    }
}

#[track_caller]
pub fn eventually(what: &str, mut reached: impl FnMut() -> bool) {
    let until = Instant::now() + PLENTY;
    while !reached() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The number of turns in `insights`, which every command's way to the index leads to.
fn turns(home: &Home) -> u64 {
    home.insights()["turns"]["total"].as_u64().unwrap()
}

fn cut(path: &Path, length: u64) {
    OpenOptions::new().write(true).open(path).unwrap().set_len(length).unwrap();
}

pub fn length(path: &Path) -> u64 {
    fs::metadata(path).unwrap().len()
}

type Damage = fn(&Path);

/// Each with the turns whose beginnings are left of the two that were there.
const LOGS: [(&str, u64, Damage); 5] = [
    ("cut in the middle of its last line", 2, |log| cut(log, length(log) - 20)),
    ("emptied", 0, |log| cut(log, 0)),
    ("overwritten with garbage that has no end", 0, |log| {
        fs::write(log, "\0garbage\u{1}".repeat(999)).unwrap()
    }),
    ("deleted", 0, |log| fs::remove_file(log).unwrap()),
    ("deleted with its folder", 0, |log| fs::remove_dir_all(log.parent().unwrap()).unwrap()),
];

#[test]
fn a_log_that_is_damaged_while_a_host_writes_it() {
    for (what, left, damage) in LOGS {
        let home = Home::new();
        let mut host = Host::in_home(&home);
        (0..2).for_each(|_| host.turn());
        host.await_ended(2);
        assert_eq!(turns(&home), 2, "{what}");
        damage(&host.log());
        (0..2).for_each(|_| host.turn());
        // One of the two that ended before may be left.
        let ended = if left == 2 { 3 } else { 2 };
        host.await_ended(ended);
        assert_eq!(turns(&home), 4, "{what}: the index keeps what it knew, and goes on");
        home.ok(["reindex"]);
        assert_eq!(turns(&home), left + 2, "{what}: what is in the log is in the index");
        assert_eq!(host.telemetry.losses().queue_full, 0, "{what}");
        home.ok(["export", "--out", "-"]);
    }
}

/// What keeps a log from being written for a while: how it begins, and how it ends.
fn obstacles() -> Vec<(&'static str, Damage, Damage)> {
    let mut obstacles: Vec<(&str, Damage, Damage)> = vec![(
        "a folder in its place",
        |log| {
            fs::remove_file(log).unwrap();
            fs::create_dir(log).unwrap();
        },
        |log| fs::remove_dir(log).unwrap(),
    )];
    // Permissions do not stop root, nor whoever has the file open; this does, where it can be had.
    let probe = tempfile::NamedTempFile::new().unwrap();
    if attribute("+i", probe.path()) {
        attribute("-i", probe.path());
        obstacles.push((
            "made immutable",
            |log| assert!(attribute("+i", log)),
            |log| assert!(attribute("-i", log)),
        ));
    }
    obstacles
}

fn attribute(change: &str, path: &Path) -> bool {
    Command::new("chattr").arg(change).arg(path).output().is_ok_and(|ended| ended.status.success())
}

#[test]
fn a_log_that_cannot_be_written_for_a_while() {
    for (what, begin, end) in obstacles() {
        let home = Home::new();
        let mut host = Host::in_home(&home);
        host.turn();
        host.await_ended(1);
        assert_eq!(turns(&home), 1, "{what}");
        let log = host.log();
        begin(&log);
        host.turn();
        host.await_trouble();
        let reason = host.telemetry.losses().last_error.unwrap();
        let asked = home.run(["insights", "--json"]);
        end(&log);
        assert!(reason.contains(log.to_str().unwrap()), "{what}: {reason}");
        assert_eq!(asked.document()["turns"]["total"], 1, "{what}: {asked}");
        host.await_ended(1);
        eventually("both turns", || turns(&home) == 2);
        assert_eq!(host.telemetry.losses().queue_full, 0, "{what}: nothing is lost");
    }
}

fn beside(database: &Path, suffix: &str) -> PathBuf {
    let mut name = database.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

const DATABASES: [(&str, Damage); 8] = [
    ("emptied", |database| cut(database, 0)),
    ("cut in its first page", |database| cut(database, 100)),
    ("cut to half", |database| cut(database, length(database) / 2)),
    ("overwritten", |database| fs::write(database, "garbage ".repeat(9_999)).unwrap()),
    ("overwritten behind its first page", |database| {
        let mut bytes = fs::read(database).unwrap();
        bytes[4_096..].fill(0x5a);
        fs::write(database, bytes).unwrap();
    }),
    ("deleted", |database| fs::remove_file(database).unwrap()),
    ("deleted with what belongs to it", |database| {
        for suffix in ["", "-wal", "-shm"] {
            let _ = fs::remove_file(beside(database, suffix));
        }
    }),
    ("replaced by a folder", |database| {
        fs::remove_file(database).unwrap();
        fs::create_dir(database).unwrap();
    }),
];

#[test]
fn a_database_that_is_damaged_while_a_host_has_it_open() {
    for (what, damage) in DATABASES {
        let home = Home::new();
        let mut host = Host::in_home(&home);
        (0..2).for_each(|_| host.turn());
        host.await_ended(2);
        // The host itself makes it, once it is quiet.
        let database = home.telemetry().join("telemetry.db");
        eventually("the host has an index", || beside(&database, "-shm").exists() && turns(&home) == 2);
        damage(&database);
        host.turn();
        host.await_ended(3);
        assert_eq!(turns(&home), 3, "{what}");
        host.turn();
        host.await_ended(4);
        assert_eq!(turns(&home), 4, "{what}: and the next command");
        let calls = home.insights()["model_calls"]["total"].clone();
        assert_eq!((calls, host.telemetry.losses().queue_full), (4.into(), 0), "{what}");
    }
}

/// Whoever is not root is stopped by permissions; root asks as somebody else.
#[cfg(unix)]
#[test]
fn a_home_that_is_read_only_answers_as_before() {
    use std::os::unix::fs::{PermissionsExt as _, chown};
    use std::os::unix::process::CommandExt as _;
    const NOBODY: u32 = 65_534;
    let home = Home::with([&Recording::named("tool"), &Recording::named("delegate")]);
    let before = home.answers();
    let is_root = chown(home.path(), Some(NOBODY), Some(NOBODY)).is_ok();
    let mode = |path: &Path, mode| fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    let everything = || {
        let mut found = home.files();
        found.extend([home.telemetry().join("log"), home.telemetry(), home.path()]);
        found.retain(|path| path.starts_with(home.path()));
        found
    };
    for path in everything() {
        mode(&path, if path.is_dir() { 0o500 } else { 0o400 });
        if is_root {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
        }
    }
    // A program that nobody can reach cannot be run as nobody.
    mode(home.root(), 0o755);
    let program = home.root().join("telemetry-program");
    fs::copy(binary::telemetry(), &program).unwrap();
    let ask = |args: &[&str]| {
        let mut command = Command::new(&program);
        command.args(args).arg("--home").arg(home.path()).env_clear().env("TZ", "UTC");
        command.env("HERMES_MANAGED_DIR", home.root().join("managed")).current_dir("/");
        if is_root {
            command.uid(NOBODY).gid(NOBODY);
        }
        Output::of(command)
    };
    let runs = ask(&["runs", "--json"]).assert_code(0);
    let mut insights = ask(&["insights", "--json"]).assert_code(0).document();
    for command in ["status", "doctor", "preview", "export --out -"] {
        let said = ask(&command.split(' ').collect::<Vec<_>>());
        assert!([0, 1].contains(&said.code), "{said}");
    }
    for path in everything().iter().rev() {
        mode(path, if path.is_dir() { 0o700 } else { 0o600 });
    }
    insights["window"].as_object_mut().unwrap().remove("until");
    assert_same("runs", &runs.document(), &before["runs"]);
    assert_same("insights", &insights, &before["insights"]);
}
