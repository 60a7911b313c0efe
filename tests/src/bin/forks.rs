//! A host that forks while its queue is full: `forks HOME CHILDREN [DELIVERED]`.
//!
//! The parent calls the hooks of a burst of turns and forks at once, again and again. Each child works a turn of its own
//! and is gone by `_exit` right after the last hook, as some hosts are; it exits with 0 when that hook came back before
//! its wait for the log was over, so that the turn must be there, and else with [`TOO_SLOW`]. A last child calls
//! hooks after its exit handlers ran. Prints, for the parent, how many turns each of its sessions has and whether all was
//! flushed, then the exit codes.
//!
//! With DELIVERED it has a destination, which writes that list, and when all is delivered one child more, which stays until it has
//! delivered something itself.
#![expect(unsafe_code, reason = "nothing but fork makes a fork")]
#![expect(clippy::print_stdout, reason = "what a program is asked for")]

mod list;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use telemetry_core::source::Tail as _;
use telemetry_hooks::payload::{Fields, Value};
use telemetry_plugin::exports::State;
use telemetry_plugin::{HERMES, Telemetry};
use telemetry_policy::Settings;
use telemetry_store::layout::Layout;

static TELEMETRY: OnceLock<Telemetry> = OnceLock::new();

/// Turns between two forks: some thousands of events, of which the writer has not had the time to write many.
const BURST: usize = 1_000;
/// Half of what the end of a turn may wait for the log.
const IN_TIME: Duration = Duration::from_millis(5);
/// The exit code of a child whose log may have been late.
const TOO_SLOW: i32 = 3;

fn main() -> io::Result<()> {
    let mut words = std::env::args_os().skip(1);
    let home = PathBuf::from(words.next().ok_or(io::ErrorKind::InvalidInput)?);
    let children: usize =
        words.next().and_then(|word| word.to_str()?.parse().ok()).ok_or(io::ErrorKind::InvalidInput)?;
    let delivered = words.next().map(PathBuf::from);
    let made = Telemetry::new(&home, HERMES, Settings::load(&home));
    let Some(made) = made.map(|made| made.with_exports(delivered.clone().map(list::export))) else {
        return Err(io::Error::other("telemetry is off"));
    };
    let telemetry = TELEMETRY.get_or_init(|| made);
    let mut codes = Vec::new();
    for child in 0..children {
        for turn in 0..BURST {
            // Without its end, for which a host may wait: the queue fills.
            begin(telemetry, &format!("parent-{child}"), &turn.to_string());
        }
        codes.push(in_a_child(|| vanish(telemetry, child))?);
    }
    codes.push(in_a_child(|| speak_after_the_exit(telemetry))?);
    if let Some(delivered) = &delivered {
        telemetry.flush(Duration::from_secs(30));
        if !eventually(|| is_delivered(&home, delivered)) {
            return Err(io::ErrorKind::TimedOut.into());
        }
        codes.push(in_a_child(|| stay(telemetry, delivered))?);
    }
    telemetry.on_exit();
    let flushed = telemetry.flush(Duration::from_secs(30));
    println!("{BURST} {flushed}");
    codes.iter().for_each(|code| println!("{code}"));
    Ok(())
}

/// A turn, and gone.
fn vanish(telemetry: &Telemetry, child: usize) -> i32 {
    let session = format!("child-{child}");
    begin(telemetry, &session, "turn");
    let began = Instant::now();
    end(telemetry, &session, "turn");
    if began.elapsed() < IN_TIME { 0 } else { TOO_SLOW }
}

/// A turn, the exit, and another turn, as of a subagent in the background.
fn speak_after_the_exit(telemetry: &Telemetry) -> i32 {
    for turn in ["before", "after"] {
        begin(telemetry, "late", turn);
        end(telemetry, "late", turn);
        if turn == "before" {
            telemetry.on_exit();
        }
    }
    if telemetry.flush(Duration::from_secs(30)) { 0 } else { TOO_SLOW }
}

/// A turn, and there until it is delivered, by this very process: its parent does not know of it.
fn stay(telemetry: &Telemetry, delivered: &Path) -> i32 {
    begin(telemetry, "stays", "turn");
    end(telemetry, "stays", "turn");
    let process = std::process::id().to_string();
    let is_there = || {
        let list = std::fs::read_to_string(delivered).unwrap_or_default();
        list.lines().any(|line| line.split(' ').nth(2) == Some(&process))
    };
    if eventually(is_there) { 0 } else { 1 }
}

/// Whether all that is recorded is delivered.
fn is_delivered(home: &Path, delivered: &Path) -> bool {
    let layout = Layout::of(home);
    let Ok(Some(state)) = State::read(&layout, "list") else { return false };
    let lag = list::export(delivered.to_owned()).tail(layout, state.position).lag();
    lag.is_ok_and(|lag| lag.bytes == 0)
}

fn eventually(mut reached: impl FnMut() -> bool) -> bool {
    let until = Instant::now() + Duration::from_secs(60);
    while !reached() {
        if Instant::now() > until {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

fn about<'a>(session: &'a str, turn: &'a str) -> [(&'a str, Value<'a>); 3] {
    [("session_id", session.into()), ("turn_id", turn.into()), ("platform", "cli".into())]
}

fn begin(telemetry: &Telemetry, session: &str, turn: &str) {
    let about = about(session, turn);
    telemetry.on_hook("pre_llm_call", &about);
    telemetry.on_hook("post_api_request", &Fields(&[&about[..], &[("api_call_count", 1.into())]].concat()));
}

fn end(telemetry: &Telemetry, session: &str, turn: &str) {
    let about = about(session, turn);
    telemetry.on_hook("on_session_end", &Fields(&[&about[..], &[("completed", true.into())]].concat()));
}

/// Runs `work` in a forked child that leaves by `_exit` with its answer; the child's exit code, -1 if a signal ended it.
fn in_a_child(work: impl FnOnce() -> i32) -> io::Result<i32> {
    // SAFETY: that other threads are gone in the child is what is tested; the child runs nothing else and does not
    // return from here.
    let child = unsafe { libc::fork() };
    match child {
        -1 => Err(io::Error::last_os_error()),
        0 => {
            let code = work();
            // SAFETY: ends the process at once; nothing is left to be dropped.
            unsafe { libc::_exit(code) }
        }
        child => {
            let mut status = 0;
            // SAFETY: `status` lives for the call, and `child` is a child of ours nobody else waits for.
            if unsafe { libc::waitpid(child, &raw mut status, 0) } != child {
                return Err(io::Error::last_os_error());
            }
            Ok(if libc::WIFEXITED(status) { libc::WEXITSTATUS(status) } else { -1 })
        }
    }
}
