//! The crate from outside.
//!
//! - `content`: the same for what was said; `conversations`: sessions and messages made of it, and of what the host kept
//! - `log`: appending and reading back, through torn lines and files that come and go
//! - `follow`: what is appended, as it comes; `tail`: the same in steps, from one process to the next
//! - `index`: catching up, rebuilding, damage, versions, many at once
//! - `scratch`: an index of a few events, and facts one by one
//! - `live`: what happens now; `newest`: the list of runs, page by page
//! - `lost`: processes that are gone without a word
//! - `retention`: days that are older than what is kept
//! - `budgets`: what was spent of them, and what is told of it, once
//! - `sql`: what a query may do, and what it may not
//! - `days`: logs of several days, and clocks that leap
//! - `damage`: a database that is cut, overwritten, deleted or replaced under an index that is open
//! - `versions`: databases and lines of older and newer versions
//! - `prices`: what calls cost, with each call, run and tree; priced anew
//! - `auxiliary`: the host's own calls, from its books
//! - `dimensions`: commands, kinds and toolsets, told in any order
//! - `any_log`: what holds for every log there can be
//! - `columns`: that columns which are kept up are what the rows say
//! - `memory`: a log that is larger than what there is room for

#![expect(clippy::unwrap_used, reason = "a test's helpers fail the test")]

mod any_log;
mod auxiliary;
mod budgets;
mod columns;
mod content;
mod conversations;
mod damage;
mod days;
mod dimensions;
mod dump;
mod follow;
mod index;
mod live;
mod lives;
mod log;
mod lost;
#[cfg(target_os = "linux")]
mod memory;
mod newest;
mod prices;
mod retention;
mod scratch;
mod sql;
mod tail;
mod versions;

use telemetry_core::event::{Event, ModelCall, ProcessStarted, RunStarted, TurnEnded, TurnStarted};
use telemetry_core::ids::{Key, ProcessId, RunId, SpanId};
use telemetry_core::name::Name;
use telemetry_core::sink::Sink as _;
use telemetry_core::time::UnixNanos;
use telemetry_core::usage::Usage;
use telemetry_core::vocabulary::Entrypoint;
use telemetry_store::layout::Layout;
use telemetry_store::log::LogWriter;

/// 2026-01-01T00:00:00Z.
const NEW_YEAR: i64 = 1_767_225_600_000_000_000;

struct Home {
    folder: tempfile::TempDir,
    layout: Layout,
}

fn home() -> Home {
    let folder = tempfile::tempdir().unwrap();
    Home { layout: Layout::of(folder.path()), folder }
}

impl Home {
    fn write(&self, events: &[Event]) {
        LogWriter::new(self.layout.clone()).write(events).unwrap();
    }
}

fn process_started(process: u128, pid: u32, birthplace: Option<&str>, born: Option<u64>) -> Event {
    let started = ProcessStarted {
        process: ProcessId(process),
        host: Name::new("hermes"),
        pid,
        birthplace: birthplace.map(Name::new),
        born,
        version: None,
        command: None,
    };
    Event::new(UnixNanos(NEW_YEAR), None, &Key::new("p").number(process), started)
}

/// A run of `process` with one turn of one call; `ended` says whether the turn came to its end.
fn run(process: u128, session: &str, ended: bool) -> Vec<Event> {
    let process = ProcessId(process);
    let run = RunId::of(process, session);
    let at = |ms: i64| UnixNanos(NEW_YEAR + ms * 1_000_000);
    let key = |kind: &'static str| Key::new(kind).number(run.0);
    let (turn, call) = (SpanId(run.0 as u64), SpanId(run.0 as u64 + 1));
    let started = RunStarted {
        process,
        session_id: Name::new(session),
        host: Name::new("hermes"),
        platform: Some(Name::new("cli")),
        entrypoint: Some(Entrypoint::Cli),
        profile: None,
        model: None,
        parent: None,
        continues: None,
    };
    let answer = ModelCall {
        turn,
        call,
        model: Some(Name::new("m")),
        response_model: None,
        provider: None,
        base_url: None,
        api_mode: None,
        start_ns: Some(at(2)),
        latency_ns: Some(5_000_000),
        attempt_ns: None,
        ttft_ns: None,
        retries: 0,
        finish_reason: None,
        messages: None,
        tool_calls: None,
        usage: Some(Usage { input: 10, output: 2, ..Usage::default() }),
        billing: None,
    };
    let mut events = vec![
        Event::new(at(0), run, &key("r"), started),
        Event::new(at(1), run, &key("t"), TurnStarted { turn, turn_id: None, model: None, first: None }),
        Event::new(at(7), run, &key("c"), answer),
    ];
    if ended {
        let end = TurnEnded { turn, completed: true, interrupted: false, failed: false, reason: None };
        events.push(Event::new(at(8), run, &key("e"), end));
    }
    events
}
