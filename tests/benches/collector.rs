//! What one collector takes, as a process of its own with a database of its own, from clients on the same machine, and its peers
//! beside it in the same run.
//!
//!     npm ci --prefix tests/benches/collector/hono && scripts/judges-env
//!     export TELEMETRY_BENCH_BUN=tests/benches/collector/hono/node_modules/.bin/bun TELEMETRY_BENCH_PHOENIX=.venv-judges/bin/python
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector -- PostgreSQL /v1/traces gzip    # one comparison
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector -- --seconds 3                   # each, and shorter
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector -- --soak 600
//!
//! Three wires, as fast as answers come and at a fixed load, into SQLite and into PostgreSQL (where `TELEMETRY_TEST_POSTGRES` names a
//! server). An answer of ours says that everything is kept. The peers:
//!
//! - The least a database can do: the same bytes by one statement a batch into a table without an index, nothing checked and no HTTP.
//! - COPY of the rows that our own wire becomes, into a table without an index, over as many connections: a COPY for each batch, which keeps
//!   it, and one for each connection, which keeps nothing before its end.
//! - Hono under Bun, standing in for the collector that the batch wire comes from (hono/server.ts), with the same clients and server of
//!   PostgreSQL. The original took 26,000 events/s on two such cores; what the stand-in takes says what that is here.
//! - Phoenix, for spans. It answers when it has read a request and stores what was in it later, so of both it is told how many spans a second
//!   were answered, and how many were stored: counted in their databases, from the first request until the last span is there or
//!   for four times as long as was sent, and then it is told how many are missing.
//!
//! What is not there (Phoenix, Bun, a server) is told on standard error and left out. Refused for now, a request is sent again after a
//! tenth of a second. `--soak` sends at the fixed load for as many seconds and tells the collector's memory.
//!
//! Last numbers: two shared cores (AMD EPYC, KVM), Linux, PostgreSQL 15.18 with fsync off, Rust 1.95, 2026-11-22, one run. As fast
//! as answers come: SQLite 43,400 events/s of the batch wire and 61,800 to 77,500 lines, PostgreSQL 82,600 and 109,000 to
//! 165,700; the stand-in 25,400. What comes of it: telemetry-collector/SCALING.md.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "collector/client.rs"]
mod client;
#[path = "collector/comparisons.rs"]
mod comparisons;
#[path = "collector/copy.rs"]
mod copy;
#[path = "collector/database.rs"]
mod database;
#[path = "collector/hono.rs"]
mod hono;
#[path = "collector/least.rs"]
mod least;
#[path = "collector/load.rs"]
mod load;
#[path = "collector/phoenix.rs"]
mod phoenix;
#[path = "collector/server.rs"]
mod server;
#[path = "collector/spans.rs"]
mod spans;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;
#[path = "collector/target.rs"]
mod target;
#[path = "collector/template.rs"]
mod template;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use client::send;
use comparisons::Comparisons;
use database::Database;
use load::Load;
use table::{grouped, heading, row};

const CONNECTIONS: u32 = 8;
/// How long each is sent to, in seconds.
const TIME: u64 = 10;
/// Events a second of the fixed load: a fifth of what the slowest of these takes.
const PACE: u64 = 5_000;

fn main() {
    let (mut soak, mut time, mut words) = (None, Duration::from_secs(TIME), Vec::new());
    let mut arguments = std::env::args().skip(1);
    while let Some(word) = arguments.next() {
        let mut seconds = || {
            let seconds = arguments.next().and_then(|seconds| seconds.parse().ok());
            Duration::from_secs(seconds.expect("a number of seconds"))
        };
        match word.as_str() {
            // Cargo says so.
            "--bench" => {}
            "--soak" => soak = Some(seconds()),
            "--seconds" => time = seconds(),
            _ => words.push(word),
        }
    }
    let mut databases = vec![("SQLite", None)];
    match std::env::var("TELEMETRY_TEST_POSTGRES") {
        Ok(server) => databases.push(("PostgreSQL", Some(server))),
        Err(_) => eprintln!("no TELEMETRY_TEST_POSTGRES: run it by scripts/with-postgres"),
    }
    if let Some(time) = soak {
        return databases.into_iter().for_each(|(name, server)| soaked(name, server.as_deref(), time));
    }
    let (phoenix, bun) = (phoenix::python(), hono::bun());
    for (name, server) in databases {
        let (words, phoenix, bun) = (words.clone(), phoenix.clone(), bun.clone());
        Comparisons { name, server, time, words, phoenix, bun }.make();
    }
}

fn soaked(name: &str, server: Option<&str>, time: Duration) {
    heading(&format!("{name}, both wires, {} events/s each", grouped(PACE)), &["minute", "RSS MB", "p99 ms"]);
    let (home, requests) = (tempfile::tempdir().expect("a folder"), AtomicU64::new(0));
    let database = server.map_or_else(|| server::file(home.path()), Database::new);
    let collector = server::start(home.path(), &database);
    for minute in 1..=time.as_secs().div_ceil(60) {
        let (mut worst, step) = (0.0_f64, Duration::from_secs(60));
        std::thread::scope(|scope| {
            let both = [Load::batch(100), Load::lines(100)].map(|load| {
                let (collector, requests) = (&collector, &requests);
                scope.spawn(move || send(collector, &load, CONNECTIONS / 2, Some(PACE), step, requests))
            });
            for one in both {
                worst = worst.max(one.join().expect("clients").percentile(99));
            }
        });
        row("", &[minute.to_string(), collector.resident().to_string(), format!("{worst:.1}")]);
    }
}
