//! The fastest way into PostgreSQL: COPY of the rows that lines become, into a table without an index.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use sqlx::postgres::PgPoolCopyExt as _;
use telemetry_collector::intake::Recorded;
use telemetry_core::codec::decode;

use crate::client::Seen;
use crate::database::connected;
use crate::load::Load;
use crate::template::Template;

const TABLE: &str = "CREATE TABLE copied (ts_ns bigint, id bigint, run uuid, process uuid, about uuid, kind text, host text, line text)";
const COPY: &str = "COPY copied FROM STDIN";

/// How long a COPY goes on.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Each {
    /// For one request's rows, which are committed then: as answers promise.
    Batch,
    /// As long as it is measured: nothing is kept before the end.
    Connection,
}

/// Copies the rows of `load`, request after request, over as many connections as clients.
pub fn copied(url: &str, load: &Load, each: Each, connections: u32, time: Duration) -> Seen {
    let (runtime, pool) = connected(url, connections);
    runtime.block_on(sqlx::query(TABLE).execute(&pool)).expect("a new database");
    let (rows, events) = (rows(load), load.events as u64);
    let began = Instant::now();
    let tasks: Vec<_> = (0..u64::from(connections))
        .map(|connection| {
            let (pool, rows) = (pool.clone(), rows.clone());
            runtime.spawn(async move {
                let (mut seen, mut text) = (Seen::default(), Vec::new());
                let mut number = connection << 32;
                while began.elapsed() < time {
                    let from = Instant::now();
                    let mut copy = pool.copy_in_raw(COPY).await.expect("a server");
                    loop {
                        rows.fill(number, &mut text);
                        copy.send(text.as_slice()).await.expect("a server");
                        (number, seen.events) = (number + 1, seen.events + events);
                        if each == Each::Batch || began.elapsed() >= time {
                            break;
                        }
                    }
                    copy.finish().await.expect("rows");
                    seen.latencies.push(from.elapsed());
                }
                seen
            })
        })
        .collect();
    let mut seen = Seen::default();
    for task in tasks {
        let one = runtime.block_on(task).expect("a task");
        seen.events += one.events;
        seen.latencies.extend(one.latencies);
    }
    seen.took = began.elapsed();
    runtime.block_on(sqlx::query("DROP TABLE copied").execute(&pool)).expect("our table");
    seen
}

/// The rows as the collector keeps them, in the text that COPY reads.
fn rows(load: &Load) -> Template {
    let mut text = String::new();
    for line in std::str::from_utf8(load.template.bytes()).expect("lines").lines() {
        let event = decode(line.as_bytes()).expect("a line of ours");
        let recorded = Recorded { host: "bench".to_owned(), event, line: line.to_owned() };
        let event = &recorded.event;
        let or_null = |id: Option<String>| id.unwrap_or_else(|| r"\N".to_owned());
        let _ = writeln!(
            text,
            "{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
            event.ts.0,
            event.id.0 as i64,
            or_null(event.run.map(|run| run.to_string())),
            or_null(recorded.process().map(|process| process.to_string())),
            or_null(recorded.about().map(|run| run.to_string())),
            event.body.kind(),
            recorded.host,
            line.replace('\\', r"\\"),
        );
    }
    Template::new(text.into_bytes()).decimals(b"\"ts\":")
}
