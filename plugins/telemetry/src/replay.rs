//! Recorded hook calls, fed through the tracker with their own clock, process ids and exits.
//!
//! A recording is JSON Lines, one hook call each:
//! `{"kind":"hook","hook":"post_api_request","kwargs":{…},"pid":1000,"wall_ns":1767225606283863482}`; lines of kind
//! `register` and `atexit` tell of the life of a process. A process without an `atexit` is gone without a word.
//!
//! The events are the same each time, and those that are in the log already are not written again: twice is once. So is
//! content, which is kept while the trajectories plane is on.

mod output;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};
use telemetry_core::sink::SinkError;
use telemetry_core::time::UnixNanos;
use telemetry_core::vocabulary::Command;
use telemetry_hooks::command;
use telemetry_hooks::hook::Hook;
use telemetry_hooks::payload::Payload;
use telemetry_hooks::tracker::{Origin, Tracker};
use telemetry_policy::Settings;
use telemetry_store::days::Watch;
use telemetry_store::layout::{Days, Layout};

use crate::HERMES;
use output::{Emitted, Output};

/// What a replay came to.
#[derive(Debug, Default)]
pub struct Report {
    /// Files read.
    pub files: u64,
    /// Hook calls fed.
    pub hooks: u64,
    /// Processes that called hooks.
    pub processes: u64,
    /// Events that were new.
    pub added: u64,
    /// Events that were in the log already.
    pub known: u64,
    /// Pieces of content that were new; `None` while the trajectories plane is off.
    pub content: Option<u64>,
    /// Lines that are no hook call.
    pub unreadable: Vec<Unreadable>,
}

/// A line that is no hook call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// The recording.
    pub file: PathBuf,
    /// Counted from 1.
    pub line: u64,
    /// What is wrong with it.
    pub problem: String,
}

/// Why a replay stopped.
#[derive(Debug)]
pub enum ReplayError {
    /// A recording could not be read.
    Recording(PathBuf, io::Error),
    /// The log could not be read or written.
    Log(SinkError),
}

/// Events written at once.
const BATCH: usize = 4_096;

/// Feeds `files` through the tracker into the log of `home`, and what they say into its content, if `settings` say so; `watch` hears how
/// much is read of the log that is there and of the files.
///
/// # Errors
/// When a recording cannot be read or the log cannot be written. Lines that make no sense are reported, not errors.
pub fn replay(
    home: &Path,
    files: &[PathBuf],
    settings: &Settings,
    watch: Watch<'_>,
) -> Result<Report, ReplayError> {
    let layout = Layout::of(home);
    layout.create(Days::Log).map_err(|source| {
        ReplayError::Log(SinkError { what: format!("making {}", layout.log().display()), source })
    })?;
    let content = settings.planes().trajectories;
    let wanted: Vec<Hook> = Hook::wanted(settings.capture_attempts(), content).collect();
    let length = |file: &PathBuf| file.metadata().map_or(0, |file| file.len());
    let recorded: u64 = files.iter().map(length).sum();
    let mut known = 0;
    let mut output = Output::new(home, content, &mut |done, total| {
        known = total;
        watch(done, total + recorded);
    })?;
    let mut done = known;
    let mut report = Report::default();
    for file in files {
        let recording = File::open(file).map_err(|error| ReplayError::Recording(file.clone(), error))?;
        report.files += 1;
        let mut processes = Processes::new(&wanted, content);
        for (line, number) in lines(BufReader::new(recording)).zip(1..) {
            let line = line.map_err(|error| ReplayError::Recording(file.clone(), error))?;
            done += line.len() as u64;
            watch(done, known + recorded);
            if line.trim_ascii().is_empty() {
                continue;
            }
            match Line::parse(&line) {
                Ok(line) => report.hooks += u64::from(processes.take(line)),
                Err(problem) => {
                    report.unreadable.push(Unreadable { file: file.clone(), line: number, problem });
                }
            }
            output.write(&processes.emitted, BATCH)?;
        }
        report.processes += processes.end();
        output.write(&processes.emitted, 1)?;
    }
    output.count(&mut report);
    Ok(report)
}

/// Lines as bytes: a recording may hold anything.
fn lines(mut reader: impl BufRead) -> impl Iterator<Item = io::Result<Vec<u8>>> {
    std::iter::from_fn(move || {
        let mut line = Vec::new();
        match reader.read_until(b'\n', &mut line) {
            Ok(0) => None,
            Ok(_) => Some(Ok(line)),
            Err(error) => Some(Err(error)),
        }
    })
}

struct Line {
    kind: Kind,
    pid: u32,
    at: UnixNanos,
}

