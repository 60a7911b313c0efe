//! A host that works until its standard input ends or somebody kills it, and writes down which of its calls the log has
//! acknowledged: `writer HOME LABEL ACKNOWLEDGED PAUSE_US [DELIVERED]`. With the last it has a destination, which writes that list.
//!
//! It calls the hooks of one turn after another, twenty to a session. The model call of turn `n` reads `n` tokens, so
//! that it can be told from every other. A line `SESSION n` in the file ACKNOWLEDGED means that the log had all of that
//! turn before the line was written.

mod list;

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use telemetry_hooks::payload::{Fields, Value};
use telemetry_plugin::{HERMES, Telemetry};
use telemetry_policy::Settings;

const TURNS_IN_A_SESSION: i64 = 20;

fn main() -> io::Result<()> {
    let mut words = std::env::args_os().skip(1);
    let mut word = || words.next().ok_or(io::ErrorKind::InvalidInput);
    let (home, label) = (PathBuf::from(word()?), word()?.to_string_lossy().into_owned());
    let mut acknowledged = File::options().create(true).append(true).open(word()?)?;
    let pause: u64 = word()?.to_string_lossy().parse().map_err(io::Error::other)?;

    let asked_to_leave = Arc::new(AtomicBool::new(false));
    std::thread::spawn({
        let asked_to_leave = Arc::clone(&asked_to_leave);
        move || {
            let _ = io::stdin().read_to_end(&mut Vec::new());
            asked_to_leave.store(true, Relaxed);
        }
    });
    let exports = word().ok().map(|delivered| list::export(delivered.into()));
    let telemetry = Telemetry::new(&home, HERMES, Settings::load(&home));
    let Some(telemetry) = telemetry.map(|telemetry| telemetry.with_exports(exports)) else {
        return Err(io::Error::other("telemetry is off"));
    };
    let mut turn = 0;
    while !asked_to_leave.load(Relaxed) {
        turn += 1;
        let session = format!("{label}-{}", (turn - 1) / TURNS_IN_A_SESSION);
        work(&telemetry, &session, turn);
        if telemetry.flush(Duration::from_secs(10)) {
            // One write, straight to the kernel: what is written stays, whatever becomes of this process.
            acknowledged.write_all(format!("{session} {turn}\n").as_bytes())?;
        }
        if turn % TURNS_IN_A_SESSION == 0 {
            let about = [("session_id", Value::from(&session)), ("reason", "shutdown".into())];
            telemetry.on_hook("on_session_finalize", &about);
        }
        std::thread::sleep(Duration::from_micros(pause));
    }
    telemetry.on_exit();
    // The last word of a host that leaves in order; nobody kills it here.
    if telemetry.flush(Duration::from_secs(10)) { Ok(()) } else { Err(io::ErrorKind::TimedOut.into()) }
}

/// The hooks of one turn, with one answer and one tool.
fn work(telemetry: &Telemetry, session: &str, turn: i64) {
    let id = format!("{session}:{turn}");
    let about = [
        ("session_id", Value::from(session)),
        ("turn_id", id.as_str().into()),
        ("platform", "cli".into()),
        ("model", "m".into()),
    ];
    let usage = [("input_tokens", Value::from(turn)), ("output_tokens", 1.into())];
    let hook =
        |hook: &str, more: &[(&str, Value<'_>)]| telemetry.on_hook(hook, &Fields(&[&about, more].concat()));
    hook("pre_llm_call", &[]);
    hook("post_api_request", &[("api_request_id", id.as_str().into()), ("usage", Value::Map(&usage))]);
    hook(
        "post_tool_call",
        &[("tool_name", "t".into()), ("tool_call_id", id.as_str().into()), ("status", "ok".into())],
    );
    hook("on_session_end", &[("completed", true.into())]);
}
