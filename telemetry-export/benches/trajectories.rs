//! Trajectories as turns end: lines of ATOF, and a turn more in a long document of ATIF.
//!
//!     cargo bench -p telemetry-export --features atof,atif --bench trajectories
//!
//! What is fed has passed the gate. The peer is what hermes-agent's plugin and NeMo Relay 0.10 were measured to take (the
//! figures are theirs, not of this run): 10 to 11 us from an event to its line with the native crate, 2.4 to 5.2 ms for a model call of 46 KB from
//! the plugin, 1,100 ms and 25 MB for the document of 500 calls.
//!
//! Last numbers: two shared cores (AMD EPYC, KVM), Linux, Rust 1.95, 2026-11-21, idle. A line of ATOF, of 1.3 KB with what was said,
//! 6.8 us from its events; the end of the 50th turn of a session of 500 calls 1.0 ms in ATIF; its document 972 KB. With other work on
//! the machine the line took 18.8 us.

#![expect(
    clippy::print_stdout,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "../../telemetry-core/benches/support/figure.rs"]
mod figure;
#[path = "support/session.rs"]
mod session;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::fs;
use std::sync::Arc;
use std::time::{Duration, Instant};

use serde_json::Value;
use telemetry_core::content::Content;
use telemetry_core::cost::{Overrides, Prices};
use telemetry_core::event::Event;
use telemetry_core::time::UnixNanos;
use telemetry_export::Exporter;
use telemetry_export::atif::{self, Atif, Subagents};
use telemetry_export::atof::{self, Atof, Filename, Mode};
use telemetry_policy::{Cleared, Gate, Redact, Settings};

use figure::Figure;
use session::Session;
use table::{grouped, heading, row};

/// The least time of these is printed: what the machine's other work adds does not count.
const ROUNDS: usize = 9;

/// Texts pass as they are.
struct Passes;

impl Redact for Passes {
    fn redact(&self, _: &mut Value) {}
}

/// Something that has passed the gate.
enum Fed {
    Event(Cleared<Event>),
    Said(Cleared<Content>),
}

fn main() {
    let home = tempfile::tempdir().expect("a folder");
    let config = home.path().join("config.yaml");
    fs::write(&config, "telemetry: {trajectories: {enabled: true}}\n").expect("a config");
    let gate = Gate::new(&Settings::load(home.path())).with_redactor(Arc::new(Passes));
    let turns = feed(&gate, Session::of(50, 10));

    let (mut atof, mut lines, mut stream) = (Duration::MAX, 0, 0);
    for round in 0..ROUNDS {
        let directory = home.path().join(format!("stream-{round}"));
        let filename = Filename::fixed("stream.jsonl").expect("a name");
        let config = atof::Config { directory: directory.clone(), filename, mode: Mode::Append };
        let mut exporter = Atof::resume(config, prices(), Value::Null).expect("a state");
        let began = Instant::now();
        lines = deliver(&mut exporter, &turns);
        atof = atof.min(began.elapsed());
        stream = size(&directory);
    }

    let (mut last, mut document, mut worst) = (Duration::MAX, 0, Duration::MAX);
    for round in 0..ROUNDS {
        let directory = home.path().join(format!("documents-{round}"));
        let config = atif::Config::plain(directory.clone(), Subagents::Embedded);
        let mut exporter = Atif::resume(config, prices(), Value::Null).expect("a state");
        let mut slowest = Duration::ZERO;
        for turn in &turns {
            give(&mut exporter, turn);
            let began = Instant::now();
            exporter.deliver(UnixNanos(0)).expect("a file");
            let took = began.elapsed();
            slowest = slowest.max(took);
            if std::ptr::eq(turn, &turns[turns.len() - 1]) {
                last = last.min(took);
            }
        }
        worst = worst.min(slowest);
        document = size(&directory);
    }

    println!("a session of 50 turns and 500 model calls, each with a tool call of a kilobyte");
    heading("as turns end", &["ATOF", "ATIF"]);
    let millis = |time: Duration| time.as_secs_f64() * 1e3;
    row("lines", &[grouped(lines), String::new()]);
    row("us a line", &[format!("{:.1}", millis(atof) * 1e3 / lines as f64), String::new()]);
    row("lines a second", &[grouped((lines as f64 / atof.as_secs_f64()) as u64), String::new()]);
    row("the last turn, ms", &[String::new(), format!("{:.1}", millis(last))]);
    row("the slowest turn, ms", &[String::new(), format!("{:.1}", millis(worst))]);
    row("size, KB", &[grouped(stream / 1_000), grouped(document / 1_000)]);

    println!();
    let figure = |what, ours, unit, theirs, bar| {
        let peer = Some(("nemo-relay, as measured before", theirs));
        Figure { what, ours, unit, peer, bar: Some(bar) }.print();
    };
    figure("ATOF, an event to its line", millis(atof) * 1e3 / lines as f64, "us", 10.0, "-");
    figure("ATIF, a turn's end at 500 calls", millis(last), "ms", 1_100.0, "<= 20");
    figure("ATIF, a document of 500 calls", document as f64 / 1e6, "MB", 25.0, "< 1.5");
}

fn prices() -> Prices {
    Prices::new(Overrides::default())
}

/// What is fed, turn by turn: what was said before what happened.
fn feed(gate: &Gate, session: Session) -> Vec<Vec<Fed>> {
    let mut begin: Vec<Fed> = session.begin.into_iter().map(|event| Fed::Event(gate.clear(event))).collect();
    let turns = session.turns.into_iter().map(|(said, events)| {
        let mut turn = std::mem::take(&mut begin);
        turn.extend(said.into_iter().map(|said| Fed::Said(gate.clear(said))));
        turn.extend(events.into_iter().map(|event| Fed::Event(gate.clear(event))));
        turn
    });
    turns.collect()
}

fn give(exporter: &mut dyn Exporter, turn: &[Fed]) {
    for fed in turn {
        match fed {
            Fed::Event(event) => exporter.event(event.clone()),
            Fed::Said(said) => exporter.content(said.clone()),
        }
    }
}

fn deliver(exporter: &mut dyn Exporter, turns: &[Vec<Fed>]) -> u64 {
    let mut items = 0;
    for turn in turns {
        give(exporter, turn);
        items += exporter.deliver(UnixNanos(0)).expect("a file").items;
    }
    items
}

fn size(directory: &std::path::Path) -> u64 {
    let files = fs::read_dir(directory).expect("a folder");
    files.map(|file| file.and_then(|file| file.metadata()).expect("a file").len()).sum()
}
