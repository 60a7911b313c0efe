//! A host that forks while its queue is full: `forks HOME CHILDREN`.
//!
//! The parent calls the hooks of a burst of turns and forks at once, again and again. Each child works a turn of its own
//! and is gone by `_exit` right after the last hook, as some hosts are; it exits with 0 when that hook came back before
//! its wait for the log was over, so that the turn must be there, and else with [`TOO_SLOW`]. A last child calls
//! hooks after its exit handlers ran. Prints, for the parent, how many turns each of its sessions has and whether all was
//! flushed, then the exit codes.
#![expect(unsafe_code, reason = "nothing but fork makes a fork")]
#![expect(clippy::print_stdout, reason = "what a program is asked for")]

use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use telemetry_hooks::payload::{Fields, Value};
use telemetry_plugin::Telemetry;

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
    let Some(telemetry) = Telemetry::for_home(&home) else {
        return Err(io::Error::other("telemetry is off"));
    };
    let mut codes = Vec::new();
    for child in 0..children {
        for turn in 0..BURST {
            // Without its end, for which a host may wait: the queue fills.
            begin(&telemetry, &format!("parent-{child}"), &turn.to_string());
        }
        codes.push(in_a_child(|| vanish(&home, child))?);
    }
    codes.push(in_a_child(|| speak_after_the_exit(&home))?);
    telemetry.on_exit();
    let flushed = telemetry.flush(Duration::from_secs(30));
    println!("{BURST} {flushed}");
    codes.iter().for_each(|code| println!("{code}"));
    Ok(())
}

/// A turn, and gone.
fn vanish(home: &Path, child: usize) -> i32 {
    let Some(telemetry) = Telemetry::for_home(home) else { return 1 };
    let session = format!("child-{child}");
    begin(&telemetry, &session, "turn");
    let began = Instant::now();
    end(&telemetry, &session, "turn");
    if began.elapsed() < IN_TIME { 0 } else { TOO_SLOW }
}

/// A turn, the exit, and another turn, as of a subagent in the background.
fn speak_after_the_exit(home: &Path) -> i32 {
    let Some(telemetry) = Telemetry::for_home(home) else { return 1 };
    for turn in ["before", "after"] {
        begin(&telemetry, "late", turn);
        end(&telemetry, "late", turn);
        if turn == "before" {
            telemetry.on_exit();
        }
    }
    if telemetry.flush(Duration::from_secs(30)) { 0 } else { TOO_SLOW }
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
