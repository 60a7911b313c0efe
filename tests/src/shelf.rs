//! A team's collector on loopback that keeps each event once, and answers as it is told: what a sender must get along with.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::Home;
use crate::http::{Reply, Request, Server};

/// The variable with its key, and the key.
pub const VARIABLE: &str = "TEAM_KEY";
/// What opens it.
pub const KEY: &str = "k3Jd82hQm1Xw7Lp0Zs9V";

/// A collector; gone when dropped.
pub struct Shelf {
    server: Server,
    kept: Arc<Kept>,
}

/// What becomes of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mood {
    /// It is kept, and answered.
    Well,
    /// It is not kept, and answered with this status.
    Refuses(u16),
    /// It is not kept, and the connection is closed: as when a collector is killed before.
    Gone,
    /// It is kept, and the connection is closed: as when it is killed after.
    Silent,
    /// It is kept, and half of the answer comes.
    Breaks,
}

type Moods = dyn FnMut() -> Mood + Send;

struct Kept {
    /// Lines by time and id.
    lines: Mutex<BTreeMap<(i64, String), String>>,
    /// Events, as often as they came to be kept.
    came: AtomicUsize,
    requests: AtomicUsize,
    machines: Mutex<BTreeSet<String>>,
    /// Requests that are being answered, and the most at the same time.
    now: AtomicUsize,
    most: AtomicUsize,
    mood: Mutex<Box<Moods>>,
}

impl Shelf {
    /// One that keeps everything it is sent with its key.
    pub fn start() -> Self {
        let kept = Arc::new(Kept {
            lines: Mutex::default(),
            came: AtomicUsize::default(),
            requests: AtomicUsize::default(),
            machines: Mutex::default(),
            now: AtomicUsize::default(),
            most: AtomicUsize::default(),
            mood: Mutex::new(Box::new(|| Mood::Well)),
        });
        let answering = Arc::clone(&kept);
        Shelf { server: Server::start(move |request| answering.answer(request)), kept }
    }

    /// Where it is: `127.0.0.1:PORT`.
    pub fn host(&self) -> String {
        self.server.host()
    }

    /// A config that has it as its collector, switched on or not; the machine is called `build-7`.
    pub fn config(&self, enabled: bool) -> String {
        let host = self.host();
        format!(
            "telemetry:\n  export:\n    collector: {{enabled: {enabled}, endpoint: 'http://{host}', api_key_env: {VARIABLE}, \
             host: build-7}}\n"
        )
    }

    /// From now on it is like this.
    pub fn is(&self, mood: Mood) {
        self.is_by_turns(move || mood);
    }

    /// From now on it is as `moods` says, request by request.
    pub fn is_by_turns(&self, moods: impl FnMut() -> Mood + Send + 'static) {
        *held(&self.kept.mood) = Box::new(moods);
    }

    /// Time and id of each event that is kept.
    pub fn ids(&self) -> BTreeSet<(i64, String)> {
        held(&self.kept.lines).keys().cloned().collect()
    }

    /// How often an event came to be kept that was kept already.
    pub fn repeated(&self) -> usize {
        self.kept.came.load(SeqCst) - held(&self.kept.lines).len()
    }

    /// How many requests came.
    pub fn requests(&self) -> usize {
        self.kept.requests.load(SeqCst)
    }

    /// What the machines are called that sent something.
    pub fn machines(&self) -> Vec<String> {
        held(&self.kept.machines).iter().cloned().collect()
    }

    /// How many requests there were at the same time, at the most.
    pub fn most_at_once(&self) -> usize {
        self.kept.most.load(SeqCst)
    }

    /// A home whose log is what is kept here: its answers are those that this collector could give.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn as_home(&self) -> Home {
        let home = Home::new();
        let mut log = String::new();
        for line in held(&self.kept.lines).values() {
            let _ = writeln!(log, "{line}");
        }
        home.file("home/telemetry/log/2026-01-01.jsonl", log);
        home
    }
}

/// Time and id of each event in the log of `home`, read as anybody could.
///
/// # Panics
/// When it cannot be read, or a line is no event.
pub fn ids_of(home: &Home) -> BTreeSet<(i64, String)> {
    let exported = home.ok(["export".as_ref(), "--out".as_ref(), Path::new("-")]);
    exported.stdout.lines().map(|line| identity(line).unwrap_or_else(|| panic!("{line}"))).collect()
}

fn identity(line: &str) -> Option<(i64, String)> {
    let event = serde_json::from_str::<Value>(line).ok()?;
    Some((event["ts"].as_i64()?, event["id"].as_str()?.to_owned()))
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Kept {
    fn answer(&self, request: &Request) -> Reply {
        let at_once = self.now.fetch_add(1, SeqCst) + 1;
        self.most.fetch_max(at_once, SeqCst);
        let reply = self.reply(request);
        self.now.fetch_sub(1, SeqCst);
        reply
    }

    fn reply(&self, request: &Request) -> Reply {
        self.requests.fetch_add(1, SeqCst);
        let mood = (held(&self.mood))();
        let said = |status, body: &str| {
            let body = format!(r#"{{"title":"no","detail":"{body}"}}"#).into_bytes();
            Reply::Answer { status, kind: "application/problem+json", body }
        };
        match mood {
            Mood::Gone => return Reply::HangUp,
            Mood::Refuses(status) => return said(status, "not now"),
            Mood::Well | Mood::Silent | Mood::Breaks => {}
        }
        if request.headers.get("x-api-key").map(String::as_str) != Some(KEY) {
            return said(401, "no key");
        }
        if request.path != "/api/v1/events" {
            return said(404, "nothing is here");
        }
        held(&self.machines).extend(request.headers.get("x-telemetry-host").cloned());
        let answer = self.keep(&request.body);
        match mood {
            Mood::Silent => Reply::HangUp,
            Mood::Breaks => Reply::Half,
            _ => Reply::Answer { status: 200, kind: "application/json", body: answer.into_bytes() },
        }
    }

    fn keep(&self, body: &[u8]) -> String {
        let text = String::from_utf8_lossy(body);
        let (mut accepted, mut duplicate, mut results) = (0, 0, String::new());
        let mut lines = held(&self.lines);
        for (number, line) in text.lines().enumerate() {
            let identity = identity(line).unwrap_or_else(|| panic!("no event: {line}"));
            self.came.fetch_add(1, SeqCst);
            let (comma, id) = (if number == 0 { "" } else { "," }, identity.1.clone());
            let status = match lines.insert(identity, line.to_owned()) {
                None => {
                    accepted += 1;
                    "accepted"
                }
                Some(before) => {
                    assert_eq!(before, line, "the same event is the same line");
                    duplicate += 1;
                    "duplicate"
                }
            };
            let line = number + 1;
            let _ = write!(results, r#"{comma}{{"line":{line},"id":"{id}","status":"{status}"}}"#);
        }
        let counts = format!(r#""accepted":{accepted},"duplicate":{duplicate},"rejected":0"#);
        format!(r#"{{"schema":"telemetry.intake/1",{counts},"results":[{results}]}}"#)
    }
}
