//! The least that can be done with a batch: one statement into a table without an index, nothing checked, no HTTP.

use std::path::Path;
use std::sync::Mutex;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use crate::client::Seen;
use crate::database::connected;
use crate::load::Load;

/// Rows of a request: what is before and after the first comma does not matter, their size does.
fn rows(load: &Load) -> Vec<String> {
    let mut body = Vec::new();
    load.body(1, &mut body);
    let text = String::from_utf8(body).expect("JSON");
    let size = text.len() / load.events;
    (0..load.events).map(|row| text.chars().skip(row * size).take(size).collect()).collect()
}

/// Eight threads and one file, as a program without a queue would.
pub fn sqlite(folder: &Path, load: &Load, connections: u32, time: Duration) -> Seen {
    let connection = Connection::open(folder.join("peer.db")).expect("a temporary folder");
    connection
        .execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (at INTEGER, id INTEGER, line TEXT)")
        .expect("a new database");
    let (connection, rows) = (Mutex::new(connection), rows(load));
    let values = vec!["(?, ?, ?)"; rows.len()].join(", ");
    let sql = format!("INSERT INTO row VALUES {values}");
    together(connections, time, |number| {
        let (ids, at): (Vec<i64>, i64) =
            ((0..rows.len() as i64).map(|row| row | (number as i64) << 20).collect(), number as i64);
        let mut values: Vec<&dyn rusqlite::ToSql> = Vec::with_capacity(rows.len() * 3);
        for (id, row) in ids.iter().zip(&rows) {
            values.extend([&at as &dyn rusqlite::ToSql, id, row]);
        }
        let connection = connection.lock().expect("no panic");
        connection.prepare_cached(&sql).expect("SQL").execute(&values[..]).expect("a disk");
        rows.len() as u64
    })
}

/// As many connections as clients.
pub fn postgres(url: &str, load: &Load, connections: u32, time: Duration) -> Seen {
    let (runtime, pool) = connected(url, connections);
    let made = "CREATE TABLE peer (at bigint, id bigint, line text)";
    runtime.block_on(sqlx::query(made).execute(&pool)).expect("a new database");
    let rows = rows(load);
    together(connections, time, |number| {
        let at = vec![number as i64; rows.len()];
        let ids: Vec<i64> = (0..rows.len() as i64).collect();
        let insert =
            sqlx::query("INSERT INTO peer SELECT * FROM UNNEST($1::bigint[], $2::bigint[], $3::text[])");
        runtime.block_on(insert.bind(&at).bind(&ids).bind(&rows).execute(&pool)).expect("a server");
        rows.len() as u64
    })
}

/// Has `threads` call `each` with a number of their own for `time`; it says how many events that was.
fn together(threads: u32, time: Duration, each: impl Fn(u64) -> u64 + Sync) -> Seen {
    let began = Instant::now();
    let mut seen = Seen::default();
    std::thread::scope(|scope| {
        let each = &each;
        let threads: Vec<_> = (0..u64::from(threads))
            .map(|thread| {
                scope.spawn(move || {
                    let (mut number, mut seen) = (thread << 32, Seen::default());
                    while began.elapsed() < time {
                        let from = Instant::now();
                        seen.events += each(number);
                        seen.latencies.push(from.elapsed());
                        number += 1;
                    }
                    seen
                })
            })
            .collect();
        for thread in threads {
            let one = thread.join().expect("a peer");
            seen.events += one.events;
            seen.latencies.extend(one.latencies);
        }
    });
    seen.took = began.elapsed();
    seen
}