enum Kind {
    Register { command: Value },
    Hook { hook: String, kwargs: Map<String, Value> },
    Exit,
}

impl Line {
    fn parse(line: &[u8]) -> Result<Self, String> {
        let line: Value = serde_json::from_slice(line).map_err(|error| format!("not JSON: {error}"))?;
        let Value::Object(mut line) = line else { return Err("not a JSON object".into()) };
        let integer = |key: &str| (&line as &dyn Payload).integer(key);
        let pid = integer("pid").and_then(|pid| u32::try_from(pid).ok()).ok_or("no process id in `pid`")?;
        let at = integer("wall_ns").map(UnixNanos).ok_or("no time in `wall_ns`")?;
        let kind = line.get("kind").and_then(Value::as_str).unwrap_or("hook").to_owned();
        let kind = match kind.as_str() {
            "register" => Kind::Register { command: line.remove("argv").unwrap_or_default() },
            "atexit" => Kind::Exit,
            "hook" => {
                let Some(Value::String(hook)) = line.remove("hook") else {
                    return Err("no name in `hook`".into());
                };
                let kwargs = match line.remove("kwargs") {
                    Some(Value::Object(kwargs)) => kwargs,
                    _ => Map::new(),
                };
                Kind::Hook { hook, kwargs }
            }
            other => return Err(format!("unknown `kind` {:?}", other.chars().take(40).collect::<String>())),
        };
        Ok(Line { kind, pid, at })
    }
}

/// The command of a command line, as a recording has it: a list of words.
fn command_of(command_line: &Value) -> Option<Command> {
    command::command(command_line.as_array()?.iter().map(|word| word.as_str().unwrap_or_default()))
}

/// The processes of one recording, by process id.
struct Processes<'a> {
    alive: HashMap<u32, Process>,
    with_hooks: u64,
    emitted: Emitted,
    /// The hooks a host would have called, of those we know.
    wanted: &'a [Hook],
}

struct Process {
    /// From the first hook on.
    tracker: Option<Tracker>,
    /// The command it registered with, if it did: a forked child does not.
    command: Option<Value>,
    last: UnixNanos,
    exited: bool,
}

impl Process {
    fn new(at: UnixNanos, command: Option<Value>) -> Self {
        Process { tracker: None, command, last: at, exited: false }
    }
}

impl<'a> Processes<'a> {
    fn new(wanted: &'a [Hook], content: bool) -> Self {
        Processes { alive: HashMap::new(), with_hooks: 0, emitted: Emitted::new(content), wanted }
    }

    /// Takes a line; whether it was a hook call.
    fn take(&mut self, line: Line) -> bool {
        match line.kind {
            Kind::Register { command } => {
                // A plugin may be registered twice in one process. But a process id is also used again: by another
                // command, after an exit, or in a recording whose clock begins anew.
                let again = |known: &Process| {
                    known.command.as_ref() == Some(&command) && !known.exited && line.at >= known.last
                };
                if !self.alive.get(&line.pid).is_some_and(again) {
                    self.end_one(line.pid);
                    self.alive.insert(line.pid, Process::new(line.at, Some(command)));
                }
                false
            }
            Kind::Exit => {
                if let Some(process) = self.alive.get_mut(&line.pid) {
                    process.last = process.last.max(line.at);
                    process.exited = true;
                    if let Some(tracker) = &process.tracker {
                        tracker.exit(line.at, &self.emitted);
                    }
                }
                false
            }
            Kind::Hook { hook, kwargs } => {
                let process = self.alive.entry(line.pid).or_insert_with(|| Process::new(line.at, None));
                process.last = process.last.max(line.at);
                let tracker = process.tracker.get_or_insert_with(|| {
                    self.with_hooks += 1;
                    let command = process.command.as_ref().and_then(command_of);
                    Tracker::new(Origin { command, ..Origin::recorded(HERMES, line.pid, line.at) })
                });
                if Hook::parse(&hook).is_some_and(|hook| !self.wanted.contains(&hook)) {
                    return true;
                }
                // Nothing vanishes in a replay, so there is nothing to flush for.
                let _ = tracker.observe(&hook, &kwargs, line.at, &self.emitted);
                true
            }
        }
    }

    fn end_one(&mut self, pid: u32) {
        if let Some(Process { tracker: Some(tracker), exited: false, last, .. }) = self.alive.remove(&pid) {
            tracker.lost(last, &self.emitted);
        }
    }

    /// The recording is over; how many processes called hooks.
    fn end(&mut self) -> u64 {
        let mut pids: Vec<u32> = self.alive.keys().copied().collect();
        pids.sort_unstable();
        for pid in pids {
            self.end_one(pid);
        }
        self.with_hooks
    }
}
