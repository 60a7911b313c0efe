//! What one collector takes, as a process of its own with a database of its own, from clients on the same machine.
//!
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector
//!     scripts/with-postgres cargo bench -p telemetry-tests --bench collector -- --soak 600
//!
//! Both wires, as fast as answers come and at a fixed load, into SQLite and into PostgreSQL (where
//! `TELEMETRY_TEST_POSTGRES` names a server). An answer says that everything is kept. The peer is the least a database can do:
//! the same rows by one statement a batch into a table without an index, nothing checked and no HTTP. `--soak` sends at the fixed
//! load for as many seconds and tells the collector's memory.
//!
//! Last numbers: two shared cores (AMD EPYC, KVM), Linux, PostgreSQL 15.18 with fsync off, Rust 1.95, 2026-11-21, two or three runs. As
//! fast as answers come: SQLite 18,000 to 22,000 events/s of the batch wire and 11,000 to 17,000 lines, PostgreSQL 33,000 to 41,000 and
//! 66,000 to 84,000 (the peers 73,000 to 767,000). What comes of it: telemetry-collector/SCALING.md.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::expect_used,
    reason = "a bench prints its table and has no one to answer to"
)]

#[path = "collector/client.rs"]
mod client;
#[path = "collector/load.rs"]
mod load;
#[path = "collector/peers.rs"]
mod peers;
#[path = "collector/server.rs"]
mod server;
#[path = "../../telemetry-core/benches/support/table.rs"]
mod table;

use std::sync::atomic::AtomicU64;
use std::time::Duration;

use client::{Seen, send};
use load::Load;
use server::Collector;
use table::{grouped, heading, row};

const CONNECTIONS: u32 = 8;
const TIME: Duration = Duration::from_secs(10);
/// Events a second of the fixed load: a fifth of what the slowest of these takes.
const PACE: u64 = 5_000;

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let soak = words
        .iter()
        .position(|word| word == "--soak")
        .map(|at| words.get(at + 1).and_then(|seconds| seconds.parse().ok()).expect("--soak SECONDS"));
    let server = std::env::var("TELEMETRY_TEST_POSTGRES").ok();
    for (name, server) in [("SQLite", None), ("PostgreSQL", server.as_deref())] {
        if name == "PostgreSQL" && server.is_none() {
            eprintln!("no TELEMETRY_TEST_POSTGRES: run it by scripts/with-postgres");
            continue;
        }
        match soak {
            Some(seconds) => soaked(name, server, Duration::from_secs(seconds)),
            None => measured(name, server),
        }
    }
}

fn measured(name: &str, server: Option<&str>) {
    let columns = ["events/s", "p50 ms", "p99 ms", "RSS MB"];
    for load in [Load::batch(100), Load::lines(100), Load::lines(2_000)] {
        let what = format!("{name}, {} events a request to {}", load.events, load.path);
        heading(&what, &columns);
        let (home, requests) = (tempfile::tempdir().expect("a folder"), AtomicU64::new(0));
        let collector = Collector::start(home.path(), server.map(database).as_deref());
        let send =
            |pace, time| send(collector.address, &collector.key, &load, CONNECTIONS, pace, time, &requests);
        send(None, TIME / 5);
        let fast = send(None, TIME);
        show("as fast as answers come", &fast, Some(collector.resident()));
        show(&format!("{} events/s", grouped(PACE)), &send(Some(PACE), TIME), Some(collector.resident()));
        drop(collector);
        let peer = match server {
            None => peers::sqlite(home.path(), &load, CONNECTIONS, TIME / 2),
            Some(server) => peers::postgres(&database(server), &load, CONNECTIONS, TIME / 2),
        };
        show("one statement a batch, no index", &peer, None);
        let (ours, peer) = (fast.per_second(), peer.per_second());
        println!(
            "row\tcollector: {what}, events/s\t{}\tone INSERT\t{}\t{:.2}\t",
            grouped(ours),
            grouped(peer),
            ours as f64 / peer as f64
        );
    }
}

fn soaked(name: &str, server: Option<&str>, time: Duration) {
    heading(&format!("{name}, both wires, {} events/s each", grouped(PACE)), &["minute", "RSS MB", "p99 ms"]);
    let (home, requests) = (tempfile::tempdir().expect("a folder"), AtomicU64::new(0));
    let collector = Collector::start(home.path(), server.map(database).as_deref());
    for minute in 1..=time.as_secs().div_ceil(60) {
        let (mut worst, step) = (0.0_f64, Duration::from_secs(60));
        std::thread::scope(|scope| {
            let both = [Load::batch(100), Load::lines(100)].map(|load| {
                let (collector, requests) = (&collector, &requests);
                scope.spawn(move || {
                    send(
                        collector.address,
                        &collector.key,
                        &load,
                        CONNECTIONS / 2,
                        Some(PACE),
                        step,
                        requests,
                    )
                })
            });
            for one in both {
                worst = worst.max(one.join().expect("clients").percentile(99));
            }
        });
        row("", &[minute.to_string(), (collector.resident() / 1_024).to_string(), format!("{worst:.1}")]);
    }
}

fn show(what: &str, seen: &Seen, resident: Option<u64>) {
    let resident = resident.map_or("-".to_owned(), |kib| (kib / 1_024).to_string());
    let ms = |percent| format!("{:.1}", seen.percentile(percent));
    row(what, &[grouped(seen.per_second()), ms(50), ms(99), resident]);
}

/// A database of its own.
fn database(server: &str) -> String {
    let name = format!("bench_{}_{}", std::process::id(), telemetry_core::time::UnixNanos::now().0);
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a thread");
    runtime.block_on(async {
        let pool = sqlx::PgPool::connect(&format!("{server}/postgres")).await.expect("a server");
        sqlx::query(sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}")))
            .execute(&pool)
            .await
            .expect("its owner");
    });
    format!("{server}/{name}")
}
